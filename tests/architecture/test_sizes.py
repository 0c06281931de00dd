"""Modules and functions stay small enough to read in one go."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.shared_data import PROJECT

MOST_LINES = 500
REFUSED_LINES = 800
MOST_FUNCTION_LINES = 80

# Modules over 500 lines, each with the reason why it is not two.
LONG_MODULES: dict[str, str] = {
    "dra_policy/language/mistakes.py": "one short rule a mistake, and the order in which they are tried",
    "dra_policy/language/formatting.py": "one short function a kind of statement",
}
# Modules that are tables: facts, one a line.
TABLES: dict[str, str] = {"dra_policy/text/catalogue.py": "one page a code"}

MODULES = sorted((PROJECT / "dra_policy").rglob("*.py"))
FORBIDDEN = {"utils", "helpers", "common", "base", "manager", "handler", "misc"}


def name_of(module: Path) -> str:
    return str(module.relative_to(PROJECT))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_is_short_and_says_what_it_is_about(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    tree = ast.parse(text)
    docstring = ast.get_docstring(tree)
    lines = text.count("\n")

    assert docstring, "every module opens with one sentence"
    assert len(docstring.splitlines()[0]) > 15, "the sentence says what the module is about"
    assert module.stem not in FORBIDDEN
    if name_of(module) not in TABLES:
        assert lines <= REFUSED_LINES
        assert lines <= MOST_LINES or name_of(module) in LONG_MODULES


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_function_fits_a_screen(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in functions}

    assert {name: lines for name, lines in long.items() if lines > MOST_FUNCTION_LINES} == {}


def test_no_module_hides_one_of_the_standard_library() -> None:
    import sys

    hiding = [name_of(m) for m in MODULES if m.stem in sys.stdlib_module_names and not m.stem.startswith("__")]

    assert hiding == []


def test_value_classes_are_those_of_the_project() -> None:
    """The standard library's cost half a millisecond each when a command starts."""
    using = [
        name_of(m) for m in MODULES if "from dataclasses" in m.read_text() or "import dataclasses" in m.read_text()
    ]

    assert using == []


def test_the_tables_of_exceptions_name_existing_modules() -> None:
    for name in (*LONG_MODULES, *TABLES):
        assert (PROJECT / name).exists(), name
