"""The parts of an answer that fits: the devices, why these, and how earlier alternatives fared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dra_policy.allocate import Allocated, ClaimResult, NodeAnswer
from dra_policy.compiler import CompiledClaim
from dra_policy.explain.alternatives import alternatives_of
from dra_policy.explain.choices import Picked, choices_of
from dra_policy.explain.evidence import Evidence
from dra_policy.explain.explanation import ChosenDevices, Reason, ReasonValue
from dra_policy.explain.jointly import Asks
from dra_policy.explain.naming import names_on
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.study import Study
from dra_policy.fleet import NodeView
from dra_policy.model import DeviceId, MatchAttribute
from dra_policy.record import replace

Retry = Callable[[Sequence[CompiledClaim]], ChosenDevices | None]


def chosen_devices(view: NodeView, results: Sequence[ClaimResult]) -> ChosenDevices:
    """The devices of a solution on a node by request, as ``node/device`` (see ``names_on``)."""
    devices: dict[str, list[str]] = {}
    node = view.node
    names = iter(names_on(view, [each.device for result in results for each in result.allocation.devices]))
    for result in results:
        prefix = f"{result.claim.name}:" if len(results) > 1 else ""
        for each in result.allocation.devices:
            devices.setdefault(prefix + each.request, []).append(f"{node}/{next(names)}")
    return ChosenDevices(node, {request: tuple(names) for request, names in devices.items()})


def fitting_parts(
    now: Study, idle: Callable[[], Study], chosen: ChosenDevices, fit: NodeAnswer, retry: Retry, asks: Asks
) -> tuple[str, Reason, tuple[Evidence, ...]]:
    """Code, reason and evidence of an answer that fits on a node."""
    later = _later_alternative(now, chosen)
    arguments: dict[str, ReasonValue] = {"node": chosen.node, "idle": False}
    if later is not None:
        request, index, size, name = later
        arguments["alternative"] = f"{index + 1} of {size} ({name})"
        evidence = tuple(alternatives_of(now, idle(), one, asks) for one in now.requests if one.prioritized)
        return ("DRA501" if index else "DRA500"), Reason("fits", {**arguments, "request": request}), evidence
    picks = _picks(now, fit)
    if picks is None or len(now.claims) != 1:
        return "DRA500", Reason("fits", arguments), ()

    def with_constraint(constraint: MatchAttribute) -> ChosenDevices | None:
        claim = now.claims[0]
        constrained = replace(claim.claim, constraints=(*claim.claim.constraints, constraint))
        return retry([replace(claim, claim=constrained)])

    choices = choices_of(now, fit.node, picks, with_constraint)
    return "DRA500", Reason("fits", arguments), (choices,) if picks else ()


def _later_alternative(now: Study, chosen: ChosenDevices) -> tuple[str, int, int, str] | None:
    """The last chosen alternative of the first firstAvailable request that did not get its first one."""
    best: tuple[str, int, int, str] | None = None
    for request in now.requests:
        if not request.prioritized:
            continue
        for index, one in enumerate(request.alternatives):
            name = one.demand.demand.name
            if any(key.rpartition(":")[2] == f"{request.name}/{name}" for key in chosen.devices) and (
                best is None or index > best[1]
            ):
                best = (request.name, index, len(request.alternatives), name)
    return best


def _picks(now: Study, fit: NodeAnswer) -> tuple[Picked, ...] | None:
    """What each request got, as positions on the node's spot; None where a request has several alternatives."""
    assert isinstance(fit.outcome, Allocated)
    if len(fit.outcome.results) != 1 or any(len(request.alternatives) != 1 for request in now.requests):
        return None
    view = now.fleet.view(fit.node)
    by_id: dict[DeviceId, int] = {}
    for position in range(view.layout.size):
        by_id.setdefault(view.device_id(position), position)
    taken: dict[str, list[int]] = {}
    for each in fit.outcome.results[0].allocation.devices:
        taken.setdefault(each.request, []).append(by_id[each.device])
    picked = []
    for request in now.requests:
        narrowed: Narrowed = request.alternatives[0]
        if request.name in taken:
            picked.append(Picked(narrowed, tuple(taken[request.name])))
    return tuple(picked)
