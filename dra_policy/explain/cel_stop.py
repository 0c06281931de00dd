"""The expression whose error ends scheduling: which part fails on which device, and how far that reaches."""

from __future__ import annotations

from dra_policy.compiler.compiled import CompiledDemand, CompiledSelector
from dra_policy.explain.cause import Cause
from dra_policy.explain.evidence import CelStop, Presence
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.latent import selector_place, stopping_devices
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import Masks, Spot, count_devices, count_nodes
from dra_policy.explain.study import Study, selectors_of
from dra_policy.explain.wording import noun_of, noun_of_masks
from dra_policy.ir import CelFailure, Condition, is_unreadable
from dra_policy.model import Device
from dra_policy.record import dataclass
from dra_policy.text import Span, nearest
from dra_policy.values.bit_sets import positions

_CODES = (
    ("no such key", "DRA401"),
    ("no such attribute", "DRA401"),
    ("no such overload", "DRA403"),
    ("cost limit", "DRA405"),
    ("attribute ", "DRA406"),
    ("could not be converted to bool", "DRA407"),
    ("quantities must match", "DRA408"),
    ("No Major.Minor.Patch", "DRA408"),
    ("semver", "DRA408"),
    ("lists longer than", "DRA409"),
)


@dataclass(frozen=True, slots=True)
class FailedVisit:
    """The visit that ends scheduling: the node, the device's position there, and the request that asked."""

    spot: int
    node: str
    position: int
    narrowed: Narrowed


def cause_of_stop(found: Study, visit: FailedVisit) -> Cause | None:
    """Why the pod is stopped; None where no selector fails on the device (another kind of fatal error)."""
    spot = found.spots[visit.spot]
    device = spot.device(visit.position)
    failing = _failing_selector(found, visit.narrowed.demand, device)
    if failing is None:
        return None
    selector, condition, failure = failing
    masks = stopping_devices(found, visit.narrowed.demand, selector)
    key = _missing_key(failure.text)
    where = _where(visit.narrowed, selector)
    arguments: dict[str, ReasonValue] = {
        "where": where[0],
        "key": key,
        "error": failure.text,
        "noun": noun_of([device.name]),
        "device": f"{visit.node}/{device.name}",
        "node": visit.node,
        "first": _is_first(spot, visit.position),
        "matching": count_devices(found.spots, visit.narrowed.left),
        "matching_noun": noun_of_masks(found.spots, visit.narrowed.left),
    }
    expression = selector.selector.expression if selector.selector is not None else condition.text
    underlined, presence = _underlined(selector, failure, key), _presence(found, key)
    is_unknown = key is not None and not any(one.published for one in presence)
    evidence = CelStop(
        where[1],
        expression,
        underlined,
        presence,
        *_reach(found, masks),
        span=condition.span,
        part=Span(failure.span.source, *underlined) if failure.span is not None and underlined is not None else None,
        nearest=_nearest(found, key, expression) if key is not None and is_unknown else None,
    )
    code = "DRA406" if is_unreadable(device) else code_of(failure.text)
    return Cause(code, Reason("cel-error", arguments), (evidence,))


def code_of(text: str) -> str:
    """The code of a CEL run-time error."""
    return next((code for part, code in _CODES if part in text), "DRA404")


def _failing_selector(
    found: Study, demand: CompiledDemand, device: Device
) -> tuple[CompiledSelector, Condition, CelFailure] | None:
    for selector in selectors_of(demand):
        if selector.condition is None:
            return None
        answer = selector.condition.program.evaluate(device)
        if isinstance(answer, CelFailure):
            return selector, selector.condition, found.ground.evaluator.failure(selector.condition, device)
        if not answer:
            return None
    return None


def _where(narrowed: Narrowed, selector: CompiledSelector) -> tuple[str, str]:
    """Whose selector it is: for the sentence, and as kubectl names the object."""
    of_class, place = narrowed.demand.device_class, selector_place(narrowed, selector)
    if of_class is not None and any(selector is one for one in of_class.selectors):
        name = of_class.device_class.name
        return f"Class {name}", place
    return f"Request {narrowed.request}", place


def _missing_key(text: str) -> str | None:
    marker = "no such key: "
    if marker not in text:
        return None
    return text.partition(marker)[2].split(".")[0].split()[0].strip("'\"")


def _underlined(selector: CompiledSelector, failure: CelFailure, key: str | None) -> tuple[int, int] | None:
    """The failing part in the expression as written: the missing name itself where it can be told."""
    if failure.span is None or selector.selector is None:
        return None
    start, end = failure.span.start, failure.span.end
    if key is not None:
        at = selector.selector.expression.rfind(key, start, end)
        if at >= 0:
            return at, at + len(key)
    return start, end


def _presence(found: Study, key: str | None) -> tuple[Presence, ...]:
    """On how many devices of each driver the missing attribute is published; drivers that have it first."""
    if key is None:
        return ()
    vocabulary = found.fleet.vocabulary()
    published: dict[str, int] = dict.fromkeys(vocabulary.devices_of_driver, 0)
    counted: set[int] = set()
    for spot in found.spots:
        for each in spot.slices:
            if id(each.loaded) in counted:
                continue
            counted.add(id(each.loaded))
            having = sum(1 for device in each.frame.devices if _publishes(device, key))
            nodes = 1 if each.is_shared else len(spot.nodes)
            published[each.frame.driver] = published.get(each.frame.driver, 0) + having * nodes
    shown = [
        Presence(driver, vocabulary.devices_of_driver.get(driver, 0), number) for driver, number in published.items()
    ]
    return tuple(sorted(shown, key=lambda one: (not one.published, -one.devices, one.driver)))[:4]


def _nearest(found: Study, key: str, expression: str) -> tuple[str, int, int] | None:
    """The published name most like ``key``, on how many devices of how many; a domain that is written goes first."""
    vocabulary = found.fleet.vocabulary()
    uses = sorted(vocabulary.attributes, key=lambda use: use.domain not in expression)
    name = nearest(key, [use.name for use in uses])
    use = next((use for use in uses if use.name == name), None)
    if use is None:
        return None
    return use.name, use.devices, vocabulary.devices_of_driver.get(use.domain, vocabulary.devices)


def _publishes(device: Device, key: str) -> bool:
    names = (*device.attributes, *device.capacity)
    return any(name == key or name.rpartition("/")[2] == key for name in names)


def _reach(found: Study, masks: Masks) -> tuple[int, str, int, int]:
    free = tuple(mask & ~spot.in_use for mask, spot in zip(masks, found.spots, strict=True))
    held = tuple(mask & spot.in_use for mask, spot in zip(masks, found.spots, strict=True))
    spots = found.spots
    return (
        count_devices(spots, free),
        noun_of_masks(spots, masks),
        count_nodes(spots, free, 1),
        count_devices(spots, held),
    )


def _is_first(spot: Spot, position: int) -> bool:
    free = positions(spot.all_devices & ~spot.in_use & ~spot.ignored)
    return bool(free) and free[0] == position
