"""Where order matters in a problem: from which request on an error could be met, or equal devices are not equal.

Kubernetes visits devices one by one, and an error ends everything when it is met. A bound that skips visits may only be
used where no request from there on can meet one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.allocate.constraints import Code, DerivationFailure, Unknown
from dra_policy.allocate.problem import Alternative, Claim, Constraint, Problem


class Hazards:
    """What a search may not skip. Places are (claim, request)."""

    __slots__ = ("_last_all", "_last_error", "is_order_free")

    def __init__(self, problem: Problem) -> None:
        self._last_error = self._last_all = (-1, -1)
        for claim_index, claim in enumerate(problem.claims):
            for index, request in enumerate(claim.requests):
                for alternative in request.alternatives:
                    if _is_order_bound(alternative, problem):
                        self._last_all = self._last_error = (claim_index, index)
                    elif _can_fail(alternative, problem):
                        self._last_error = (claim_index, index)
        self.is_order_free = not (
            any(map(_depends_on_order, problem.claims))
            or any(_is_order_felt(each.constraint) and _has_unknown_values(each.constraint) for each in problem.joint)
        )

    @property
    def can_fail(self) -> bool:
        """Whether any request can meet an error."""
        return self._last_error >= (0, 0)

    def can_fail_from(self, claim: int, request: int) -> bool:
        """Whether this request or a later one can meet an error."""
        return self._last_error >= (claim, request)

    def has_twins_from(self, claim: int, request: int) -> bool:
        """Whether equal devices are interchangeable for the request.

        Not before a request of mode All with a constraint: whether a refused device is an error or a plain no depends
        on what earlier devices of its list are taken.
        """
        return self.is_order_free and self._last_all < (claim, request)


def _is_order_bound(alternative: Alternative, problem: Problem) -> bool:
    return bool(problem.is_violation_fatal and alternative.everything and alternative.constraints)


def _can_fail(alternative: Alternative, problem: Problem) -> bool:
    in_use = 0 if alternative.is_admin else problem.in_use
    if alternative.failing & ~in_use:
        return True
    derived = alternative.derived.values()
    return any(isinstance(code, DerivationFailure) for codes in derived for code in codes.values())


def _depends_on_order(claim: Claim) -> bool:
    """A value without comparable type passes distinctAttribute as the first, and never later."""
    for index, constraint in enumerate(claim.constraints):
        if _is_order_felt(constraint):
            alternatives = [each for request in claim.requests for each in request.alternatives]
            if _has_unknown_values(constraint, [each.derived[index] for each in alternatives if index in each.derived]):
                return True
    return False


def _is_order_felt(constraint: Constraint) -> bool:
    """Whether a value without comparable type, if there is one, may only come first."""
    return constraint.relation.must_differ and not constraint.relation.knows_lists


def _has_unknown_values(constraint: Constraint, derived: Sequence[Mapping[int, Code | DerivationFailure]] = ()) -> bool:
    return any(isinstance(code, Unknown) for codes in (constraint.codes, *derived) for code in codes.values())
