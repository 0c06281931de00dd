"""Quotas: the prototype's own, and Kubernetes' ResourceQuota as far as devices are concerned."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.record import dataclass, field
from dra_policy.text import Place


@dataclass(frozen=True, slots=True)
class Quota:
    """dra-evolution's Quota: admin access is denied in a namespace unless one of its quotas allows it."""

    name: str
    namespace: str
    allow_management_access: bool = False
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ResourceQuota:
    """core/v1 ResourceQuota: the ``hard`` limits as written, resource name to quantity text."""

    name: str
    namespace: str
    hard: Mapping[str, str] = field(default_factory=dict, hash=False)
    place: Place | None = field(default=None, compare=False)
