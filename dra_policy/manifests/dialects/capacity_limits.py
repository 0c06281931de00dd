"""What the API server refuses in the capacities of devices, and in the policies of those that are given in shares."""

from __future__ import annotations

from itertools import pairwise

from dra_policy.manifests.dialects.limits import check_length
from dra_policy.manifests.view import View
from dra_policy.values import Quantity

_VALID_VALUES = 10


def check_capacity(capacity: View, content: View) -> None:
    """Report a capacity without value, and a policy by which nothing, or no default, could be had."""
    if not capacity.has("value"):
        capacity.error("DRA106", f"capacity `{capacity.path[-1]}` has no `value`")
    value = capacity.quantity("value")
    policy = capacity.view("requestPolicy")
    if policy is None:
        return
    if content.value.get("allowMultipleAllocations") is not True:
        capacity.error("DRA105", "only a device with `allowMultipleAllocations: true` has a policy", "requestPolicy")
    bounds = policy.view("validRange")
    check_length(policy, "validValues", _VALID_VALUES)
    if bounds is not None and policy.value.get("validValues"):
        policy.error("DRA105", "`validValues` and `validRange` stand together; one of them is wanted", "validRange")
    elif bounds is not None:
        _check_range(policy, bounds, value)
    elif policy.value.get("validValues"):
        _check_values(policy, value)


def _check_values(policy: View, value: Quantity | None) -> None:
    default = policy.quantity("default")
    written = policy.value["validValues"]
    listed = [_read(each) for each in written] if isinstance(written, list) else []
    options = [each for each in listed if each is not None]
    if not policy.has("default"):
        policy.error("DRA106", "a policy with `validValues` has no `default`")
    elif default is not None and len(options) == len(listed) and default not in options:
        policy.error("DRA105", f"the default `{default}` is none of `validValues`", "default")
    if any(one > other for one, other in pairwise(options)):
        policy.error("DRA105", "`validValues` stand in ascending order", "validValues")
    elif any(one == other for one, other in pairwise(options)):
        policy.error("DRA105", "`validValues` has a value twice", "validValues")
    for index, option in enumerate(listed):
        if option is not None and value is not None and option > value:
            message = f"a valid value is at most the capacity's ({value}), not `{option}`"
            policy.error("DRA105", message, "validValues", index)


def _read(written: object) -> Quantity | None:
    from dra_policy.values import QuantityError

    try:
        return Quantity.parse(str(written).strip())
    except QuantityError:
        return None  # told where it is read


def _check_range(policy: View, bounds: View, value: Quantity | None) -> None:
    least, most, step = (bounds.quantity(name) for name in ("min", "max", "step"))
    default = policy.quantity("default")
    if not bounds.has("min"):
        bounds.error("DRA106", "`validRange` has no `min`")
    if least is not None and value is not None and least > value:
        bounds.error("DRA105", f"`min` is at most the capacity's value ({value}), not `{least}`", "min")
    if least is not None and most is not None and least > most:
        bounds.error("DRA105", f"`max` is at least `min` ({least}), not `{most}`", "max")
    if most is not None and value is not None and most > value:
        bounds.error("DRA105", f"`max` is at most the capacity's value ({value}), not `{most}`", "max")
    if not policy.has("default"):
        policy.error("DRA106", "a policy with `validRange` has no `default`")
    elif default is not None and ((least and default < least) or (most and default > most)):
        policy.error("DRA105", f"the default `{default}` lies outside of `validRange`", "default")
    if step is not None and least is not None:
        _check_step(bounds, step, least, value)
        for name, owner, reached in (("default", policy, default), ("max", bounds, most)):
            if step.sign() > 0 and reached is not None and not _is_reached(reached, least, step):
                message = f"`{name}` is `min` and whole steps ({least} + n x {step}), not `{reached}`"
                owner.error("DRA105", message, name)


def _check_step(bounds: View, step: Quantity, least: Quantity, value: Quantity | None) -> None:
    if step.sign() <= 0:
        bounds.error("DRA105", f"`step` is greater than 0, not `{step}`", "step")
    elif value is not None and least.add(step) > value:
        bounds.error("DRA105", f"one step above `min` ({least.add(step)}) is more than the capacity ({value})", "step")


def _is_reached(reached: Quantity, least: Quantity, step: Quantity) -> bool:
    """Whether whole steps lead from the least to an amount; reckoned in thousandths, as Kubernetes does."""
    return (reached.milli_value() - least.milli_value()) % max(step.milli_value(), 1) == 0
