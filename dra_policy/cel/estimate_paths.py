"""Where values come from, as Kubernetes' estimate of costs remembers it: with a slip of its own that shows in costs."""

from __future__ import annotations

from collections.abc import Iterator


class Path:
    """A variable and the steps from it to a value: fields, ``@items``, ``@keys``, ``@values``, ``@indices``.

    cel-go keeps paths as slices and extends them by ``append``. Where an array has room, two paths that extend the same
    one lie in the same place, and the later step replaces the earlier one: in ``$A.all(k, v, ...)`` with ``$A`` for
    ``device.attributes["domain"]`` the key is taken to be as long as a value. Estimates are equal only if that is too.
    """

    __slots__ = ("_length", "_room")

    def __init__(self, room: list[str], length: int) -> None:
        """A path of the first ``length`` places of an array, which other paths may share."""
        self._room = room
        self._length = length

    def extended(self, step: str) -> Path:
        """The path with one more step. May change the last step of another path that was extended from this one."""
        length, room = self._length, self._room
        if length == len(room):
            # Go doubles the room of small arrays.
            room = [*room, *[""] * max(length, 1)]
        room[length] = step
        return Path(room, length + 1)

    def __iter__(self) -> Iterator[str]:
        """The steps as they are now, the variable first."""
        return iter(self._room[: self._length])

    def __bool__(self) -> bool:
        """Whether the value comes from a variable at all."""
        return self._length > 0


NOWHERE = Path([], 0)
"""Where a value comes from that no variable holds."""


def path_of(variable: str) -> Path:
    """The path to a variable."""
    return Path([variable], 1)
