"""Taint rules as the scheduler of a release applies them: which count, and which devices each selects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dra_policy.fleet.frame import LoadedSlice
from dra_policy.ir import Condition
from dra_policy.model import DeviceClass, DeviceTaintRule, Selector
from dra_policy.model.features import Features
from dra_policy.record import dataclass, field

# The last release whose rules select by class and by CEL.
_SELECTING = "1.34"


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule that counts, with the conditions of its class and its own; ``selectors`` are these as written.

    A device on which a condition fails is not meant (resourceslice/tracker).
    """

    rule: DeviceTaintRule
    selectors: tuple[Selector, ...] = ()
    conditions: tuple[Condition | None, ...] = field(default=(), compare=False)

    def selected(self, loaded: LoadedSlice) -> int:
        """The bit set of the slice's devices that the rule selects."""
        rule = self.rule
        if rule.driver not in (None, loaded.envelope.driver) or rule.pool not in (None, loaded.pool):
            return 0
        found = loaded.frame.all_devices
        if rule.device is not None:
            found = sum(1 << index for index, each in enumerate(loaded.frame.devices) if each.name == rule.device)
        return sum(1 << index for index in self._meant(loaded, found)) if self.conditions else found

    def _meant(self, loaded: LoadedSlice, positions: int) -> Iterator[int]:
        """Those of some devices on which every condition is true."""
        for index, device in enumerate(loaded.devices):
            if positions >> index & 1 and all(
                each is not None and each.program.evaluate(device) is True for each in self.conditions
            ):
                yield index


def applied_rules(
    rules: Iterable[DeviceTaintRule], classes: Sequence[DeviceClass], features: Features
) -> tuple[AppliedRule, ...]:
    """The rules that count: none where their gate is off, none of a class that does not exist."""
    if not features.device_taint_rules:
        return ()
    return tuple([applied for rule in rules if (applied := _applied(rule, classes, features)) is not None])


def _applied(rule: DeviceTaintRule, classes: Sequence[DeviceClass], features: Features) -> AppliedRule | None:
    if not rule.has_selector and not features.bare_taint_rules_match:
        return None
    if not features.taint_rules_select or not (rule.device_class_name or rule.selectors):
        return AppliedRule(rule)
    selectors: tuple[Selector, ...] = ()
    if rule.device_class_name is not None:
        known = (each for each in classes if each.name == rule.device_class_name and each.dialect.is_kubernetes)
        device_class = next(known, None)
        if device_class is None:
            return None
        selectors = device_class.selectors
    selectors += rule.selectors
    return AppliedRule(rule, selectors, tuple([_condition(each) for each in selectors]))


def _condition(selector: Selector) -> Condition | None:
    """The compiled selector; None where it does not compile, which the API server has refused."""
    # Nothing else about a fleet needs the compiler.
    from dra_policy.compiler import Settings, compile_selector

    return compile_selector(selector, Settings(_SELECTING).environment(selector.dialect)).condition
