"""The best node: by what is preferred, by a strategy, by earlier alternatives, by name."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from fractions import Fraction

from dra_policy.allocate.answers import Answers, GroupAnswer
from dra_policy.allocate.left import blocked_by_counters
from dra_policy.allocate.outcomes import NodeAnswer
from dra_policy.allocate.problem import BudgetSpent, Solution
from dra_policy.record import dataclass

_MOST_ALTERNATIVES = 8
"""FirstAvailableDeviceRequestMaxSize; the score of an alternative is this less its index (computeScore, scheduler)."""


class Strategy(Enum):
    """How a node is chosen among those that are worth the same.

    ``first``: the first by name, as Kubernetes' first-node view. ``pack``: the fewest devices left free. ``spread``:
    the most devices left free. ``balance``: the smallest share of its devices in use. A partition whose counters are
    spent is not free.
    """

    FIRST = "first"
    PACK = "pack"
    SPREAD = "spread"
    BALANCE = "balance"


Score = tuple[object, ...]

PodsScore = tuple[Fraction | float, ...]
"""What some pods on their nodes are worth: numbers of which earlier ones outrank later ones, summed over the pods."""


@dataclass(frozen=True, slots=True)
class BestFit:
    """The best node. ``is_proved``: every node was decided, and on none anything is worth more."""

    answer: NodeAnswer
    group: GroupAnswer
    is_proved: bool


def best_fit(answers: Answers, strategy: Strategy = Strategy.FIRST) -> BestFit | None:
    """The best of the nodes on which the claims fit; None if they fit on none.

    Preferences come first, then the strategy, then the scheduler's score of alternatives, then the node's name. Within
    a node the answer is the one that it has: strategies choose nodes, preferences devices too.
    """
    found: tuple[Score, str, GroupAnswer] | None = None
    for group in answers.groups:
        if not isinstance(group.event, Solution):
            continue
        for part in group.parts:
            node = part[0]
            score = (group.worth, _KEYS[strategy](answers, group.event, node), _of_alternatives(group.event))
            if found is None or score > found[0] or (score == found[0] and node < found[1]):
                found = score, node, group
    if found is None:
        return None
    _, node, best = found
    decided = not any(isinstance(group.event, BudgetSpent) for group in answers.groups)
    is_proved = decided and all(group.is_best for group in answers.groups if isinstance(group.event, Solution))
    return BestFit(answers.of_group(best, node), best, is_proved)


def pods_score(answers: Answers, node: str, strategy: Strategy, pods: int) -> PodsScore:
    """What a node's answer to so many pods at once is worth."""
    group = answers.group_of(node)
    assert isinstance(group.event, Solution)
    preferred = tuple([number for each in group.worth for number in each])
    return (*preferred, _KEYS[strategy](answers, group.event, node) * pods, _of_alternatives(group.event))


def _of_alternatives(solution: Solution) -> int:
    return sum(_MOST_ALTERNATIVES - index for claim in solution.chosen for index in claim)


def _left(answers: Answers, solution: Solution, node: str) -> tuple[int, int]:
    """How many devices the node would have left that can still be had, and how many it has."""
    view = answers.fleet.view(node)
    taken = view.held
    positions = []
    for claim, picks in zip(answers.plan.claims, solution.claims, strict=True):
        for pick in picks:
            # Who only looks at a device leaves it free.
            if not claim.claim.requests[pick.request].demands[pick.alternative].admin_access:
                positions.append(pick.position)
                taken |= 1 << pick.position
    taken |= blocked_by_counters(view, positions)
    size = view.layout.size
    return size - taken.bit_count(), size


def _packed(answers: Answers, solution: Solution, node: str) -> int:
    return -_left(answers, solution, node)[0]


def _spread(answers: Answers, solution: Solution, node: str) -> int:
    return _left(answers, solution, node)[0]


def _balanced(answers: Answers, solution: Solution, node: str) -> float:
    left, size = _left(answers, solution, node)
    return left / size if size else 0.0


_KEYS: dict[Strategy, Callable[[Answers, Solution, str], float]] = {
    Strategy.FIRST: lambda _answers, _solution, _node: 0,
    Strategy.PACK: _packed,
    Strategy.SPREAD: _spread,
    Strategy.BALANCE: _balanced,
}
