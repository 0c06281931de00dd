"""Write classes, claims, templates and pods as manifests: values in the order of the API's documentation."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.language.claims import MadeClaim
from dra_policy.language.pods import MadePod
from dra_policy.language.syntax import ClassDeclaration, Name
from dra_policy.language.syntax import Container as ContainerStatement
from dra_policy.manifests.writing.claims import claim_spec, class_fields
from dra_policy.model import (
    Claim,
    Container,
    Demand,
    DeviceClass,
    Dialect,
    MatchAttribute,
    PodClaim,
)
from dra_policy.record import replace
from dra_policy.values import JsonValue

Json = dict[str, JsonValue]

_EVOLUTION_VERSION = "v1alpha2"
_IMAGE = "pause"


def class_document(device_class: DeviceClass, declaration: ClassDeclaration) -> JsonValue:
    """A DeviceClass."""
    metadata = _metadata(device_class.name, None, declaration.description, device_class.labels)
    return {**_head(device_class.dialect, "DeviceClass", metadata), **class_fields(device_class)}


def claim_document(made: MadeClaim) -> JsonValue:
    """A ResourceClaim or ResourceClaimTemplate."""
    claim, declaration = made.claim, made.declaration
    claim_as_written = _by_request(claim) if claim.dialect is Dialect.EVOLUTION else claim
    spec = claim_spec(claim_as_written, with_defaults=False)
    if declaration.word == "claim":
        metadata = _metadata(claim.name, claim.namespace, declaration.description, made.labels)
        return {**_head(claim.dialect, "ResourceClaim", metadata), "spec": spec}
    metadata = _metadata(claim.name, claim.namespace, declaration.description, {})
    inner = _filled(metadata=_filled(labels=dict(made.labels)), spec=spec)
    return {**_head(claim.dialect, "ResourceClaimTemplate", metadata), "spec": inner}


def pod_document(made: MadePod) -> JsonValue:
    """A Pod; an image that the policy does not name is ``pause``."""
    pod, declaration = made.pod, made.declaration
    containers = [each for each in declaration.statements if isinstance(each, ContainerStatement)]
    images = {each.name.text: each.image.text for each in containers if each.image is not None}
    spec = _filled(
        containers=[_container(each, images, pod.dialect) for each in pod.containers if not each.is_init],
        initContainers=[_container(each, images, pod.dialect) for each in pod.containers if each.is_init],
        resourceClaims=[_pod_claim(each) for each in pod.claims],
    )
    version = f"resource.k8s.io/{_EVOLUTION_VERSION}" if pod.dialect is Dialect.EVOLUTION else "v1"
    metadata = _metadata(pod.name, pod.namespace, declaration.description, made.labels)
    return {"apiVersion": version, "kind": "Pod", "metadata": metadata, "spec": spec}


def _container(container: Container, images: Mapping[str, str], dialect: Dialect) -> JsonValue:
    request = "requestName" if dialect is Dialect.EVOLUTION else "request"
    resources = _filled(
        claims=[_filled(**{"name": each.name, request: each.request}) for each in container.claims],
        limits=dict(container.limits),
    )
    return _filled(name=container.name, image=images.get(container.name, _IMAGE), resources=resources)


def _pod_claim(claim: PodClaim) -> JsonValue:
    template = claim.inline.name if claim.inline is not None else claim.template_name
    return _filled(name=claim.name, resourceClaimName=claim.claim_name, resourceClaimTemplateName=template)


def _head(dialect: Dialect, kind: str, metadata: Json) -> Json:
    version = _EVOLUTION_VERSION if dialect is Dialect.EVOLUTION else dialect.value
    return {"apiVersion": f"resource.k8s.io/{version}", "kind": kind, "metadata": metadata}


def _metadata(name: str, namespace: str | None, description: Name | None, labels: Mapping[str, str]) -> Json:
    annotations: Json = {"kubernetes.io/description": description.text} if description else {}
    return _filled(name=name, namespace=namespace, labels=dict(labels), annotations=annotations)


def _filled(**values: JsonValue) -> Json:
    """The fields that say something."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def _by_request(claim: Claim) -> Claim:
    """The claim as dra-evolution writes it: each request with its own configurations, constraints over all requests."""
    requests = [replace(each, demands=(_with_own(each.name, each.demands[0], claim),)) for each in claim.requests]
    return replace(
        claim,
        requests=tuple(requests),
        constraints=tuple(
            MatchAttribute(each.attribute) for each in claim.constraints if isinstance(each, MatchAttribute)
        ),
        configurations=tuple(each for each in claim.configurations if not each.requests),
        shareable=claim.shareable or None,
    )


def _with_own(request: str, demand: Demand, claim: Claim) -> Demand:
    own = tuple(each for each in claim.configurations if _named(request, each.requests))
    return replace(demand, configurations=own, count=1)


def _named(name: str, requests: tuple[str, ...]) -> bool:
    """Whether a list names a request; ``gpus`` names all of ``gpus-0``, ``gpus-1``."""
    return any(name == each or (name.startswith(f"{each}-") and name[len(each) + 1 :].isdigit()) for each in requests)
