"""Names that nobody publishes: the misspelt attribute of a constraint or a condition, and the nearest published one."""

from __future__ import annotations

from collections import Counter

from dra_policy.explain.evidence import Evidence, UnknownName
from dra_policy.explain.explanation import Reason, ReasonValue
from dra_policy.explain.filters import Filter
from dra_policy.explain.found_values import single_path
from dra_policy.explain.funnel import Row
from dra_policy.explain.narrowing import Narrowed
from dra_policy.explain.spots import count_devices
from dra_policy.explain.study import Study
from dra_policy.text import Span, nearest
from dra_policy.text.nearest import edit_distance
from dra_policy.values.bit_sets import union

_MOST_KNOWN = 8

Finding = tuple[str, Reason, tuple[Evidence, ...]]


def unpublished_attribute(found: Study, narrowed: Narrowed, row: Row | Filter) -> Finding | None:
    """Code, reason and evidence where the attribute of a constraint or condition is on no device, or on too few."""
    if isinstance(row, Filter):
        return _unpublished_in_condition(found, row)
    devices = _published(found, row.name)
    if devices == 0:
        evidence = unknown_name(found, row.name, row.span)
        return "DRA301", Reason("unpublished", {"name": row.name, "constraint": True}), (evidence,)
    matching = count_devices(found.spots, narrowed.matching)
    having = tuple(
        mask & union(found.index.values(spot, row.name).values())
        for mask, spot in zip(narrowed.matching, found.spots, strict=True)
    )
    enough = any(mask.bit_count() >= narrowed.wanted for mask in having)
    if enough:
        return None
    missing = matching - count_devices(found.spots, having)
    arguments: dict[str, ReasonValue] = {
        "request": narrowed.request,
        "attribute": row.name,
        "noun": narrowed.funnel.noun,
        "missing": missing,
        "matching": matching,
    }
    return "DRA524", Reason("attribute-absent", arguments), ()


def _published(found: Study, attribute: str) -> int:
    masks = tuple(union(found.index.values(spot, attribute).values()) for spot in found.spots)
    return count_devices(found.spots, masks)


def _unpublished_in_condition(found: Study, row: Filter) -> Finding | None:
    path = single_path(row.predicate) if row.predicate is not None else None
    if path is None or path.name is None:
        return None
    vocabulary = found.fleet.vocabulary()
    is_capacity = path.field == "capacity"
    if any(use.name == path.name and path.domain in (None, use.domain) for use in vocabulary.attributes):
        return None
    code = "DRA302" if is_capacity else "DRA301"
    arguments: dict[str, ReasonValue] = {"name": path.full_name, "condition": row.text, "class": row.name or None}
    reason = Reason("unpublished", {**arguments, "constraint": False})
    return code, reason, (unknown_name(found, path.full_name, row.span),)


def unpublished_capacity(found: Study, narrowed: Narrowed) -> Finding | None:
    """Code, reason and evidence where the request asks for a capacity that no device of the fleet has."""
    demand = narrowed.demand.demand
    published: Counter[str] = Counter()
    for loaded in found.fleet.current_slices:
        for device in loaded.frame.devices:
            published.update(tuple(device.capacity))
    for name in demand.capacity_requests:
        if name in published:
            continue
        near = _nearest(name, tuple(published))
        span = demand.place.child("capacity", "requests", name).key_span if demand.place is not None else None
        number = published[near] if near is not None else 0
        devices = found.fleet.vocabulary().devices
        known = tuple(sorted(published)[:_MOST_KNOWN])
        evidence = UnknownName(name, near, number, devices, span, _wrong_part(name, near, span), known)
        return "DRA302", Reason("unpublished-capacity", {"request": narrowed.request, "name": name}), (evidence,)
    return None


def unknown_name(found: Study, name: str, span: Span | None) -> UnknownName:
    """Where a name stands that nobody publishes, and the nearest that somebody does."""
    vocabulary = found.fleet.vocabulary()
    published = {f"{use.domain}/{use.name}": use.devices for use in vocabulary.attributes}
    near = _nearest(name, tuple(published))
    return UnknownName(
        name,
        near,
        published[near] if near is not None else 0,
        vocabulary.devices,
        span,
        _wrong_part(name, near, span),
    )


def _nearest(name: str, published: tuple[str, ...]) -> str | None:
    """The nearest name of the same domain, else the same or a near name in another one."""
    domain, _, bare = name.rpartition("/")
    split = [one.rpartition("/") for one in published]
    found = nearest(bare, [own for other, _, own in split if other == domain])
    if found is not None:
        return f"{domain}/{found}" if domain else found
    # Long domains that are equal would make any two names near: domains and names are compared apart.
    near = [
        f"{other}/{own}" if other else own
        for other, _, own in split
        if own == bare or (nearest(bare, (own,)) is not None and nearest(domain, (other,)) is not None)
    ]
    return min(near, key=lambda one: edit_distance(name, one), default=None)


def _wrong_part(name: str, near: str | None, span: Span | None) -> Span | None:
    """The part of the written name that differs: the last one where the domain is right."""
    if span is None:
        return None
    at = span.text.find(name)
    if at < 0:
        return span
    start = span.start + at
    bare = name.rpartition("/")[2]
    if near is not None and near.rpartition("/")[0] == name.rpartition("/")[0]:
        return Span(span.source, start + len(name) - len(bare), start + len(name))
    return Span(span.source, start, start + len(name))
