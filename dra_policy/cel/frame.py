"""One evaluation in progress: what it can read, what it has cost, what it saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from dra_policy.cel.data import Interruption, Value

COST_EXCEEDED = "operation cancelled: actual cost limit exceeded"


_NOTHING: Mapping[Value, Value] = {}
_NO_SLOTS: list[Value] = []


class Frame:
    """The state of one evaluation.

    ``variables`` are those that the expression can name; ``attributes`` and ``capacity`` are the domains of a
    Kubernetes device, which most selectors read; ``slots`` hold the variables of loops; ``seen`` collects values by
    node id where the evaluation is traced, else it is None.
    """

    __slots__ = ("attributes", "capacity", "cost", "limit", "seen", "slots", "variables")

    def __init__(
        self,
        variables: Mapping[str, Value],
        limit: int,
        slots: int,
        attributes: Mapping[Value, Value] = _NOTHING,
        capacity: Mapping[Value, Value] = _NOTHING,
    ) -> None:
        self.variables = variables
        self.cost = 0
        self.limit = limit
        # One is made for each evaluation on each device: what most expressions do without is not made for them.
        self.slots: list[Value] = [None] * slots if slots else _NO_SLOTS
        self.attributes = attributes
        self.capacity = capacity
        self.seen: dict[int, Value] | None = None


Step = Callable[[Frame], Value]
"""A part of an expression made ready to run: gives its value or a Failure, and charges the frame for it."""


class SlotReader:
    """Reads a variable of a loop: a step by whose class a lone variable is known."""

    __slots__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place

    def __call__(self, frame: Frame) -> Value:
        """The variable's value in this round."""
        return frame.slots[self.place]


def stop(frame: Frame, last: int = 0) -> NoReturn:
    """End an evaluation whose cost is past its limit; ``last`` steps of one unit were charged at once.

    Kubernetes stops at the first node that goes over: of several charges of one unit only those up to there count.
    """
    if last:
        frame.cost = max(frame.limit + 1, frame.cost - last + 1)
    raise Interruption(COST_EXCEEDED)
