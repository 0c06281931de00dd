"""What is to be known of a workload beside its pod: whether all the pods that it wants find a place."""

from __future__ import annotations

from dra_policy.allocate import allocate_claims
from dra_policy.engine.groups import place_group
from dra_policy.engine.quotas import quotas_of
from dra_policy.engine.replicas import is_counted, is_daemon_set, nodes_of_daemons, pods_of
from dra_policy.engine.subjects import Subject
from dra_policy.engine.world import World
from dra_policy.explain.question import Question
from dra_policy.model import PodGroup
from dra_policy.record import replace


def replicas_note(subject: Subject, question: Question, world: World) -> str | None:
    """How many of a workload's pods find a place beside each other; None for what is no workload, or of one pod.

    ``question`` is about one of its pods, which fits.
    """
    pod = subject.pod
    if pod is None:
        return None
    if is_daemon_set(pod):
        return _daemons_note(subject, question, world)
    if not is_counted(pod) or pod.replicas == 1:
        return None
    wanted = len(pods_of(subject, world))
    if not wanted:
        return "It wants no pods." if not pod.replicas else "All of its pods exist already."
    group = PodGroup(pod.name, pod.namespace, wanted, pod.name)
    fit = place_group(replace(subject, group=group), question, world.fleet, world)
    if fit.fits:
        every = "Both pods" if wanted == 2 else f"All {wanted} pods"
        return f"{every} that it wants find a place." if wanted > 1 else None
    found = "find a place at once" if fit.is_proved else "were found a place; that no more fit is not proved"
    return f"{fit.served} of the {wanted} pods that it wants {found}."


def _daemons_note(subject: Subject, question: Question, world: World) -> str:
    """On how many of its nodes a DaemonSet's pod fits."""
    assert subject.pod is not None
    nodes = nodes_of_daemons(subject.pod, world)
    waiting = [each for each in question.claims if each.claim.allocation is None]
    answers = allocate_claims(
        world.fleet,
        waiting,
        evaluator=world.evaluator,
        quotas=question.ledger or quotas_of(world, [each.claim for each in waiting]),
        together=question.pod_rules.over(waiting) if question.pod_rules is not None else (),
        budget=world.rules.steps,
        nodes=frozenset(nodes),
    )
    fits = answers.fitting_count
    if fits == len(nodes):
        return f"Its pod fits on each of its {fits} nodes." if fits != 1 else "Its pod fits on its only node."
    return f"A pod is wanted on each of {len(nodes)} nodes; on {len(nodes) - fits} of them it does not fit (--by node)."
