"""Extended resources of pods that device classes serve (KEP-5004): the claim that the scheduler makes for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dra_policy.model import Claim, Container, Demand, DeviceClass, Dialect, Objects, Pod, Request
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Place, Severity

IMPLICIT_EXTENDED_RESOURCE = "deviceclass.resource.kubernetes.io/"
CLAIM_ANNOTATION = "resource.kubernetes.io/extended-resource-claim"


@dataclass(frozen=True, slots=True)
class RequestMapping:
    """Which request of the claim serves a container's extended resource (ContainerExtendedResourceRequest)."""

    container: str
    resource: str
    request: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A container's limit of an extended resource: its request's name, and how many devices it wants at least."""

    index: int
    container: Container
    resource: str
    request: str
    count: int

    @property
    def place(self) -> Place | None:
        place = self.container.place
        return place.child("resources", "limits", self.resource) if place else None


def claim_of_extended_resources(pod: Pod, classes: Iterable[DeviceClass]) -> Claim | None:
    """The claim for a pod's extended resources; None if no class serves any of them."""
    requests, _ = _served(pod, tuple(classes))
    if not requests:
        return None
    return Claim(
        f"{pod.name}-extended-resources",
        pod.namespace,
        pod.dialect,
        requests,
        owner_pod=pod.name,
        annotations={CLAIM_ANNOTATION: "true"},
        place=pod.place,
    )


def request_mappings(pod: Pod, classes: Iterable[DeviceClass]) -> tuple[RequestMapping, ...]:
    """What ``status.extendedResourceClaimStatus.requestMappings`` of the pod has."""
    return _served(pod, tuple(classes))[1]


def class_of_resource(resource: str, classes: Iterable[DeviceClass]) -> str | None:
    """The class that serves an extended resource.

    "If two device classes have the same name, then the class created later is picked to satisfy a pod's extended
    resource requests. If two classes are created at the same time, then the name of the class lexicographically sorted
    first is picked" (DeviceClassSpec.extendedResourceName).
    """
    if resource.startswith(IMPLICIT_EXTENDED_RESOURCE):
        return resource.removeprefix(IMPLICIT_EXTENDED_RESOURCE)
    named = sorted((each for each in classes if each.extended_resource_name == resource), key=lambda each: each.name)
    return max(named, key=lambda each: each.creation_timestamp or "", default=_NOBODY).name or None


_NOBODY = DeviceClass("", Dialect.V1)


def unmapped_resources(pod: Pod, objects: Objects) -> Iterator[Diagnostic]:
    """Extended resources that neither a class nor a node offers (DRA117); nothing where no node is loaded."""
    if not objects.nodes:
        return
    plain = {resource for node in objects.nodes for resource in node.allocatable}
    for container in pod.containers:
        for resource in container.limits:
            is_extended = "/" in resource and "kubernetes.io/" not in resource.split("/")[0] + "/"
            if is_extended and resource not in plain and class_of_resource(resource, objects.classes) is None:
                message = f"`{resource}` maps to no device class, and no node has it as a plain resource"
                place = container.place.child("resources", "limits", resource) if container.place else None
                yield Diagnostic("DRA117", Severity.ERROR, message, place.key_span if place else None)


def _served(pod: Pod, classes: tuple[DeviceClass, ...]) -> tuple[tuple[Request, ...], tuple[RequestMapping, ...]]:
    """The requests in the order of their names, and which container uses which, resource by resource.

    An init container uses devices of containers that start after it, and those that are still missing are asked for
    once for all init containers: these run one after the other.
    """
    requests: list[Request] = []
    mappings: list[RequestMapping] = []
    every = {resource for container in pod.containers for resource in container.limits}
    for resource in sorted(every):
        name = class_of_resource(resource, classes)
        if name is not None:
            asked = list(_asked(pod, resource))
            lasting = [each for each in asked if not each.container.is_init]
            passing, uses = _of_init_containers([each for each in asked if each.container.is_init], lasting)
            requests += [_request(each, name) for each in [*passing, *lasting]]
            mappings += [RequestMapping(each.container.name, resource, each.request) for each in lasting]
            mappings += uses
    return tuple(sorted(requests, key=lambda each: each.name)), tuple(mappings)


def _asked(pod: Pod, resource: str) -> Iterator[_Asked]:
    for index, container in enumerate(pod.containers):
        amount = container.limits.get(resource, "")
        if amount.isdigit() and int(amount):
            # The request's number is the resource's place among all that the container requests, by name.
            names = sorted({*container.limits, *container.requests})
            yield _Asked(index, container, resource, f"container-{index}-request-{names.index(resource)}", int(amount))


def _of_init_containers(asked: list[_Asked], lasting: list[_Asked]) -> tuple[list[_Asked], list[RequestMapping]]:
    """The one request (or none) for what init containers want beyond later containers' devices, and who uses what."""
    missing: list[tuple[_Asked, int]] = []
    uses: list[RequestMapping] = []
    for each in asked:
        left = each.count
        for later in (one for one in lasting if one.index >= each.index):
            if left > 0:
                uses.append(RequestMapping(each.container.name, each.resource, later.request))
                left -= later.count
        if left > 0:
            missing.append((each, left))
    if not missing:
        return [], uses
    largest, count = max(missing, key=lambda pair: pair[1])
    uses += [RequestMapping(each.container.name, each.resource, largest.request) for each, _ in missing]
    return [_Asked(largest.index, largest.container, largest.resource, largest.request, count)], uses


def _request(asked: _Asked, class_name: str) -> Request:
    demand = Demand(class_name, count=asked.count, place=asked.place)
    return Request(asked.request, (demand,), place=asked.place)
