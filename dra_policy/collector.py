"""Python's cyclic collector, kept from looking at what is made in bulk and is no garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MANY_OBJECTS = 100_000


@contextmanager
def collector_off() -> Iterator[None]:
    """Without the cyclic collector, which would look at all new objects again and again; none of them is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if gc.get_count()[0] > _MANY_OBJECTS and not gc.get_freeze_count():
                # Old at once: the first collection after much was made would walk over all of it for nothing. Not so
                # after a little: the collector counts what grows old by itself only, and looks at old objects when
                # these have become more. A process that reads thousands of inputs would keep the garbage of all.
                # What a program has frozen itself stays frozen.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
