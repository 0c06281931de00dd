"""Shares of a device's capacities: what a request consumes after rounding, and whether the device admits it.

The rules and texts are those of Kubernetes' allocator (DRAConsumableCapacity, KEP-5075): a request is rounded by the
capacity's policy; a capacity that is not requested is consumed by its default, or whole. A request that cannot be
expressed in the policy's arithmetic is fatal; one that the policy or the device does not admit skips the device.
"""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.model import Capacity, CapacityPolicy, Device, ValidRange
from dra_policy.record import dataclass, replace
from dra_policy.values import MAX_INT64, Quantity, truncated_quotient, wrap_int64


@dataclass(frozen=True, slots=True)
class CapacityFailure:
    """A request that must not be tried on other devices; ``text`` is Kubernetes'."""

    text: str


@dataclass(frozen=True, slots=True)
class PolicyRefusal:
    """A capacity of which the device's policy does not admit the amount, after rounding.

    ``most`` is the greatest amount that it admits, None where the amount is no greater: then it is no step.
    """

    name: str
    amount: Quantity
    most: Quantity | None


Consumption = tuple[tuple[str, Quantity], ...]
"""What a request takes of each capacity of a device, in the order of the device's capacities."""


def consumption(
    requests: Mapping[str, Quantity], device: Device, *, fractional: bool
) -> Consumption | CapacityFailure | None:
    """What the request consumes of the device; None if the device is to be skipped.

    ``fractional`` is the gate DRAFractionalCapacityRange: ranges are then counted in thousandths where that is exact.
    """
    if any(name not in device.capacity for name in requests):
        return None
    consumed = []
    for name, capacity in device.capacity.items():
        amount = _consumed(requests.get(name), capacity, fractional=fractional)
        if isinstance(amount, Quantity) and amount.sign() < 0:
            amount = CapacityFailure("capacity value is negative")
        if isinstance(amount, CapacityFailure):
            return CapacityFailure(f'capacity "{name}": {amount.text}')
        consumed.append((name, amount))
    if any(_violates(amount, device.capacity[name].policy, fractional=fractional) for name, amount in consumed):
        return None
    return tuple(consumed)


def policy_refusals(requests: Mapping[str, Quantity], device: Device, *, fractional: bool) -> tuple[PolicyRefusal, ...]:
    """The capacities whose policies do not admit what the request would consume; see ``consumption``."""
    found = []
    for name, capacity in device.capacity.items():
        amount = _consumed(requests.get(name), capacity, fractional=fractional)
        if isinstance(amount, Quantity) and _violates(amount, capacity.policy, fractional=fractional):
            most = None if capacity.policy is None else _most(capacity.policy)
            found.append(PolicyRefusal(name, amount, most if most is not None and amount > most else None))
    return tuple(found)


def share_of(requested: Quantity, capacity: Capacity, *, fractional: bool) -> Quantity | None:
    """What a request for so much of a capacity consumes of it; None where its policy does not admit that."""
    amount = _consumed(requested, capacity, fractional=fractional)
    if isinstance(amount, CapacityFailure) or amount.sign() < 0:
        return None
    return None if _violates(amount, capacity.policy, fractional=fractional) else amount


def fits(consumed: Consumption, capacity: Mapping[str, Quantity], others: Mapping[str, Quantity]) -> bool:
    """Whether a device with these capacities has that much left beside what others consume."""
    for name, amount in consumed:
        total = amount.add(others[name]) if name in others else amount
        if total > capacity[name]:
            return False
    return True


def added(consumed: Consumption, others: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """What is consumed together."""
    total = dict(others)
    for name, amount in consumed:
        total[name] = total[name].add(amount) if name in total else amount
    return total


def _consumed(requested: Quantity | None, capacity: Capacity, *, fractional: bool) -> Quantity | CapacityFailure:
    policy = capacity.policy
    if requested is None:
        return policy.default if policy is not None and policy.default is not None else capacity.value
    if policy is None:
        return requested
    valid = policy.valid_range
    if valid is not None and valid.minimum is not None:
        return _rounded_up(requested, valid.minimum, valid, fractional=fractional)
    # The values are in ascending order; a request above all of them stays, and is refused by the policy.
    for value in policy.valid_values:
        if requested <= value:
            return value
        requested = _compared(requested, value)
    return requested


def _compared(quantity: Quantity, other: Quantity) -> Quantity:
    """The amount as Kubernetes holds it after comparing it with another one: beside a decimal it becomes one."""
    return replace(quantity, is_decimal=True) if other.is_decimal else quantity


def _rounded_up(
    requested: Quantity, minimum: Quantity, valid: ValidRange, *, fractional: bool
) -> Quantity | CapacityFailure:
    """The next step at or above the request, counted from the minimum."""
    if requested < minimum:
        return minimum
    step = valid.step
    if step is None:
        return _compared(requested, minimum)
    in_thousandths = fractional and _is_exact_in_thousandths(valid)
    if in_thousandths:
        if not _is_milli(requested):
            return _not_representable(f"request {requested.canonical()} is not a representable milli value")
    elif requested > Quantity.of(MAX_INT64):
        return _not_representable(f"request {requested.canonical()} exceeds MaxInt64")
    least, width, wanted = (_number(each, in_thousandths) for each in (minimum, step, requested))
    if width == 0:
        # Kubernetes divides by zero here.
        return requested
    number = _steps_up(wrap_int64(wanted - least), width)
    # A negative minimum, which the API server refuses, is not looked at where whole numbers are counted.
    if (in_thousandths or least >= 0) and number > truncated_quotient(wrap_int64(MAX_INT64 - least), width):
        unit = "the milli-value range" if in_thousandths else "MaxInt64"
        return _not_representable(f"rounding request {requested.canonical()} up to the next step passes {unit}")
    rounded = wrap_int64(least + width * number)
    if in_thousandths and rounded % 1000:
        return Quantity(rounded, -3, step.format)
    return Quantity.of(rounded // 1000 if in_thousandths else rounded, step.format)


def _not_representable(reason: str) -> CapacityFailure:
    return CapacityFailure(f"capacity request cannot be represented in the device's range arithmetic: {reason}")


def _steps_up(distance: int, width: int) -> int:
    number = truncated_quotient(distance, width)
    return number + 1 if distance % width else number


def _number(quantity: Quantity, in_thousandths: bool) -> int:
    return quantity.milli_value() if in_thousandths else quantity.value()


def _is_exact_in_thousandths(valid: ValidRange) -> bool:
    known = [each for each in (valid.minimum, valid.maximum, valid.step) if each is not None]
    return all(map(_is_milli, known)) and (valid.step is None or valid.step.milli_value() >= 1)


def _is_milli(quantity: Quantity) -> bool:
    return Quantity(quantity.milli_value(), -3, quantity.format) == quantity


def _violates(amount: Quantity, policy: CapacityPolicy | None, *, fractional: bool) -> bool:
    """Whether the policy does not admit the amount; the default itself is always admitted."""
    if policy is None or (policy.default is not None and _is_default(amount, policy.default)):
        return False
    if policy.valid_range is not None:
        return _is_outside(amount, policy.valid_range, fractional=fractional)
    return bool(policy.valid_values) and amount not in policy.valid_values


def _most(policy: CapacityPolicy) -> Quantity | None:
    if policy.valid_range is not None:
        return policy.valid_range.maximum
    return policy.valid_values[-1] if policy.valid_values else None


def _is_default(amount: Quantity, default: Quantity) -> bool:
    """Whether Kubernetes takes an amount for the default.

    It compares how the two are held, text included: ``1000m`` is not ``1``, what was rounded to ``6`` is not a
    default written ``6`` (what was rounded to ``6000`` is one written so: of that no text is kept), and no decimal is
    the same as another.
    """
    if amount.is_decimal or default.is_decimal:
        return False
    held = (amount.unscaled, amount.scale, amount.format, _kept_text(amount))
    return held == (default.unscaled, default.scale, default.format, _kept_text(default))


def _kept_text(quantity: Quantity) -> str:
    return quantity.text if quantity.keeps_text else ""


def _is_outside(amount: Quantity, valid: ValidRange, *, fractional: bool) -> bool:
    if valid.maximum is not None and amount > valid.maximum:
        return True
    if valid.step is None:
        return False
    in_thousandths = fractional and _is_exact_in_thousandths(valid)
    if in_thousandths and not _is_milli(amount):
        return True
    # Without a minimum Kubernetes crashes here; steps then count from zero.
    least = 0 if valid.minimum is None else _number(valid.minimum, in_thousandths)
    width, number = _number(valid.step, in_thousandths), _number(amount, in_thousandths)
    return width != 0 and wrap_int64(number - least) % width != 0
