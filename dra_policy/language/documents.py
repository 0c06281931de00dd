"""Write classes, claims, templates and pods as manifests: values in the order of the API's documentation."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.language.claims import MadeClaim
from dra_policy.language.pods import MadePod
from dra_policy.language.syntax import ClassDeclaration, Name
from dra_policy.language.syntax import Container as ContainerStatement
from dra_policy.model import (
    AllocationMode,
    Claim,
    Configuration,
    Constraint,
    Container,
    Demand,
    DeviceClass,
    Dialect,
    DistinctAttribute,
    MatchAttribute,
    PodClaim,
    Request,
    Selector,
    Toleration,
)
from dra_policy.values import JsonValue

Json = dict[str, JsonValue]

_EVOLUTION_VERSION = "v1alpha2"
_IMAGE = "pause"


def class_document(device_class: DeviceClass, declaration: ClassDeclaration) -> JsonValue:
    """A DeviceClass."""
    metadata = _metadata(device_class.name, None, declaration.description, device_class.labels)
    if device_class.dialect is Dialect.EVOLUTION:
        document = _head(device_class.dialect, "DeviceClass", metadata)
        document |= _filled(
            config=_evolution_configurations(device_class.configurations),
            requirements=_requirements(device_class.selectors),
        )
        return document
    spec = _filled(
        selectors=_selectors(device_class.selectors),
        config=[_opaque(each) for each in device_class.configurations],
        extendedResourceName=device_class.extended_resource_name,
    )
    return {**_head(device_class.dialect, "DeviceClass", metadata), "spec": spec}


def claim_document(made: MadeClaim) -> JsonValue:
    """A ResourceClaim or ResourceClaimTemplate."""
    claim, declaration = made.claim, made.declaration
    spec = _claim_spec(made)
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


def _selectors(selectors: tuple[Selector, ...]) -> list[JsonValue]:
    return [{"cel": {"expression": selector.expression}} for selector in selectors]


def _opaque(configuration: Configuration) -> Json:
    opaque: Json = {"driver": configuration.driver, "parameters": configuration.parameters}
    requests: list[JsonValue] = list(configuration.requests)
    return {**_filled(requests=requests), "opaque": opaque}


# resource.k8s.io


def _claim_spec(made: MadeClaim) -> Json:
    claim = made.claim
    if claim.dialect is Dialect.EVOLUTION:
        return _evolution_spec(claim)
    devices = _filled(
        requests=[_request(request, claim.dialect) for request in claim.requests],
        constraints=[_constraint(each) for each in claim.constraints],
        config=[_opaque(each) for each in claim.configurations],
    )
    return {"devices": devices}


def _request(request: Request, dialect: Dialect) -> JsonValue:
    if request.prioritized:
        return {"name": request.name, "firstAvailable": [_demand(each) for each in request.demands]}
    demand = _demand(request.demands[0])
    # Before v1beta2 the fields of an exact request stand beside its name.
    if dialect in (Dialect.V1ALPHA3, Dialect.V1BETA1):
        return {"name": request.name, **demand}
    return {"name": request.name, "exactly": demand}


def _demand(demand: Demand) -> Json:
    is_all = demand.allocation_mode is AllocationMode.ALL
    amounts: Json = {name: str(amount) for name, amount in demand.capacity_requests.items()}
    return _filled(
        name=demand.name or None,
        deviceClassName=demand.device_class_name,
        selectors=_selectors(demand.selectors),
        allocationMode="All" if is_all else None,
        count=None if is_all else demand.count,
        adminAccess=demand.admin_access,
        tolerations=[_toleration(each) for each in demand.tolerations],
        capacity={"requests": amounts} if amounts else None,
    )


def _toleration(toleration: Toleration) -> JsonValue:
    return _filled(
        key=toleration.key or None,
        operator=toleration.operator,
        value=toleration.value or None,
        effect=toleration.effect or None,
        tolerationSeconds=toleration.toleration_seconds,
    )


def _constraint(constraint: Constraint) -> JsonValue:
    match constraint:
        case MatchAttribute(attribute=attribute, requests=requests):
            return {**_filled(requests=list(requests)), "matchAttribute": attribute}
        case DistinctAttribute(attribute=attribute, requests=requests):
            return {**_filled(requests=list(requests)), "distinctAttribute": attribute}
        case _:
            raise AssertionError("a policy has constraints of these two kinds")


# dra-evolution


def _evolution_spec(claim: Claim) -> Json:
    whole = tuple(each for each in claim.configurations if not each.requests)
    return _filled(
        config=_evolution_configurations(whole),
        constraints=[
            {"matchAttribute": each.attribute} for each in claim.constraints if isinstance(each, MatchAttribute)
        ],
        requests=[_evolution_request(request, claim) for request in claim.requests],
        shareable=claim.shareable or None,
    )


def _evolution_request(request: Request, claim: Claim) -> JsonValue:
    demand = request.demands[0]
    own = tuple(each for each in claim.configurations if _named(request.name, each.requests))
    return _filled(
        name=request.name,
        deviceClassName=demand.device_class_name,
        config=_evolution_configurations(own),
        adminAccess=demand.admin_access,
        requirements=_requirements(demand.selectors),
    )


def _named(name: str, requests: tuple[str, ...]) -> bool:
    """Whether a list names a request; ``gpus`` names all of ``gpus-0``, ``gpus-1``."""
    return any(name == each or (name.startswith(f"{each}-") and name[len(each) + 1 :].isdigit()) for each in requests)


def _evolution_configurations(configurations: tuple[Configuration, ...]) -> list[JsonValue]:
    return [{"opaque": {"driverName": each.driver, "parameters": each.parameters}} for each in configurations]


def _requirements(selectors: tuple[Selector, ...]) -> list[JsonValue]:
    return [{"deviceSelector": selector.expression} for selector in selectors]
