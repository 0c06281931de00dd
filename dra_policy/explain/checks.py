"""What is asked of one device, and what was found: the rows and trees that views of devices are made of."""

from __future__ import annotations

from enum import Enum

from dra_policy.record import dataclass, field
from dra_policy.text import Span


class CheckState(Enum):
    """How one check ended.

    ``unseen`` ones stand behind the first that failed, where Kubernetes does not look; ``open`` ones are about several
    devices, and this one alone does not decide.
    """

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    UNSEEN = "unseen"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Check:
    """One row for one device: what is asked, and what was found. ``finding`` is empty for a plain yes.

    ``parts`` are the parts of a condition of several, each with what it found; ``unseen`` ones are not reached, because
    a part before them decides.
    """

    state: CheckState
    text: str
    finding: str = ""
    span: Span | None = field(default=None, compare=False)
    parts: tuple[Check, ...] = ()
