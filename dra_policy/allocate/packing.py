"""The strategy ``pack`` on one node: open as few shared devices as can be that nobody uses yet."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction

from dra_policy.allocate.problem import Picks, Problem, RuleError
from dra_policy.allocate.proof import Place
from dra_policy.allocate.rules import candidates_of
from dra_policy.allocate.wishes import Objective, Worth


class FewOpened:
    """Of solutions that wishes are worth the same those that open fewest; fulfils ``wishes.Goal``.

    What it adds to the worth stands last.
    """

    def __init__(self, problem: Problem, wishes: Objective | None) -> None:
        """``wishes`` are what the claims and their pod prefer."""
        self._claims = problem.claims
        self._wishes = wishes
        used = sum(1 << position for position in problem.sharing.consumed)
        self._unused = problem.sharing.shareable & ~used
        self.requests: frozenset[Place] = frozenset(
            (number, index) for number, claim in enumerate(self._claims) for index in range(len(claim.requests))
        )
        own = wishes.kinds if wishes is not None else {}
        self.kinds: Mapping[int, Hashable] = {
            position: (own.get(position), position if self._unused >> position & 1 else None)
            for position in candidates_of(self._claims, [(number, index, None) for number, index in self.requests])
        }

    def state(self, picks: Picks) -> Hashable:
        """The kinds of all picks."""
        return tuple(
            [tuple([(each.request, each.alternative, self.kinds[each.position]) for each in claim]) for claim in picks]
        )

    def worth(self, picks: Picks) -> Worth:
        """What the wishes give, then the fewer opened the more."""
        own = self._wishes.worth(picks) if self._wishes is not None else ()
        return (*own, (1, Fraction(-self._opened(picks))))

    def can_beat(self, picks: Picks, worth: Worth) -> bool:
        """Whether a solution with these picks may be worth more: no pick closes what another one has opened."""
        return self._wishes is not None or -self._opened(picks) > worth[-1][1]

    def said(self, picks: Picks) -> tuple[str, ...]:
        """What each wish gives."""
        return self._wishes.said(picks) if self._wishes is not None else ()

    def errors(self, picks: Picks) -> tuple[RuleError, ...]:
        """The errors of wishes."""
        return self._wishes.errors(picks) if self._wishes is not None else ()

    def _opened(self, picks: Picks) -> int:
        opened = 0
        for claim, own in zip(self._claims, picks, strict=False):
            for each in own:
                # Who only looks at a device opens nothing.
                if not claim.requests[each.request].alternatives[each.alternative].is_admin:
                    opened |= 1 << each.position & self._unused
        return opened.bit_count()
