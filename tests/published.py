"""A frame as a fleet that publishes it, for questions that need nothing else of a fleet."""

from __future__ import annotations

from typing import NamedTuple

from dra_policy.fleet import Frame, LoadedSlice
from dra_policy.fleet.contents import Contents, contents_of
from dra_policy.model import PublishedDevices, ResourceSlice
from dra_policy.model.dialect import Dialect

_ENVELOPE = ResourceSlice("s", "d", "p", 1, 1, PublishedDevices(b"[]", lambda _text, _driver, **_how: ()), Dialect.V1)


class PublishedFrames(NamedTuple):
    """Slices, and the contents of their frames."""

    current_slices: tuple[LoadedSlice, ...]
    contents: tuple[Contents, ...]


def published(frame: Frame, slices: int = 1) -> PublishedFrames:
    """Some slices of one frame."""
    loaded = tuple(LoadedSlice(index, _ENVELOPE, frame, "p") for index in range(slices))
    return PublishedFrames(loaded, contents_of([frame]))
