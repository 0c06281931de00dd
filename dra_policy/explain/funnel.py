"""Where a request's devices were lost, row by row: values only."""

from __future__ import annotations

from dra_policy.record import dataclass, field
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value as published, its type's name, and on how many devices it was found."""

    text: str
    type: str
    devices: int


@dataclass(frozen=True, slots=True)
class RefusedNodes:
    """Nodes that the pod cannot use for one reason.

    ``kind`` is ``unschedulable``, ``taint`` (``what`` is the taint), ``selector``, ``name`` or ``claim`` (``what`` is
    the claim that is allocated elsewhere).
    """

    kind: str
    what: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a device must be, and what is left after it.

    ``id`` is ``published``, ``pool``, ``node``, ``class``, ``condition``, ``capacity`` (a device can hold the share
    that is asked for), ``untainted``, ``feature``, ``not-held``, ``counters``, ``shares`` (so much is left beside
    existing shares), ``same-attribute``, ``distinct-attribute``, ``total`` or ``count``.

    ``left`` devices pass this row and all above (None for a row over groups of devices), ``alone`` pass this row
    whatever the others say, ``nodes`` have enough left. ``if_dropped`` devices pass every other row and fail only this
    one; for a row over groups ``if_dropped_nodes`` nodes do. ``values`` are those found where a condition is not met,
    most frequent first; ``absent`` devices publish none, on ``errors`` the condition fails to evaluate.
    ``detail`` is the part of a class that rejects most devices; ``refused`` are the nodes that the pod cannot use.
    """

    id: str
    text: str
    left: int | None
    alone: int | None
    nodes: int
    if_dropped: int | None = None
    if_dropped_nodes: int | None = None
    is_written: bool = False
    exact: str = ""
    owner: str = "you"
    span: Span | None = field(default=None, compare=False)
    name: str = ""
    partners: tuple[str, ...] = ()
    values: tuple[ValueCount, ...] = ()
    absent: int = 0
    errors: int = 0
    detail: str = ""
    refused: tuple[RefusedNodes, ...] = ()


@dataclass(frozen=True, slots=True)
class Funnel:
    """The rows of one request (or of one alternative of it).

    ``mode`` is the API's (``ExactCount``, ``All``); ``count`` devices are wanted on one node (None for All: at least
    one). ``left`` devices on ``nodes`` nodes remain at the end. ``lost_at`` is the index of the row where the last
    node is lost, ``culprit`` that of the row with the largest ``if_dropped``; None where there is none. ``is_idle``
    says that held devices were counted as free, ``is_nearest`` that no other alternative of the request comes nearer.
    """

    name: str
    mode: str
    count: int | None
    ok: bool
    left: int | None
    nodes: int
    rows: tuple[Row, ...]
    alternative: str | None = None
    claim: str = ""
    class_name: str = ""
    noun: str = "device"
    lost_at: int | None = None
    culprit: int | None = None
    is_idle: bool = False
    is_nearest: bool = True
