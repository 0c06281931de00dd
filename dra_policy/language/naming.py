"""Collect what a file declares: one place for each name, and what names may be."""

from __future__ import annotations

import re

from dra_policy.language.scope import RESERVED_ALIASES, Definition, Scope
from dra_policy.language.syntax import Alias, File, Let, Name, Predicate
from dra_policy.text import Diagnostic, Findings, Label, Severity, Span, nearest

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_TYPES = ("string", "int", "bool", "version", "quantity", "list")


def is_dns_label(text: str) -> bool:
    """Whether a text is an RFC 1123 label: what requests are called."""
    return _DNS_LABEL.fullmatch(text) is not None


def is_dns_subdomain(text: str) -> bool:
    """Whether a text is an RFC 1123 subdomain: what classes, claims and templates are called."""
    return len(text) <= 253 and all(is_dns_label(part) for part in text.split("."))


def declared_twice(what: str, again: Name, first: Name) -> Diagnostic:
    """The error of a name that is taken, showing both places."""
    label = Label(first.span, "declared here first")
    message = f"{what} `{again.text}` is declared twice"
    return Diagnostic("DRA205", Severity.ERROR, message, again.span, (label,), "rename one of them")


def scope_of(file: File, findings: Findings) -> Scope:
    """The aliases, lets and predicates of a file; imports are added by the loader."""
    scope = Scope()
    for statement in file.statements:
        if isinstance(statement, Alias | Let | Predicate):
            declare(scope, statement, findings)
    return scope


def declare(scope: Scope, definition: Definition, findings: Findings) -> None:
    """Add a definition to a scope; the first one of a name stands."""
    name = definition.name
    what = definition.word if isinstance(definition, Alias) else type(definition).__name__.lower()
    taken = scope.own.get(name.text)
    if taken is not None:
        findings.add((declared_twice(what, name, taken.name),))
        return
    if isinstance(definition, Alias) and name.text in RESERVED_ALIASES:
        hint = "choose another short name; every device has a field of this one"
        findings.error("DRA318", f"a {what} cannot be called `{name.text}`", name.span, hint=hint)
        return
    if not _IDENTIFIER.fullmatch(name.text):
        hint = "use letters, digits and `_`: the name stands in expressions"
        findings.error("DRA318", f"a {what} cannot be called `{name.text}`", name.span, hint=hint)
        return
    scope.own[name.text] = definition
    scope.sizes.clear()
    if isinstance(definition, Alias):
        _check_schema(definition, findings)
    if isinstance(definition, Predicate):
        _check_parameters(definition, findings)


def _check_schema(alias: Alias, findings: Findings) -> None:
    seen: dict[str, Name] = {}
    for each in alias.fields or ():
        first = seen.setdefault(each.name.text, each.name)
        if first is not each.name:
            findings.add((declared_twice("attribute", each.name, first),))
        kind = getattr(each.type, "name", "string")
        if kind not in _TYPES:
            _unknown_type(kind, each.type.span, _TYPES, findings)


def _check_parameters(predicate: Predicate, findings: Findings) -> None:
    seen: dict[str, Name] = {}
    for parameter in predicate.parameters:
        first = seen.setdefault(parameter.name.text, parameter.name)
        if first is not parameter.name:
            findings.add((declared_twice("parameter", parameter.name, first),))
        kinds = (*_TYPES, "device", "double", "duration")
        if parameter.type is not None and parameter.type.name not in kinds:
            _unknown_type(parameter.type.name, parameter.type.span, kinds, findings)


def _unknown_type(kind: str, span: Span, known: tuple[str, ...], findings: Findings) -> None:
    near = nearest(kind, known)
    hint = f"did you mean `{near}`?" if near else f"types are {', '.join(known)}"
    findings.error("DRA310", f"there is no type `{kind}`", span, hint=hint)
