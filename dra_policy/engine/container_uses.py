"""What containers use of the pod's claims: requests that a claim does not have give them no device.

The API server takes such a pod, as a claim may come after it; the kubelet then finds no device under the name.
"""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.engine.subjects import Subject
from dra_policy.model import Claim, Dialect
from dra_policy.text import Diagnostic, Severity, nearest


def unknown_requests(subject: Subject) -> Iterator[Diagnostic]:
    """A warning for each request that a container of the subject names and that its claim does not have (DRA311)."""
    pod = subject.pod
    if pod is None or subject.problems:
        return
    claims = {entry.name: claim for entry, claim in zip(pod.claims, subject.claims, strict=False)}
    for use in (use for container in pod.containers for use in container.claims):
        claim = claims.get(use.name)
        if claim is None or claim.dialect is Dialect.K8SRM or not use.request:
            continue
        if use.request not in _names(claim):
            near = nearest(use.request, _names(claim))
            hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(_names(claim)[:8])}"
            message = f"claim `{use.name}` has no request `{use.request}`: the container gets no device of it"
            span = use.place.child("request").span if use.place is not None else None
            yield Diagnostic("DRA311", Severity.WARNING, message, span, hint=hint)


def _names(claim: Claim) -> list[str]:
    return [request.name for request in claim.requests]
