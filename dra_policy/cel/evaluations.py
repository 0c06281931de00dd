"""Record an evaluation with everything inside it: what each part gave, in each round of each loop."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.cel.data import Value
from dra_policy.cel.frame import Frame, Step
from dra_policy.record import dataclass

_MOST = 50_000
"""Evaluations that one recording keeps; what comes later runs unrecorded."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation of one node: its value or failure, and the evaluations inside it in their order."""

    node: int
    value: Value
    parts: tuple[Evaluation, ...]

    def find(self, node: int) -> Evaluation | None:
        """The first evaluation of a node here or inside; None if it was not evaluated."""
        return next((each for each in self.walk() if each.node == node), None)

    def walk(self) -> Iterator[Evaluation]:
        """This evaluation and all inside it, outer ones first."""
        pending = [self]
        while pending:
            each = pending.pop()
            yield each
            pending.extend(reversed(each.parts))


class Recorder:
    """Collects evaluations; ``watch`` is what a planner wraps each step with."""

    def __init__(self) -> None:
        self.found: list[Evaluation] = []
        self._open = [self.found]
        self._room = _MOST

    def watch(self, node: int, step: Step) -> Step:
        """The step, each of whose evaluations is recorded inside that of the step around it."""

        def watched(frame: Frame) -> Value:
            if self._room <= 0:
                return step(frame)
            self._room -= 1
            parts: list[Evaluation] = []
            self._open.append(parts)
            try:
                value = step(frame)
            finally:
                self._open.pop()
            self._open[-1].append(Evaluation(node, value, tuple(parts)))
            return value

        return watched
