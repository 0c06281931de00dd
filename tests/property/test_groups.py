"""Laws of groups of pods: the search finds a place for all pods exactly if some choice of nodes and devices has one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import combinations, product
from typing import Any

from hypothesis import given, settings

from dra_policy.allocate import Account, Allocated, Holding, Ledger
from dra_policy.allocate.group_pods import GroupFit, GroupPod, GroupRules, GroupTerms
from dra_policy.allocate.groups import fit_group
from dra_policy.allocate.together import PodRules
from dra_policy.cel.device_lists import ListedDevice, ListProgram
from dra_policy.cel.rules import GROUP_VARIABLES, compile_rule
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import Fleet, admission_of
from dra_policy.model import (
    AmountLimit,
    Claim,
    DeviceLimit,
    Dialect,
    DistinctAttribute,
    MatchAttribute,
    Pod,
    Quota,
    Requirement,
)
from dra_policy.record import dataclass
from dra_policy.values import Quantity
from tests.clusters import claim, compiled, device, fleet, node, request, slice_
from tests.property.choices import Choices, made
from tests.property.effort import examples
from tests.unit.allocate.test_rules import prefer, require

RULES = (
    "pods.all(p, p.gpus.r.all(d, d.gpu.a < {n}))",
    "pods.map(p, p.gpus.r[0].gpu.a).distinct().size() >= {n}",
    "pods.map(p, p.gpus.r[0].gpu.a).distinct().size() <= {n}",
    "pods.map(p, p.gpus.r[0].node).distinct().size() == {n}",
    "pods.all(p, pods.all(q, p == q || p.gpus.r[0].gpu.a != q.gpus.r[0].gpu.b))",
    "pods[0].gpus.r[0].gpu.a > pods[pods.size() - 1].gpus.r[0].gpu.a",
    "pods.map(p, p.gpus.r.map(d, d.gpu.b).sum()).sum() >= {n}",
    "pods.map(p, p.gpus.r.map(d, d.gpu.b).sum()).sum() <= {n}",
    "!pods.exists(p, p.gpus.r.size() > {n} || p.gpus.r[0].name == 'd0')",
    "pods.filter(p, p.gpus.r[0].gpu.a == {n}).size() == 1",
    "pods.exists(p, p.gpus.r.exists(d, d.gpu.sometimes == {n}))",
    "pods.size() == 2 || pods.all(p, p.gpus.r[0].pool == p.gpus.r[0].node)",
)
SHARED = (
    "pods.all(p, p.gpus.r[0].gpu.a == claims.fabric.r[0].gpu.a)",
    "pods.exists(p, p.fabric.r[0].gpu.b > p.gpus.r[0].gpu.b)",
    "claims.fabric.s.all(d, d.gpu.a < claims.fabric.r[0].gpu.a)",
)
UNITS, SHARES = 3, 2
LIMITS = (
    None,
    None,
    None,
    *(DeviceLimit(most) for most in (2, 3, 4)),
    *(AmountLimit(Quantity.of(most), "d.io", "w", "d.w") for most in (1, 2, 3, 4)),
)
WISH = "claims.gpus.r.map(d, d.gpu.b).sum()"

Spot = tuple[str, tuple[ListedDevice, ...]]


@dataclass(frozen=True, slots=True)
class GroupWorld:
    """A fleet, and the group that is placed in it."""

    fleet: Fleet
    pod: GroupPod
    count: int
    rules: GroupRules
    limit: DeviceLimit | AmountLimit | None

    def ledger(self, held: Sequence[Claim]) -> Ledger | None:
        """What the quota leaves when some claims hold their devices."""
        if self.limit is None:
            return None
        given = [(claim, each) for claim in held if claim.allocation for each in claim.allocation.devices]
        holdings = [
            Holding(claim.name, "c", self.fleet.device(each.device), dict(each.consumed_capacity) or None)
            for claim, each in given
        ]
        quota = Quota("q", "default", rules=(self.limit,))
        return Ledger((quota,), (Account(quota, self.limit).with_holdings(holdings),))

    @property
    def is_local(self) -> bool:
        """Whether each device is one node's own."""
        return not self.fleet.has_shared_slices


def worlds(choices: Choices, *, shares: bool = False, most_pods: int = 3) -> GroupWorld:
    """A few nodes with devices of their own, perhaps pools of several nodes, and a group with rules."""
    names = [f"n{index}" for index in range(choices.number(1, 3))]
    slices = [slice_(_devices(choices, 3), node=each) for each in names if choices.number(0, 4)]
    slices += _pool_of_several(choices, names, choices.pick(("", "", "common", "common", "pair", "span")))
    loaded = fleet(*slices, *map(node, names))
    texts = [*RULES, *(SHARED * 3 if shares else ())]
    chosen = choices.list_of(lambda own: own.pick(texts), 0, 2)
    rules = [_rule(text.replace("{n}", str(choices.number(0, 4)))) for text in chosen]
    kinds: list[type[MatchAttribute | DistinctAttribute]] = [MatchAttribute, DistinctAttribute]
    named = choices.pick(((), ("gpus",), ("gpus/r",)))
    constraints = tuple(kind("d.io/a", named) for kind in choices.list_of(lambda own: own.pick(kinds), 0, 1))
    own, fabric = _claims(choices.number(1, 2), choices.pick("rrs" if shares else "r"))
    pod = GroupPod(("gpus",), (own,), shared_names=("fabric",) * shares, shared=(fabric,) * shares)
    rules_of_all = GroupRules(constraints, tuple(rules), ("fabric",))
    return GroupWorld(loaded, pod, choices.number(1, most_pods), rules_of_all, choices.pick(LIMITS))


@cache
def _rule(text: str) -> Requirement:
    (rule,) = require(text)
    return rule


@cache
def _claims(count: int, last: str) -> tuple[CompiledClaim, CompiledClaim]:
    """The claim of a pod, and the one that all share: its requests are ``r``, or ``r`` and ``s``."""
    requests = [request(name) for name in ("r", "s") if name <= last]
    own, fabric = compiled(claim(request(count=count)), claim(*requests, name="fabric"))
    return own, fabric


def _pool_of_several(choices: Choices, names: Sequence[str], kind: str) -> list[dict[str, object]]:
    """A pool with counters that all nodes see, or two of them, or of which each node has devices of its own."""
    if not kind:
        return []
    only = {"key": "metadata.name", "operator": "In", "values": names[:2]}
    selector = {"nodeSelectorTerms": [{"matchFields": [only]}]}
    seen: dict[str, Any] = {"nodeSelector": selector} if kind == "pair" else {"allNodes": True}
    sets = [{"name": "cs", "counters": {"k": {"value": str(UNITS)}}}]
    parts: list[dict[str, Any]] = [{"node": each} for each in names] if kind == "span" else [{"node": None, **seen}]
    common: dict[str, Any] = {"pool": kind, "count": len(parts) + 1}
    return [
        *(
            slice_(_devices(choices, 3, at, draws=True), name=f"{kind}-{at}", **common, **each)
            for at, each in enumerate(parts)
        ),
        slice_(node=None, name=f"{kind}-sets", **common, **seen, sharedCounters=sets),
    ]


def _devices(choices: Choices, most: int, part: int = 0, *, draws: bool = False) -> list[dict[str, Any]]:
    found = []
    for index in range(choices.number(1, most)):
        more: dict[str, Any] = {"sometimes": choices.number(0, 2)} if choices.truth() else {}
        if draws and choices.truth():
            more["units"] = choices.number(1, 2)
            more["consumesCounters"] = [{"counterSet": "cs", "counters": {"k": {"value": str(more["units"])}}}]
        more["capacity"] = {"w": {"value": str(choices.number(0, 2))}}
        if choices.number(0, 5) == 5:
            policy = {"default": "1", "validRange": {"min": "1"}}
            more["allowMultipleAllocations"] = True
            more["capacity"] = {"mem": {"value": str(SHARES), "requestPolicy": policy}}
        found.append(device(f"d{3 * part + index}", a=choices.number(0, 2), b=choices.number(0, 2), **more))
    return found


def every_way(world: GroupWorld, above: int = -1) -> Iterator[tuple[list[Spot], tuple[ListedDevice, ...]]]:
    """All ways to place the pods, with what they share, in which the rules hold; those that are worth more."""
    for shared, nodes in _shared(world):
        for pods in _pods(world, nodes, shared, world.count):
            if _worth(pods) > above and _holds(world, pods, shared):
                yield pods, shared


def _shared(world: GroupWorld) -> Iterator[tuple[tuple[ListedDevice, ...], list[str]]]:
    every = list(world.fleet.nodes)
    if not world.pod.shared:
        yield (), every
        return
    nodes: dict[tuple[str, str], list[str]] = {}
    known: dict[tuple[str, str], ListedDevice] = {}
    for name in every:
        for each in _listed(world.fleet, name):
            nodes.setdefault(_id(each), []).append(name)
            known.setdefault(_id(each), each)
    for keys in product(known, repeat=len(world.pod.shared[0].claim.requests)):
        times = Counter(keys)
        seen = [name for name in every if all(name in nodes[key] for key in keys)]
        if seen and all(times[key] <= _shares(known[key]) for key in keys):
            yield tuple([known[key] for key in keys]), seen


def _pods(world: GroupWorld, nodes: Sequence[str], taken: tuple[ListedDevice, ...], left: int) -> Iterator[list[Spot]]:
    if not left:
        yield []
        return
    wanted = world.pod.claims[0].claim.requests[0].demands[0].count
    used = Counter(map(_id, taken))
    for name in nodes:
        free = [each for each in _listed(world.fleet, name) if used[_id(each)] < _shares(each)]
        for found in combinations(free, wanted):
            for rest in _pods(world, nodes, (*taken, *found), left - 1):
                yield [(name, found), *rest]


def _shares(listed: ListedDevice) -> int:
    return SHARES if listed.device.allow_multiple_allocations else 1


def _listed(loaded: Fleet, name: str) -> list[ListedDevice]:
    view = loaded.view(name)
    return [
        ListedDevice(view.device(at), {"node": name, "pool": view.device_id(at).pool}) for at in range(view.layout.size)
    ]


def _id(listed: ListedDevice) -> tuple[str, str]:
    return listed.fields["pool"], listed.device.name


def _holds(world: GroupWorld, pods: Sequence[Spot], shared: tuple[ListedDevice, ...]) -> bool:
    every = {_id(each): each for each in (*shared, *(each for _, found in pods for each in found))}
    if not _is_within(world.limit, [*shared, *(each for _, found in pods for each in found)]):
        return False
    drawn = [each.device.attributes.get("units", 0) for each in every.values()]
    if sum(number for number in drawn if isinstance(number, int)) > UNITS:
        return False
    for constraint in world.rules.constraints:
        devices = [each for _, found in pods for each in found]
        values = [each.device.attributes["a"] for each in [*devices, *(() if constraint.requests else shared)]]
        if len(set(values)) != (1 if isinstance(constraint, MatchAttribute) else len(values)):
            return False
    return all(_is_true(rule, pods, shared) for rule in world.rules.requirements)


def _is_within(limit: DeviceLimit | AmountLimit | None, every: Sequence[ListedDevice]) -> bool:
    if limit is None:
        return True
    if isinstance(limit, DeviceLimit):
        return len(every) <= limit.most
    # Shares have no such capacity.
    weights = [each.device.capacity["w"].value for each in every if "w" in each.device.capacity]
    return sum(weight.unscaled for weight in weights) <= limit.most.unscaled


def _is_true(rule: Requirement, pods: Sequence[Spot], shared: tuple[ListedDevice, ...]) -> bool:
    own = {"fabric": {name: (each,) for name, each in zip("rs", shared, strict=False)}} if shared else {}
    # Each pod has a claim of its own, also where two of them share a device.
    every = [
        [ListedDevice(each.device, {**each.fields, "claim": f"pod-{number}"}) for each in found]
        for number, (_, found) in enumerate(pods)
    ]
    return _program(rule).holds({"pods": [{"gpus": {"r": found}, **own} for found in every], "claims": own}) is True


@cache
def _program(rule: Requirement) -> ListProgram:
    program = compile_rule(rule, GROUP_VARIABLES).program
    assert program is not None
    return program


def placed(fit: GroupFit, world: GroupWorld) -> tuple[list[Spot], tuple[ListedDevice, ...]]:
    """What the search says, in the same form."""
    found: list[Spot] = []
    for each in fit.placements:
        assert isinstance(each.answer.outcome, Allocated)
        listed = {_id(one): one for one in _listed(world.fleet, each.answer.node)}
        for result in each.answer.outcome.results:
            devices = [listed[one.device.pool, one.device.device] for one in result.allocation.devices]
            found.append((each.answer.node, tuple(devices)))
    every = {_id(one): one for name in world.fleet.nodes for one in _listed(world.fleet, name)}
    shared = [every[one.device.pool, one.device.device] for each in fit.shared for one in each.allocation.devices]
    return [found[at] for at in fit.order] if fit.order else found, tuple(shared)


def is_way(world: GroupWorld, pods: Sequence[Spot], shared: tuple[ListedDevice, ...]) -> bool:
    """Whether these places are among ``every_way``."""
    wanted = world.pod.claims[0].claim.requests[0].demands[0].count
    every = [*shared, *(each for _, found in pods for each in found)]
    times = Counter(map(_id, every))
    reached = [nodes for some, nodes in _shared(world) if list(map(_id, some)) == list(map(_id, shared))]
    return (
        len(pods) == world.count
        and all(times[_id(each)] <= _shares(each) for each in every)
        and all(len(set(map(_id, found))) == len(found) for _, found in pods)
        and all(len(found) == wanted for _, found in pods)
        and any(all(name in nodes for name, _ in pods) for nodes in reached)
        and _holds(world, pods, shared)
    )


def _agrees(world: GroupWorld) -> None:
    some_pod = Pod("p", "default", Dialect.V1)
    limits = world.ledger if world.limit is not None else None
    terms = GroupTerms(limits=limits, admit=lambda shared: admission_of(some_pod, world.fleet.nodes, shared))
    fit = fit_group(world.fleet, world.pod, world.count, world.rules, terms)

    if fit.fits:
        assert is_way(world, *placed(fit, world))
    elif fit.is_proved:
        assert next(every_way(world), None) is None
    assert fit.is_proved


@settings(max_examples=examples(80), deadline=None)
@given(made(worlds))
def test_a_group_fits_exactly_if_some_choice_places_all_pods(world: GroupWorld) -> None:
    _agrees(world)


@settings(max_examples=examples(60), deadline=None)
@given(made(partial(worlds, shares=True)))
def test_what_pods_share_is_chosen_so_that_all_have_a_place(world: GroupWorld) -> None:
    _agrees(world)


@settings(max_examples=examples(60), deadline=None)
@given(made(partial(worlds, most_pods=2)))
def test_what_is_called_best_is_worth_most(world: GroupWorld) -> None:
    (wish,) = prefer(WISH)
    pod = GroupPod(world.pod.names, world.pod.claims, PodRules((), (), (), (wish,), ()))

    limits = world.ledger if world.limit is not None else None
    fit = fit_group(world.fleet, pod, world.count, world.rules, GroupTerms(limits=limits))

    if fit.fits:
        pods, _ = placed(fit, world)
        assert is_way(world, pods, ())
        assert fit.worth[0][1] == _worth(pods)
        assert fit.is_best or not world.is_local
        assert not fit.is_best or next(every_way(world, _worth(pods)), None) is None
    else:
        assert next(every_way(world), None) is None


def _worth(pods: Sequence[Spot]) -> int:
    values = [each.device.attributes["b"] for _, found in pods for each in found]
    return sum(value for value in values if isinstance(value, int))
