"""Conditions that no selector states: the driver and the member classes of a k8srm class, and no condition at all."""

from __future__ import annotations

from dra_policy.compiler.passes import simplify
from dra_policy.ir.nodes import AllOf, AnyOf, CelFailure, Comparison, Condition, Constant, Predicate
from dra_policy.ir.path import DRIVER
from dra_policy.ir.printer import print_value
from dra_policy.ir.reading import reading
from dra_policy.ir.walk import answer
from dra_policy.model import Device
from dra_policy.record import dataclass
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class DriverProgram:
    """Whether a device is published by a driver."""

    driver: str

    @property
    def text(self) -> str:
        """The test as CEL would spell it."""
        return f"device.driver == {print_value(self.driver)}"

    def evaluate(self, device: Device) -> bool | CelFailure:
        """Whether it is the device's driver; never fails."""
        return device.driver == self.driver


@dataclass(frozen=True, slots=True)
class PredicateProgram:
    """A predicate as a program: its leaves are asked one by one."""

    predicate: Predicate

    @property
    def text(self) -> str:
        """A reading: there is no expression behind it."""
        return reading(self.predicate)

    def evaluate(self, device: Device) -> bool | CelFailure:
        """The predicate's answer by CEL's rules."""
        return answer(self.predicate, device)


def always(span: Span) -> Condition:
    """The condition that every device meets."""
    return _condition(Constant(value=True, span=span))


def driver_is(driver: str, span: Span) -> Condition:
    """The condition that a device is published by a driver."""
    program = DriverProgram(driver)
    return _condition(Comparison(program, (DRIVER,), span, False, DRIVER, "==", driver))


def all_of(conditions: tuple[Condition, ...], span: Span) -> Condition:
    """The condition that all of some hold."""
    return _condition(AllOf(tuple(condition.predicate for condition in conditions), span))


def any_of(conditions: tuple[Condition, ...], span: Span) -> Condition:
    """The condition that one of some holds."""
    return _condition(AnyOf(tuple(condition.predicate for condition in conditions), span))


def _condition(predicate: Predicate) -> Condition:
    predicate = simplify(predicate)
    program = PredicateProgram(predicate)
    return Condition(predicate, program, program.text)
