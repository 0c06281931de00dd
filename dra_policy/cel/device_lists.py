"""Values of the expressions that speak of several devices together, which no Kubernetes object can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dra_policy.model import Device
from dra_policy.record import dataclass, field
from dra_policy.text import Span
from dra_policy.values import Quantity

if TYPE_CHECKING:
    from dra_policy.cel.data import Value
    from dra_policy.cel.program import Program

# The evaluator is imported at first use: most questions have no rule over lists.

Aliases = tuple[tuple[str, str], ...]
"""Short names of drivers and domains, with what they stand for."""


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device in a list, with what is known of it beside what its driver publishes.

    ``fields`` are ``pool``, ``node``, ``claim``, ``request`` (``request/alternative`` where there are several) and
    ``class``. What an expression sees of the device is made once.
    """

    device: Device
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)
    _shown: dict[Aliases, Value] = field(default_factory=dict, compare=False, repr=False)

    def shown(self, aliases: Aliases) -> Value:
        """The device as a map: its own fields, and those of ``fields``, and a map for each alias."""
        found = self._shown.get(aliases)
        if found is None:
            found = self._shown[aliases] = _shown_device(self, aliases)
        return found


@dataclass(frozen=True, slots=True)
class ListedNode:
    """A node: ``devices`` are all of it, ``free`` those that could still be had whole after the allocation."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    devices: Sequence[ListedDevice] = ()
    free: Sequence[ListedDevice] = ()

    def shown(self, aliases: Aliases) -> Value:
        """The node as a map."""
        from dra_policy.cel.data import PublishedMap

        labels: dict[Value, Value] = dict(self.labels.items())
        entries: dict[Value, Value] = {
            "name": self.name,
            "labels": PublishedMap(labels),
            "devices": [each.shown(aliases) for each in self.devices],
            "free": [each.shown(aliases) for each in self.free],
        }
        return PublishedMap(entries)


@dataclass(frozen=True, slots=True)
class ListedObject:
    """A namespace or claim with its name; ``labels`` None: they are not known, and reading them is an error."""

    name: str
    labels: Mapping[str, str] | None = field(default=None, hash=False)

    def shown(self, aliases: Aliases) -> Value:  # noqa: ARG002 - as what has devices is shown
        """The object as a map."""
        from dra_policy.cel.data import PublishedMap

        entries: dict[Value, Value] = {"name": self.name}
        if self.labels is not None:
            labels: dict[Value, Value] = dict(self.labels.items())
            entries["labels"] = PublishedMap(labels)
        return PublishedMap(entries)


RuleInput = str | ListedDevice | ListedNode | ListedObject | Sequence["RuleInput"] | Mapping[str, "RuleInput"]
"""What a variable of a rule stands for: lists of devices, a node, lists by name, and lists of those."""

RuleValue = bool | int | float | Quantity
"""What a rule gives."""


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that gives no value: the error, and the part of the policy where it happened."""

    text: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class ListProgram:
    """A checked expression; ``aliases`` are the short names of drivers and domains, which devices have as fields."""

    program: Program
    aliases: Aliases = ()

    def value(self, variables: Mapping[str, RuleInput]) -> RuleValue | RuleFailure:
        """The value for these variables, or why there is none."""
        from dra_policy.cel.data import ComputedQuantity, Failure, Interruption, type_name

        shown = {name: self._shown(found) for name, found in variables.items()}
        try:
            value = self.program.value(shown)
        except Interruption as end:
            return RuleFailure(end.text)
        match value:
            case Failure(text=text, node=node):
                return RuleFailure(text, None if node is None else self._place(node))
            case ComputedQuantity(quantity=amount):
                return amount
            case bool() | int() | float() | Quantity():
                return value
        return RuleFailure(f"the value is a {type_name(value)}, no number, quantity or bool")

    def holds(self, variables: Mapping[str, RuleInput]) -> bool | str:
        """Whether the expression is true for these variables; a text where it fails."""
        value = self.value(variables)
        if isinstance(value, RuleFailure):
            return value.text
        return value if isinstance(value, bool) else "the answer is no bool"

    def _place(self, node: int) -> Span | None:
        span = self.program.span_of(node)
        return None if span is None else span.outermost()

    def _shown(self, found: RuleInput) -> Value:
        from dra_policy.cel.data import PublishedMap

        match found:
            case str():
                return found
            case ListedDevice() | ListedNode() | ListedObject():
                return found.shown(self.aliases)
            case Mapping():
                entries: dict[Value, Value] = {name: self._shown(inner) for name, inner in found.items()}
                return PublishedMap(entries)
            case _:
                return [self._shown(each) for each in found]


def failing_device(program: Program, variables: Mapping[str, Value]) -> str:
    """The name of the device of which a rule reads what fails first; empty where that is no part of a device."""
    from dra_policy.cel.data import Failure, PublishedMap
    from dra_policy.cel.syntax import children

    seen = program.first_failure(variables)
    number = next((number for number, value in seen.items() if isinstance(value, Failure)), None)
    node = None if number is None else program.node(number)
    while node is not None:
        value = seen.get(node.id)
        if isinstance(value, PublishedMap) and {"driver", "name"} <= value.entries.keys():
            return str(value.entries["name"])
        # Of a selection, an index or a call: what it is asked of.
        node = next(iter(children(node)), None)
    return ""


def _shown_device(listed: ListedDevice, aliases: Aliases) -> Value:
    from dra_policy.cel.data import PublishedMap
    from dra_policy.cel.device_views import kubernetes_view

    view = kubernetes_view(listed.device)
    shown = view.variables.get("device")
    entries: dict[Value, Value] = dict(shown.entries) if isinstance(shown, PublishedMap) else {}
    entries["name"] = listed.device.name
    entries.update(listed.fields)
    for alias, domain in aliases:
        entries[alias] = PublishedMap({**_entries(view.capacity, domain), **_entries(view.attributes, domain)})
    return PublishedMap(entries)


def _entries(by_domain: Mapping[Value, Value], domain: str) -> dict[Value, Value]:
    from dra_policy.cel.data import PublishedMap

    found = by_domain.get(domain)
    return found.entries if isinstance(found, PublishedMap) else {}
