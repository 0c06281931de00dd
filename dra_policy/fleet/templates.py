"""Load device lists by template: cut unique values out of the text, decode only a text never seen.

Attributes whose values never repeat (uuid, serial) make every device list a new one. Their values are cut out of the
JSON text by a regular expression that keeps the keys (else "no uuid" and "uuid" could leave equal rests); lists with
equal rests share one decoded frame. Which attributes to cut is learnt from the first lists of a driver.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import partial
from typing import TYPE_CHECKING

from dra_policy.fleet.cuts import Cut
from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.model import Device, ResourceSlice
from dra_policy.model.dialect import Dialect

if TYPE_CHECKING:
    from dra_policy.fleet.device_texts import DeviceTexts

# That many different lists are decoded before anything is cut out.
_LEARNING = 8
# From that many different lists on, devices are decoded one by one: the first ones show that lists do not repeat.
_MANY = 64

UniqueTexts = tuple[tuple[str, bytes], ...]
Decoded = tuple[Frame, UniqueTexts]
"""A slice's frame, and its own values of the frame's unique attributes (``LoadedSlice.unique_texts``)."""


class FrameTable:
    """Makes the frames of a fleet, and numbers them."""

    __slots__ = ("_next_id", "_sources", "shows_lists")

    def __init__(self, *, shows_lists: bool = True) -> None:
        """Without ``shows_lists`` lists of values count for nothing."""
        self._next_id = 0
        self.shows_lists = shows_lists
        self._sources: dict[tuple[str, str], _Source] = {}

    def load(self, envelopes: Iterable[ResourceSlice]) -> tuple[LoadedSlice, ...]:
        """The slices with their frames, in the same order."""
        envelopes = tuple(envelopes)
        # An enumeration's hash is computed in Python, so drivers are the outer key.
        by_driver: dict[str, list[ResourceSlice]] = {}
        for envelope in envelopes:
            by_driver.setdefault(envelope.driver, []).append(envelope)
        decoders = {driver: self._decoder(driver, same) for driver, same in by_driver.items()}
        loaded = []
        for index, envelope in enumerate(envelopes):
            frame, unique_texts = decoders[envelope.driver](envelope)
            loaded.append(LoadedSlice(index, envelope, frame, pool_of(envelope), unique_texts))
        return tuple(loaded)

    def load_one(self, index: int, envelope: ResourceSlice) -> LoadedSlice:
        """One more slice, by what was learnt from the others; its list is decoded whole, which for one is quickest."""
        key = (envelope.driver, envelope.dialect.value)
        if key not in self._sources:
            self._sources[key] = _Source(self, envelope.driver, envelope.dialect, [envelope])
        frame, unique_texts = self._sources[key].decoded(envelope, is_alone=True)
        return LoadedSlice(index, envelope, frame, pool_of(envelope), unique_texts)

    def _decoder(self, driver: str, envelopes: list[ResourceSlice]) -> Callable[[ResourceSlice], Decoded]:
        """How to decode the slices of a driver: nearly always all of them are in one dialect."""
        by_dialect: dict[Dialect, list[ResourceSlice]] = {}
        for envelope in envelopes:
            by_dialect.setdefault(envelope.dialect, []).append(envelope)
        sources = {dialect: _Source(self, driver, dialect, same) for dialect, same in by_dialect.items()}
        self._sources.update({(driver, dialect.value): source for dialect, source in sources.items()})
        if len(sources) == 1:
            return next(iter(sources.values())).decoded
        return lambda envelope: sources[envelope.dialect].decoded(envelope)

    def frame(self, driver: str, dialect: Dialect, devices: tuple[Device, ...], unique: Iterable[str] = ()) -> Frame:
        """A new frame with the next number."""
        self._next_id += 1
        return Frame(self._next_id - 1, driver, dialect, devices, frozenset(unique))

    @property
    def made(self) -> int:
        """How many frames were made so far."""
        return self._next_id

    def keep_only(self, frames: Container[Frame]) -> None:
        """Forget the texts of frames that no slice has any more, and drivers without any."""
        self._sources = {key: source for key, source in self._sources.items() if source.keep_only(frames)}


def pool_of(envelope: ResourceSlice) -> str:
    """The middle part of the names of a slice's devices.

    dra-evolution: "The unique identifier for a device is the tuple <driver name>/<node name>/<device name>".
    """
    return envelope.node_name or "" if envelope.dialect is Dialect.EVOLUTION else envelope.pool


class _Source:
    """The device lists of one driver in one dialect."""

    __slots__ = ("_cuts", "_dialect", "_driver", "_frames", "_is_restored", "_table", "_texts")

    def __init__(self, table: FrameTable, driver: str, dialect: Dialect, envelopes: list[ResourceSlice]) -> None:
        self._table = table
        self._driver = driver
        self._dialect = dialect
        self._frames: dict[bytes, tuple[bytes, Frame]] = {}
        self._is_restored: dict[bytes, bool] = {}
        self._cuts: tuple[Cut, ...] = ()
        self._texts: DeviceTexts | None = None
        first_texts: dict[bytes, ResourceSlice] = {}
        for envelope in envelopes:
            first_texts.setdefault(envelope.devices.text, envelope)
            if len(first_texts) == _LEARNING:
                break
        if len(first_texts) == _LEARNING:
            self._learn([self._decoder(envelope)(text, driver) for text, envelope in first_texts.items()])

    def decoded(self, envelope: ResourceSlice, *, is_alone: bool = False) -> Decoded:
        text = rest = envelope.devices.text
        columns = []
        for cut in self._cuts:
            rest, values = cut.apart(rest)
            if values is not None:
                columns.append((cut.name, values))
        kept, frame = self._frame(rest, envelope, columns, is_alone=is_alone)
        if not frame.unique:
            if columns:
                # The text says something else than was cut out of it.
                kept, frame = self._frame(text, envelope, [], is_alone=is_alone)
            envelope.devices.keep(kept)
            return frame, ()
        found = tuple(columns)
        if kept not in self._is_restored:
            self._is_restored[kept] = _CutText(self._cuts, kept, found)() == text
        # The texts of lists with unique values would be most of what a large fleet takes.
        envelope.devices.keep(_CutText(self._cuts, kept, found) if self._is_restored[kept] else text)
        return frame, found

    def _decoder(self, envelope: ResourceSlice) -> Callable[[bytes, str], tuple[Device, ...]]:
        return partial(envelope.devices.decode, shows_lists=self._table.shows_lists)

    def keep_only(self, frames: Container[Frame]) -> bool:
        """Forget the texts of frames that are gone; whether any are left."""
        self._frames = {rest: found for rest, found in self._frames.items() if found[1] in frames}
        self._texts = None
        self._is_restored = {kept: answer for kept, answer in self._is_restored.items() if kept in self._frames}
        return bool(self._frames)

    def _frame(
        self, rest: bytes, envelope: ResourceSlice, columns: list[tuple[str, bytes]], *, is_alone: bool
    ) -> tuple[bytes, Frame]:
        """The frame of a text without its unique values, and the one copy of that text which is kept."""
        found = self._frames.get(rest)
        if found is None:
            found = self._frames[rest] = (rest, self._new_frame(envelope, columns, is_alone=is_alone))
            if not self._cuts and len(self._frames) == _LEARNING:
                # Lists that came one by one; those that were decoded already stay as they are.
                self._learn([frame.devices for _, frame in self._frames.values()])
        return found

    def _learn(self, samples: list[tuple[Device, ...]]) -> None:
        self._cuts = tuple(Cut(name, self._dialect) for name in _never_repeating(samples))

    def _new_frame(self, envelope: ResourceSlice, columns: list[tuple[str, bytes]], *, is_alone: bool) -> Frame:
        names = [name for name, _ in columns]
        if not is_alone and len(self._frames) >= _MANY and self._dialect.is_kubernetes:
            if self._texts is None:
                from dra_policy.fleet.device_texts import DeviceTexts

                self._texts = DeviceTexts(self._decoder(envelope), self._driver, self._cuts)
            shared = self._texts.devices(envelope.devices.text, columns)
            if shared is not None:
                return self._table.frame(self._driver, self._dialect, shared, names)
        devices = self._decoder(envelope)(envelope.devices.text, self._driver)
        is_cut_right = all(
            text.decode().split("\0") == [device.attributes[name] for device in devices if name in device.attributes]
            for name, text in columns
        )
        return self._table.frame(self._driver, self._dialect, devices, names if is_cut_right else ())


class _CutText:
    """The text from which columns were cut, made again at each call."""

    __slots__ = ("_columns", "_cuts", "_rest")

    def __init__(self, cuts: tuple[Cut, ...], rest: bytes, columns: tuple[tuple[str, bytes], ...]) -> None:
        self._cuts = cuts
        self._rest = rest
        self._columns = columns

    def __call__(self) -> bytes:
        rest, values = self._rest, dict(self._columns)
        for cut in reversed(self._cuts):
            if cut.name in values:
                rest = cut.together(rest, values[cut.name])
        return rest


def _never_repeating(samples: list[tuple[Device, ...]]) -> list[str]:
    """The names of text attributes of which no two devices of the samples have the same value."""
    values: dict[str, list[str]] = {}
    others: set[str] = set()
    for devices in samples:
        for device in devices:
            for name, value in device.attributes.items():
                if isinstance(value, str):
                    values.setdefault(name, []).append(value)
                else:
                    others.add(name)
    return [
        name
        for name, found in values.items()
        if name not in others and len(found) >= len(samples) and len(set(found)) == len(found)
    ]
