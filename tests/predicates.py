"""Predicates for tests, made by hand: leaves whose programs answer from a table, by the device's name."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.ir import AllOf, Answer, AnyOf, CelFailure, CelLeaf, Choice, Constant, Path, Predicate
from dra_policy.model import Device
from dra_policy.record import dataclass, field
from dra_policy.text import Source, Span

TEXT = Source.of("<test>", "a && b")
SPAN = Span(TEXT, 0, 6)
FAILURE = CelFailure("no such key: x", "no such key: x")


@dataclass(frozen=True, slots=True)
class TableProgram:
    """A program whose answer for each device is given; ``asked`` counts the evaluations."""

    text: str
    answers: Mapping[str, Answer] = field(hash=False)
    asked: list[str] = field(default_factory=list, compare=False)

    def evaluate(self, device: Device) -> Answer:
        self.asked.append(device.name)
        return self.answers[device.name]


def leaf(
    text: str, answers: Mapping[str, Answer], *, negated: bool = False, paths: tuple[Path, ...] | None = None
) -> CelLeaf:
    """A leaf that reads the attribute ``name``, so that each device has values of its own."""
    reads = (Path("attributes", None, "name"),) if paths is None else paths
    return CelLeaf(TableProgram(text, answers), reads, SPAN, negated)


def all_of(*terms: Predicate) -> AllOf:
    return AllOf(terms, SPAN)


def any_of(*terms: Predicate) -> AnyOf:
    return AnyOf(terms, SPAN)


def choice(condition: Predicate, then: Predicate, otherwise: Predicate) -> Choice:
    return Choice(condition, then, otherwise, SPAN)


def constant(value: bool) -> Constant:
    return Constant(value, SPAN)


def devices(*names: str, driver: str = "gpu.example.com") -> tuple[Device, ...]:
    return tuple(Device(name=name, driver=driver, attributes={"name": name}) for name in names)
