"""Nodes and the selectors that choose them (core/v1 Node, NodeSelector)."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.record import dataclass, field
from dra_policy.text import Place


@dataclass(frozen=True, slots=True)
class NodeRequirement:
    """One condition: an operator (In, NotIn, Exists, DoesNotExist, Gt, Lt) over a label, or over a field.

    ``has_empty_values``: an empty list is written instead of none; Kubernetes' error texts tell the difference.
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()
    has_empty_values: bool = False


@dataclass(frozen=True, slots=True)
class NodeSelectorTerm:
    """Conditions that must all hold; a term without any matches no node."""

    match_expressions: tuple[NodeRequirement, ...] = ()
    match_fields: tuple[NodeRequirement, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeSelector:
    """Terms of which one must hold."""

    terms: tuple[NodeSelectorTerm, ...]


@dataclass(frozen=True, slots=True)
class NodeTaint:
    """A reason to keep pods off a node (core/v1 Taint)."""

    key: str
    value: str = ""
    effect: str = ""

    def __str__(self) -> str:
        """``key=value:Effect`` as kubectl writes taints."""
        value = f"={self.value}" if self.value else ""
        return f"{self.key}{value}:{self.effect}"


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its name, its labels, and the plain resources that it offers (``status.allocatable``).

    ``is_unschedulable`` and ``taints`` keep pods away, not claims.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    allocatable: Mapping[str, str] = field(default_factory=dict)
    declared_features: tuple[str, ...] = ()
    place: Place | None = field(default=None, compare=False)
    is_unschedulable: bool = False
    taints: tuple[NodeTaint, ...] = ()


ADMIN_LABEL = "resource.kubernetes.io/admin-access"
"""What a namespace has as ``true`` where claims may ask for adminAccess."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace and its labels."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = field(default=None, compare=False)
