"""What the library asks of its arguments: that they are of their kind, and that the API server takes the claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from os import PathLike
from typing import TypeVar

from dra_policy.compiler import CompiledClaim
from dra_policy.ir import Condition
from dra_policy.manifests import ModelObject
from dra_policy.model import Claim, DeviceId, DeviceSet, Namespace, Pod, PodGroup
from dra_policy.text import AccessRefusedError, Source, WrongArgumentError

Kind = TypeVar("Kind", Claim, Pod, PodGroup)
_WHERE = {
    Claim: "`Cluster.claim(PATH)` reads one, `Cluster.claims()` has those loaded",
    Pod: "`Cluster.pods()` has those loaded",
    PodGroup: "`Cluster.groups()` has those loaded",
}
_TEXTS = (str, bytes, bytearray, PathLike, Source)
_DEVICES = "`DeviceId(DRIVER, POOL, DEVICE)` names one"


def all_of(kind: type[Kind], given: Iterable[object]) -> tuple[Kind, ...]:
    """The arguments, all of one kind; raises ``WrongArgumentError`` for any other."""
    found = tuple(given)
    for each in found:
        if not isinstance(each, kind):
            raise WrongArgumentError(f"a {kind.__name__}", each, _WHERE[kind])
    return found  # type: ignore[return-value]


def an_object(given: object) -> None:
    """Raises ``WrongArgumentError`` for what is no object of a cluster."""
    if not isinstance(given, ModelObject):
        raise WrongArgumentError("an object of a cluster", given, "`LiveCluster.apply(TEXT)` takes manifests")


def texts(given: Iterable[object], wanted: str, hint: str | None = None) -> None:
    """Raises ``WrongArgumentError`` for what is no text and no path."""
    for each in given:
        if not isinstance(each, _TEXTS):
            raise WrongArgumentError(wanted, each, hint)


def a_condition(given: object) -> None:
    """Raises ``WrongArgumentError`` for what is no compiled condition."""
    if not isinstance(given, Condition):
        raise WrongArgumentError("a Condition", given, "`Cluster.compile(EXPRESSION)` makes one")


def device_names(given: Iterable[DeviceId]) -> Iterable[DeviceId]:
    """The names of devices, to be gone through again; raises ``WrongArgumentError`` for what is none."""
    if isinstance(given, DeviceSet):
        return given
    if not isinstance(given, Iterable):
        raise WrongArgumentError("devices", given, _DEVICES)
    found = tuple(given)
    for each in found:
        if not isinstance(each, tuple) or len(each) != len(DeviceId._fields):
            raise WrongArgumentError("a DeviceId", each, _DEVICES)
    return found


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
    return all_of(Claim, (given,))[0]


def _asks_for_admin_access(claim: Claim) -> bool:
    return any(demand.admin_access for request in claim.requests for demand in request.demands)
