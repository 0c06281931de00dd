"""Rules of quotas in CEL, over what a namespace holds and what its claims are to get."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial

from dra_policy.allocate.problem import Pick, Picks, Problem
from dra_policy.allocate.proof import Place
from dra_policy.cel.device_lists import ListedDevice, ListedObject, ListProgram, RuleInput
from dra_policy.compiler import CompiledClaim
from dra_policy.fleet import Frame
from dra_policy.model import Claim, Device, ExpressionRule, Quota
from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule in CEL with its namespace and what this holds; a device that nothing publishes is left out (DRA555)."""

    quota: Quota
    rule: ExpressionRule
    program: ListProgram
    held: tuple[ListedDevice, ...] = ()
    namespace: ListedObject = ListedObject("")

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether the rule may read what differs from slice to slice of the frame; in doubt it does."""
        text = self.rule.expression.expression
        if "attributes" in text or "capacity" in text:
            return True
        return any(f".{alias}" in text for alias, _ in self.rule.aliases) and any(
            name.rpartition("/")[2] in text for name in frame.unique
        )

    def broken_by(self, asked: Sequence[ListedDevice], claims: Sequence[Claim]) -> str | None:
        """Why the claims may not have more devices: ``false``, or an error's text; None if they may."""
        named = {(claim.name, tuple(sorted(claim.labels.items()))): claim for claim in claims}
        for each in named.values():
            claim = ListedObject(each.name, each.labels)
            variables: dict[str, RuleInput] = {"held": self.held, "asked": asked, "claim": claim}
            found = self.program.holds({**variables, "namespace": self.namespace})
            if found is not True:
                return found or "false"
        return None


def own_claims(claims: Sequence[CompiledClaim], namespace: str) -> list[Claim]:
    """Those of the claims that are of a namespace."""
    return [each.claim for each in claims if each.claim.namespace == namespace]


def asked_devices(
    claims: Sequence[CompiledClaim], picks: Picks, device_at: Callable[[int], Device], namespace: str
) -> list[ListedDevice]:
    """The devices of picks as rules in CEL see them; those of other namespaces and of admin access are none."""
    return [
        ListedDevice(device_at(pick.position), _fields(compiled.claim, pick))
        for compiled, of_claim in zip(claims, picks, strict=True)
        if compiled.claim.namespace == namespace
        for pick in of_claim
        if not compiled.claim.requests[pick.request].demands[pick.alternative].admin_access
    ]


class RequirementOnNode:
    """A quota's rule in CEL over the picks on a node; fulfils ``problem.Rule``. It reads the requests of all claims."""

    def __init__(
        self,
        requirement: Requirement,
        namespace: str,
        claims: Sequence[CompiledClaim],
        problem: Problem,
        device_at: Callable[[int], Device],
    ) -> None:
        """``namespace`` is the one whose claims it is about."""
        from dra_policy.allocate.rule_reading import is_order_free, reading_of
        from dra_policy.allocate.rules import kind_of

        self._requirement = requirement
        self._asked = partial(asked_devices, claims, device_at=device_at, namespace=namespace)
        self._claims = own_claims(claims, namespace)
        syntax, known = requirement.program.program.syntax, frozenset(("held", "asked"))
        is_free = is_order_free(syntax, known, {})
        kind = kind_of(reading_of(syntax, known), is_order_free=is_free, device=device_at)
        self.requests: frozenset[Place] = frozenset(
            (number, index)
            for number, claim in enumerate(claims)
            if claim.claim.namespace == namespace
            for index in range(len(claim.requests))
        )
        self.kinds: Mapping[int, Hashable] = {
            position: kind(position)
            for number, index in self.requests
            for each in problem.claims[number].requests[index].alternatives
            for position in range(each.candidates.bit_length())
            if each.candidates >> position & 1
        }
        self._answers: dict[Hashable, bool] = {}

    def state(self, picks: Picks) -> Hashable:
        """The kinds of all picks."""
        return tuple(
            [
                tuple([(each.request, each.alternative, self.kinds.get(each.position)) for each in claim])
                for claim in picks
            ]
        )

    def can_hold(self, picks: Picks) -> bool:  # noqa: ARG002 - nothing is known before the end
        """Whether it may still come true."""
        return True

    def holds(self, picks: Picks) -> bool:
        """Whether the claims may have these devices."""
        key = self.state(picks)
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._requirement.broken_by(self._asked(picks), self._claims) is None
        return found


def _fields(claim: Claim, pick: Pick) -> dict[str, str]:
    """What is known of a picked device beside what its driver publishes."""
    request = claim.requests[pick.request]
    device_class = request.demands[pick.alternative].device_class_name
    return {"claim": claim.name, "request": request.name, "class": device_class}
