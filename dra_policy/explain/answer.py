"""Explain claims: object errors, CEL abort, broken pools, never, over quota, not now, fits, in this order."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate import (
    Allocated,
    Answers,
    BrokenPool,
    Failed,
    FailingVisit,
    Ledger,
    NodeAnswer,
)
from dra_policy.allocate.scheduler import Placed, is_undecided, scheduler_decision
from dra_policy.allocate.score import best_fit
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.explain.answered_nodes import AnsweredNodes
from dra_policy.explain.asking import Allocator, FittingAllocator, LimitedAllocator, RuledAllocator, chosen
from dra_policy.explain.bound_pods import cause_of_binding, cause_of_no_node, is_refused_everywhere
from dra_policy.explain.cause import Cause
from dra_policy.explain.cel_stop import FailedVisit, cause_of_stop
from dra_policy.explain.evidence import Alternatives, Choices, Evidence, MayAbort
from dra_policy.explain.explanation import (
    ChosenDevices,
    Explanation,
    KubernetesAnswer,
    Outcome,
    Reason,
    SearchEffort,
)
from dra_policy.explain.fitting import chosen_devices, fitting_parts
from dra_policy.explain.funnel import Funnel
from dra_policy.explain.ignored_pools import cause_ignored_pools, pools_beside
from dra_policy.explain.jointly import Asks
from dra_policy.explain.kept_spots import KeptSpots
from dra_policy.explain.latent import latent_errors
from dra_policy.explain.naming import names_on
from dra_policy.explain.not_fitting import Parts, nearest_nodes, not_fitting_parts
from dra_policy.explain.objects import object_error
from dra_policy.explain.question import Question
from dra_policy.explain.quota import admission_text, cause_of_quota
from dra_policy.explain.releases import a_release_helps
from dra_policy.explain.rules import (
    cause_of_rules,
    failing_rules,
    only_a_policy_says,
    preferred,
    rules_of,
    with_rules,
)
from dra_policy.explain.study import StudiedRequest, Study, as_if_idle, of_claim, study
from dra_policy.explain.summary import fleet_summary
from dra_policy.explain.unreadable_nodes import cause_of_unreadable_nodes
from dra_policy.explain.verdicts import chosen_fit, first_stop, unavailable_text, undecided
from dra_policy.fleet import Fleet
from dra_policy.fleet.node_match import only_node_of
from dra_policy.model import Allocation, DeviceId, Objects
from dra_policy.record import dataclass, field, replace


def explain(
    question: Question, fleet: Fleet, evaluator: Evaluator, objects: Objects, kept: KeptSpots | None = None
) -> Explanation:
    """The explanation of one claim or pod. Nothing is changed.

    The evaluator keeps its answers for the next one, and so does ``kept`` as long as the fleet does not change.
    """
    error = object_error(question, objects, fleet)
    if error is not None:
        return error
    if question.claims and not question.idle:
        waiting = tuple(each for each in question.claims if each.claim.allocation is None)
        if not waiting and not is_refused_everywhere(question.admission, fleet):
            return _allocated(question, fleet)
        # What is allocated stays where it is: the question is about the rest.
        question = replace(question, claims=waiting)
    quotas = question.ledger.quotas if question.ledger else question.quotas
    admission = question.admission
    if admission is not None and question.idle:
        admission = admission.without_claims
    ask = Allocator(evaluator, quotas, question.budget, admission, question.pod_rules)
    state = fleet.emptied() if question.idle else fleet
    answers = ask(state, question.claims)
    explainer = _Explainer(question, state, ask, answers, kept or KeptSpots())
    if question.ledger is None or question.idle:
        return explainer.explanation()
    return _within_quota(explainer, question.ledger)


def _within_quota(explainer: _Explainer, ledger: Ledger) -> Explanation:
    """The explanation under the limits of a namespace: only what would fit without them can be over quota."""
    fleet, free = explainer.fleet, explainer.ask
    limited = replace(free, quotas=ledger)
    answers = explainer.answers
    if first_stop(answers) is not None:
        return explainer.explanation()
    fit = chosen_fit(answers)
    if fit is not None:
        within = limited(fleet, explainer.question.claims)
        if chosen_fit(within) is not None or first_stop(within) is not None or is_undecided(within):
            return replace(explainer, answers=within, ledger=ledger).explanation()
        return explainer.over_quota(ledger, answers, fit, explainer.now)
    explanation = explainer.explanation()
    if explanation.outcome is not Outcome.NOT_NOW:
        return explanation
    # Waiting does not help where the limits forbid the claim even with all devices free.
    emptied, claims = fleet.emptied(), explainer.question.claims
    idle, within = free.unbound(emptied, claims), limited.unbound(emptied, claims)
    fit = chosen_fit(idle)
    is_other = chosen_fit(within) is not None or first_stop(within) is not None or is_undecided(within)
    if fit is None or is_other:
        return explanation
    return explainer.over_quota(ledger, idle, fit, explainer.idle)


def _allocated(question: Question, fleet: Fleet) -> Explanation:
    """All claims have their devices already."""
    devices: dict[str, tuple[str, ...]] = {}
    nodes: dict[str | None, None] = {}
    for each in question.claims:
        assert each.claim.allocation is not None
        prefix = f"{each.claim.name}:" if len(question.claims) > 1 else ""
        for one in each.claim.allocation.devices:
            where = _node_of(each.claim.allocation, one.device, fleet)
            nodes[where] = None
            name = prefix + one.request
            shown = names_on(fleet.view(where), [one.device])[0] if where in fleet.nodes else one.device.device
            devices[name] = (*devices.get(name, ()), f"{where or one.device.pool}/{shown}")
    node = next(iter(nodes)) or None if len(nodes) == 1 else None
    return Explanation(
        question.subject,
        Outcome.FITS,
        "DRA500",
        Reason("allocated", {"node": node}),
        KubernetesAnswer(None, len(fleet.nodes)),
        fleet_summary(fleet),
        fits_now=True,
        chosen=ChosenDevices(node, devices),
    )


def _node_of(allocation: Allocation, device: DeviceId, fleet: Fleet) -> str:
    """The node from which an allocated device is used; empty where it is none, or several."""
    node = allocation.node_name or only_node_of(allocation.node_selector)
    found = None if node else fleet.find(device)
    return node or (found[0].envelope.node_name if found is not None else None) or ""


@dataclass(slots=True)
class _Explainer:
    """One question with the allocator's answers to it; what is dear is computed when it is needed."""

    question: Question
    fleet: Fleet
    ask: Allocator
    answers: Answers
    kept: KeptSpots = field(default_factory=KeptSpots)
    ledger: Ledger | None = None
    _now: Study | None = field(default=None)
    _idle: Study | None = field(default=None)

    @property
    def now(self) -> Study:
        """The requests counted over the fleet as it is."""
        if self._now is None:
            self._now = self._study(self.ask)
        return self._now

    @property
    def idle(self) -> Study:
        """The requests counted with nothing held, and no claim of the pod allocated."""
        if self._idle is None:
            free = self.ask.unbound
            is_bound = free is not self.ask and free.admission != self.ask.admission
            found = self._study(free) if is_bound else self.now
            self._idle = as_if_idle(found)
        return self._idle

    def _study(self, ask: Allocator) -> Study:
        return study(self.question.claims, self.fleet, ask.evaluator, ask.admission, self.kept)

    def explanation(self) -> Explanation:
        """The first verdict of the order that holds, with what each node lacks by the allocator's answer."""
        found = self._first_verdict()
        if not found.closest:
            return found
        answered = self._answered_nodes(idle=found.outcome is Outcome.NEVER)
        return replace(found, closest=answered.groups(found.closest))

    def _answered_nodes(self, *, idle: bool) -> AnsweredNodes:
        """``idle``: the nodes were counted with nothing held, and so are asked without rules."""
        claims, pod_rules = self.question.claims, self.ask.pod_rules

        def without_rules() -> Answers:
            fewer, pod = with_rules(claims, pod_rules, [])
            ask, state = (self.ask.unbound, self.fleet.emptied()) if idle else (self.ask, self.fleet)
            return replace(ask, pod_rules=pod)(state, fewer)

        return AnsweredNodes(self.answers, rules_of(claims, pod_rules), without_rules)

    def _first_verdict(self) -> Explanation:
        stop, fit = first_stop(self.answers), chosen_fit(self.answers)
        if stop is not None:
            return self._stopped(stop)
        if fit is not None:
            return self._fits(fit)
        pools = cause_ignored_pools(self.now, self._fits_in)
        if pools is not None:
            return self._bad_pool(pools)
        return self._does_not_fit()

    def _base(self, outcome: Outcome, cause: Cause) -> Explanation:
        search = SearchEffort(self.answers.steps, self.question.budget, not is_undecided(self.answers))
        kubernetes = self._kubernetes(unavailable_text(self.answers, self.ask.admission))
        return Explanation(
            self.question.subject,
            outcome,
            cause.code,
            cause.reason,
            kubernetes,
            fleet_summary(self.fleet),
            fits_now=outcome is Outcome.FITS,
            evidence=cause.evidence,
            search=search,
        )

    def _kubernetes(self, text: str | None) -> KubernetesAnswer:
        """What Kubernetes says, if it can be asked."""
        is_asked = not only_a_policy_says(self.question.claims, self.ask.pod_rules)
        return KubernetesAnswer(text if is_asked else None, len(self.fleet.nodes), is_asked=is_asked)

    def _stopped(self, stop: NodeAnswer) -> Explanation:
        assert isinstance(stop.outcome, Failed)
        text, event = stop.outcome.text, stop.outcome.event
        kubernetes = KubernetesAnswer(text, len(self.fleet.nodes), stops_pod=True)
        unreadable = cause_of_unreadable_nodes(self.fleet, stop.node, event)
        if unreadable is not None:
            return replace(self._base(Outcome.BAD_POOL, unreadable), kubernetes=kubernetes)
        cause = self._cause_of_visit(stop, event) if isinstance(event, FailingVisit) else None
        if cause is not None:
            base = self._base(Outcome.CEL_ERROR, cause)
            base = replace(base, kubernetes=kubernetes, requests=_funnels(self.now.requests))
            return replace(base, closest=nearest_nodes(self.now))
        if isinstance(event, BrokenPool):
            cause = cause_ignored_pools(self.now, None) or Cause("DRA125", Reason("stopped"))
            return replace(self._base(Outcome.BAD_POOL, replace(cause, code="DRA125")), kubernetes=kubernetes)
        return replace(self._with_parts(Outcome.NEVER, self._refused(stop)), kubernetes=kubernetes, fits_idle=False)

    def _cause_of_visit(self, stop: NodeAnswer, event: FailingVisit) -> Cause | None:
        number = next(index for index, spot in enumerate(self.now.spots) if stop.node in spot.nodes)
        claim = self.question.claims[event.claim].claim
        requests = [request for request in self.now.requests if request.claim is claim]
        narrowed = requests[event.request].alternatives[event.alternative]
        return cause_of_stop(self.now, FailedVisit(number, stop.node, event.position, narrowed))

    def _fits(self, fit: NodeAnswer) -> Explanation:
        assert isinstance(fit.outcome, Allocated)
        chosen = chosen_devices(self.fleet.view(fit.node), fit.outcome.results)
        if not self.question.idle:
            code, reason, evidence = fitting_parts(self.now, lambda: self.idle, chosen, fit, self._retry, self._asks)
        else:
            code, reason, evidence = "DRA500", Reason("fits", {"idle": True}), ()
        if only_a_policy_says(self.question.claims, self.ask.pod_rules):
            evidence = tuple(_own_choice(one) for one in evidence)
        group = self.answers.group_of(fit.node)
        if group.worth:
            wishes = preferred(self.answers, group, self.ask.pod_rules, is_best=self._is_best())
            evidence = (*(one for one in evidence if not isinstance(one, Choices)), wishes)
        base = self._base(Outcome.FITS, Cause(code, reason, evidence))
        base = replace(
            base, kubernetes=self._kubernetes(None), chosen=chosen, fits_idle=True, requests=_funnels(self.now.requests)
        )
        base = replace(base, evidence=(*base.evidence, *self._later_errors()))
        return replace(base, closest=nearest_nodes(self.now))

    def _is_best(self) -> bool:
        """Whether it is proved that nothing better exists on any node."""
        best = best_fit(self.answers)
        return best is not None and best.is_proved

    def _later_errors(self) -> tuple[Evidence, ...]:
        """Errors that do not end scheduling now: one that may, on a node that fits no pod; those of devices held."""
        decision = scheduler_decision(self.answers)
        if isinstance(decision, Placed) and decision.may_abort is not None:
            stop = decision.may_abort
            assert isinstance(stop.outcome, Failed)
            return (MayAbort(stop.node, stop.outcome.text),)
        return (*latent_errors(self.now), *failing_rules(self.answers))

    def _retry(self, claims: Sequence[CompiledClaim]) -> ChosenDevices | None:
        """What the claims would get if they were written otherwise."""
        return chosen(self.fleet, self.ask.fit(self.fleet, claims))

    def over_quota(self, ledger: Ledger, answers: Answers, fit: NodeAnswer, found: Study) -> Explanation:
        """A claim that fits but for the limits; ``answers`` are those without them, over the devices of ``found``."""
        assert isinstance(fit.outcome, Allocated)
        chosen = chosen_devices(self.fleet.view(fit.node), fit.outcome.results)
        base = self._base(Outcome.OVER_QUOTA, cause_of_quota(found, ledger, answers, fit, chosen))
        refused = ledger.refusal([each.claim for each in answers.claims])
        unavailable = unavailable_text(self.answers, self.ask.admission) if found.idle else None
        text = unavailable if refused is None else admission_text(refused)
        kubernetes = self._kubernetes(text)
        evidence = (*base.evidence, *latent_errors(self.now))
        base = replace(base, kubernetes=kubernetes, evidence=evidence, fits_idle=found.idle or None)
        return replace(base, closest=nearest_nodes(found))

    def _bad_pool(self, cause: Cause) -> Explanation:
        base = self._base(Outcome.BAD_POOL, cause)
        return replace(base, requests=_funnels(self.now.requests), closest=nearest_nodes(self.now))

    def _does_not_fit(self) -> Explanation:
        own = self.ask.unbound.admission
        if own is not None and is_refused_everywhere(own, self.fleet):
            parts = Parts(cause_of_no_node(own), self.idle.requests)
            return replace(self._with_parts(Outcome.NEVER, parts), fits_idle=False)
        idle = self.answers if self.question.idle else self._idle_answers()
        stop = first_stop(idle)
        fits_idle = stop is None and chosen_fit(idle) is not None
        # What does not fit with nothing held fits at no time, whether or not the search of now came to its end.
        is_never = not (fits_idle or is_undecided(idle if stop is None else self.answers))
        if not is_never and (is_undecided(self.answers) or not fits_idle):
            return self._unknown(idle)
        if fits_idle and not a_release_helps(self.fleet, lambda state: self.ask.unbound(state, self.question.claims)):
            return self._stops_when_idle()
        if fits_idle:
            bound = self._bound_by_claims()
            if bound is not None:
                return bound
            parts = self._parts(self.fleet, self.now)
            return replace(self._with_parts(Outcome.NOT_NOW, parts), fits_idle=True)
        parts = self._parts(self.fleet.emptied(), self.idle) if stop is None else self._refused(stop)
        return replace(self._with_parts(Outcome.NEVER, parts), fits_idle=False)

    def _bound_by_claims(self) -> Explanation | None:
        """The answer where allocated claims of the pod keep it off the nodes on which the others fit now."""
        admission = self.ask.admission
        if admission is None or not admission.is_bound_by_claims:
            return None
        fit = self.ask.unbound.fit(self.fleet, self.question.claims)
        if fit is None:
            return None
        waiting = tuple(each.claim.name for each in self.question.claims)
        parts = Parts(cause_of_binding(admission, waiting, fit.node), self.now.requests)
        return replace(self._with_parts(Outcome.NOT_NOW, parts), fits_idle=True)

    def _unknown(self, idle: Answers) -> Explanation:
        reason = Reason(
            "budget", {"steps": self.answers.steps, "budget": self.question.budget, "nodes": len(self.fleet.nodes)}
        )
        is_open = is_undecided(self.answers)
        found = undecided(self.answers if is_open else idle, self.question.budget, is_idle=not is_open)
        base = self._base(Outcome.UNKNOWN, Cause("DRA601", reason, (found,)))
        return replace(base, fits_now=None, requests=_funnels(self.now.requests), closest=nearest_nodes(self.now))

    def _refused(self, stop: NodeAnswer) -> Parts:
        """The parts where an error other than of a selector ends scheduling, devices held or not."""
        return not_fitting_parts(self.idle, self.idle, self.question.claims, self._asks, fatal=stop)

    def _parts(self, state: Fleet, found: Study) -> Parts:
        """The cause in a state of the fleet; of several claims that of the first which does not even fit alone."""
        claims = self.question.claims
        cause = cause_of_rules(claims, self.ask.pod_rules, RuledAllocator(self.ask, state), idle=found.idle)
        if cause is not None:
            return Parts(cause, found.requests, nearest_nodes(found))
        for claim in claims if len(claims) > 1 else ():
            if self.ask.fit(state, [claim]) is None:
                own, idle = of_claim(found, claim), of_claim(self.idle, claim)
                parts = not_fitting_parts(own, idle, [claim], self._asks, each_fits=False)
                return replace(parts, requests=found.requests, closest=nearest_nodes(found, claim))
        return not_fitting_parts(found, self.idle, claims, self._asks)

    @property
    def _asks(self) -> Asks:
        idle = FittingAllocator(self.ask.unbound, self.fleet.emptied())
        forbids = None if self.ledger is None else LimitedAllocator(self.ask, self.fleet, self.ledger)
        return Asks(FittingAllocator(self.ask, self.fleet), idle, forbids)

    def _fits_in(self, fleet: Fleet) -> bool:
        answers = self.ask(fleet, self.question.claims)
        return first_stop(answers) is None and chosen_fit(answers) is not None

    def _idle_answers(self) -> Answers:
        """The answers with nothing held.

        An error on a device that is held now is no answer to this question: such a device is then no match.
        """
        ask = self.ask.unbound
        answers = ask(self.fleet.emptied(), self.question.claims)
        if any(isinstance(group.event, FailingVisit) for group in answers.groups):
            answers = ask(self.fleet.emptied(), self.question.claims, errors_are_fatal=False)
        return answers

    def _stops_when_idle(self) -> Explanation:
        """It fits at no time: held devices hide others, or are others, on which a selector fails once they are free."""
        answers = self.ask.unbound(self.fleet.emptied(), self.question.claims)
        stop = first_stop(answers)
        assert stop is not None and isinstance(stop.outcome, Failed)  # noqa: PT018 - one fact
        event = stop.outcome.event
        cause = self._cause_of_visit(stop, event) if isinstance(event, FailingVisit) else None
        if cause is None:
            return replace(self._with_parts(Outcome.NEVER, self._refused(stop)), fits_idle=False)
        reason = Reason(cause.reason.template, {**cause.reason.arguments, "later": True})
        base = self._base(Outcome.NEVER, replace(cause, reason=reason))
        return replace(base, fits_idle=False, requests=_funnels(self.now.requests), closest=nearest_nodes(self.now))

    def _with_parts(self, outcome: Outcome, parts: Parts) -> Explanation:
        base = self._base(outcome, parts.cause)
        evidence = (*base.evidence, *pools_beside(self.now), *latent_errors(self.now))
        funnels = _funnels(parts.requests)
        return replace(base, evidence=evidence, requests=funnels, closest=parts.closest, notes=parts.notes)


def _own_choice(evidence: Evidence) -> Evidence:
    """Evidence about a choice that Kubernetes could not make."""
    return replace(evidence, of_kubernetes=False) if isinstance(evidence, Alternatives | Choices) else evidence


def _funnels(requests: Sequence[StudiedRequest]) -> tuple[Funnel, ...]:
    return tuple(
        replace(one.funnel, is_nearest=one is request.nearest) for request in requests for one in request.alternatives
    )
