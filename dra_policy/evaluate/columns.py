"""All devices of a driver as columns: one code a device for each path, so that a leaf is answered by a look-up.

Which frame a device stands in does not matter here, only what it publishes: a fleet of random lists costs no more than
one of equal lists. A leaf's program is asked once for each distinct value of its column.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import accumulate, chain, repeat
from typing import TYPE_CHECKING, cast

from dra_policy.evaluate.fast import LONGEST_TEXT
from dra_policy.evaluate.masks import Masks
from dra_policy.ir import Path
from dra_policy.ir.device_reader import DeviceReader, DeviceTable
from dra_policy.ir.path import column, published_names
from dra_policy.model import Device
from dra_policy.record import replace

if TYPE_CHECKING:
    from dra_policy.fleet import Frame, LoadedSlice
    from dra_policy.fleet.contents import Contents

    Codes = bytes | array[int] | range

# What a text of answers is made of: the last device comes first, as the bits of a number are written.
_DIGITS = bytes.maketrans(b"\0\1", b"01")
_FEW = 256
_MOST_MASKS = 1024
_MOST_COLUMNS = 128


class Column:
    """The codes of a column: ``codes[-1 - row]`` is an index into ``values``."""

    __slots__ = ("_kind", "_rows", "codes", "values")

    def __init__(self, codes: Codes, values: Sequence[Hashable]) -> None:
        self.codes = codes
        self.values = values
        self._kind: type | None = None
        self._rows: Mapping[int, int] | None = None

    def row(self, code: int) -> int:
        """A row that has the value of the code."""
        if self._rows is None:
            self._rows = dict(zip(self.codes, range(len(self.codes) - 1, -1, -1), strict=True))
        return self._rows[code]

    @property
    def kind(self) -> type:
        """The class of all values, ``str`` only where none is longer than the API admits; ``object`` of a mixture."""
        if self._kind is None:
            kinds = set(map(type, self.values))
            kind = kinds.pop() if len(kinds) == 1 else object
            is_long = kind is str and max(map(len, cast("Sequence[str]", self.values))) > LONGEST_TEXT
            self._kind = object if is_long else kind
        return self._kind

    def bits(self, answers: Sequence[bool]) -> int:
        """The bit set of the rows whose value has the answer true, given one answer for each value."""
        if not self.codes or True not in answers:
            return 0
        digits = bytes(answers).translate(_DIGITS)
        if isinstance(self.codes, range):
            return int(digits, 2)
        if isinstance(self.codes, bytes):
            return int(self.codes.translate(digits.ljust(_FEW, b"0")), 2)
        return int(bytes(map(digits.__getitem__, self.codes)), 2)


class Weights:
    """How many devices each row stands for."""

    __slots__ = ("_alike",)

    def __init__(self, weights: Sequence[int]) -> None:
        different = set(weights)
        if len(different) == 1:
            self._alike = [(different.pop(), -1)]
            return
        column = _coded(list(weights))
        self._alike = [(each, column.bits([each == own for own in column.values])) for each in different]

    def of(self, which: int) -> int:
        """How many devices the rows of a bit set stand for."""
        return sum(weight * (which & rows).bit_count() for weight, rows in self._alike)


def weights_of(contents: Contents, frames: Mapping[Frame, int]) -> Weights:
    """How many devices have each content, where so many slices have each frame."""
    found = [0] * len(contents.frame.devices)
    for frame, times in frames.items():
        for number in contents.numbers_of(frame) or ():
            found[number] += times
    return Weights(found)


class Rows:
    """Devices of one driver, row by row."""

    __slots__ = ("_columns", "all", "driver", "ended", "masks")

    def __init__(self, driver: str, number: int) -> None:
        self.driver = driver
        self.all = (1 << number) - 1
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

    def column(self, paths: tuple[Path, ...]) -> Column:
        """The column of what answers that read the paths can depend on; its values are those of ``ir.path.column``."""
        found = self._columns.get(paths)
        if found is None:
            if len(paths) == 1:
                found = _coded(self._values(paths[0]))
            elif paths:
                found = _joined([self.column((path,)) for path in paths])
            else:
                found = _coded([()] * self.all.bit_length())
            self._columns[paths] = found
        return found

    def device(self, row: int) -> Device:
        """A device of the row, with its own values."""
        raise NotImplementedError

    def _values(self, path: Path) -> list[Hashable]:
        """The path's value of each row, first row first."""
        raise NotImplementedError


class ContentRows(Rows):
    """The different devices of a driver's frames: for questions that read no unique attribute."""

    __slots__ = ("_table",)

    def __init__(self, contents: Contents) -> None:
        self._table = DeviceTable(contents.frame.devices)
        super().__init__(contents.frame.driver, len(contents.frame.devices))

    def device(self, row: int) -> Device:
        """A device of the row."""
        return self._table.devices[row]

    def _values(self, path: Path) -> list[Hashable]:
        return list(column(path, self._table, self.driver))


class SliceRows(Rows):
    """The devices of some slices, each slice with its own values of unique attributes; slices that agree once."""

    __slots__ = ("_slices", "_starts", "weights")

    def __init__(self, slices: Sequence[LoadedSlice]) -> None:
        """The slices are of one driver."""
        found: dict[tuple[int, tuple[tuple[str, bytes], ...]], LoadedSlice] = {}
        alike = [found.setdefault((each.frame.id, each.unique_texts), each) for each in slices]
        times = Counter(map(id, alike))
        self._slices = tuple(found.values())
        sizes = [len(each.frame.devices) for each in self._slices]
        self._starts = list(accumulate(sizes, initial=0))
        super().__init__(slices[0].frame.driver, self._starts[-1])
        self.weights = Weights(list(chain.from_iterable(map(repeat, times.values(), sizes))))

    def device(self, row: int) -> Device:
        """The device of a row, with its slice's own values."""
        place = bisect_right(self._starts, row) - 1
        index = row - self._starts[place]
        loaded = self._slices[place]
        device = loaded.frame.devices[index]
        own = {name: loaded.unique_column(name)[index] for name, _ in loaded.unique_texts}
        texts = {name: text for name, text in own.items() if text is not None}
        return replace(device, attributes={**device.attributes, **texts}) if texts else device

    def _values(self, path: Path) -> list[Hashable]:
        by_frame: dict[int, tuple[Hashable, ...]] = {}
        unique: dict[int, str | None] = {}
        values: list[Hashable] = []
        texts: list[bytes] = []
        for loaded in self._slices:
            frame = loaded.frame
            if frame.unique:
                if frame.id not in unique:
                    unique[frame.id] = _unique_name(path, frame)
                name = unique[frame.id]
                if name is not None:
                    texts += (text for each, text in loaded.unique_texts if each == name)
                    continue
            _split(texts, values)
            known = by_frame.get(frame.id)
            if known is None:
                is_own = _may_be_unique(path, frame)
                known = column(path, DeviceReader(loaded.devices if is_own else frame.devices), self.driver)
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
    different = dict.fromkeys(values)
    if len(different) == len(values):
        return _column(range(len(values)), values)
    codes = dict(zip(different, range(len(different)), strict=True))
    return _column(list(map(codes.__getitem__, values)), tuple(codes))


def _joined(parts: list[Column]) -> Column:
    """The column of tuples of the parts' values."""
    codes: dict[tuple[int, ...], int] = {}
    numbers = [codes.setdefault(each, len(codes)) for each in zip(*(part.codes for part in parts), strict=True)]
    values = tuple(tuple(part.values[code] for part, code in zip(parts, each, strict=True)) for each in codes)
    return _column(numbers, values)


def _column(numbers: Sequence[int], values: Sequence[Hashable]) -> Column:
    """``numbers`` are the codes, last row first; a range where each row has a value of its own."""
    if isinstance(numbers, range):
        return Column(numbers, values)
    return Column(bytes(numbers) if len(values) <= _FEW else array("L", numbers), values)
