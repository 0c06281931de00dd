from __future__ import annotations

import re

from dra_policy.text.catalogue import CATALOGUE
from tests.shared_data import PROJECT


def test_every_code_of_the_language_is_in_the_catalogue_and_in_its_reference() -> None:
    known = {each.code for each in CATALOGUE}
    reference = (PROJECT / "grammar" / "README.md").read_text(encoding="utf-8")
    used = {
        code
        for file in (PROJECT / "dra_policy" / "language").glob("*.py")
        for code in re.findall(r'"(DRA\d{3})"', file.read_text(encoding="utf-8"))
    }

    assert used <= known
    assert [code for code in sorted(used) if code not in reference] == []
