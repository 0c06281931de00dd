"""One device before one request: which conditions it meets, what it has where it does not, who holds it."""

from __future__ import annotations

from dra_policy.evaluate import trace
from dra_policy.explain.checks import Check, CheckState
from dra_policy.explain.condition_tree import part_check
from dra_policy.explain.extremes import comparison_of, gap_text
from dra_policy.explain.filters import Filter, blocking_taints
from dra_policy.explain.found_values import single_path
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.shown_values import short_value
from dra_policy.explain.study import Study
from dra_policy.explain.wording import model_of
from dra_policy.ir import CelFailure, read, reading
from dra_policy.model import Device
from dra_policy.record import dataclass
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class DeviceView:
    """What one request makes of one device.

    ``claim`` is the request's where the subject has several. ``across`` are the constraints and rules between devices
    that are about the request.
    """

    device: str
    model: str | None
    subject: str
    request: str
    conditions: tuple[Check, ...]
    state: tuple[Check, ...]
    claim: str = ""
    across: tuple[Check, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether the request could have the device now, as far as it alone decides."""
        checks = (*self.conditions, *self.state, *self.across)
        return all(check.state in (CheckState.PASSED, CheckState.OPEN) for check in checks)


def find_device(found: Study, name: str) -> tuple[int, str, int] | None:
    """Spot, node and position of a device; None if no node sees such a device.

    ``name`` is ``node/device``, ``driver/pool/device``, or ``node/driver/pool/device`` as answers print it.
    """
    bare = name.rpartition("/")[2]
    is_full = name.count("/") > 1
    for number, spot in enumerate(found.spots):
        named = [position for position in range(spot.size) if spot.device_of_frame(position).name == bare]
        for node in spot.nodes if named else ():
            for position in named:
                full = str(spot.device_id(position, found.fleet.view(node))) if is_full else ""
                if name in (f"{node}/{bare}", full) or (full and name == f"{node}/{full}"):
                    return number, node, position
    return None


def device_view(found: Study, narrowed: Narrowed, place: tuple[int, str, int], subject: str) -> DeviceView:
    """The view of the device at a place that ``find_device`` gave."""
    number, node, position = place
    spot = found.spots[number]
    device = found.fleet.view(node).device(position) if position < spot.view.layout.size else spot.device(position)
    conditions: list[Check] = []
    state: list[Check] = []
    for row in narrowed.filters:
        passed = bool(row.passes[number] >> position & 1)
        if row.id in ("class", "condition"):
            seen = all(check.state is CheckState.PASSED for check in conditions)
            conditions.append(_condition_check(row, device, passed=passed, seen=seen))
        elif row.id in ("untainted", "not-held") or not passed:
            state.append(_state_check(found, narrowed, row, place))
    name = f"{node}/{spot.label(position, found.fleet.view(node))}"
    alternative = narrowed.demand.demand.name
    request = f"{narrowed.request}/{alternative}" if alternative else narrowed.request
    return DeviceView(name, model_of(device), subject, request, tuple(conditions), tuple(state))


def _condition_check(row: Filter, device: Device, *, passed: bool, seen: bool) -> Check:
    state = CheckState.PASSED if passed else CheckState.FAILED
    traced = None if row.predicate is None else trace(row.predicate, device).root
    outcome = passed if traced is None else traced.answer
    parts = () if traced is None else part_check(traced, device).parts
    if isinstance(outcome, CelFailure):
        finding, state = f"fails: {outcome.text}", CheckState.ERROR
    elif row.id == "class":
        finding = _class_finding(row, device, passed=passed)
    else:
        finding = _finding(row, device, passed=passed)
    if not seen:
        verb = "would pass" if passed else "would fail" if state is CheckState.ERROR else "would not pass either"
        return Check(CheckState.UNSEEN, row.text, f"{finding}, {verb}" if finding else verb, _place(row), parts)
    return Check(state, row.text, finding, _place(row), parts)


def _place(row: Filter) -> Span | None:
    return row.span if row.id == "condition" else None


def _class_finding(row: Filter, device: Device, *, passed: bool) -> str:
    """What the class asks for; of a device that is not of the class the first part that it does not meet."""
    if passed or row.predicate is None:
        return reading(row.predicate) if row.predicate is not None else ""
    for part in row.parts:
        if part.predicate is not None and trace(part.predicate, device).root.answer is not True:
            found = _finding(part, device, passed=False)
            return f"{part.text}: {found}" if found else part.text
    return reading(row.predicate)


def _finding(row: Filter, device: Device, *, passed: bool) -> str:
    """What the device has where the condition looks, and how much it is short."""
    path = single_path(row.predicate) if row.predicate is not None else None
    if path is None:
        return ""
    value = read(path, device)
    if value is None:
        return "has none"
    text = f"has {short_value(value)}"
    compared = comparison_of(row.predicate)
    if passed or compared is None or compared[1] in ("==", "!="):
        return text
    gap = gap_text(compared[0].constant, value)
    word = "short by" if compared[1] in (">", ">=") else "too much by"
    return f"{text}, {word} {gap}" if gap else text


def _state_check(found: Study, narrowed: Narrowed, row: Filter, place: tuple[int, str, int]) -> Check:
    number, node, position = place
    spot = found.spots[number]
    if row.id == "untainted":
        taints = blocking_taints(spot.device_of_frame(position), narrowed.demand.demand.tolerations)
        if taints:
            return Check(CheckState.FAILED, f"tainted {', '.join(map(str, taints))}")
        return Check(CheckState.PASSED, "untainted")
    if row.id == "not-held":
        if spot.in_use >> position & 1:
            claim = found.fleet.holder(found.fleet.view(node).device_id(position))
            return Check(CheckState.FAILED, f"held by {claim.full_name}" if claim is not None else "held")
        return Check(CheckState.PASSED, "not held")
    if row.id == "pool":
        return Check(CheckState.FAILED, f"in pool {spot.locate(position)[0].pool}, which Kubernetes ignores")
    return Check(CheckState.FAILED, f"not {row.text}")
