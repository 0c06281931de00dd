"""What must hold across the pods of a group, compiled once: constraints and rules, and what later pods depend on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from math import factorial, prod

from dra_policy.allocate.constraints import Relation, State
from dra_policy.allocate.device_reading import DeviceReading, device_reading
from dra_policy.allocate.problem import Claim, Pick, Picks, RuleError
from dra_policy.allocate.proof import Place
from dra_policy.allocate.rule_reading import conjuncts, is_order_free, stays
from dra_policy.allocate.rules import nested, value_of
from dra_policy.allocate.together import Listed, listed_devices
from dra_policy.cel.data import Failure, PublishedMap, Value
from dra_policy.cel.device_lists import Aliases, ListedDevice
from dra_policy.cel.program import Program
from dra_policy.cel.rules import GROUP_VARIABLES, compile_rule
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import Fleet, Frame
from dra_policy.model import Claim as ModelClaim
from dra_policy.model import DistinctAttribute, MatchAttribute, Requirement
from dra_policy.record import dataclass, field
from dra_policy.text import PolicyError
from dra_policy.values.bit_sets import positions

Lists = Mapping[tuple[str, str], Sequence[ListedDevice]]
"""The devices of one pod by claim and request (or ``request/alternative``)."""

Order = tuple[int, ...]
"""The pods in the order in which rules see them, by their places among those that were placed."""

_PODS = ("pods",)
# Of pods that a rule may tell apart so many orders are tried: all of six pods, and of more where some are alike.
_MOST_ORDERS = 720
# The orders are made by recursion, a step a pod.
_MOST_ORDERED = 256
_KNOWN = frozenset(_PODS)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a rule that must be true by itself. ``is_final``: once false, no further pod makes it true.

    ``is_order_free``: it is the same for every order of the pods.
    """

    owner: Requirement
    program: Program
    is_final: bool
    is_order_free: bool


@dataclass(frozen=True, slots=True)
class AcrossPods:
    """The rules of a group. ``reading`` is all that they tell of a device.

    ``distinct`` are the constraints whose values add up from pod to pod. ``charges``: what quotas tell of a device;
    ``shared``: the name of one that several nodes see, or that draws from counters of several; each None where there
    is nothing like that. ``untried`` is not empty once none of the orders that were tried held, and there were more.
    """

    parts: tuple[Part, ...] = ()
    reading: DeviceReading = DeviceReading()
    distinct: tuple[tuple[DistinctAttribute, Relation], ...] = ()
    charges: Callable[[ListedDevice], Hashable] | None = None
    shared: Callable[[ListedDevice], Hashable] | None = None
    untried: list[int] = field(default_factory=list, compare=False, hash=False)

    @property
    def tells(self) -> bool:
        """Whether pods of one kind may differ to it."""
        return bool(self.parts or self.distinct or self.charges or self.shared)

    def asked(self, *, is_whole: bool) -> list[Part]:
        """The parts that must be true: of a group that is not whole those that no further pod makes true."""
        return [part for part in self.parts if is_whole or (part.is_final and part.is_order_free)]

    def order(self, pods: Sequence[Lists], own: Lists, errors: list[RuleError], *, is_whole: bool) -> Order | None:
        """The first order of the pods in which all parts hold that must hold yet; None if there is none.

        The pods ask for the same, so which of them is which may be chosen. ``own`` are the claims of the group.
        """
        asked = self.asked(is_whole=is_whole)
        first = tuple(range(len(pods)))
        ordered = [part for part in asked if not part.is_order_free]
        if not self._hold([part for part in asked if part.is_order_free], pods, own, errors):
            return None
        if not ordered:
            return first
        orders = self._orders(pods)
        some = (first, first[::-1]) if orders is None else orders
        found = next((each for each in some if self._hold(ordered, [pods[at] for at in each], own, errors)), None)
        if found is None and orders is None:
            self.untried.append(len(pods))
        return found

    def _orders(self, pods: Sequence[Lists]) -> Iterable[Order] | None:
        """The orders that a rule may tell from each other; None where they are too many."""
        places: dict[Hashable, list[int]] = {}
        for at, pod in enumerate(pods):
            places.setdefault(self._kind_of_pod(pod), []).append(at)
        alike = list(places.values())
        if len(alike) < 2:
            return [tuple(range(len(pods)))]
        count = factorial(len(pods)) // prod(factorial(len(each)) for each in alike)
        return _merges(alike) if count <= _MOST_ORDERS and len(pods) <= _MOST_ORDERED else None

    def _hold(self, parts: Iterable[Part], pods: Sequence[Lists], own: Lists, errors: list[RuleError]) -> bool:
        """Whether parts are true; an error is no yes, and the first one is kept."""
        for part in parts:
            value = self.value(part, pods, own)
            if isinstance(value, Failure) and not errors:
                errors.append(RuleError(part.owner, value.text, ()))
            if value is not True:
                return False
        return True

    def value(self, part: Part, pods: Sequence[Lists], own: Lists) -> Value:
        """What a part is for the pods; ``own`` are the claims of the group."""
        shown: list[Value] = [_shown(each, part.owner.aliases) for each in pods]
        return value_of(part.program, {"pods": shown, "claims": _shown(own, part.owner.aliases)})

    def kind(self, listed: ListedDevice) -> Hashable:
        """All that the rules can tell of a device."""
        codes = tuple([relation.code(listed.device) for _, relation in self.distinct])
        more = tuple([tell(listed) for tell in (self.charges, self.shared) if tell is not None])
        return self.reading.kind(listed), codes, more

    def signature(self, pods: Sequence[Lists]) -> Hashable:
        """All of some pods that what may follow depends on."""
        return frozenset(_counted(map(self._kind_of_pod, pods)).items())

    def _kind_of_pod(self, pod: Lists) -> Hashable:
        return tuple([(name, tuple(map(self.kind, each))) for name, each in sorted(pod.items())])

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether devices of one frame may differ from slice to slice to the rules."""
        if frame.unique and any(_short(each.attribute) in map(_short, frame.unique) for each, _ in self.distinct):
            return True
        return bool(self.parts) and self.reading.depends_on_node(frame)


def across_pods(
    constraints: Iterable[MatchAttribute | DistinctAttribute],
    requirements: Iterable[Requirement],
    relation: Callable[[MatchAttribute | DistinctAttribute], Relation],
    charges: Callable[[ListedDevice], Hashable] | None = None,
    shared: Callable[[ListedDevice], Hashable] | None = None,
) -> AcrossPods:
    """Compile the rules of a group; PolicyError for one that does not compile."""
    parts: list[Part] = []
    reading = DeviceReading()
    for requirement in requirements:
        compiled = compile_rule(requirement, GROUP_VARIABLES)
        if compiled.program is None:
            raise PolicyError(compiled.diagnostics)
        program = compiled.program.program
        reading = reading.joined(device_reading(program, requirement.aliases))
        for node in conjuncts(program.syntax):
            is_free = is_order_free(node, _KNOWN, {})
            parts.append(Part(requirement, program.part(node), stays(node, False, _PODS, _KNOWN), is_free))
    distinct = tuple((each, relation(each)) for each in constraints if isinstance(each, DistinctAttribute))
    return AcrossPods(tuple(parts), reading, distinct, charges, shared)


@dataclass(frozen=True, slots=True)
class PodsOnNode:
    """Some pods of a group on one node beside those ``before``; fulfils ``together.NodeRules``.

    ``claims`` are those of one pod that are asked for, by the pod's ``names``; ``fixed`` are its other lists and
    ``own`` those of the group. ``is_whole``: the group is complete with these pods. ``seen`` are signatures of answers
    that are wanted no more.
    """

    across: AcrossPods
    names: tuple[str, ...]
    claims: tuple[CompiledClaim, ...]
    fixed: Lists
    own: Lists
    before: tuple[Lists, ...]
    is_whole: bool
    seen: frozenset[Hashable]

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether nodes whose slices have the frame may differ."""
        return self.across.depends_on_node(frame)

    def on(self, claims: Sequence[Claim], listed: Listed) -> Iterator[_Pods]:
        """A rule for each pod, asked as soon as it has its devices; the last one about all."""
        size = len(self.names)
        for pods in range(1, len(claims) // size + 1) if size else ():
            is_last = pods * size == len(claims)
            if is_last or self.across.asked(is_whole=False):
                yield _Pods(self, claims[: pods * size], listed, is_last=is_last)

    def lists_of(self, picks: Picks, listed: Listed) -> list[Lists]:
        """The lists of each pod that has all its devices."""
        return [self._lists(picks, listed, start) for start in range(0, len(picks), len(self.names))]

    def _lists(self, picks: Picks, listed: Listed, start: int) -> Lists:
        """The lists of the pod whose claims begin at a place."""
        found: dict[tuple[str, str], list[ListedDevice]] = {}
        for place, (name, compiled) in enumerate(zip(self.names, self.claims, strict=True), start):
            found.update({(name, each): [] for each in list_names(compiled.claim)})
            for pick in picks[place]:
                device, request = self._of_pod(listed(place, pick), place), compiled.claim.requests[pick.request]
                found[name, request.name].append(device)
                if request.prioritized:
                    found[name, f"{request.name}/{request.demands[pick.alternative].name}"].append(device)
        return {**self.fixed, **found}

    def _of_pod(self, device: ListedDevice, place: int) -> ListedDevice:
        """The device in the list of one pod: of one that pods share each has a claim of its own."""
        if not (self.across.reading.tells_claims and device.device.allow_multiple_allocations):
            return device
        return ListedDevice(device.device, {**device.fields, "claim": f"{device.fields['claim']}-{place}"})


class _Pods:
    """The rules about so many pods on a node; fulfils ``problem.Rule``."""

    def __init__(self, pods: PodsOnNode, claims: Sequence[Claim], listed: Listed, *, is_last: bool) -> None:
        self._pods = pods
        self._listed = listed
        self._is_last = is_last
        self._count = len(claims)
        self.requests: frozenset[Place] = frozenset(
            (number, index) for number, claim in enumerate(claims) for index in range(len(claim.requests))
        )
        self.kinds: Mapping[int, Hashable] = {
            position: pods.across.kind(listed(number, Pick(index, at, position)))
            for number, claim in enumerate(claims)
            for index, request in enumerate(claim.requests)
            for at, each in enumerate(request.alternatives)
            for position in positions(each.candidates | sum(1 << one for one in each.everything or ()))
        }
        self._errors: list[RuleError] = []
        self._answers: dict[Hashable, bool] = {}

    @property
    def error(self) -> RuleError | None:
        """The first run-time error that it was met with."""
        return self._errors[0] if self._errors else None

    def state(self, picks: Picks) -> Hashable:
        """The kinds of all picks."""
        return tuple(
            [
                tuple([(each.request, each.alternative, self.kinds[each.position]) for each in one])
                for one in picks[: self._count]
            ]
        )

    def can_hold(self, picks: Picks) -> bool:  # noqa: ARG002 - nothing is known before its pods have their devices
        """Whether it may still come true."""
        return True

    def holds(self, picks: Picks) -> bool:
        """Whether the pods may have these devices."""
        key = self.state(picks)
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._ask(picks[: self._count])
        return found

    def _ask(self, picks: Picks) -> bool:
        pods, across = self._pods, self._pods.across
        found = pods.lists_of(picks, self._listed)
        if self._is_last and pods.seen and across.signature(found) in pods.seen:
            return False
        is_whole = pods.is_whole and self._is_last
        return across.order((*pods.before, *found), pods.own, self._errors, is_whole=is_whole) is not None


def list_names(claim: ModelClaim) -> Iterator[str]:
    """The names of a claim's lists: its requests, and the alternatives of each as ``request/alternative``."""
    for request in claim.requests:
        yield request.name
        yield from (f"{request.name}/{each.name}" for each in request.demands if request.prioritized)


def lists_of_claims(claims: Iterable[tuple[str, ModelClaim]], fleet: Fleet, node: str | None = None) -> Lists:
    """The devices of allocated claims, each with its name in the pod, as rules see them."""
    found: dict[tuple[str, str], list[ListedDevice]] = {}
    for name, claim in claims:
        found.update({(name, each): [] for each in list_names(claim)})
        for request, device in listed_devices(claim, fleet, node):
            found.setdefault((name, request.partition("/")[0]), []).append(device)
            if "/" in request:
                found.setdefault((name, request), []).append(device)
    return found


def state_after(relation: Relation, state: State, devices: Iterable[ListedDevice]) -> State:
    """What devices have in common with what was there (or together)."""
    return reduce(lambda found, each: relation.joined(found, relation.code(each.device)), devices, state)


def _shown(lists: Lists, aliases: Aliases) -> Value:
    named: dict[tuple[str, ...], Value] = {
        name: [each.shown(aliases) for each in found] for name, found in lists.items()
    }
    entries: dict[Value, Value] = dict(nested(named).items())
    return PublishedMap(entries)


def _merges(alike: Sequence[Sequence[int]]) -> Iterator[Order]:
    """All ways to make one sequence of several that keep the order in each of these, in ascending order."""
    heads = sorted((each[0], number) for number, each in enumerate(alike) if each)
    if not heads:
        yield ()
    for first, number in heads:
        rest = [each[1:] if at == number else each for at, each in enumerate(alike)]
        for order in _merges(rest):
            yield (first, *order)


def _counted(found: Iterable[Hashable]) -> dict[Hashable, int]:
    counts: dict[Hashable, int] = {}
    for each in found:
        counts[each] = counts.get(each, 0) + 1
    return counts


def _short(name: str) -> str:
    return name.rpartition("/")[2]
