"""The pods that a workload still wants, under names with an index."""

from __future__ import annotations

from collections.abc import Iterator

from dra_policy.engine.subjects import Subject, pod_subject
from dra_policy.engine.world import World
from dra_policy.fleet import admission_of
from dra_policy.fleet.node_match import NAME_FIELD
from dra_policy.model import NodeRequirement, NodeSelector, NodeSelectorTerm, Pod
from dra_policy.record import replace

# Workloads that say how many pods they want; the others' template stands for one pod.
_COUNTED = ("deployment", "statefulset", "replicaset", "replicationcontroller", "job", "cronjob")
# A controller's pods are made by an object in between, whose name begins with the controller's.
_BETWEEN = {"deployment": "replicaset", "cronjob": "job"}


def pods_of(subject: Subject, world: World) -> tuple[Subject, ...]:
    """A workload as its pods, without those that exist already; every other subject as it is.

    A workload that another one of the world makes (the ReplicaSet of a Deployment) has no pods of its own; a DaemonSet
    has one on each node that its pods may use.
    """
    pod = subject.pod
    if pod is not None and is_daemon_set(pod):
        return tuple(_daemons(pod, world))
    if pod is None or not is_counted(pod):
        return (subject,)
    if any(_makes(each, pod) for each in world.objects.pods if each.workload is not None):
        return ()
    existing = {each.name for each in world.objects.pods if each.workload is None and _runs(pod, each)}
    names = list(_names(pod, existing))
    wanted = names[: max(pod.replicas - len(existing), 0)]
    return tuple(replace(pod_subject(replace(pod, name=name), world), kind="Pod") for name in wanted)


def is_counted(pod: Pod) -> bool:
    """Whether it is a workload that says how many pods it wants."""
    return pod.workload is not None and pod.workload.partition("/")[0] in _COUNTED


def is_daemon_set(pod: Pod) -> bool:
    """Whether it is a workload with a pod on each node."""
    return pod.workload is not None and pod.workload.startswith("daemonset/")


def _daemons(pod: Pod, world: World) -> Iterator[Subject]:
    """The pods of a DaemonSet that do not run yet, each bound to its node."""
    taken = {each.node_name for each in world.objects.pods if each.workload is None and _runs(pod, each)}
    for node in nodes_of_daemons(pod, world):
        if node not in taken:
            own = replace(pod, name=f"{pod.name}-{node}", required_nodes=_only(node))
            yield replace(pod_subject(own, world), kind="Pod")


def _only(node: str) -> NodeSelector:
    """What the DaemonSet controller asks of its pods' node (ReplaceDaemonSetPodNodeNameNodeAffinity)."""
    return NodeSelector((NodeSelectorTerm(match_fields=(NodeRequirement(NAME_FIELD, "In", (node,)),)),))


def nodes_of_daemons(pod: Pod, world: World) -> list[str]:
    """The nodes on which a DaemonSet wants a pod."""
    refused = admission_of(pod, world.fleet.nodes).refused
    return [node for node in world.fleet.nodes if node not in refused]


def _names(pod: Pod, taken: set[str]) -> Iterator[str]:
    """Names in the order of their index, those left out that are taken."""
    for number in range(pod.replicas + len(taken)):
        name = f"{pod.name}-{pod.first_ordinal + number}"
        if name not in taken:
            yield name


def _makes(maker: Pod, other: Pod) -> bool:
    """Whether a workload is the controller of another one."""
    return maker.namespace == other.namespace and other.owner == maker.workload


def _runs(workload: Pod, pod: Pod) -> bool:
    """Whether a pod is one of a workload's."""
    if workload.namespace != pod.namespace or pod.owner is None or workload.workload is None:
        return False
    kind, _, name = workload.workload.partition("/")
    between = _BETWEEN.get(kind)
    return pod.owner == workload.workload or (between is not None and pod.owner.startswith(f"{between}/{name}-"))
