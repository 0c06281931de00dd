"""Evidence about quotas: the rules that a claim would break, with what the namespace uses and who uses it."""

from __future__ import annotations

from dra_policy.record import dataclass, field
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule of a quota that the claim would break.

    ``kind`` is ``devices``, ``amount`` (the sum of capacity ``what``), ``requested`` (devices asked for of class
    ``what``), ``extended`` (asked for as extended resource ``what``), ``claims``, ``class`` (``what`` is denied),
    ``admin``, ``closed`` (admin access in namespace ``what``, which no quota opens; ``quota`` is empty where none says
    so) or ``rule`` (the CEL ``what`` answers ``answer``: ``false``, or an error's text). ``classes`` are those that a
    limit counts, or that are the only ones allowed. Amounts are texts; None for rules that are no limits.
    """

    kind: str
    quota: str
    what: str = ""
    classes: tuple[str, ...] = ()
    condition: str | None = None
    limit: str | None = None
    used: str | None = None
    asked: str | None = None
    short: str | None = None
    span: Span | None = field(default=None, compare=False)
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """What a claim of the namespace uses of the limits that would be exceeded, in their order; ``-`` for nothing."""

    claim: str
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuotaLimits:
    """The broken rules, who uses what of them, and where the claim would fit without them (question 11).

    ``devices`` of ``node`` are what it would get; the node may be idle (``is_idle``) and not free now. Of the pods of a
    group, which may go to several nodes, neither is told.
    """

    rules: tuple[BrokenRule, ...]
    uses: tuple[QuotaUse, ...]
    node: str | None
    devices: tuple[str, ...]
    is_idle: bool = False
