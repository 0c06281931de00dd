from __future__ import annotations

import re
import subprocess
import sys

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


def test_importing_the_language_loads_neither_lark_nor_a_parser() -> None:
    probe = (
        "import sys, dra_policy.language; print([m for m in ('lark', 'dra_policy.language.parse') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=PROJECT)

    assert done.stdout.strip() == "[]"


def test_plain_cel_in_a_manifest_never_needs_the_grammar_of_policies() -> None:
    probe = (
        "import sys; from dra_policy.cel.parse import parse; from dra_policy.text import Source;"
        "parse(Source.of('x', 'device.driver == \"a\"')); print('dra_policy.language.parse' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=PROJECT)

    assert done.stdout.strip() == "False"
