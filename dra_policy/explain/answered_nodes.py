"""What groups of nodes lack, held against the allocator's own answer for each of their nodes.

Counts see requests one by one: whether a choice serves all of them, with its rules, lists and shares, only the
allocator knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dra_policy.allocate.answers import Answers, GroupAnswer
from dra_policy.allocate.problem import BudgetSpent, NoSolution, Solution
from dra_policy.explain.explanation import NodeGroup, Shortage
from dra_policy.explain.rules import Rule, written
from dra_policy.record import dataclass, field


@dataclass(slots=True)
class AnsweredNodes:
    """The allocator's answers, and those without the ``rules`` between devices, which are asked for when needed."""

    answers: Answers
    rules: Sequence[Rule]
    without_rules: Callable[[], Answers]
    _fitting: frozenset[str] | None = field(default=None)

    def groups(self, counted: Iterable[NodeGroup]) -> tuple[NodeGroup, ...]:
        """A node that fits lacks nothing, and one that does not fit something; those that fit first of as many."""
        answered = {node: group for group in self.answers.groups for part in group.parts for node in part}
        found: dict[tuple[int, int, tuple[Shortage, ...]], list[str]] = {}
        for group in counted:
            for node in group.nodes:
                missing = self._missing(group.missing, node, answered.get(node))
                have = group.have if missing else max(group.have, group.wanted)
                found.setdefault((have, group.wanted, missing), []).append(node)
        ranked = sorted(found.items(), key=lambda item: (-item[0][0], bool(item[0][2])))
        return tuple(
            NodeGroup(tuple(sorted(nodes)), have, wanted, missing) for (have, wanted, missing), nodes in ranked
        )

    def _missing(self, counted: tuple[Shortage, ...], node: str, answer: GroupAnswer | None) -> tuple[Shortage, ...]:
        """``answer`` is None for nodes that may not be used; of these the counts say why."""
        if answer is not None and isinstance(answer.event, Solution):
            return ()
        if counted or answer is None:
            return counted
        match answer.event:
            case BudgetSpent():
                return (Shortage("search"),)
            case NoSolution():
                return (self._rule(answer) if self._fits_without_rules(node) else Shortage("choice"),)
            case _:
                return (Shortage("error"),)

    def _rule(self, answer: GroupAnswer) -> Shortage:
        """The rules that no choice meets, with the first run-time error of one."""
        errors = {id(error.rule): error.text for error in reversed(answer.errors)}
        met = next((errors[id(rule)] for rule in self.rules if id(rule) in errors), None)
        return Shortage("rule", " and ".join(map(written, self.rules)), wanted=met)

    def _fits_without_rules(self, node: str) -> bool:
        if not self.rules:
            return False
        if self._fitting is None:
            self._fitting = frozenset(self.without_rules().fitting)
        return node in self._fitting
