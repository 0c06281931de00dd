"""Groups of pods (``group`` of a policy): all of them are placed, or none is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from dra_policy.allocate import Allocated, ClaimResult, Ledger
from dra_policy.allocate.group_pods import Admit, GroupFit, GroupPod, GroupRules, GroupTerms, Limits
from dra_policy.allocate.groups import fit_group
from dra_policy.allocate.score import Strategy
from dra_policy.compiler import CompiledClaim
from dra_policy.engine.questions import question_of, refusal_of
from dra_policy.engine.quotas import open_ledger, quotas_of
from dra_policy.engine.subjects import Subject, holders, pod_subject
from dra_policy.engine.world import Existing, World
from dra_policy.explain.answer import explain
from dra_policy.explain.evidence import Evidence, Wished
from dra_policy.explain.explanation import Explanation, KubernetesAnswer, Outcome
from dra_policy.explain.naming import distinct_names
from dra_policy.explain.pod_groups import GroupQuestion, group_verdict, nodes_of_group, preferred_by_pods
from dra_policy.explain.pod_places import PodPlace, PodPlaces, SharedPlace
from dra_policy.explain.question import Question
from dra_policy.explain.summary import fleet_summary
from dra_policy.fleet import Fleet, NodeAdmission, admission_of
from dra_policy.model import Claim, Dialect, Pod, PodGroup, UnknownConstraint
from dra_policy.record import replace


def place_group(  # noqa: PLR0913 - what may be asked otherwise than the subject says
    subject: Subject,
    question: Question,
    fleet: Fleet,
    world: World,
    *,
    existing: Existing | None = None,
    wanted: Strategy = Strategy.FIRST,
    is_limited: bool = True,
    rules: GroupRules | None = None,
) -> GroupFit:
    """Where the pods of a group go; the subject is one without problems, and ``question`` what it asks.

    ``existing``: what there is, None for what the world has. ``wanted`` says which places are best. Not
    ``is_limited``: as if quotas had no limits. ``rules``: what holds across the pods, None for all that the group says.
    """
    assert subject.group is not None
    pod = _pod_of(subject, question)
    return fit_group(
        fleet,
        pod,
        subject.group.count,
        rules_of(subject.group) if rules is None else rules,
        GroupTerms(
            world.rules.steps,
            _limits(question, world, pod, existing or world.existing, is_limited=is_limited),
            _admit(subject, question, fleet),
            wanted,
        ),
    )


def every_claim(subject: Subject, world: World) -> list[Claim]:
    """The claims of a subject; of a group those of all its pods, with what they share once."""
    if subject.group is None or subject.pod is None:
        return list(subject.claims)
    if holders(subject, world.objects.claims).is_placed:
        return _claims_of(placed_pods(subject, world))
    named = zip_longest(subject.pod.claims, subject.claims)
    shared = [claim for entry, claim in named if entry is not None and entry.claim_name]
    return [*shared, *[claim for claim in subject.claims if claim not in shared] * subject.group.count]


def rules_of(group: PodGroup) -> GroupRules:
    """What a group says across its pods."""
    constraints = tuple(each for each in group.constraints if not isinstance(each, UnknownConstraint))
    return GroupRules(constraints, group.requirements, tuple(each.name for each in group.claims))


def _pod_of(subject: Subject, question: Question) -> GroupPod:
    """One pod of a group: its own claims, those that it shares, and those that have their devices."""
    entries = subject.pod.claims if subject.pod is not None else ()
    own: list[tuple[str, CompiledClaim]] = []
    shared: list[tuple[str, CompiledClaim]] = []
    allocated: list[tuple[str, Claim]] = []
    # A claim for extended resources comes last and has no entry.
    for entry, each in zip_longest(entries, question.claims):
        name = entry.name if entry is not None else each.claim.name
        if each.claim.allocation is not None and not question.idle:
            allocated.append((name, each.claim))
        else:
            (shared if entry is not None and entry.claim_name else own).append((name, each))
    return GroupPod(
        tuple(name for name, _ in own),
        tuple(each for _, each in own),
        question.pod_rules,
        tuple(name for name, _ in shared),
        tuple(each for _, each in shared),
        tuple(allocated),
    )


def _limits(question: Question, world: World, pod: GroupPod, existing: Existing, *, is_limited: bool) -> Limits | None:
    """What the quotas leave; None where no quota decides about the claims."""
    claims = [each.claim for each in (*pod.shared, *pod.claims)]
    if question.idle or not is_limited or question.ledger is None:
        quotas = quotas_of(world, claims, existing)
        without = quotas.quotas if isinstance(quotas, Ledger) else quotas
        is_asked = any(claim.dialect is Dialect.EVOLUTION for claim in claims)
        return (lambda _: without) if without and is_asked else None
    return lambda held: quotas_of(world, claims, existing.with_claims(held))


def _admit(subject: Subject, question: Question, fleet: Fleet) -> Admit:
    """The nodes that the pods may use once claims that they share have their devices."""
    admission = question.admission
    if admission is not None and question.idle:
        admission = admission.without_claims

    def admit(shared: Sequence[Claim]) -> NodeAdmission | None:
        if not shared or subject.pod is None:
            return admission
        return admission_of(subject.pod, fleet.nodes, shared)

    return admit


def placed_pods(subject: Subject, world: World) -> Iterator[Subject]:
    """The pods of a group that is placed, each with its claims and on its node as the world has them."""
    assert subject.group is not None
    running = {each.name: each for each in world.objects.pods if each.namespace == subject.namespace}
    known = {each.full_name: each for each in world.objects.claims}
    for number in range(subject.group.count):
        pod = _pod_of_group(subject, world, number, running.get(_pod_name(subject, number)))
        yield replace(pod, claims=tuple(known.get(each.full_name, each) for each in pod.claims))


def _claims_of(pods: Iterable[Subject]) -> list[Claim]:
    """The claims of several pods, those that they share once."""
    return list({claim.full_name: claim for pod in pods for claim in pod.claims}.values())


def group_question(subject: Subject, world: World, *, idle: bool = False, existing: Existing | None = None) -> Question:
    """What a group asks that is not placed; that some of its pods hold devices is among its problems."""
    question = question_of(subject, world, idle=idle, existing=existing)
    problem = None if idle else holders(subject, (existing or world.existing).claims).problem
    return question if problem is None else replace(question, problems=(*question.problems, problem))


def _explain_placed(subject: Subject, world: World) -> Explanation:
    """Where the pods of a group that is placed have their devices; what is wrong with one of them comes first."""
    pods = list(placed_pods(subject, world))
    whole = question_of(replace(subject, claims=tuple(_claims_of(pods)), pod=None), world)
    for pod in pods:
        found = explain(question_of(pod, world), world.fleet, world.evaluator, world.objects)
        if found.reason.template != "allocated":
            return replace(found, subject=whole.subject)
    return explain(whole, world.fleet, world.evaluator, world.objects)


def explain_group(subject: Subject, world: World, *, idle: bool = False) -> Explanation:
    """Whether all pods of a group find a place, and which do; where they are if they have one."""
    if not idle and holders(subject, world.objects.claims).is_placed:
        return _explain_placed(subject, world)
    question = group_question(subject, world, idle=idle)
    refusal = refusal_of(question, world)
    if refusal is not None:
        return refusal
    asked = _asked(subject, question, world)
    fit = asked.places()
    alone = explain(question, world.fleet, world.evaluator, world.objects)
    if fit.served == 0 and fit.is_proved and alone.outcome is not Outcome.FITS:
        # Not even one of the pods fits: what is to be told is why it does not.
        return alone
    found = group_verdict(asked, fit)
    return Explanation(
        question.subject,
        found.outcome,
        found.cause.code,
        found.cause.reason,
        # Kubernetes has no such groups, and says nothing of them.
        KubernetesAnswer(None, len(world.fleet.nodes)),
        fleet_summary(world.fleet),
        fits_now=None if found.outcome is Outcome.UNKNOWN else fit.fits,
        fits_idle=found.fits_idle,
        evidence=(*found.cause.evidence, _places(subject, fit, world.fleet), *_preferred(subject, question, fit)),
        closest=nodes_of_group(fit, alone.closest),
    )


def _asked(subject: Subject, question: Question, world: World) -> GroupQuestion:
    """A group with what can be asked about it."""
    assert subject.group is not None
    now = world.fleet.emptied() if question.idle else world.fleet

    def places(*, is_idle: bool = False, is_limited: bool = True, rules: GroupRules | None = None) -> GroupFit:
        fleet = world.fleet.emptied() if is_idle else now
        return place_group(subject, question, fleet, world, is_limited=is_limited, rules=rules)

    def charged(held: Sequence[Claim]) -> Ledger | None:
        return open_ledger(world, subject.namespace, world.existing.with_claims(held)).ledger

    return GroupQuestion(
        places,
        _pod_of(subject, question),
        subject.group.count,
        rules_of(subject.group),
        world.fleet,
        question.ledger,
        charged,
        question.idle,
    )


def _preferred(subject: Subject, question: Question, fit: GroupFit) -> tuple[Evidence, ...]:
    """What the pods prefer, summed over all of them."""
    if not (fit.fits and fit.worth):
        return ()
    return (preferred_by_pods(_pod_of(subject, question), fit),)


def wishes_of_group(subject: Subject, question: Question, fit: GroupFit) -> tuple[Wished, ...]:
    """What the preferences of the pods, and of the caller, came to over all of them."""
    return preferred_by_pods(_pod_of(subject, question), fit).wishes if fit.worth else ()


def _places(subject: Subject, fit: GroupFit, fleet: Fleet) -> PodPlaces:
    """The pods by index, those that find a place first."""
    found = []
    for number, (node, results) in enumerate(_results_by_pod(fit)):
        devices = [each.device for result in results for each in result.allocation.devices]
        found.append(PodPlace(_pod_name(subject, number), node, tuple(distinct_names(devices))))
    missing = [PodPlace(_pod_name(subject, number), None, ()) for number in range(fit.served, fit.wanted)]
    return PodPlaces((*found, *missing), tuple(_shared_places(fit, fleet)))


def _shared_places(fit: GroupFit, fleet: Fleet) -> Iterator[SharedPlace]:
    """The claims that all pods share, with their devices."""
    for result in fit.shared:
        devices = [each.device for each in result.allocation.devices]
        found = [fleet.find(device) for device in devices]
        nodes = {each[0].envelope.node_name for each in found if each is not None}
        node = nodes.pop() if len(nodes) == 1 else None
        yield SharedPlace(result.claim.name, node, tuple(distinct_names(devices)))


def _pod_name(subject: Subject, number: int) -> str:
    return f"{subject.name}-{number}"


def pods_of_group(subject: Subject, fit: GroupFit, world: World) -> Iterator[tuple[Subject, str, list[ClaimResult]]]:
    """Every pod of a group that fits, with its node and what its claims get; the first gets what is shared too."""
    shared = {result.claim.full_name: result for result in fit.shared}
    waiting = [at for at, claim in enumerate(subject.claims) if claim.allocation is None]
    for number, (node, results) in enumerate(_results_by_pod(fit)):
        pod, own = _pod_of_group(subject, world, number), iter(results)
        found = []
        for at in waiting:
            result = shared.get(pod.claims[at].full_name)
            if result is None:
                found.append(replace(next(own), claim=pod.claims[at]))
            elif number == 0:
                found.append(result)
        yield pod, node, found


def _results_by_pod(fit: GroupFit) -> list[tuple[str, tuple[ClaimResult, ...]]]:
    """The node of each pod, and what it gets for itself."""
    found: list[tuple[str, tuple[ClaimResult, ...]]] = []
    for placement in fit.placements:
        outcome = placement.answer.outcome
        results = outcome.results if isinstance(outcome, Allocated) else ()
        size = len(results) // placement.pods
        starts = range(0, placement.pods * size, size) if size else [0] * placement.pods
        found += [(placement.answer.node, results[start : start + size]) for start in starts]
    return [found[place] for place in fit.order] if fit.order else found


def _pod_of_group(subject: Subject, world: World, number: int, running: Pod | None = None) -> Subject:
    """One pod of a group, with claims of its own where it does not name existing ones; ``running`` is it by now."""
    assert subject.pod is not None
    assert subject.group is not None
    name, pattern = _pod_name(subject, number), subject.pod
    if running is not None:
        pattern = replace(
            pattern,
            uid=running.uid,
            node_name=running.node_name,
            resource_claim_statuses=running.resource_claim_statuses,
            extended_claim_name=running.extended_claim_name,
        )
    entries = tuple(
        replace(entry, inline=_of_pod(entry.inline, entry.name, name)) if entry.inline is not None else entry
        for entry in pattern.claims
    )
    # Claims of the group are known by now, and stand after the pod's own, before one for extended resources.
    end = len(entries)
    start = end - len(subject.group.claims)
    own = pod_subject(replace(pattern, name=name, claims=entries[:start]), world)
    claims = (*own.claims[:start], *subject.claims[start:end], *own.claims[start:])
    return replace(own, claims=claims, pod=replace(pattern, name=name, claims=entries))


def _of_pod(claim: Claim, entry: str, pod: str) -> Claim:
    """The claim that a pod's entry writes out, as that of another pod."""
    return replace(claim, name=f"{pod}-{entry}", owner_pod=pod)
