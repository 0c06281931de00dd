"""What one device gets from one condition: matched, rejected with the reason, or an evaluation that failed."""

from __future__ import annotations

from dra_policy.ir import AnyLeaf, CelFailure, Constant, Path
from dra_policy.record import dataclass
from dra_policy.values import AttributeValue

Reason = AnyLeaf | Constant


@dataclass(frozen=True, slots=True)
class Found:
    """What a device publishes at a path that a leaf reads; None if nothing."""

    path: Path
    value: AttributeValue | None


@dataclass(frozen=True, slots=True)
class Matched:
    """The condition holds."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The condition does not hold.

    ``blamed`` are the parts that make it so, in source order: the false ones of a conjunction, all of a disjunction.
    ``leaf`` is the first of them, ``found`` what the device publishes where it reads.
    """

    leaf: Reason
    found: tuple[Found, ...]
    blamed: tuple[Reason, ...]

    @property
    def actual(self) -> AttributeValue | None:
        """The value that the leaf is about; None if it is not published, or if the leaf reads several."""
        return self.found[0].value if len(self.found) == 1 else None


@dataclass(frozen=True, slots=True)
class EvaluationFailed:
    """The condition has an error on this device: Kubernetes then gives up the whole pod, not just the device.

    ``leaf`` is the first part in source order that fails; None where the device itself cannot be read.
    """

    failure: CelFailure
    leaf: Reason | None
    found: tuple[Found, ...]


DeviceVerdict = Matched | Rejected | EvaluationFailed
