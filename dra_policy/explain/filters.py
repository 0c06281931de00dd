"""What a device must be for a request, one bit set of passing devices per spot: the rows of a funnel before counting.

Rows follow the reader, not the allocator; a condition that fails to evaluate on a device does not pass it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from operator import and_, or_

from dra_policy.allocate import is_tolerated_by
from dra_policy.allocate.counters import counters_of, draw
from dra_policy.compiler.compiled import CompiledDemand, CompiledSelector
from dra_policy.evaluate import Evaluator
from dra_policy.explain.capacity import has_defaults, holds, shares_left
from dra_policy.explain.spots import Spot, SpotSlice
from dra_policy.fleet import NodeAdmission, Usage
from dra_policy.ir import AllOf, Condition, Predicate, reading
from dra_policy.model import Device, Toleration
from dra_policy.model.device import Taint
from dra_policy.model.features import Features
from dra_policy.record import dataclass, field, replace
from dra_policy.text import Span

_BLOCKING_EFFECTS = frozenset(("NoSchedule", "NoExecute"))


@dataclass(frozen=True, slots=True)
class Filter:
    """One row: the devices that pass it and those on which it fails to evaluate, a bit set for each spot.

    ``predicate`` is the condition behind it; ``is_written`` says that the user or a class wrote it. ``name`` is the
    class or attribute that it is about; ``parts`` are the rows that were joined to it.
    """

    id: str
    text: str
    passes: tuple[int, ...] = field(repr=False)
    errors: tuple[int, ...] = field(default=(), repr=False)
    predicate: Predicate | None = None
    is_written: bool = False
    exact: str = ""
    owner: str = "you"
    span: Span | None = field(default=None, compare=False)
    name: str = ""
    parts: tuple[Filter, ...] = ()


KnownMasks = dict[tuple[bool, int], tuple[Predicate, tuple[int, ...], tuple[int, ...]]]
"""Where predicates are true and where they fail over some spots, by kind of question and identity of its meaning."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What filters are computed over: spots, cached answers, switches; ``idle`` counts held devices as free.

    ``admission`` are the nodes that the pod may use; None where there is no pod.
    """

    spots: tuple[Spot, ...]
    evaluator: Evaluator
    features: Features
    idle: bool = False
    admission: NodeAdmission | None = None
    known: KnownMasks = field(default_factory=dict, compare=False, repr=False)


def filters_of(demand: CompiledDemand, ground: Ground) -> tuple[Filter, ...]:
    """The rows of a demand in the reader's order: everything about single devices, nothing about groups of them."""
    spots, features = ground.spots, ground.features
    rows = [
        Filter("published", "published", tuple(spot.all_devices for spot in spots)),
        Filter("pool", "usable pool", tuple(spot.all_devices & ~spot.ignored for spot in spots)),
        _node_row(ground),
        *_class_rows(demand, ground),
        *_condition_rows(demand, ground),
        *_capacity_rows(demand, ground),
    ]
    if features.device_taints:
        tolerations = demand.demand.tolerations
        untainted = _by_device(spots, lambda device: not blocking_taints(device, tolerations))
        rows.append(Filter("untainted", "untainted", untainted))
    rows.append(Filter("feature", "feature usable", _by_device(spots, lambda device: is_enabled(device, features))))
    if not ground.idle and not demand.demand.admin_access:
        free = tuple(spot.all_devices & ~spot.in_use for spot in spots)
        rows.append(Filter("not-held", "not held by other claims", free))
    if features.partitionable_devices:
        left = tuple(_within_counters(spot, features, idle=ground.idle) for spot in spots)
        rows.append(Filter("counters", "counters of its pool left", left))
    if features.consumable_capacity and not ground.idle:
        left = tuple(shares_left(demand.demand, spot, features) for spot in spots)
        rows.append(Filter("shares", "capacity left", left))
    return tuple(rows)


def _capacity_rows(demand: CompiledDemand, ground: Ground) -> list[Filter]:
    """A row for each capacity that is asked for: what devices can hold at all, whoever has shares of them now."""
    asked, spots, features = demand.demand, ground.spots, ground.features
    if not features.consumable_capacity or not asked.capacity_requests:
        return []
    rows = []
    for name, amount in asked.capacity_requests.items():
        passes = _by_device(spots, partial(holds, asked, name, features=features))
        place = asked.place.child("capacity", "requests", name) if asked.place is not None else None
        span = place.span if place is not None else None
        rows.append(Filter("capacity", f"{amount} of {name}", passes, is_written=True, name=name, span=span))
    # What is not asked for is consumed by its default.
    defaults = _by_device(spots, lambda device: has_defaults(asked, device, features))
    return [*rows, Filter("capacity", "defaults of its other capacities", defaults)]


def _node_row(ground: Ground) -> Filter:
    usable, admission = tuple(spot.usable for spot in ground.spots), ground.admission
    is_written = admission is not None and admission.is_written
    span = admission.span if admission is not None else None
    return Filter("node", "on a matching node", usable, is_written=is_written, span=span)


def _by_device(spots: Sequence[Spot], test: Callable[[Device], bool]) -> tuple[int, ...]:
    """A test of what frames say, asked once per frame."""
    known: dict[int, int] = {}
    masks = []
    for spot in spots:
        mask = 0
        for each in spot.slices:
            found = known.get(each.frame.id)
            if found is None:
                found = sum(1 << index for index, device in enumerate(each.frame.devices) if test(device))
                known[each.frame.id] = found
            mask |= found << each.start
        masks.append(mask)
    return tuple(masks)


def blocking_taints(device: Device, tolerations: Iterable[Toleration]) -> tuple[Taint, ...]:
    """The taints that keep a request off a device: NoSchedule and NoExecute that none of its tolerations covers."""
    tolerated = tuple(tolerations)
    return tuple(
        taint
        for taint in device.taints
        if taint.effect in _BLOCKING_EFFECTS and not any(is_tolerated_by(toleration, taint) for toleration in tolerated)
    )


def is_enabled(device: Device, features: Features) -> bool:
    """Whether everything that the device needs of the allocator is switched on."""
    if device.binding_conditions and not features.device_binding_and_status:
        return False
    return not device.consumes_counters or features.partitionable_devices


def _class_rows(demand: CompiledDemand, ground: Ground) -> list[Filter]:
    name = demand.demand.device_class_name
    if demand.device_class is None:
        return [Filter("class", f"class {name}", tuple(0 for _ in ground.spots), is_written=True, name=name)]
    parts = _rows_of_selectors(demand.device_class.selectors, ground, owner="class admin")
    if not parts:
        return [Filter("class", f"class {name}", _everything(ground), is_written=True, name=name)]
    return [class_row(parts, name)] if len(parts) == 1 else [replace(part, name=name) for part in parts]


def class_row(parts: Sequence[Filter], name: str) -> Filter:
    """The row of a whole class in place of those of its parts."""
    row = parts[0] if len(parts) == 1 else _joined(parts)
    named = tuple(replace(part, name=name) for part in parts)
    return replace(row, id="class", text=f"class {name}", is_written=True, name=name, parts=named)


def _joined(rows: Sequence[Filter]) -> Filter:
    """The row of what meets all of some rows."""
    passes = tuple(reduce(and_, masks) for masks in zip(*(row.passes for row in rows), strict=True))
    errors = [row.errors or (0,) * len(passes) for row in rows]
    # Where one row is false, an error of another is none of the whole.
    not_false = [[p | e for p, e in zip(row.passes, e_of, strict=True)] for row, e_of in zip(rows, errors, strict=True)]
    failing = tuple(
        reduce(or_, found) & reduce(and_, kept)
        for found, kept in zip(zip(*errors, strict=True), zip(*not_false, strict=True), strict=True)
    )
    terms = tuple(row.predicate for row in rows if row.predicate is not None)
    span = rows[0].span
    predicate = AllOf(terms, span) if len(terms) == len(rows) and span is not None else None
    return replace(
        rows[0], passes=passes, errors=failing, predicate=predicate, exact=" && ".join(row.exact for row in rows)
    )


def _everything(ground: Ground) -> tuple[int, ...]:
    return tuple(spot.all_devices for spot in ground.spots)


def _condition_rows(demand: CompiledDemand, ground: Ground) -> list[Filter]:
    return _rows_of_selectors(demand.selectors, ground, owner="you")


def _rows_of_selectors(selectors: Sequence[CompiledSelector], ground: Ground, *, owner: str) -> list[Filter]:
    rows = []
    for selector in selectors:
        if selector.condition is None:
            rows.append(Filter("condition", "does not compile", tuple(0 for _ in ground.spots), is_written=True))
            continue
        condition = selector.condition
        rows.extend(_condition_row(condition, part, ground, owner) for part in condition.conjuncts)
    return rows


def _condition_row(condition: Condition, part: Predicate, ground: Ground, owner: str) -> Filter:
    passes, errors = predicate_masks(part, ground)
    exact = part.span.text if part is not condition.predicate else condition.text
    return Filter(
        "condition",
        reading(part),
        passes,
        errors,
        predicate=part,
        is_written=True,
        exact=exact,
        owner=owner,
        span=part.span,
    )


def predicate_masks(part: Predicate | Condition, ground: Ground) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Where a predicate is true and where it fails, over all spots; each frame is asked once."""
    same = ground.evaluator.meaning(part)
    key = isinstance(part, Condition), id(same)
    found = ground.known.get(key)
    if found is None:
        found = ground.known[key] = (same, *_spot_masks(part, ground))
    return found[1:]


def _spot_masks(part: Predicate | Condition, ground: Ground) -> tuple[tuple[int, ...], tuple[int, ...]]:
    known: dict[int, tuple[int, int]] = {}
    passes, errors = [], []
    for spot in ground.spots:
        true = error = 0
        for each in spot.slices:
            found = known.get(each.frame.id)
            if found is None:
                found = _slice_masks(part, each, ground.evaluator)
                if not each.frame.unique or not ground.evaluator.reads_unique(part, each.frame):
                    known[each.frame.id] = found
            true |= found[0] << each.start
            error |= found[1] << each.start
        passes.append(true)
        errors.append(error)
    return tuple(passes), tuple(errors)


def _slice_masks(part: Predicate | Condition, each: SpotSlice, evaluator: Evaluator) -> tuple[int, int]:
    masks = evaluator.slice_masks(part, each.loaded) if each.frame.unique else evaluator.masks(part, each.frame)
    return masks.true, masks.error


def _within_counters(spot: Spot, features: Features, *, idle: bool) -> int:
    """The positions whose devices draw no more from their pool's counters than is left of them, as the allocator asks.

    A further share of a device is paid for already.
    """
    layout, usage = spot.view.layout, spot.view.usage
    drawing = paid = unreadable = 0
    for each in layout.slices:
        for offset, device in enumerate(each.frame.devices):
            drawing |= bool(device.consumes_counters) << each.start + offset
            unreadable |= (not device.draws_known_amounts) << each.start + offset
    if not drawing:
        return spot.all_devices
    if idle:
        sets = tuple((index, pool.counter_sets) for index, pool in enumerate(layout.pools) if pool.counter_sets)
        usage = Usage(0, counters_left=sets)
    elif features.consumable_capacity:
        shared = (share.position for share in usage.shares)
        paid = sum(1 << each for each in shared if layout.device(each).allow_multiple_allocations)
    counters = counters_of(layout, drawing & ~paid, usage)
    dry = sum(1 << each for each in counters.drawn if draw(counters, counters.left, each) is None)
    return spot.all_devices & ~(dry | unreadable)
