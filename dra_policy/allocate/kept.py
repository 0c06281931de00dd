"""Plans that are kept between calls on a fleet that changes, and a first fit that goes on where it stopped.

Pods made from one template ask for the same: the second one finds every answer of the first. Nodes only become fuller
until something is freed, so the search for the first fit goes on at the last success; nodes on which something became
free since are looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from heapq import heappop, heappush

from dra_policy.allocate.answers import (
    Answers,
    GroupAnswer,
    answers_of,
    decides,
    event_on,
    first_of,
    group_answer,
    version_for,
)
from dra_policy.allocate.outcomes import NodeAnswer
from dra_policy.allocate.plan import Effort, Plan
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.fleet.node_sets import NodeSet
from dra_policy.fleet.prepared import PreparedFleet
from dra_policy.model import Claim, Dialect
from dra_policy.record import replace

_MOST_PLANS = 256
_MOST_ANSWERS = 100_000
_USES_BETWEEN_COUNTS = 1024
# No name is greater: names of nodes are ASCII.
_BEHIND_ALL = chr(0x10FFFF)


class KeptPlans:
    """The plans of a prepared fleet by what their claims ask for; a table of the fleet, which drops it now and then."""

    __slots__ = ("_plans",)

    def __init__(self) -> None:
        self._plans: dict[Hashable, KeptPlan] = {}

    def __len__(self) -> int:
        """How many plans are kept."""
        return len(self._plans)

    def clear(self) -> None:
        """Forget all plans, as when a class changed."""
        self._plans.clear()

    def of(
        self,
        fleet: PreparedFleet,
        claims: Sequence[Claim],
        compile_claim: Callable[[Claim], CompiledClaim],
        *,
        admin_is_free: bool,
        budget: int,
    ) -> KeptPlan:
        """The plan of claims that ask for this, made at the first call.

        ``admin_is_free``: admin access needs no quota that allows it.
        """
        key = (tuple(map(asked_for, claims)), budget, admin_is_free)
        # The plan that was used last stands last.
        found = self._plans.pop(key, None)
        if found is None or found.is_full:
            compiled = [compile_claim(each) for each in claims]
            quotas = None if admin_is_free else ()
            plan = Plan(compiled, fleet, fleet.table(Evaluator), quotas=quotas, effort=Effort(budget))
            found = KeptPlan(plan, fleet)
            if len(self._plans) >= _MOST_PLANS:
                del self._plans[next(iter(self._plans))]
        self._plans[key] = found
        return found


def asked_for(claim: Claim) -> Hashable:
    """All of a claim that decides what it gets: neither its name nor its state."""
    return (
        claim.dialect.value,
        # Quotas of dra-evolution are those of a namespace.
        claim.namespace if claim.dialect is Dialect.EVOLUTION else "",
        claim.requests,
        claim.constraints,
        claim.configurations,
        claim.shareable,
        claim.requirements,
        claim.preferences,
    )


class KeptPlan:
    """A plan on a fleet that changes. All nodes before ``_least`` but those to be seen again serve nobody."""

    __slots__ = ("_again", "_differs", "_fleet", "_least", "_mark", "_uses", "plan")

    def __init__(self, plan: Plan, fleet: PreparedFleet) -> None:
        self.plan = plan
        self._fleet = fleet
        self._least = ""
        self._again: list[str] = []
        self._mark = -1
        self._uses = 0
        # Whether nodes of some layout differ to the claims.
        self._differs = False

    @property
    def is_full(self) -> bool:
        """Whether so many answers are kept that a new plan is cheaper; counted now and then."""
        self._uses += 1
        return self._uses % _USES_BETWEEN_COUNTS == 0 and self.plan.kept > _MOST_ANSWERS

    def answers(self, claims: Sequence[Claim]) -> Answers:
        """The answers of all nodes to claims that ask for what the plan's do."""
        self.plan.begin_call()
        return answers_of(self.plan, self._fleet, self._fleet.groups(), self._named(claims))

    def first_fit(self, claims: Sequence[Claim]) -> NodeAnswer | None:
        """The answer of the first node on which the claims fit, unless an error ends the search before; None: nowhere.

        After a first call: microseconds for each node that was left, or on which something became free, since.
        """
        self.plan.begin_call()
        named = self._named(claims)
        found = None if self._differs else self._first()
        if self._differs:
            return first_of(self.plan, self._fleet, self._fleet.groups(), named).deciding
        if found is None:
            return None
        return Answers(self.plan, self._fleet, (), named, version_for(named, self._fleet)).of_group(
            found, found.first_node
        )

    def _named(self, claims: Sequence[Claim]) -> tuple[CompiledClaim, ...]:
        return tuple([replace(known, claim=claim) for known, claim in zip(self.plan.claims, claims, strict=True)])

    def _first(self) -> GroupAnswer | None:
        self._catch_up()
        while self._again:
            # Who decides stays first: the node may serve the next claim too.
            if self._fleet.has_node(self._again[0]):
                found = self._on(self._again[0], self._fleet.set_of(self._again[0]))
                if decides(found.event):
                    return found
            heappop(self._again)
        found_later = self._scan(self._least)
        self._least = _BEHIND_ALL if found_later is None else found_later.first_node
        return found_later

    def _catch_up(self) -> None:
        """See which nodes have to be looked at again."""
        loosened = self._fleet.loosened_since(self._mark)
        self._mark = self._fleet.mark
        if loosened is None or self.plan.may_fail or self._fleet.features.compatibility_groups:
            self._least, self._again = "", []
            return
        for node in dict.fromkeys(loosened):
            if node < self._least:
                heappush(self._again, node)

    def _scan(self, least: str) -> GroupAnswer | None:
        """The first node from one on that decides: node by node, or set by set where these are fewer."""
        known: dict[NodeSet, GroupAnswer] = {}
        sets = self._fleet.node_sets()
        left = len(sets)
        for node in self._fleet.node_names(least):
            if not left:
                return self._scan_sets(node)
            left -= 1
            nodes = self._fleet.set_of(node)
            if nodes not in known:
                known[nodes] = self._on(node, nodes)
                if decides(known[nodes].event):
                    return known[nodes]
        return None

    def _scan_sets(self, least: str) -> GroupAnswer | None:
        best: GroupAnswer | None = None
        for nodes in self._fleet.node_sets():
            first = nodes.nodes.first(least)
            if first is None or (best is not None and best.first_node < first):
                continue
            found = self._on(first, nodes)
            if decides(found.event):
                best = found
        return best

    def _on(self, node: str, nodes: NodeSet) -> GroupAnswer:
        self._differs = self._differs or self.plan.depends_on_node(nodes.layout)
        view = partial(self._fleet.view, node)
        event, searched = event_on(self.plan, nodes.layout, self._fleet.usage_of(nodes), view)
        return group_answer(((node,),), event, searched)
