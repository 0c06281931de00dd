"""All devices of a driver as columns: one code a device for each path, so that a leaf is answered by a look-up.

Which frame a device stands in does not matter here, only what it publishes: a fleet of random lists costs no more than
one of equal lists. A leaf's program is asked once for each distinct value of its column.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from dra_policy.evaluate.masks import Masks
from dra_policy.ir import Path
from dra_policy.ir.path import column, published_names
from dra_policy.model import Device
from dra_policy.record import dataclass, replace

if TYPE_CHECKING:
    from dra_policy.fleet import Frame, LoadedSlice

# What a text of answers is made of; the last device comes first, as the bits of a number are written.
_NO, _YES = 48, 49
_FEW = 256
_MOST_MASKS = 1024
_MOST_COLUMNS = 128


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The codes of a column: ``codes[-1 - row]`` is an index into ``values``; ``rows`` has a row with each value."""

    codes: bytes | array[int]
    values: tuple[Hashable, ...]
    rows: tuple[int, ...]

    def bits(self, answers: Iterable[bool]) -> int:
        """The bit set of the rows whose value has the answer true, given one answer for each value."""
        texts = bytes(_YES if answer else _NO for answer in answers)
        if _YES not in texts or not self.codes:
            return 0
        if isinstance(self.codes, bytes):
            return int(self.codes.translate(texts.ljust(_FEW, b"0")), 2)
        return int(bytes(map(texts.__getitem__, self.codes)), 2)


class Rows:
    """Devices of one driver, frame after frame, or slice after slice where slices have values of their own."""

    __slots__ = ("_columns", "_starts", "all", "driver", "ended", "frames", "masks", "slices")

    def __init__(self, frames: Sequence[Frame], slices: Sequence[LoadedSlice] = ()) -> None:
        self.frames = tuple(frames)
        self.slices = tuple(slices)
        self.driver = frames[0].driver
        sizes = [len(frame.devices) for frame in frames]
        self._starts = list(accumulate(sizes, initial=0))
        self.all = (1 << self._starts[-1]) - 1
        self._columns: dict[tuple[Path, ...], Column] = {}
        # Both by the identity of an interned predicate; ``ended`` are rows with an error that nothing absorbs.
        self.masks: dict[int, Masks] = {}
        self.ended: dict[int, int] = {}

    def limit(self) -> None:
        """Forget what is known if it is too much: answers over large fleets are large."""
        if len(self.masks) > _MOST_MASKS:
            self.masks.clear()
            self.ended.clear()
        if len(self._columns) > _MOST_COLUMNS:
            self._columns.clear()

    def device(self, row: int) -> Device:
        """The device of a row, with its slice's own values."""
        place = bisect_right(self._starts, row) - 1
        index = row - self._starts[place]
        device = self.frames[place].devices[index]
        if not self.slices or not self.slices[place].unique_texts:
            return device
        loaded = self.slices[place]
        own = {name: loaded.unique_column(name)[index] for name, _ in loaded.unique_texts}
        texts = {name: text for name, text in own.items() if text is not None}
        return replace(device, attributes={**device.attributes, **texts})

    def bits_of_frames(self, which: Sequence[bool]) -> int:
        """The bit set of all devices of the frames (or slices) that are True."""
        text = bytearray()
        for is_in, start, end in zip(which, self._starts, self._starts[1:], strict=False):
            text += (b"1" if is_in else b"0") * (end - start)
        return int(text[::-1], 2) if text else 0

    def column(self, paths: tuple[Path, ...]) -> Column:
        """The column of what answers that read the paths can depend on; its values are those of ``ir.path.column``."""
        found = self._columns.get(paths)
        if found is None:
            if len(paths) == 1:
                found = _coded(self._values(paths[0]))
            elif paths:
                parts = [self.column((path,)) for path in paths]
                found = _joined(parts)
            else:
                found = _coded([()] * self._starts[-1])
            self._columns[paths] = found
        return found

    def _values(self, path: Path) -> list[Hashable]:
        """The path's value of each row, first row first."""
        if not self.slices:
            return list(column(path, tuple(each for frame in self.frames for each in frame.devices), self.driver))
        by_frame: dict[int, tuple[Hashable, ...]] = {}
        unique: dict[int, str | None] = {}
        values: list[Hashable] = []
        texts: list[bytes] = []
        for place, frame in enumerate(self.frames):
            if self.slices and frame.unique:
                if frame.id not in unique:
                    unique[frame.id] = _unique_name(path, frame)
                name = unique[frame.id]
                if name is not None:
                    texts += (text for each, text in self.slices[place].unique_texts if each == name)
                    continue
            _split(texts, values)
            known = by_frame.get(frame.id)
            if known is None:
                is_own = bool(self.slices) and _may_be_unique(path, frame)
                devices = self.slices[place].devices if is_own else frame.devices
                known = column(path, devices, self.driver)
                if not is_own:
                    by_frame[frame.id] = known
            values += known
        _split(texts, values)
        return values


def _split(texts: list[bytes], values: list[Hashable]) -> None:
    """Move joined texts to the end of the values."""
    if texts:
        values += b"\0".join(texts).decode().split("\0")
        texts.clear()


def _may_be_unique(path: Path, frame: Frame) -> bool:
    if path.is_whole:
        return bool(frame.unique)
    return not frame.unique.isdisjoint(published_names(path, frame.driver))


def _unique_name(path: Path, frame: Frame) -> str | None:
    """The unique attribute that a path reads on all devices of a frame; None where it may read something else."""
    if path.is_whole or path.field != "attributes" or path.domain is None or not frame.devices:
        return None
    names = published_names(path, frame.driver)
    for name in frame.unique.intersection(names):
        if all(name in each.attributes for each in frame.devices) and not any(
            other in each.attributes for other in names if other != name for each in frame.devices
        ):
            return name
    return None


def _coded(values: list[Hashable]) -> Column:
    values.reverse()
    codes: dict[Hashable, int] = {}
    numbers = [codes.setdefault(value, len(codes)) for value in values]
    return _column(numbers, tuple(codes))


def _joined(parts: list[Column]) -> Column:
    """The column of tuples of the parts' values."""
    codes: dict[tuple[int, ...], int] = {}
    numbers = [codes.setdefault(each, len(codes)) for each in zip(*(part.codes for part in parts), strict=True)]
    values = tuple(tuple(part.values[code] for part, code in zip(parts, each, strict=True)) for each in codes)
    return _column(numbers, values)


def _column(numbers: list[int], values: tuple[Hashable, ...]) -> Column:
    """``numbers`` are the codes, last row first."""
    last = len(numbers) - 1
    rows = dict(zip(numbers, range(last, -1, -1), strict=True))
    codes = bytes(numbers) if len(values) <= _FEW else array("L", numbers)
    return Column(codes, values, tuple(rows[code] for code in range(len(values))))
