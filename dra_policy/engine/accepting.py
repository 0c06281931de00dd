"""What the library asks of claims before it allocates: that they are claims, and that the API server takes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dra_policy.compiler import CompiledClaim
from dra_policy.model import Claim, Namespace
from dra_policy.text import AccessRefusedError, WrongArgumentError


def accepted(
    claims: Sequence[Claim | CompiledClaim], namespaces: Iterable[Namespace], label: str | None
) -> tuple[Claim, ...]:
    """The claims; raises ``WrongArgumentError`` for what is none, ``AccessRefusedError`` as ``explain`` says DRA116.

    ``label`` is the one that a namespace needs for adminAccess. Of a namespace that is not loaded nothing is known.
    """
    found = tuple([_claim(each) for each in claims])
    for claim in found if label is not None else ():
        if claim.allocation is None and claim.dialect.is_kubernetes and _asks_for_admin_access(claim):
            known = next((each for each in namespaces if each.name == claim.namespace), None)
            if label is not None and known is not None and known.labels.get(label) != "true":
                raise AccessRefusedError(claim.namespace, label)
    return found


def _claim(given: object) -> Claim:
    if isinstance(given, CompiledClaim):
        return given.claim
    if not isinstance(given, Claim):
        hint = "`Cluster.claim(PATH)` reads one, `Cluster.claims()` has those loaded"
        raise WrongArgumentError("a Claim", given, hint)
    return given


def _asks_for_admin_access(claim: Claim) -> bool:
    return any(demand.admin_access for request in claim.requests for demand in request.demands)
