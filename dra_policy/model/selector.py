"""A CEL expression that selects devices, with its place."""

from __future__ import annotations

from dra_policy.model.dialect import Dialect
from dra_policy.record import dataclass, field
from dra_policy.text import Place


@dataclass(frozen=True, slots=True)
class Selector:
    """A CEL expression over one device. ``place`` is the expression's string in its document."""

    expression: str
    dialect: Dialect
    place: Place = field(compare=False)
