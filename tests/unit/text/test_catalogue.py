from __future__ import annotations

import re

from dra_policy.text.catalogue import CATALOGUE, code
from dra_policy.text.examples import EXAMPLES
from tests.shared_data import PROJECT


def test_codes_are_unique_and_in_order() -> None:
    names = [entry.code for entry in CATALOGUE]
    assert names == sorted(set(names))


def test_every_page_says_what_it_means_and_what_to_do() -> None:
    for entry in CATALOGUE:
        assert entry.code.startswith("DRA")
        assert len(entry.code) == 6
        assert entry.family
        assert all((entry.title, entry.meaning.endswith("."), entry.action.endswith("."), entry.kubernetes)), entry
        assert not entry.title.endswith("."), entry


def test_a_page_is_found_in_any_spelling() -> None:
    page = code("DRA531")
    assert page is not None
    assert page is code("531")
    assert page is code("dra531")
    assert page.heads
    assert code("DRA999") is None


def test_every_code_that_the_project_uses_has_a_page() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (PROJECT / "dra_policy").rglob("*.py"))
    used = {name for source in sources for name in re.findall(r"DRA\d{3}", source)}
    assert sorted(name for name in used if code(name) is None) == []


def test_every_page_has_an_example() -> None:
    assert list(EXAMPLES) == [each.code for each in CATALOGUE]
    assert all(10 < len(each) < 120 for each in EXAMPLES.values())
    assert len(set(EXAMPLES.values())) == len(EXAMPLES)
