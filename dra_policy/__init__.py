"""The policy and constraint engine for Kubernetes Dynamic Resource Allocation that answers why.

>>> import dra_policy
>>> cluster = dra_policy.load("fleet.yaml", "classes.yaml")
>>> condition = cluster.compile('device.driver == "gpu.example.com"')
>>> cluster.match(condition)                           # the devices that match
>>> claim = cluster.claim("train.yaml")
>>> cluster.allocate(claim)                            # what Kubernetes would give it, on each node
>>> print(dra_policy.as_text(cluster.explain(claim)))  # why, or why not
>>> live = cluster.live()                              # a form that changes: slices, claims, nodes come and go
>>> live.commit(claim)                                 # allocate the claim and hold its devices

Names are imported at first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from dra_policy.release import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dra_policy.allocate import Allocated, Answers, ClaimResult, Failed, NodeAnswer, NotAllocated, Undecided
    from dra_policy.compiler import CompiledClaim
    from dra_policy.engine.library import Cluster, load, load_text
    from dra_policy.engine.live import LiveCluster
    from dra_policy.engine.rules import Rules
    from dra_policy.engine.scheduling import BadSubject, NotScheduled, Scheduled, Unknown
    from dra_policy.engine.subjects import Subject
    from dra_policy.explain.explanation import Explanation, Outcome
    from dra_policy.explain.matching import Matching
    from dra_policy.ir import Condition
    from dra_policy.model import (
        Claim,
        Device,
        DeviceClass,
        DeviceId,
        DeviceTaintRule,
        Dialect,
        Node,
        Pod,
        PodGroup,
        ResourceSlice,
    )
    from dra_policy.render.words import as_document, as_text
    from dra_policy.text import (
        AccessRefusedError,
        AlreadyAllocatedError,
        ClusterError,
        Diagnostic,
        PolicyError,
        StaleAnswersError,
        UnknownObjectError,
        WatchEndedError,
        WrongArgumentError,
    )

__all__ = [
    "AccessRefusedError",
    "Allocated",
    "AlreadyAllocatedError",
    "Answers",
    "BadSubject",
    "Claim",
    "ClaimResult",
    "Cluster",
    "ClusterError",
    "CompiledClaim",
    "Condition",
    "Device",
    "DeviceClass",
    "DeviceId",
    "DeviceTaintRule",
    "Diagnostic",
    "Dialect",
    "Explanation",
    "Failed",
    "LiveCluster",
    "Matching",
    "Node",
    "NodeAnswer",
    "NotAllocated",
    "NotScheduled",
    "Outcome",
    "Pod",
    "PodGroup",
    "PolicyError",
    "ResourceSlice",
    "Rules",
    "Scheduled",
    "StaleAnswersError",
    "Subject",
    "Undecided",
    "Unknown",
    "UnknownObjectError",
    "WatchEndedError",
    "WrongArgumentError",
    "__version__",
    "as_document",
    "as_text",
    "load",
    "load_text",
]

_HOMES = {
    "AccessRefusedError": "text",
    "Allocated": "allocate",
    "AlreadyAllocatedError": "text",
    "Answers": "allocate",
    "BadSubject": "engine.scheduling",
    "Claim": "model",
    "ClaimResult": "allocate",
    "Cluster": "engine.library",
    "ClusterError": "text",
    "CompiledClaim": "compiler",
    "Condition": "ir",
    "Device": "model",
    "DeviceClass": "model",
    "DeviceId": "model",
    "DeviceTaintRule": "model",
    "Diagnostic": "text",
    "Dialect": "model",
    "Explanation": "explain.explanation",
    "Failed": "allocate",
    "LiveCluster": "engine.live",
    "Matching": "explain.matching",
    "Node": "model",
    "NodeAnswer": "allocate",
    "NotAllocated": "allocate",
    "NotScheduled": "engine.scheduling",
    "Outcome": "explain.explanation",
    "Pod": "model",
    "PodGroup": "model",
    "PolicyError": "text",
    "ResourceSlice": "model",
    "Rules": "engine.rules",
    "Scheduled": "engine.scheduling",
    "StaleAnswersError": "text",
    "Subject": "engine.subjects",
    "Undecided": "allocate",
    "Unknown": "engine.scheduling",
    "UnknownObjectError": "text",
    "WatchEndedError": "text",
    "WrongArgumentError": "text",
    "as_document": "render.words",
    "as_text": "render.words",
    "load": "engine.library",
    "load_text": "engine.library",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
