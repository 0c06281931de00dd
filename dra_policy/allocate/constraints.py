"""Constraints between the devices of a claim: a state goes in with a device's value, a state or a refusal comes out.

States are values, so there is nothing to undo. A device's value is one of

- None: it does not publish the attribute, and cannot be used (both kinds);
- ``UNKNOWN``: it publishes something that has no comparable value. Without list attributes Kubernetes takes such a
  device as the first one of a constraint, and never as a later one; with them, never;
- a set of ``(type, value)``; one element for everything but a list.

Only sets of one type have elements in common: values of different types are different.
"""

from __future__ import annotations

from enum import Enum

from dra_policy.ir.path import Path, published_names
from dra_policy.model import Device, Dialect
from dra_policy.record import dataclass
from dra_policy.values import AttributeValue, ListValue, Unreadable, value_key


class Unknown(Enum):
    """A published attribute without a comparable value."""

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DerivationFailure:
    """A derived attribute that could not be computed for a device: comparing it is fatal.

    ``detail`` None: ``text`` is the whole error; otherwise the device's name stands between the two.
    """

    text: str
    detail: str | None


UNKNOWN = Unknown.UNKNOWN
Value = frozenset[tuple[str, object]]
Code = Value | Unknown | None
State = Value | None
"""What the devices so far have in common (match) or together (distinct); None before the first one."""

# A value that no device publishes: what a device without a comparable value leaves behind.
_INCOMPARABLE: Value = frozenset((("incomparable", None),))


@dataclass(frozen=True, slots=True)
class Relation:
    """A constraint of a claim: ``must_differ`` tells distinctAttribute from matchAttribute.

    ``knows_lists`` is the gate DRAListTypeAttributes.
    """

    attribute: str
    dialect: Dialect
    must_differ: bool
    knows_lists: bool

    def code(self, device: Device) -> Code:
        """The device's value for this constraint."""
        return code_of(attribute_of(device, self.attribute, self.dialect), knows_lists=self.knows_lists)

    def joined(self, state: State, code: Code) -> State:
        """The state after a device with that value joined; None if it must not."""
        if code is None:
            return None
        if isinstance(code, Unknown):
            return None if self.knows_lists or state is not None else _INCOMPARABLE
        if state is None:
            return code
        if self.must_differ:
            return None if state & code else state | code
        return (state & code) or None


def attribute_of(device: Device, name: str, dialect: Dialect) -> AttributeValue | None:
    """The attribute that a constraint of a claim names; None if the device does not publish it.

    The exact name counts first, then, where its domain is the device's driver, the name without domain
    (lookupAttribute of the allocator). Names of the prototypes have no domain and may carry the driver as a suffix.
    """
    if name in device.attributes:
        return device.attributes[name]
    domain, slash, short = name.partition("/")
    if slash:
        return device.attributes.get(short) if domain == device.driver else None
    if dialect.is_kubernetes:
        return None
    names = published_names(Path("attributes", None, name), device.driver)
    return next((device.attributes[each] for each in names if each in device.attributes), None)


def code_of(value: AttributeValue | None, *, knows_lists: bool) -> Code:
    """An attribute's value for constraints; ``knows_lists`` is the gate DRAListTypeAttributes."""
    match value:
        case None:
            return None
        case ListValue(items=items):
            return frozenset(map(value_key, items)) if knows_lists and items else UNKNOWN
        case Unreadable(text=text, reason=reason):
            # A version that CEL cannot read is compared as the text that it is.
            return frozenset((("version", text),)) if reason.startswith("parse semantic version") else UNKNOWN
        case _:
            return frozenset((value_key(value),))
