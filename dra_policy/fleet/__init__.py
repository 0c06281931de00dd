"""The devices of a cluster, held compactly: frames, layouts, in-use masks, pools.

``Fleet.build(objects)`` loads slices. Each distinct device list is decoded once and becomes a ``Frame``; a
``LoadedSlice`` is an envelope with its frame; ``Fleet.in_use(slice)`` is the mask of its devices in use.

``Fleet.view(node)`` is what a node offers: a
``Layout`` (pools and frames in the order in which Kubernetes visits them, shared by all nodes that offer the same),
the node's own ``Usage`` of it, and the slices behind it, so that positions map to device names. ``Fleet.groups()``
puts nodes with one layout and one usage together: whatever is asked of a node needs an answer per group only.

A ``Fleet`` does not change; a ``PreparedFleet`` is a copy that changes in place, in time by what changes.

Masks are Python integers: bit ``i`` is device ``i`` of a frame, or position ``i`` of a layout; a frame's mask belongs
into a layout shifted by ``LayoutSlice.start``.
"""

from dra_policy.fleet.admission import (
    BoundClaim,
    ClaimElsewhere,
    LacksResource,
    NodeAdmission,
    NodeRefusal,
    NotSelected,
    OtherName,
    ServedByPlugin,
    Unschedulable,
    Untolerated,
    admission_of,
)
from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.inventory import Fleet
from dra_policy.fleet.layout import Group, Layout, LayoutPool, LayoutSlice, NodeView, PoolView, Share, Usage
from dra_policy.fleet.node_match import UnreadableSelector
from dra_policy.fleet.occupancy import Occupancy
from dra_policy.fleet.pool import (
    DuplicateCounterSet,
    DuplicateDevice,
    Invalidity,
    PoolProblem,
    PoolState,
    UnknownCounter,
    UnknownCounterSet,
    UnreadableSlice,
    WrongSliceCount,
    kubernetes_reason,
)

__all__ = [
    "BoundClaim",
    "ClaimElsewhere",
    "DuplicateCounterSet",
    "DuplicateDevice",
    "Fleet",
    "Frame",
    "Group",
    "Invalidity",
    "LacksResource",
    "Layout",
    "LayoutPool",
    "LayoutSlice",
    "LoadedSlice",
    "NodeAdmission",
    "NodeRefusal",
    "NodeView",
    "NotSelected",
    "Occupancy",
    "OtherName",
    "PoolProblem",
    "PoolState",
    "PoolView",
    "ServedByPlugin",
    "Share",
    "UnknownCounter",
    "UnknownCounterSet",
    "UnreadableSelector",
    "UnreadableSlice",
    "Unschedulable",
    "Untolerated",
    "Usage",
    "WrongSliceCount",
    "admission_of",
    "kubernetes_reason",
]
