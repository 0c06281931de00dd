"""The API dialects that manifests are written in."""

from __future__ import annotations

from enum import Enum


class Dialect(Enum):
    """An API that claims, classes and pools can be written in."""

    EVOLUTION = "dra-evolution"
    K8SRM = "k8srm"
    V1ALPHA3 = "v1alpha3"
    V1BETA1 = "v1beta1"
    V1BETA2 = "v1beta2"
    V1 = "v1"

    # Each is one object, and tables are keyed by it: Enum's own hash is that of the name.
    __hash__ = object.__hash__

    def __init__(self, name: str) -> None:
        self.is_kubernetes = name.startswith("v1")
        """Whether it is a released version of the ``resource.k8s.io`` API."""

    @property
    def family(self) -> Dialect:
        """The dialect whose objects this one's can refer to: all released versions are one (``V1``)."""
        return Dialect.V1 if self.is_kubernetes else self

    def is_served_by(self, minor: int) -> bool:
        """Whether the API server of Kubernetes 1.``minor`` takes claims and classes of the dialect."""
        first, last = SERVED.get(self, (0, None))
        return first <= minor and (last is None or minor <= last)


SERVED: dict[Dialect, tuple[int, int | None]] = {
    Dialect.V1ALPHA3: (31, 33),
    Dialect.V1BETA1: (32, None),
    Dialect.V1BETA2: (33, None),
    Dialect.V1: (34, None),
}
"""The first and the last minor version of Kubernetes that serves each version of ``resource.k8s.io``."""
