"""Groups of pods (``group`` of a policy): all of them are placed, or none is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from dra_policy.allocate import Allocated, ClaimResult
from dra_policy.allocate.groups import GroupFit, GroupPod, Placement, fit_group
from dra_policy.engine.questions import question_of, refusal_of
from dra_policy.engine.quotas import Quotas, quotas_of
from dra_policy.engine.subjects import Subject, pod_subject
from dra_policy.engine.world import World
from dra_policy.explain.answer import explain
from dra_policy.explain.evidence import PodPlace, PodPlaces
from dra_policy.explain.explanation import Explanation, FleetSummary, KubernetesAnswer, Outcome, Reason
from dra_policy.explain.naming import distinct_names
from dra_policy.explain.question import Question
from dra_policy.fleet import Fleet
from dra_policy.model import Claim, MatchAttribute
from dra_policy.record import replace


def place_group(
    subject: Subject, question: Question, fleet: Fleet, world: World, known: Sequence[Claim] | None = None
) -> GroupFit:
    """Where the pods of a group go; the subject is one without problems, and ``question`` what it asks.

    ``known``: all claims, None for the world's. Claims that are allocated take part as they are.
    """
    group, whole = subject.group, subject.pod
    assert group is not None
    assert whole is not None
    claims = tuple(each for each in question.claims if each.claim.allocation is None)
    waiting = [each.claim for each in claims]
    rules = question.pod_rules
    names = {claim.full_name: entry.name for entry, claim in zip(whole.claims, subject.claims, strict=False)}
    pod = GroupPod(
        tuple(names.get(each.full_name, each.name) for each in waiting),
        claims,
        rules.over(claims)[0] if rules is not None else None,
    )
    there = world.objects.claims if known is None else known

    def limits(held: Sequence[Claim]) -> Quotas:
        return quotas_of(world, waiting, (*there, *held))

    return fit_group(
        fleet,
        pod,
        group.count,
        same=[each for each in group.constraints if isinstance(each, MatchAttribute)],
        evaluator=world.evaluator,
        budget=world.rules.steps,
        limits=limits,
        nodes=question.admission,
    )


def explain_group(subject: Subject, world: World, *, idle: bool = False) -> Explanation:
    """Whether all pods of a group find a place, and which do."""
    question = question_of(subject, world, idle=idle)
    refusal = refusal_of(question, world)
    if refusal is not None:
        return refusal
    fleet = world.fleet.emptied() if idle else world.fleet
    fit = place_group(subject, question, fleet, world)
    if fit.served == 0 and fit.is_proved:
        alone = explain(question, world.fleet, world.evaluator, world.objects)
        if alone.outcome is not Outcome.FITS:
            # Not even one of the pods fits: what is to be told is why it does not.
            return alone
    free = (
        fit if idle or fit.fits or not fit.is_proved else place_group(subject, question, world.fleet.emptied(), world)
    )
    outcome, code, template = _verdict(fit, free)
    arguments = {"served": fit.served, "wanted": fit.wanted, "free": free.served}
    return Explanation(
        question.subject,
        outcome,
        code,
        Reason(template, arguments),
        # Kubernetes has no such groups, and says nothing of them.
        KubernetesAnswer(None, len(fleet.nodes)),
        FleetSummary(len(fleet.nodes), fleet.device_count, {}),
        fits_now=None if outcome is Outcome.UNKNOWN else fit.fits,
        evidence=(_places(subject, fit),),
    )


def _verdict(fit: GroupFit, free: GroupFit) -> tuple[Outcome, str, str]:
    """What is said of a group of which so much fits now, and with every device free."""
    if fit.fits:
        return Outcome.FITS, "DRA500", "group-fits"
    if fit.is_proved and free.fits:
        return Outcome.NOT_NOW, "DRA537", "group-pods"
    if fit.is_proved and free.is_proved:
        return Outcome.NEVER, "DRA537", "group-pods"
    return Outcome.UNKNOWN, "DRA601", "group-unknown"


def _places(subject: Subject, fit: GroupFit) -> PodPlaces:
    """The pods by index, those that find a place first."""
    found: list[PodPlace] = []
    size = max(sum(claim.allocation is None for claim in subject.claims), 1)
    for placement in fit.placements:
        for number in range(placement.pods):
            devices = _devices(placement, number, size)
            found.append(PodPlace(_pod_name(subject, len(found)), placement.answer.node, devices))
    missing = [PodPlace(_pod_name(subject, number), None, ()) for number in range(fit.served, fit.wanted)]
    return PodPlaces((*found, *missing))


def _devices(placement: Placement, number: int, size: int) -> tuple[str, ...]:
    """The devices of one of the pods on a node."""
    outcome = placement.answer.outcome
    results = outcome.results[number * size : (number + 1) * size] if isinstance(outcome, Allocated) else ()
    return tuple(distinct_names([each.device for result in results for each in result.allocation.devices]))


def _pod_name(subject: Subject, number: int) -> str:
    return f"{subject.name}-{number}"


def pods_of_group(subject: Subject, fit: GroupFit, world: World) -> Iterator[tuple[Subject, str, list[ClaimResult]]]:
    """Every pod of a group that fits, with its node and what its own claims get there."""
    waiting = [at for at, claim in enumerate(subject.claims) if claim.allocation is None]
    numbers = count()
    for placement in fit.placements:
        outcome = placement.answer.outcome
        assert isinstance(outcome, Allocated)
        results = iter(outcome.results)
        for _ in range(placement.pods):
            pod = _pod_of_group(subject, world, next(numbers))
            yield pod, placement.answer.node, [replace(next(results), claim=pod.claims[at]) for at in waiting]


def _pod_of_group(subject: Subject, world: World, number: int) -> Subject:
    """One pod of a group, with claims of its own where it does not name existing ones."""
    assert subject.pod is not None
    name = _pod_name(subject, number)
    entries = [
        replace(entry, inline=_of_pod(entry.inline, entry.name, name)) if entry.inline is not None else entry
        for entry in subject.pod.claims
    ]
    return pod_subject(replace(subject.pod, name=name, claims=tuple(entries)), world)


def _of_pod(claim: Claim, entry: str, pod: str) -> Claim:
    """The claim that a pod's entry writes out, as that of another pod."""
    return replace(claim, name=f"{pod}-{entry}", owner_pod=pod)
