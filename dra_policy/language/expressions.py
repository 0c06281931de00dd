"""Expressions that stand in no policy and use the short names of some: those of commands and of the shell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.cel.syntax import Expression
from dra_policy.language.conditions import compile_condition
from dra_policy.language.loading import ForeignObjects, ImportReader, load_files, read_file
from dra_policy.language.parse import parse_policy
from dra_policy.language.rules import make_preference, of_pod, requests_shape
from dra_policy.language.scope import Scope
from dra_policy.language.syntax import Let, Rule
from dra_policy.model import Dialect, Objects, Preference
from dra_policy.text import Diagnostic, Findings, Source, Span


def read_names(path: str) -> Source | ForeignObjects:
    """An imported policy; a manifest has no names. Raises OSError."""
    return read_file(path) if path.endswith(".dra") else (Objects(), ())


def scope_of_policies(sources: Sequence[Source], read: ImportReader = read_names) -> Scope:
    """What the names of some policies and of their imports mean together; of names that are alike the last stands.

    What is wrong with the policies is not told: whoever reads their objects does so.
    """
    scope = Scope()
    units = load_files(sources, read).units[: len(sources)]
    for unit in units:
        found = {name: unit.scope.find(name) for name in unit.scope.names}
        scope.imported.update({name: each for name, each in found.items() if each is not None})
    return scope


def expand_expression(
    source: Source, scope: Scope, dialect: Dialect = Dialect.V1
) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """An expression over ``device`` with short names, as a source of plain CEL that maps back to the given text.

    None where the text does not parse or names what is not declared.
    """
    findings = Findings()
    expression = _parsed(source, findings)
    if expression is None:
        return None, tuple(findings.found)
    condition = compile_condition(expression, scope, dialect, findings)
    if findings.has_errors:
        return None, tuple(findings.found)
    expanded = condition.selector().place.document
    return expanded.embedded((), condition.selector().expression), tuple(findings.found)


def read_preference(
    source: Source, scope: Scope, claims: Mapping[str, Sequence[str]], owner: str
) -> tuple[Preference | None, tuple[Diagnostic, ...]]:
    """An expression as a pod's ``prefer`` has it; None where it is wrong.

    ``claims`` are those that it may speak of, each with the names of its requests; ``owner`` is whose they are.
    """
    findings = Findings()
    expression = _parsed(source, findings)
    if expression is None:
        return None, tuple(findings.found)
    speech = of_pod({name: requests_shape(each, f"claim `{name}`") for name, each in claims.items()}, owner)
    rule = Rule("prefer", expression, expression.span)
    preference = make_preference(rule, scope, speech, findings)
    return None if findings.has_errors else preference, tuple(findings.found)


def _parsed(source: Source, findings: Findings) -> Expression | None:
    """The only expression of a text, its places in that text; None, reported, where it is none."""
    head = "let it = "
    wrapped = Source.of(source.name, f"{head}{source.text}", lambda start, end: _shifted(source, start, end, len(head)))
    file, diagnostics = parse_policy(wrapped)
    findings.add(diagnostics)
    if not findings.has_errors and len(file.statements) != 1:
        findings.error("DRA203", "one expression was expected", Span(source, 0, len(source.text)))
    if findings.has_errors:
        return None
    statement = file.statements[0]
    assert isinstance(statement, Let)
    return statement.expression


def _shifted(source: Source, start: int, end: int, by: int) -> Span:
    length = len(source.text)
    return Span(source, min(max(start - by, 0), length), min(max(end - by, 0), length))
