"""Compile classes and claims: every selector with the environment of its own dialect, every class of a demand found."""

from __future__ import annotations

from dra_policy.compiler.classes import DeviceClasses
from dra_policy.compiler.compiled import (
    CompiledClaim,
    CompiledClass,
    CompiledDemand,
    CompiledRequest,
    CompiledSelector,
)
from dra_policy.compiler.selector import compile_selector
from dra_policy.compiler.settings import Settings
from dra_policy.compiler.synthetic import all_of, any_of, driver_is
from dra_policy.ir.nodes import Condition
from dra_policy.model import Claim, Demand, DeviceClass, Dialect, Selector, Vocabulary
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Source, Span

_DEFAULT = Settings()
_NO_VOCABULARY = Vocabulary()
# The index of a condition that no selector states.
SYNTHETIC = -1


def compile_claim(
    claim: Claim, classes: DeviceClasses, settings: Settings = _DEFAULT, vocabulary: Vocabulary = _NO_VOCABULARY
) -> CompiledClaim:
    """The claim with every class found and every selector compiled; never raises.

    A class is looked up in the claim's own dialect family first; each selector is compiled in the environment of its
    own dialect.
    """
    compilation = _compilation(classes, settings, vocabulary)
    requests = [
        CompiledRequest(request, tuple([compilation.demand(demand, claim.dialect) for demand in request.demands]))
        for request in claim.requests
    ]
    return CompiledClaim(claim, tuple(requests))


def compile_class(
    device_class: DeviceClass,
    classes: DeviceClasses | None = None,
    settings: Settings = _DEFAULT,
    vocabulary: Vocabulary = _NO_VOCABULARY,
) -> CompiledClass:
    """The class with its conditions in the order of evaluation; never raises.

    Conditions that no selector states (a k8srm class's driver and member classes) come first, with index -1.
    """
    return _compilation(classes or DeviceClasses(), settings, vocabulary).device_class(device_class)


def _compilation(classes: DeviceClasses, settings: Settings, vocabulary: Vocabulary) -> _Compilation:
    return _Compilation(classes, settings, vocabulary, classes.compiled_under(settings, vocabulary))


@dataclass(frozen=True, slots=True)
class _Compilation:
    """One call: what all its steps need. ``compiled`` has the classes that it compiled, or another call before."""

    classes: DeviceClasses
    settings: Settings
    vocabulary: Vocabulary
    compiled: dict[int, CompiledClass]

    def demand(self, demand: Demand, dialect: Dialect) -> CompiledDemand:
        device_class = self.classes.find(demand.device_class_name, dialect)
        compiled = None if device_class is None else self.device_class(device_class)
        return CompiledDemand(demand, compiled, self.selectors(demand.selectors))

    def selectors(self, selectors: tuple[Selector, ...]) -> tuple[CompiledSelector, ...]:
        if not selectors:
            return ()
        found = [
            compile_selector(each, self.settings.environment(each.dialect), self.vocabulary, index=index)
            for index, each in enumerate(selectors)
        ]
        return tuple(found)

    def device_class(self, device_class: DeviceClass) -> CompiledClass:
        """The compiled class; each one once, as long as the classes of the world are the same."""
        found = self.compiled.get(id(device_class))
        if found is None:
            found = self.compiled[id(device_class)] = self._compiled_class(device_class)
        return found

    def _compiled_class(self, device_class: DeviceClass) -> CompiledClass:
        span = _place(device_class, "driver")
        driver = () if device_class.driver is None else (_stated(driver_is(device_class.driver, span)),)
        members = () if device_class.member_labels is None else (self._members(device_class),)
        return CompiledClass(device_class, (*driver, *members, *self.selectors(device_class.selectors)))

    def _members(self, device_class: DeviceClass) -> CompiledSelector:
        """The condition that a device belongs to one of the classes with the labels (k8srm, DeviceClassSpec.selector).

        Classes that choose others by label are no members: they have no devices of their own, and might go in circles.
        """
        labels = device_class.member_labels or {}
        found = self.classes.with_labels(labels, device_class.dialect)
        members = [self.device_class(each) for each in found if each.member_labels is None]
        selectors = [selector for member in members for selector in member.selectors]
        broken = next((selector for selector in selectors if selector.condition is None), None)

        def diagnose() -> tuple[Diagnostic, ...]:
            return tuple(diagnostic for selector in selectors for diagnostic in selector.diagnostics)

        if broken is not None:
            return CompiledSelector(SYNTHETIC, None, None, broken.compile_error, diagnose)
        span = _place(device_class, "selector")
        alternatives = tuple(
            all_of(tuple(each.condition for each in member.selectors if each.condition is not None), span)
            for member in members
        )
        return CompiledSelector(SYNTHETIC, any_of(alternatives, span), diagnose=diagnose)


def _stated(condition: Condition) -> CompiledSelector:
    return CompiledSelector(SYNTHETIC, condition)


def _place(device_class: DeviceClass, field: str) -> Span:
    """Where the class says so; found only when somebody asks, because positions cost a parse of the file."""
    text = device_class.name
    place = device_class.place

    def locate(start: int, end: int) -> Span:
        span = None if place is None else place.child("spec", field).span
        return Span(Source.of(f"deviceclass/{text}", text), start, end) if span is None else span

    return Span(Source.of(f"deviceclass/{text}", text, locate), 0, len(text))
