"""Extended resources of pods that device classes serve (KEP-5004): the claim that the scheduler makes for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from dra_policy.model import EXTENDED_CLAIM, Claim, Container, Demand, DeviceClass, Dialect, Objects, Pod, Request
from dra_policy.model.quota import IMPLICIT_EXTENDED_RESOURCE, is_extended_resource
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Place, Severity, nearest
from dra_policy.values import Quantity, QuantityError


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


def claim_of_extended_resources(
    pod: Pod, classes: Iterable[DeviceClass], by_plugin: Collection[str] = ()
) -> Claim | None:
    """The claim for a pod's extended resources; None if no class serves any of them.

    ``by_plugin`` are those that device plugins serve on the nodes that are meant: the claim does not ask for them.
    """
    requests, _ = _served(pod, tuple(classes), by_plugin)
    if not requests:
        return None
    return Claim(
        f"{pod.name}-extended-resources",
        pod.namespace,
        pod.dialect,
        requests,
        owner_pod=pod.name,
        owner_uid=pod.uid,
        annotations={EXTENDED_CLAIM: "true"},
        place=pod.place,
    )


def request_mappings(
    pod: Pod, classes: Iterable[DeviceClass], by_plugin: Collection[str] = ()
) -> tuple[RequestMapping, ...]:
    """What ``status.extendedResourceClaimStatus.requestMappings`` of the pod has."""
    return _served(pod, tuple(classes), by_plugin)[1]


def wanted_resources(pod: Pod) -> dict[str, int]:
    """How much of each extended resource the pod needs on its node, in the order of the names."""
    names = sorted({name for container in pod.containers for name in container.limits if is_extended_resource(name)})
    return {name: total for name in names if (total := _total(pod, name))}


def _total(pod: Pod, resource: str) -> int:
    """Containers run together; an init container runs beside the sidecars that started before it (PodRequests)."""
    together = most = 0
    for container in pod.containers:
        if container.is_init:
            most = max(most, together + _amount(container, resource))
        else:
            together += _amount(container, resource)
    return max(most, together)


def _amount(container: Container, resource: str) -> int:
    try:
        return max(Quantity.parse(container.limits.get(resource, "0")).value(), 0)
    except QuantityError:
        return 0  # told where it is read


def class_of_resource(resource: str, classes: Iterable[DeviceClass]) -> str | None:
    """The class that serves an extended resource.

    "If two device classes have the same name, then the class created later is picked to satisfy a pod's extended
    resource requests. If two classes are created at the same time, then the name of the class lexicographically sorted
    first is picked" (DeviceClassSpec.extendedResourceName).
    """
    if resource.startswith(IMPLICIT_EXTENDED_RESOURCE):
        name = resource.removeprefix(IMPLICIT_EXTENDED_RESOURCE)
        return name if any(each.name == name and each.dialect.is_kubernetes for each in classes) else None
    named = sorted((each for each in classes if each.extended_resource_name == resource), key=lambda each: each.name)
    return max(named, key=lambda each: each.creation_timestamp or "", default=_NOBODY).name or None


_NOBODY = DeviceClass("", Dialect.V1)


def unmapped_resources(pod: Pod, objects: Objects, classes: Collection[DeviceClass]) -> Iterator[Diagnostic]:
    """Extended resources that neither one of the classes nor a node offers (DRA117).

    Where no node is loaded, any may offer a plain one.
    """
    plain = {resource for node in objects.nodes for resource in node.allocatable}
    for container in pod.containers:
        for resource in container.limits:
            is_implicit = resource.startswith(IMPLICIT_EXTENDED_RESOURCE)
            is_known = resource in plain or not is_extended_resource(resource) or not (objects.nodes or is_implicit)
            if not is_known and class_of_resource(resource, classes) is None:
                message = f"`{resource}` maps to no device class, and no node has it as a plain resource"
                place = container.place.child("resources", "limits", resource) if container.place else None
                span = place.key_span if place else None
                yield Diagnostic(
                    "DRA117", Severity.ERROR, message, span, hint=_unmapped_hint(resource, objects, classes)
                )


def _unmapped_hint(resource: str, objects: Objects, classes: Collection[DeviceClass]) -> str | None:
    if not classes and class_of_resource(resource, objects.classes) is not None:
        return "a class serves it where feature gate `DRAExtendedResource` is on"
    named = [each.extended_resource_name for each in classes if each.extended_resource_name]
    near = nearest(resource, [*named, *(IMPLICIT_EXTENDED_RESOURCE + each.name for each in classes)])
    return f"did you mean `{near}`?" if near else None


def _served(
    pod: Pod, classes: tuple[DeviceClass, ...], by_plugin: Collection[str]
) -> tuple[tuple[Request, ...], tuple[RequestMapping, ...]]:
    """The requests in the order of their names, and which container uses which, resource by resource.

    An init container uses devices of containers that start after it, and those that are still missing are asked for
    once for all init containers: these run one after the other.
    """
    requests: list[Request] = []
    mappings: list[RequestMapping] = []
    every = {resource for container in pod.containers for resource in container.limits}
    for resource in sorted(every.difference(by_plugin)):
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
        amount = _amount(container, resource)
        if amount:
            # The request's number is the resource's place among all that the container requests, by name.
            names = sorted({*container.limits, *container.requests})
            yield _Asked(index, container, resource, f"container-{index}-request-{names.index(resource)}", amount)


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
