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

    @property
    def is_kubernetes(self) -> bool:
        """Whether it is a released version of the ``resource.k8s.io`` API."""
        return self not in (Dialect.EVOLUTION, Dialect.K8SRM)

    @property
    def family(self) -> Dialect:
        """The dialect whose objects this one's can refer to: all released versions are one (``V1``)."""
        return Dialect.V1 if self.is_kubernetes else self
