"""The namespace that is asked about: objects of the question that name none belong to it, as for kubectl."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from dra_policy.engine.world import Inputs
from dra_policy.manifests import ReadResult, original_document
from dra_policy.model import Claim, ClaimTemplate, Pod, PodClaim, PodGroup
from dra_policy.record import replace
from dra_policy.text import Diagnostic, Severity, Span

Namespaced = TypeVar("Namespaced", Claim, ClaimTemplate, Pod, PodGroup)

_DEFAULT = "default"


def in_namespace(inputs: Inputs, namespace: str, *, refuse_others: bool) -> Inputs:
    """The inputs with every claim, template, pod and group that names no namespace put into this one.

    ``refuse_others``: one that names another namespace is an error there (DRA105).
    """
    found: list[Diagnostic] = []

    def placed(objects: list[Namespaced], move: Callable[[Namespaced, str], Namespaced]) -> list[Namespaced]:
        if refuse_others:
            found.extend(_others(objects, namespace))
        return [each if _names_one(each) else move(each, namespace) for each in objects]

    own = inputs.read.objects
    moved = replace(
        own,
        claims=placed(own.claims, _moved),
        templates=placed(own.templates, _moved_template),
        pods=placed(own.pods, _moved_pod),
        groups=placed(own.groups, _moved_group),
    )
    return Inputs(ReadResult(moved, (*inputs.read.diagnostics, *found)), inputs.policies)


def _others(objects: list[Namespaced], namespace: str) -> Iterator[Diagnostic]:
    for each in objects:
        if _names_one(each) and each.namespace != namespace:
            message = f"`{each.name}` is in namespace `{each.namespace}`, and -n says `{namespace}`"
            yield Diagnostic("DRA105", Severity.ERROR, message, _place(each), hint=f"say `-n {each.namespace}`")


def _names_one(each: Claim | ClaimTemplate | Pod | PodGroup) -> bool:
    """Whether the object says its namespace; of a policy's it is known only where it is not the default."""
    document = original_document(each.place)
    if document is None:
        return each.namespace != _DEFAULT
    metadata = document.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get("namespace"))


def _place(each: Claim | ClaimTemplate | Pod | PodGroup) -> Span | None:
    return None if each.place is None else each.place.child("metadata", "namespace").span


def _moved(claim: Claim, namespace: str) -> Claim:
    return replace(claim, namespace=namespace)


def _moved_template(template: ClaimTemplate, namespace: str) -> ClaimTemplate:
    return replace(template, namespace=namespace, claim=_moved(template.claim, namespace))


def _moved_pod(pod: Pod, namespace: str) -> Pod:
    return replace(pod, namespace=namespace, claims=_moved_claims(pod.claims, namespace))


def _moved_group(group: PodGroup, namespace: str) -> PodGroup:
    return replace(group, namespace=namespace, claims=_moved_claims(group.claims, namespace))


def _moved_claims(claims: tuple[PodClaim, ...], namespace: str) -> tuple[PodClaim, ...]:
    return tuple(
        each if each.inline is None else replace(each, inline=_moved(each.inline, namespace)) for each in claims
    )
