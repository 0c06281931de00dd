"""What the scheduler makes of the answers of all nodes: the node it takes, or the error that ends the pod's attempt.

The structured allocator answers node by node; the scheduler's plugin DynamicResources filters nodes by its answers,
ends everything at an error, and scores what is left.
"""

from __future__ import annotations

from dra_policy.allocate.answers import Answers, GroupAnswer
from dra_policy.allocate.events import InvalidPools
from dra_policy.allocate.outcomes import Failed, NodeAnswer
from dra_policy.allocate.problem import BudgetSpent, NoSolution, Solution
from dra_policy.allocate.score import Strategy, best_fit
from dra_policy.record import dataclass

# The scheduler's minFeasibleNodesToFind: it goes on filtering until so many nodes are feasible.
_LEAST_FEASIBLE = 100


@dataclass(frozen=True, slots=True)
class Placed:
    """The pod runs on the answer's node.

    ``is_proved``: nothing on any node is better by what is preferred. ``may_abort`` is an error on another node that
    ends the attempt if the scheduler happens to filter that node.
    """

    answer: NodeAnswer
    is_proved: bool
    may_abort: NodeAnswer | None = None


@dataclass(frozen=True, slots=True)
class Aborted:
    """An error on one node ends the pod's attempt, whatever other nodes offer."""

    answer: NodeAnswer


@dataclass(frozen=True, slots=True)
class Unplaced:
    """No node serves the claims; ``is_undecided``: the search on some node was stopped at its budget."""

    is_undecided: bool = False


SchedulerDecision = Placed | Aborted | Unplaced


def scheduler_decision(answers: Answers, strategy: Strategy = Strategy.FIRST) -> SchedulerDecision:
    """Which node the pod gets: the best one, see ``best_fit``.

    An error of the allocator beats success on other nodes where the scheduler is sure to filter the failing node: it
    stops filtering only when it has enough feasible nodes.
    """
    best, stop = best_fit(answers, strategy), fatal_answer(answers)
    if stop is not None and (best is None or _filters_all(answers)):
        return Aborted(stop)
    if best is None:
        return Unplaced(is_undecided(answers))
    fit = best.answer
    # The error of a node selector is found when the devices are chosen already.
    return Aborted(fit) if isinstance(fit.outcome, Failed) else Placed(fit, best.is_proved, stop)


def is_fatal(group: GroupAnswer) -> bool:
    """Whether an error on these nodes ends scheduling for the pod."""
    return not isinstance(group.event, Solution | NoSolution | InvalidPools | BudgetSpent)


def fatal_answer(answers: Answers) -> NodeAnswer | None:
    """The answer of the first node whose error ends scheduling if the node is filtered; None if there is none."""
    nodes = [group.first_node for group in answers.groups if is_fatal(group)]
    return answers.of_node(min(nodes)) if nodes else None


def _filters_all(answers: Answers) -> bool:
    """Whether the scheduler filters every node: it never finds enough feasible ones to stop before."""
    # It stops when it has more feasible nodes than it looks for, which is never less than a hundred.
    return sum(group.count for group in answers.groups if group.is_allocated) <= _wanted(len(answers.fleet.nodes))


def _wanted(nodes: int) -> int:
    """How many feasible nodes the scheduler looks for (numFeasibleNodesToFind with the default percentage)."""
    percentage = max(50 - nodes // 125, 5)
    return max(_LEAST_FEASIBLE, nodes * percentage // 100)


def is_undecided(answers: Answers) -> bool:
    """Whether the search on some node was stopped at its budget."""
    return any(isinstance(group.event, BudgetSpent) for group in answers.groups)
