"""What groups of nodes lack, held against the allocator's own answer for each of their nodes.

Counts see requests one by one: whether a choice serves all of them, with its rules, lists and shares, only the
allocator knows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from dra_policy.allocate.answers import Answers, GroupAnswer
from dra_policy.allocate.problem import BudgetSpent, NoSolution, Solution
from dra_policy.explain.explanation import NodeGroup, Shortage
from dra_policy.explain.rules import Rule, written
from dra_policy.record import dataclass, field

_Told = tuple[int, int, tuple[Shortage, ...]]


@dataclass(frozen=True, slots=True)
class AnsweredNodes:
    """The allocator's answers, and those without the ``rules`` between devices, which are asked for when needed."""

    answers: Answers
    rules: Sequence[Rule]
    without_rules: Callable[[], Answers]
    _lacking: list[tuple[Shortage, frozenset[str]]] = field(default_factory=list)

    def groups(self, counted: Iterable[NodeGroup]) -> tuple[NodeGroup, ...]:
        """A node that fits lacks nothing, and one that does not fit something; those that fit first of as many."""
        fitting = _nodes_of(each for each in self.answers.groups if each.is_allocated)
        found: dict[_Told, list[str]] = {}
        for group in counted:
            fit = [node for node in group.nodes if node in fitting]
            others = [node for node in group.nodes if node not in fitting] if fit else group.nodes
            if fit:
                found.setdefault(_told(group, ()), []).extend(fit)
            for missing, nodes in [(group.missing, others)] if group.missing else self._by_answer(others):
                found.setdefault(_told(group, missing), []).extend(nodes)
        ranked = sorted(found.items(), key=lambda item: (-item[0][0], bool(item[0][2])))
        return tuple(
            NodeGroup(tuple(sorted(nodes)), have, wanted, missing) for (have, wanted, missing), nodes in ranked if nodes
        )

    def _by_answer(self, nodes: Sequence[str]) -> list[tuple[tuple[Shortage, ...], Collection[str]]]:
        """What nodes lack on which counts suffice and nothing fits; nothing where they may not be used at all."""
        if not nodes:
            return []
        if not self._lacking:
            self._lacking.extend(self._shortages())
        left = set(nodes)
        found: list[tuple[tuple[Shortage, ...], Collection[str]]] = []
        for shortage, lacking in self._lacking:
            if some := left & lacking:
                left -= some
                found.append(((shortage,), some))
        return sorted([*found, ((), left)] if left else found, key=lambda each: min(each[1]))

    def _shortages(self) -> Iterator[tuple[Shortage, frozenset[str]]]:
        """What keeps the claims from nodes, by the allocator's answers."""
        without: frozenset[str] | None = None
        for group in self.answers.groups:
            nodes = _nodes_of((group,))
            match group.event:
                case Solution():
                    continue
                case BudgetSpent():
                    yield Shortage("search"), nodes
                case NoSolution() if self.rules:
                    if without is None:
                        without = _nodes_of(each for each in self.without_rules().groups if each.is_allocated)
                    yield self._rule(group), nodes & without
                    yield Shortage("choice"), nodes - without
                case NoSolution():
                    yield Shortage("choice"), nodes
                case _:
                    yield Shortage("error"), nodes

    def _rule(self, answer: GroupAnswer) -> Shortage:
        """The rules that no choice meets, with the first run-time error of one."""
        errors = {id(error.rule): error.text for error in reversed(answer.errors)}
        met = next((errors[id(rule)] for rule in self.rules if id(rule) in errors), None)
        return Shortage("rule", " and ".join(map(written, self.rules)), wanted=met)


def _nodes_of(groups: Iterable[GroupAnswer]) -> frozenset[str]:
    return frozenset().union(*(part for group in groups for part in group.parts))


def _told(group: NodeGroup, missing: tuple[Shortage, ...]) -> _Told:
    return group.have if missing else max(group.have, group.wanted), group.wanted, missing
