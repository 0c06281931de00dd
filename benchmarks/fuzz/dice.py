"""Random choices from a seed; the same seed gives the same case on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, TypeVar

Choice = TypeVar("Choice")
JsonObject = dict[str, Any]


class Dice:
    """Choices by one stream of random numbers.

    ``oddness`` multiplies the chances of what is odd, ``demand`` those of what makes a claim hard to serve.
    """

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self.oddness = 1.0
        self.demand = 1.0

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def oddly(self, probability: float) -> bool:
        """Whether something odd happens that has this probability in a usual case."""
        return self.oddness > 0 and self.chance(probability * self.oddness)

    def demandingly(self, probability: float) -> bool:
        """Whether a claim asks for something more that it asks for with this probability in a usual case."""
        return self.chance(probability * self.demand)

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self._random.randrange(len(choices))]

    def weighted(self, **weights: int) -> str:
        """One of the names, each so often as its weight says."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def number(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, both possible."""
        return self._random.randint(low, high)

    def some(self, choices: Sequence[Choice], low: int, high: int) -> list[Choice]:
        """So many different ones of the choices, in random order."""
        return self._random.sample(choices, min(len(choices), self.number(low, high)))

    def shuffled(self, items: Sequence[Choice]) -> list[Choice]:
        return self._random.sample(items, len(items))
