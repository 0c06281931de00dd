"""Allocate devices to claims: the answer of Kubernetes' structured allocator, device for device.

``allocate_claims(fleet, claims)`` answers for every node, each for itself; ``first_fit`` for the first node that will
do. Nodes that look alike to the claims are searched once. What a node answers is one of ``Allocated`` (with what each
claim gets), ``NotAllocated``, ``Failed`` (an error, with Kubernetes' text; of this node only or of all) and
``Undecided`` (the budget of steps is spent).
"""

from dra_policy.allocate.answers import (
    Answers,
    FirstFit,
    GroupAnswer,
    allocate_claims,
    first_fit,
)
from dra_policy.allocate.constraints import attribute_of
from dra_policy.allocate.events import BrokenPool, InvalidPools, InvalidRequest
from dra_policy.allocate.outcomes import Allocated, Event, Failed, NodeAnswer, NodeOutcome, NotAllocated, Undecided
from dra_policy.allocate.plan import Limit
from dra_policy.allocate.problem import FailingDerivation, FailingVisit, ViolatedByAll
from dra_policy.allocate.quota import Account, Breach, Holding, Ledger
from dra_policy.allocate.result import AllocatedConfiguration, ClaimResult
from dra_policy.allocate.selection import is_tolerated_by, tolerates

__all__ = [
    "Account",
    "Allocated",
    "AllocatedConfiguration",
    "Answers",
    "Breach",
    "BrokenPool",
    "ClaimResult",
    "Event",
    "Failed",
    "FailingDerivation",
    "FailingVisit",
    "FirstFit",
    "GroupAnswer",
    "Holding",
    "InvalidPools",
    "InvalidRequest",
    "Ledger",
    "Limit",
    "NodeAnswer",
    "NodeOutcome",
    "NotAllocated",
    "Undecided",
    "ViolatedByAll",
    "allocate_claims",
    "attribute_of",
    "first_fit",
    "is_tolerated_by",
    "tolerates",
]
