"""What is asked of a fleet, as a value: the claims of one subject with everything that decides about them."""

from __future__ import annotations

from dra_policy.allocate import Ledger
from dra_policy.allocate.together import PodRules
from dra_policy.compiler import CompiledClaim
from dra_policy.explain.explanation import Subject
from dra_policy.fleet import NodeAdmission
from dra_policy.model import Pod, Quota
from dra_policy.model.defaults import DEFAULT_BUDGET
from dra_policy.model.node import ADMIN_LABEL
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the claims of one subject, which must be served together on one node.

    ``problems`` are the errors of the subject's objects: with any of them nothing can be scheduled. ``idle`` asks about
    the hardware only, as if nothing were held. ``ledger`` has the limits of the subject's namespace, if there are any.
    ``admission`` are the nodes that the subject's ``pod`` may use; None where there is no pod. ``pod_rules``: what a
    policy says across its claims. ``quotas`` are those that govern the namespace, with limits or without: in
    dra-evolution they decide about admin access. ``admin_label`` is what a namespace
    needs for adminAccess; None where Kubernetes asks for nothing.
    """

    subject: Subject
    claims: tuple[CompiledClaim, ...]
    problems: tuple[Diagnostic, ...] = ()
    idle: bool = False
    budget: int = DEFAULT_BUDGET
    ledger: Ledger | None = None
    admission: NodeAdmission | None = None
    pod: Pod | None = None
    pod_rules: PodRules | None = None
    quotas: tuple[Quota, ...] = ()
    admin_label: str | None = ADMIN_LABEL
