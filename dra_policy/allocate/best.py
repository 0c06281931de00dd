"""The best solution on a node: of those that are worth most the first in Kubernetes' order."""

from __future__ import annotations

from dra_policy.allocate.problem import NoSolution, Problem, Searched, Solution
from dra_policy.allocate.search import search
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS, Shortcuts
from dra_policy.allocate.wishes import BetterThan, Goal
from dra_policy.record import replace


def search_best(problem: Problem, objective: Goal, *, budget: int, shortcuts: Shortcuts = ALL_SHORTCUTS) -> Searched:
    """The first solution that is worth most; ``is_best`` says whether that is proved within the budget.

    A solution is looked for with the whole budget, better ones with half of it: to prove the best can take any number
    of steps, and the nodes that come later need some. So what is preferred never decides whether there is a solution.

    Each round asks for the first solution that is worth more than the last one. The first of the best is worth more
    than every other, so no round passes it by, and the last round that finds something finds it.
    """
    found = search(problem, budget=budget, shortcuts=shortcuts)
    if not isinstance(found.outcome, Solution):
        return found
    steps = found.steps
    best, worth = found.outcome, objective.worth(found.outcome.claims)
    # What Kubernetes would have met after its first solution is no error: it would have stopped there.
    safe = _without_errors(problem)
    most = (budget + 1) // 2
    while steps < most:
        better = replace(safe, rules=(*problem.rules, BetterThan(objective, worth)))
        found = search(better, budget=most - steps, shortcuts=shortcuts)
        steps += found.steps
        if not isinstance(found.outcome, Solution):
            is_best = isinstance(found.outcome, NoSolution)
            return _chosen(best, steps, objective, is_best=is_best)
        best, worth = found.outcome, objective.worth(found.outcome.claims)
    return _chosen(best, steps, objective, is_best=False)


def _chosen(best: Solution, steps: int, objective: Goal, *, is_best: bool) -> Searched:
    picks = best.claims
    return Searched(best, steps, objective.worth(picks), is_best, objective.errors(picks), objective.said(picks))


def _without_errors(problem: Problem) -> Problem:
    claims = tuple(
        replace(
            claim,
            requests=tuple(
                replace(request, alternatives=tuple(replace(each, failing=0) for each in request.alternatives))
                for request in claim.requests
            ),
        )
        for claim in problem.claims
    )
    return replace(problem, claims=claims, is_violation_fatal=False)
