"""Errors other than a selector's that end scheduling: what of a claim is refused, where it stands, and why."""

from __future__ import annotations

from dra_policy.allocate import Failed, FailingDerivation, FailingVisit, NodeAnswer, ViolatedByAll
from dra_policy.allocate.events import FeatureDisabled, InvalidRequest, TooManyDevices
from dra_policy.explain.cause import Cause
from dra_policy.explain.evidence import Evidence, ValueOfDevices, ValuesOfAll, WrittenAt
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.groups import Key, constraint_span
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Spot
from dra_policy.explain.study import StudiedRequest, Study
from dra_policy.model import DistinctAttribute, MatchAttribute
from dra_policy.values.bit_sets import positions, union


def cause_of_error(found: Study, stop: NodeAnswer) -> Cause:
    """Why scheduling ends with an error on a node."""
    assert isinstance(stop.outcome, Failed)
    match stop.outcome.event:
        case ViolatedByAll() as event:
            return _cause_of_violation(found, stop.node, event) or Cause("DRA518", Reason("stopped"))
        case InvalidRequest() as event:
            return _cause_of_request(found, event)
        case FailingVisit() | FailingDerivation() as event:
            request = _request_at(found, event.claim, event.request)
            device = f"{stop.node}/{stop.outcome.device.device}" if stop.outcome.device is not None else ""
            what = "capacity" if isinstance(event, FailingVisit) else "derived-attributes"
            return Cause("DRA105", Reason("device-refused", {"request": request.name, "device": device, "what": what}))
        case _:
            return Cause("DRA105", Reason("stopped"))


def _cause_of_request(found: Study, event: InvalidRequest) -> Cause:
    arguments: dict[str, ReasonValue] = {"request": event.request, "claim": event.claim_name, "value": event.value}
    code = "DRA522" if isinstance(event, TooManyDevices) else "DRA105"
    template = "refused"
    if isinstance(event, FeatureDisabled):
        code, template = "DRA523", "gate-off"
    arguments["kind"] = event.kind
    return Cause(code, Reason(template, arguments), _written(found, event))


def _written(found: Study, event: InvalidRequest) -> tuple[Evidence, ...]:
    """Where the refused request, or constraint, stands."""
    if isinstance(event, FeatureDisabled) and event.kind == "distinct":
        return _distinct(found, event)
    name = event.request.partition("/")[0]
    for each in found.claims:
        if each.claim.full_name == event.claim_name:
            for request in each.claim.requests:
                place = request.place if request.name == name else None
                span = None if place is None else place.child("name").span or place.span
                if span is not None:
                    return (WrittenAt(span),)
    return ()


def _distinct(found: Study, event: InvalidRequest) -> tuple[Evidence, ...]:
    claims = (each.claim for each in found.claims if each.claim.full_name == event.claim_name)
    written = (one for claim in claims for one in claim.constraints if isinstance(one, DistinctAttribute))
    spans = (constraint_span(each) for each in written)
    return tuple([WrittenAt(span) for span in spans if span is not None][:1])


def _request_at(found: Study, claim: int, request: int) -> StudiedRequest:
    return [one for one in found.requests if one.claim is found.claims[claim].claim][request]


def _cause_of_violation(found: Study, node: str, event: ViolatedByAll) -> Cause | None:
    """The constraint that the devices of mode All break, with the values of theirs that do not go together."""
    number, spot = next((index, each) for index, each in enumerate(found.spots) if node in each.nodes)
    request = _request_at(found, event.claim, event.request)
    narrowed = request.alternatives[event.alternative]
    partners = [one for one in found.requests if one.claim is request.claim and one is not request]
    constraints = [one for one in request.claim.constraints if _ties(one, narrowed)]
    for constraint in constraints:
        assert isinstance(constraint, MatchAttribute | DistinctAttribute)
        rows = _clash(found, constraint, spot, [(narrowed.request, narrowed.matching[number])])
        rows = rows or _clash(found, constraint, spot, _with_partners(narrowed, partners, constraint, number))
        if rows:
            number_of_all = narrowed.matching[number].bit_count()
            reason = _reason(narrowed, constraint, rows, node, number_of_all)
            return Cause("DRA518", reason, (ValuesOfAll(constraint.attribute, rows, constraint_span(constraint)),))
    return None


def _ties(constraint: object, narrowed: Narrowed) -> bool:
    if isinstance(constraint, MatchAttribute):
        return constraint.attribute in narrowed.attributes
    return isinstance(constraint, DistinctAttribute) and constraint.attribute in narrowed.distinct


def _with_partners(
    narrowed: Narrowed, partners: list[StudiedRequest], constraint: MatchAttribute | DistinctAttribute, number: int
) -> list[tuple[str, int]]:
    """The request of mode All with those that the constraint ties to it, and their devices on a spot."""
    names = {name.partition("/")[0] for name in constraint.requests}
    tied = [one for one in partners if not names or one.name in names]
    return [(narrowed.request, narrowed.matching[number]), *((one.name, one.left[number]) for one in tied)]


def _clash(
    found: Study, constraint: MatchAttribute | DistinctAttribute, spot: Spot, wanted: list[tuple[str, int]]
) -> tuple[ValueOfDevices, ...]:
    """The values of some requests' devices, where the constraint does not hold for them; else nothing."""
    values: dict[Key, int] = found.index.values(spot, constraint.attribute)
    every = union(mask for _, mask in wanted)
    without = every & ~union(values.values())
    shared = {key: bits & every for key, bits in values.items() if bits & every}
    if isinstance(constraint, MatchAttribute):
        breaks = len(shared) > 1
    else:
        shared = {key: bits for key, bits in shared.items() if bits.bit_count() > 1}
        breaks = bool(shared)
    if not (breaks or without):
        return ()
    listed: list[tuple[str | None, int]] = [(None, without), *((found.index.text(key), b) for key, b in shared.items())]
    rows = [
        (min(positions(bits & mask)), ValueOfDevices(text, request, _labels(spot, bits & mask)))
        for text, bits in listed
        for request, mask in wanted
        if bits & mask
    ]
    return tuple(row for _, row in sorted(rows, key=lambda item: item[0]))


def _labels(spot: Spot, mask: int) -> tuple[str, ...]:
    return tuple(spot.label(position) for position in positions(mask))


def _reason(
    narrowed: Narrowed,
    constraint: MatchAttribute | DistinctAttribute,
    rows: tuple[ValueOfDevices, ...],
    node: str,
    number: int,
) -> Reason:
    first, second = rows[0], rows[1] if len(rows) > 1 else rows[0]
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "noun": narrowed.funnel.noun,
        "all": number,
        "node": node,
        "attribute": constraint.attribute,
        "match": isinstance(constraint, MatchAttribute),
        "devices": (first.devices[0], second.devices[0] if second is not first else second.devices[-1]),
        "values": (first.value or "", second.value or ""),
    }
    return Reason("all-violates", arguments)
