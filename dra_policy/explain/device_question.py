"""One device before each request of a question: what single devices decide, and what depends on others."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.allocate.constraints import attribute_of
from dra_policy.allocate.together import PodRules
from dra_policy.evaluate import Evaluator
from dra_policy.explain.checks import Check, CheckState
from dra_policy.explain.device_view import DeviceView, device_view, find_device
from dra_policy.explain.groups import applies_to, constraint_span
from dra_policy.explain.narrowing import Narrowed, partners
from dra_policy.explain.question import Question
from dra_policy.explain.rules import written
from dra_policy.explain.study import StudiedRequest, Study, study
from dra_policy.fleet import Fleet
from dra_policy.ir import print_value
from dra_policy.model import Claim, Demand, Device, DistinctAttribute, MatchAttribute, Requirement
from dra_policy.record import replace

OPEN = "depends on the other devices"


def explain_device(
    question: Question, fleet: Fleet, evaluator: Evaluator, device: str, request: str | None = None
) -> tuple[DeviceView, ...]:
    """What each request of the question, in each alternative, makes of a device (see ``find_device``).

    ``request`` is ``request`` or ``request/alternative``, after ``claim:`` where claims have requests of one name;
    None: all. Nothing if no node sees such a device, or if there is no such request. Claims that are allocated ask for
    nothing more.
    """
    state = fleet.emptied() if question.idle else fleet
    waiting = tuple(each for each in question.claims if each.claim.allocation is None)
    found = study(waiting or question.claims, state, evaluator, question.admission)
    place = find_device(found, device)
    if place is None:
        return ()
    views = []
    for each in found.requests:
        for one in each.alternatives:
            if request in _names(each, one):
                view = device_view(found, one, place, question.subject.full_name)
                claim = each.claim.name if len(question.claims) > 1 else ""
                across = tuple(_across(each, one, found, place, question.pod_rules)) if _is_of_class(one, place) else ()
                views.append(replace(view, claim=claim, across=across))
    return tuple(views)


def _is_of_class(narrowed: Narrowed, place: tuple[int, str, int]) -> bool:
    number, _, position = place
    return all(row.passes[number] >> position & 1 for row in narrowed.filters if row.id == "class")


def _names(request: StudiedRequest, alternative: Narrowed) -> tuple[str | None, ...]:
    """What asks for a request, or for one of its alternatives."""
    full = f"{request.name}/{alternative.demand.demand.name}"
    claim = request.claim.name
    return None, request.name, full, f"{claim}:{request.name}", f"{claim}:{full}"


def _across(
    request: StudiedRequest, narrowed: Narrowed, found: Study, place: tuple[int, str, int], pod_rules: PodRules | None
) -> Iterator[Check]:
    """What holds between devices: judged where the device alone decides."""
    number, node, position = place
    spot = found.spots[number]
    is_own = position < spot.view.layout.size
    device = found.fleet.view(node).device(position) if is_own else spot.device(position)
    demand, claim = narrowed.demand.demand, request.claim
    for constraint in claim.constraints:
        if isinstance(constraint, MatchAttribute | DistinctAttribute) and applies_to(
            constraint, request.name, demand.name
        ):
            others = partners(claim, request.name, constraint.requests)
            yield _of_constraint(constraint, device, claim, others, is_alone=not others and _is_one(demand))
    for rule in claim.requirements:
        yield _of_rule(rule)
    if pod_rules is None:
        return
    name = dict(pod_rules.names).get(claim.full_name, claim.name)
    for across in pod_rules.constraints:
        if not across.requests or {name, f"{name}/{request.name}"} & set(across.requests):
            yield _of_constraint(across, device, claim, ("other claims",), is_alone=False)
    yield from map(_of_rule, pod_rules.requirements)


def _is_one(demand: Demand) -> bool:
    return demand.count == 1 and demand.maximum_count in (None, 1)


def _of_constraint(
    constraint: MatchAttribute | DistinctAttribute,
    device: Device,
    claim: Claim,
    others: tuple[str, ...],
    *,
    is_alone: bool,
) -> Check:
    """A device that lacks the attribute is of no use; what it has is compared with what others have."""
    word = "same" if isinstance(constraint, MatchAttribute) else "different"
    between = f" {'as' if word == 'same' else 'from'} {', '.join(others)}" if others else ""
    text = f"{word} {constraint.attribute.rpartition('/')[2]}{between}"
    value = attribute_of(device, constraint.attribute, claim.dialect)
    span = constraint_span(constraint)
    if value is None:
        return Check(CheckState.FAILED, text, "has none, and no device may lack it", span)
    if is_alone:
        return Check(CheckState.PASSED, text, f"has {print_value(value)}, and is the only one", span)
    return Check(CheckState.OPEN, text, f"has {print_value(value)}, {OPEN}", span)


def _of_rule(rule: Requirement) -> Check:
    return Check(CheckState.OPEN, written(rule), OPEN, rule.place.span if rule.place else None)
