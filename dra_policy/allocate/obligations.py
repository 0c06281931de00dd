"""When a search has to ask the rules of a problem: at each pick that one reads, and when its requests are filled."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from dra_policy.allocate.problem import Picks, Problem, Rule
from dra_policy.allocate.proof import Place

_BEFORE_ALL: Place = (-1, -1)


class Obligations:
    """The rules of a problem by the places where they are asked."""

    __slots__ = ("_due", "_open", "_rules", "_watching")

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._due: dict[Place, list[Rule]] = {}
        self._watching: dict[Place, list[Rule]] = {}
        self._open: dict[Place, tuple[Rule, ...]] = {}
        for rule in rules:
            self._due.setdefault(_last(rule), []).append(rule)
            for place in rule.requests:
                self._watching.setdefault(place, []).append(rule)

    @classmethod
    def of(cls, problem: Problem) -> Obligations | None:
        """Those of a problem; None for one without rules, as nearly all are."""
        return cls(problem.rules) if problem.rules else None

    def hold_before_all(self, picks: Picks) -> bool:
        """Whether the rules that read no request are true."""
        return all(rule.holds(picks) for rule in self._due.get(_BEFORE_ALL, ()))

    def hold_after(self, place: Place, picks: Picks) -> bool:
        """Whether the rules are true whose last request has just been filled."""
        return all(rule.holds(picks) for rule in self._due.get(place, ()))

    def can_hold(self, place: Place, picks: Picks) -> bool:
        """Whether the rules that read the request may still come true, after a pick for it."""
        return all(rule.can_hold(picks) for rule in self._watching.get(place, ()))

    def state(self, place: Place, picks: Picks) -> Hashable:
        """All that the rules which are not decided yet will ask of the picks before a request."""
        found = self._open.get(place)
        if found is None:
            found = self._open[place] = tuple(rule for rule in self._rules if _last(rule) >= place)
        return tuple([rule.state(picks) for rule in found])


def _last(rule: Rule) -> Place:
    return max(rule.requests, default=_BEFORE_ALL)
