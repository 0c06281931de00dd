"""What claims and their pod demand of several devices together, compiled once for all nodes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from dra_policy.allocate.constraints import Relation, State
from dra_policy.allocate.left import blocked_by_counters, counters_on
from dra_policy.allocate.problem import Claim, Constraint, Joint, Pick, Picks, Problem, Rule
from dra_policy.allocate.rule_reading import (
    ListName,
    Reading,
    closing_list,
    conjuncts,
    is_order_free,
    reading_of,
    sum_shape,
)
from dra_policy.allocate.rules import Board, Part, PartOnNode, Source, kind_of
from dra_policy.allocate.together import NodeRules, Together, listed_devices
from dra_policy.allocate.wishes import Objective, Wish
from dra_policy.cel.data import PublishedMap, Value
from dra_policy.cel.device_lists import Aliases, ListedDevice, ListedNode
from dra_policy.cel.program import Program
from dra_policy.cel.rules import POD_VARIABLES, Variables, claim_variables, compile_rule
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import Fleet, Frame, NodeView
from dra_policy.model import DistinctAttribute, Preference, Requirement
from dra_policy.record import dataclass, field, replace
from dra_policy.text import PolicyError

# Equal to the value of no device.
NOTHING_IN_COMMON: State = frozenset((("nothing in common", None),))


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where rules stand: in one claim, or across all of them; how they name the lists of devices.

    ``owner`` is the same for the scopes of the pods of a group, of which the claims are the same objects.
    """

    owner: int
    lists: Mapping[ListName, Source]
    known: frozenset[str]
    most: Mapping[ListName, int]
    variables: Variables
    fixed: Mapping[ListName, Sequence[ListedDevice]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scoped:
    """The parts and wishes of one scope that have the same short names."""

    scope: _Scope
    aliases: Aliases
    parts: tuple[Part, ...]
    wishes: tuple[Wish, ...]

    @property
    def readings(self) -> list[Reading]:
        """What each of them reads."""
        return [*(part.reading for part in self.parts), *(wish.reading for wish in self.wishes)]


@dataclass(frozen=True, slots=True)
class _Across:
    """A constraint across claims: the relation, whom it concerns, and what allocated devices make of it."""

    relation: Relation
    concerned: frozenset[tuple[int, int, int]]
    start: State


class RuleSet:
    """The rules of one call. ``is_empty`` for nearly all claims there are: Kubernetes' have none."""

    __slots__ = ("_across", "_beyond", "_claims", "_scoped")

    def __init__(
        self,
        claims: Sequence[CompiledClaim],
        scoped: Sequence[_Scoped],
        across: Sequence[_Across],
        beyond: Sequence[NodeRules],
    ) -> None:
        self._claims = tuple(claims)
        self._scoped = tuple(scoped)
        self._across = tuple(across)
        self._beyond = tuple(beyond)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is demanded."""
        return not (self._scoped or self._across or self._beyond)

    @property
    def has_wishes(self) -> bool:
        """Whether one solution may be better than another."""
        return any(each.wishes for each in self._scoped)

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether nodes whose slices have the frame may differ to a rule."""
        for scoped in self._scoped:
            for reading in scoped.readings:
                if reading.reads_node or not reading.names.isdisjoint(("node", "pool")):
                    return True
                if frame.unique and (reading.everything or any(_short(name) in reading.names for name in frame.unique)):
                    return True
        if any(each.depends_on_node(frame) for each in self._beyond):
            return True
        return any(_is_unique(each.relation, frame) for each in self._across)

    def on(self, problem: Problem, view: NodeView) -> tuple[Problem, Objective | None]:
        """A node's problem with the rules, and what to choose among its solutions by."""
        joint = tuple([self._joint(each, problem.claims, view) for each in self._across])
        rules: list[Rule] = []
        wishes: list[tuple[Wish, Board]] = []
        for scoped in self._scoped:
            board = self._board(scoped, problem, view)
            rules += [PartOnNode(part, board, problem.claims, self._kinds(part, view)) for part in scoped.parts]
            wishes += [(wish, board) for wish in scoped.wishes]
        for each in self._beyond:
            rules += each.on(problem.claims, lambda claim, pick: self._listed(claim, pick, view))
        objective = Objective(wishes, problem.claims, view.device) if wishes else None
        return replace(problem, joint=joint, rules=(*problem.rules, *rules)), objective

    def _kinds(self, part: Part, view: NodeView) -> Callable[[int], Hashable]:
        return kind_of(part.reading, is_order_free=part.is_order_free, device=view.device)

    def _board(self, scoped: _Scoped, problem: Problem, view: NodeView) -> Board:
        def shown(claim: int, pick: Pick) -> Value:
            return self._listed(claim, pick, view).shown(scoped.aliases)

        fixed = {name: [each.shown(scoped.aliases) for each in found] for name, found in scoped.scope.fixed.items()}
        reads_node = any(each.reads_node for each in scoped.readings)
        node = _NodeValue(view, problem.claims, scoped.aliases) if reads_node else None
        # A caller's preference may speak of claims that this pod has not.
        others: dict[str, Value] = {"claims": PublishedMap({})} if "claims" in scoped.scope.variables else {}
        return Board(
            scoped.scope.lists,
            shown,
            fixed,
            lambda picks: others if node is None else {**others, "node": node.value(picks)},
        )

    def _listed(self, claim: int, pick: Pick, view: NodeView) -> ListedDevice:
        written = self._claims[claim].claim
        request = written.requests[pick.request]
        fields = {
            "claim": written.name,
            "request": request.name,
            "class": request.demands[pick.alternative].device_class_name,
            "pool": view.device_id(pick.position).pool,
            "node": view.node,
        }
        return ListedDevice(view.device(pick.position), fields)

    def _joint(self, across: _Across, claims: Sequence[Claim], view: NodeView) -> Joint:
        wanted = 0
        for claim, request, alternative in across.concerned:
            found = claims[claim].requests[request].alternatives[alternative]
            wanted |= found.candidates | _mask(found.everything or ())
        codes = {
            position: across.relation.code(view.device(position))
            for position in range(wanted.bit_length())
            if wanted >> position & 1
        }
        return Joint(Constraint(across.relation, codes), across.concerned, across.start)


class _NodeValue:
    """``node`` in rules: its name and labels, its devices, and those that a solution would leave free."""

    def __init__(self, view: NodeView, claims: Sequence[Claim], aliases: Aliases) -> None:
        self._view = view
        self._claims = claims
        self._aliases = aliases
        self._devices: list[ListedDevice] | None = None
        self._counters = counters_on(view)

    def value(self, picks: Picks) -> Value:
        view = self._view
        if self._devices is None:
            self._devices = [
                ListedDevice(view.device(position), {"node": view.node, "pool": view.device_id(position).pool})
                for position in range(view.layout.size)
            ]
        own = list(self._taken(picks))
        taken = view.held | _mask(own) | blocked_by_counters(view, self._counters, own)
        free = [device for position, device in enumerate(self._devices) if not taken >> position & 1]
        return ListedNode(view.node, view.labels, self._devices, free).shown(self._aliases)

    def _taken(self, picks: Picks) -> Iterator[int]:
        """The positions that a solution takes; who only looks at a device leaves it free."""
        for claim, own in zip(self._claims, picks, strict=False):
            for pick in own:
                if not claim.requests[pick.request].alternatives[pick.alternative].is_admin:
                    yield pick.position


def rule_set(claims: Sequence[CompiledClaim], fleet: Fleet, together: Sequence[Together]) -> RuleSet:
    """The rules of claims, and of pods across them; PolicyError for one that does not compile."""
    scoped = [
        each
        for index, claim in enumerate(claims)
        if claim.claim.requirements or claim.claim.preferences
        for each in _scoped(_claim_scope(index, claim), claim.claim.requirements, claim.claim.preferences)
    ]
    across: list[_Across] = []
    for each in together:
        if each.requirements or each.preferences:
            scoped += _scoped(_pod_scope(claims, each, fleet), each.requirements, each.preferences)
        across += [_across(number, each, claims, fleet) for number in range(len(each.constraints))]
    return RuleSet(claims, scoped, across, [rule for each in together for rule in each.rules])


def _scoped(scope: _Scope, requirements: Sequence[Requirement], preferences: Sequence[Preference]) -> Iterator[_Scoped]:
    """The rules of a scope, those with the same short names together; wishes stay in their order."""
    parts: dict[Aliases, list[Part]] = {}
    for requirement in requirements:
        parts.setdefault(requirement.aliases, []).extend(_parts(requirement, scope))
    wishes = [(aliases, tuple(same)) for aliases, same in groupby(preferences, attrgetter("aliases"))]
    if len(wishes) == 1:
        # Nearly always: all rules then see the same values of devices.
        aliases, same = wishes.pop()
        yield _Scoped(scope, aliases, tuple(parts.pop(aliases, ())), tuple([_wish(each, scope) for each in same]))
    yield from (_Scoped(scope, aliases, tuple(found), ()) for aliases, found in parts.items())
    yield from (_Scoped(scope, aliases, (), tuple([_wish(each, scope) for each in same])) for aliases, same in wishes)


def _wish(preference: Preference, scope: _Scope) -> Wish:
    program = _compiled(preference, scope)
    reading = reading_of(program.syntax, scope.known)
    is_free = is_order_free(program.syntax, scope.known, scope.most)
    return Wish(preference, program, reading, is_free, (scope.owner, id(preference)))


def _parts(requirement: Requirement, scope: _Scope) -> Iterator[Part]:
    program = _compiled(requirement, scope)
    for node in conjuncts(program.syntax):
        yield Part(
            requirement,
            program.part(node),
            reading_of(node, scope.known),
            is_order_free(node, scope.known, scope.most),
            sum_shape(node, scope.known),
            closing_list(node, scope.known),
        )


def _compiled(rule: Requirement | Preference, scope: _Scope) -> Program:
    compiled = compile_rule(rule, scope.variables)
    if compiled.program is None:
        raise PolicyError(compiled.diagnostics)
    return compiled.program.program


def _claim_scope(index: int, claim: CompiledClaim) -> _Scope:
    """Each request by its name; ``requests["…"]`` for names that are none in CEL, and for single alternatives."""
    lists: dict[ListName, Source] = {}
    most: dict[ListName, int] = {}
    for number, request in enumerate(claim.claim.requests):
        greatest = [max(each.count, each.maximum_count or 0) for each in request.demands]
        for name in ((request.name,), ("requests", request.name)):
            lists[name], most[name] = (index, number, None), max(greatest, default=0)
        for alternative, demand in enumerate(request.demands):
            name = ("requests", f"{request.name}/{demand.name}")
            lists[name], most[name] = (index, number, alternative), greatest[alternative]
    # These two stand for something else: a request of such a name is found in ``requests`` only.
    known = frozenset(request.name for request in claim.claim.requests) - {"requests", "node"}
    return _Scope(id(claim), lists, known, most, claim_variables(known))


def _pod_scope(claims: Sequence[CompiledClaim], together: Together, fleet: Fleet) -> _Scope:
    """``claims.NAME.REQUEST`` of all claims; those of allocated ones are filled already."""
    lists: dict[ListName, Source] = {}
    most: dict[ListName, int] = {}
    for index, name, claim in together.claims_of(claims):
        scope = _claim_scope(index, claim)
        for request in claim.claim.requests:
            lists["claims", name, request.name] = scope.lists["requests", request.name]
            most["claims", name, request.name] = scope.most["requests", request.name]
            for each in (f"{request.name}/{demand.name}" for demand in request.demands if request.prioritized):
                lists["claims", name, each] = scope.lists["requests", each]
                most["claims", name, each] = scope.most["requests", each]
    fixed: dict[ListName, list[ListedDevice]] = {}
    for name, allocated in together.allocated:
        fixed.update({("claims", name, request.name): [] for request in allocated.requests})
        for request_name, device in listed_devices(allocated, fleet):
            fixed.setdefault(("claims", name, request_name.partition("/")[0]), []).append(device)
            if "/" in request_name:
                fixed.setdefault(("claims", name, request_name), []).append(device)
    return _Scope(id(together.preferences), lists, frozenset(), most, POD_VARIABLES, fixed)


def _across(number: int, together: Together, claims: Sequence[CompiledClaim], fleet: Fleet) -> _Across:
    constraint = together.constraints[number]
    relation = Relation(
        constraint.attribute,
        together.claims_of(claims)[0][2].claim.dialect,
        must_differ=isinstance(constraint, DistinctAttribute),
        knows_lists=fleet.features.list_type_attributes,
    )
    concerned = frozenset(
        (index, at, alternative)
        for index, name, claim in together.claims_of(claims)
        for at, request in enumerate(claim.claim.requests)
        if is_named(name, request.name, constraint.requests)
        for alternative in range(len(request.demands))
    )
    state = together.start[number] if together.start else None
    for name, allocated in together.allocated:
        for request_name, each in listed_devices(allocated, fleet):
            if is_named(name, request_name.partition("/")[0], constraint.requests):
                # Allocated devices that do not agree leave nothing that others could share.
                state = relation.joined(state, relation.code(each.device)) or NOTHING_IN_COMMON
    return _Across(relation, concerned, state)


def _is_unique(relation: Relation, frame: Frame) -> bool:
    return bool(frame.unique) and any(_short(name) == _short(relation.attribute) for name in frame.unique)


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _mask(positions: Iterable[int]) -> int:
    mask = 0
    for position in positions:
        mask |= 1 << position
    return mask


def is_named(claim: str, request: str, names: Sequence[str]) -> bool:
    """Whether a constraint with these names concerns a request of a claim."""
    return not names or claim in names or f"{claim}/{request}" in names
