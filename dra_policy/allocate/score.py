"""The best node: by what is preferred, by a strategy, by earlier alternatives, by name."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from dra_policy.allocate.answers import Answers, GroupAnswer
from dra_policy.allocate.outcomes import NodeAnswer
from dra_policy.allocate.problem import BudgetSpent, Solution
from dra_policy.record import dataclass

if TYPE_CHECKING:
    # Most questions ask for the first node: what is left is counted where a strategy wants it.
    from fractions import Fraction

    from dra_policy.allocate.left import Left

_MOST_ALTERNATIVES = 8
"""FirstAvailableDeviceRequestMaxSize; the score of an alternative is this less its index (computeScore, scheduler)."""


class Strategy(Enum):
    """How a node is chosen among those that are worth the same.

    ``first``: the first by name, as Kubernetes' first-node view. ``pack``: within a node the fewest shared devices
    opened that nobody uses yet; of the nodes the one where these are fewest, then the one with the least left free.
    ``spread``: the most left free. ``balance``: the greatest part of its devices left free. What is free counts as
    ``left.Left`` says.
    """

    FIRST = "first"
    PACK = "pack"
    SPREAD = "spread"
    BALANCE = "balance"


Score = tuple[object, ...]

PodsScore = tuple["Fraction | float", ...]
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
    a node the answer is the one that it has: strategies choose nodes, preferences devices too (and ``pack``, where
    ``allocate_claims`` was told so).
    """
    found: tuple[Score, str, GroupAnswer] | None = None
    for group in answers.groups:
        if not isinstance(group.event, Solution):
            continue
        for part in group.parts:
            node = part[0]
            score = (group.worth, _of_strategy(strategy, answers, group.event, node), _of_alternatives(group.event))
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
    # Each pod counts what is left of its node; a device is opened once for all of them.
    opened, left = _of_strategy(strategy, answers, group.event, node)
    return (*preferred, opened, left * pods, _of_alternatives(group.event))


def preferred_numbers(score: PodsScore) -> PodsScore:
    """What of a score is the preferences'."""
    return score[:-3]


def _of_alternatives(solution: Solution) -> int:
    return sum(_MOST_ALTERNATIVES - index for claim in solution.chosen for index in claim)


def _left(answers: Answers, solution: Solution, node: str) -> Left:
    """What the node would have left; who only looks at a device leaves it free."""
    from dra_policy.allocate.left import left_after

    taken = [
        (pick.position, pick.consumed)
        for claim, picks in zip(answers.plan.claims, solution.claims, strict=True)
        for pick in picks
        if not claim.claim.requests[pick.request].demands[pick.alternative].admin_access
    ]
    features = answers.plan.demands.features
    return left_after(answers.fleet.view(node), taken, knows_shares=features.consumable_capacity)


def _of_strategy(
    strategy: Strategy, answers: Answers, solution: Solution, node: str
) -> tuple[Fraction | int, Fraction | int]:
    """What a strategy makes of a node: two numbers, of which the first outranks the other."""
    if strategy is Strategy.FIRST:
        return 0, 0
    left = _left(answers, solution, node)
    match strategy:
        case Strategy.PACK:
            return -left.opened, -left.devices
        case Strategy.SPREAD:
            return 0, left.devices
        case Strategy.BALANCE:
            return 0, left.devices / left.size if left.size else 0
