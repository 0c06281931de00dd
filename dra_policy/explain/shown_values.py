"""Values of CEL as explanations show them: as they are written in an expression, long lists and maps cut."""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.cel.data import MapValue, Value
from dra_policy.cel.printing import quoted_value
from dra_policy.ir import print_value
from dra_policy.values import AttributeValue, ListValue

_MOST_ITEMS = 4
_MOST_CHARACTERS = 100


def shown(value: Value) -> str:
    """The value, of a list or map its first entries."""
    match value:
        case str() | bytes() if len(value) > _MOST_CHARACTERS:
            unit = "characters" if isinstance(value, str) else "bytes"
            return f"{shown(value[:_MOST_CHARACTERS])} and {len(value) - _MOST_CHARACTERS:,} {unit} more"
        case str():
            return print_value(value)
        case list():
            return f"[{_joined(map(shown, value[:_MOST_ITEMS]), len(value))}]"
        case MapValue():
            items = list(value.all_items())
            entries = (f"{shown(key)}: {shown(inner)}" for key, inner in items[:_MOST_ITEMS])
            return f"{{{_joined(entries, len(items))}}}"
        case _:
            return quoted_value(value)


def short_value(value: AttributeValue) -> str:
    """A published value, of a list its first items."""
    if isinstance(value, ListValue):
        return f"[{_joined(map(print_value, value.items[:_MOST_ITEMS]), len(value.items))}]"
    return print_value(value)


def _joined(parts: Iterable[str], number: int) -> str:
    more = [f"{number - _MOST_ITEMS:,} more"] if number > _MOST_ITEMS else []
    return ", ".join([*parts, *more])
