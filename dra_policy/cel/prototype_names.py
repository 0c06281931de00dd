"""Warn about keys of dra-evolution's maps: names that no loaded device has, and how the prototype's code joins them."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel.conditions import nodes
from dra_policy.cel.syntax import Call, Expression, Literal
from dra_policy.model import Vocabulary
from dra_policy.model.vocabulary import AttributeUse
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Severity, Span, nearest

_KINDS = {
    "device.stringAttributes": "string",
    "device.boolAttributes": "bool",
    "device.quantityAttributes": "quantity",
    "device.versionAttributes": "version",
}
_MAPS = frozenset((*_KINDS, "device.attributes"))
_INDEX = frozenset(("_[_]", "_[?_]"))


@dataclass(frozen=True, slots=True)
class _Key:
    """A constant key, and the map that it is looked up in (``device.stringAttributes``)."""

    map: str
    name: str
    span: Span

    @property
    def is_joined(self) -> bool:
        """Whether the prototype's code joins names of this map with the driver's name."""
        return self.map in _KINDS


def check_keys(expression: Expression, vocabulary: Vocabulary, *, strict: bool) -> Iterator[Diagnostic]:
    """Warnings; ``strict`` is the prototype as its code is. Without a fleet only what that code never finds."""
    for key in _keys(expression):
        names = _names(vocabulary, is_joined=strict and key.is_joined)
        if strict and key.is_joined and "." not in key.name:
            yield _unjoined(key, names, vocabulary)
        elif vocabulary.attributes and key.name not in names:
            yield _unknown(key, names, vocabulary)
        elif key.name in names and key.map in _KINDS and _KINDS[key.map] not in names[key.name].types:
            yield _of_other_kind(key, names[key.name])


def _keys(expression: Expression) -> Iterator[_Key]:
    for node in nodes(expression):
        match node:
            case Call(function=function, arguments=(operand, Literal(value=str() as name, span=span))) if (
                function in _INDEX and operand.span.text in _MAPS
            ):
                yield _Key(operand.span.text, name, span)
            case Call(function="@in", arguments=(Literal(value=str() as name, span=span), operand)) if (
                operand.span.text in _MAPS
            ):
                yield _Key(operand.span.text, name, span)


def _names(vocabulary: Vocabulary, *, is_joined: bool) -> dict[str, AttributeUse]:
    """The keys that a map has on some device."""
    found: dict[str, AttributeUse] = {}
    for use in vocabulary.attributes:
        full = f"{use.domain}/{use.name}"
        # A name in the driver's domain may be published with or without it.
        for name in (use.name, full) if use.domain in vocabulary.devices_of_driver else (full,):
            found[f"{name}.{use.domain}" if is_joined and "." not in name else name] = use
    return found


def _unjoined(key: _Key, names: dict[str, AttributeUse], vocabulary: Vocabulary) -> Diagnostic:
    joined = next((name for name in names if name.startswith(f"{key.name}.")), f"{key.name}.DRIVER")
    message = f"the prototype publishes `{key.name}` as `{joined}` in typed maps"
    hint = f'write `{key.map}["{joined}"]`, or `device.attributes`'
    if names and joined not in names:
        best = nearest(key.name, {use.name for use in names.values()})
        near = next((name for name, use in names.items() if use.name == best), None)
        message = f"no driver publishes attribute `{key.name}`, which the prototype would call `{joined}`"
        hint = f"did you mean `{near}`? It {_exists(names[near], vocabulary)}" if near else _listed(key, names)
    return _warning("DRA301", message, key, hint)


def _unknown(key: _Key, names: dict[str, AttributeUse], vocabulary: Vocabulary) -> Diagnostic:
    plain = (key.name.removesuffix(f".{driver}") for driver in vocabulary.devices_of_driver)
    near = next((name for name in plain if name in names), None)
    near = near or nearest(key.name, [name for name in names if ("/" in name) is ("/" in key.name)])
    hint = f"did you mean `{near}`? It {_exists(names[near], vocabulary)}" if near else _listed(key, names)
    return _warning("DRA301", f"no driver publishes attribute `{key.name}`", key, hint)


def _of_other_kind(key: _Key, use: AttributeUse) -> Diagnostic:
    published = max(use.types, key=lambda kind: use.types[kind])
    own = next((name for name, kind in _KINDS.items() if kind == published), "device.attributes")
    message = f"`{key.name}` is published as {published}; `{key.map}` has none of these"
    return _warning("DRA304", message, key, f'write `{own}["{key.name}"]`')


def _exists(use: AttributeUse, vocabulary: Vocabulary) -> str:
    return f"exists on {use.devices:,} of {vocabulary.devices:,} devices"


def _listed(key: _Key, names: dict[str, AttributeUse]) -> str:
    """Names that the key's own map has."""
    kind = _KINDS.get(key.map)
    own = [name for name, use in names.items() if kind is None or kind in use.types]
    shown = sorted(own, key=lambda name: ("/" in name, name))[:6]
    return f"there are {', '.join(f'`{name}`' for name in shown)}" if shown else f"`{key.map}` is empty on all devices"


def _warning(code: str, message: str, key: _Key, hint: str) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, key.span, hint=hint)
