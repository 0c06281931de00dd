"""Extended resources that device plugins serve on some nodes: there the scheduler makes no claim for them.

"node needs to provide the resource via DRA" where a class has the resource and the node's allocatable of it is zero
(filterExtendedResources); elsewhere NodeResourcesFit counts. So a pod can want other claims on other nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from dra_policy.engine.extended_resources import class_of_resource, wanted_resources
from dra_policy.engine.world import World
from dra_policy.fleet import LacksResource, NodeRefusal, ServedByPlugin
from dra_policy.model import Node, Pod
from dra_policy.values import Quantity, QuantityError

Shape = frozenset[str]
"""The resources of a pod that a class has and that device plugins serve on some nodes."""


def shapes_of(pod: Pod, world: World) -> tuple[Shape, ...]:
    """How the nodes serve the pod's extended resources, those first that need most devices; one where none is known."""
    wanted = _by_class(wanted_resources(pod), world)
    found = {_shape(node, wanted) for node in world.objects.nodes} if wanted else set()
    return tuple(sorted(found, key=lambda shape: (len(shape), sorted(shape)))) or (frozenset(),)


def plugin_refusals(pod: Pod, shape: Shape, world: World) -> Mapping[str, NodeRefusal]:
    """The nodes that have too little of a plain resource, and those that serve the pod in another way."""
    wanted = wanted_resources(pod)
    by_class = _by_class(wanted, world)
    used = _used(pod, world) if wanted else {}
    found: dict[str, NodeRefusal] = {}
    for node in world.objects.nodes if wanted else ():
        own, taken = _shape(node, by_class), used.get(node.name, Counter())
        plain = [name for name in wanted if name in own or name not in by_class]
        lacking = next((name for name in plain if _has(node, name) - taken.get(name, 0) < wanted[name]), None)
        if lacking is not None:
            found[node.name] = LacksResource(lacking)
        elif own != shape:
            found[node.name] = ServedByPlugin(min(own ^ shape))
    return found


def _by_class(resources: Iterable[str], world: World) -> tuple[str, ...]:
    classes = world.serving_classes
    return tuple([name for name in resources if class_of_resource(name, classes) is not None])


def _shape(node: Node, resources: Collection[str]) -> Shape:
    return frozenset(name for name in resources if _has(node, name))


def _used(pod: Pod, world: World) -> dict[str, Counter[str]]:
    """What the other pods that run on each node use of plain resources."""
    found: dict[str, Counter[str]] = {}
    for each in world.objects.pods:
        if each.node_name is not None and not each.has_ended and each.full_name != pod.full_name:
            found.setdefault(each.node_name, Counter()).update(wanted_resources(each))
    return found


def _has(node: Node, resource: str) -> int:
    try:
        return Quantity.parse(node.allocatable.get(resource, "0")).value()
    except QuantityError:
        return 0
