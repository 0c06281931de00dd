"""The allocator as an explanation asks it: over several states of the fleet, with fewer claims or rules."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate import Allocated, Answers, Ledger, Limit, NodeAnswer, allocate_claims
from dra_policy.allocate.problem import RuleError
from dra_policy.allocate.scheduler import is_undecided
from dra_policy.allocate.score import best_fit
from dra_policy.allocate.together import PodRules
from dra_policy.compiler import CompiledClaim
from dra_policy.evaluate import Evaluator
from dra_policy.explain.explanation import ChosenDevices
from dra_policy.explain.fitting import chosen_devices
from dra_policy.explain.quota import breaches_of_fit, broken_rule
from dra_policy.explain.quota_evidence import BrokenRule
from dra_policy.fleet import Fleet, NodeAdmission
from dra_policy.model import Quota
from dra_policy.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class Allocator:
    """The allocator with everything that stays the same between the questions put to it."""

    evaluator: Evaluator
    quotas: tuple[Quota, ...] | Ledger | None
    budget: int
    admission: NodeAdmission | None = None
    pod_rules: PodRules | None = None

    @property
    def unbound(self) -> Allocator:
        """The same allocator if the pod had no allocated claims."""
        return self if self.admission is None else replace(self, admission=self.admission.without_claims)

    def __call__(
        self,
        fleet: Fleet,
        claims: Sequence[CompiledClaim],
        *,
        errors_are_fatal: bool = True,
        without: frozenset[Limit] = frozenset(),
    ) -> Answers:
        """The answers for some claims over a state of the fleet; see ``allocate_claims``."""
        return allocate_claims(
            fleet,
            claims,
            evaluator=self.evaluator,
            quotas=self.quotas,
            together=self.pod_rules.over(claims) if self.pod_rules is not None else (),
            budget=self.budget,
            errors_are_fatal=errors_are_fatal,
            nodes=self.admission,
            without=without,
        )

    def fit(self, fleet: Fleet, claims: Sequence[CompiledClaim]) -> NodeAnswer | None:
        """The best node where they fit; None if there is none, or if that is not known."""
        answers = self(fleet, claims)
        best = best_fit(answers)
        return None if best is None else best.answer


@dataclass(frozen=True, slots=True)
class RuledAllocator:
    """The allocator over one state of the fleet, asked about claims under changing rules; fulfils ``rules.Fits``."""

    ask: Allocator
    state: Fleet

    def __call__(self, claims: Sequence[CompiledClaim], pod_rules: PodRules | None) -> ChosenDevices | None:
        """What they would get; None if they fit nowhere."""
        return chosen(self.state, replace(self.ask, pod_rules=pod_rules).fit(self.state, claims))

    def errors(self, claims: Sequence[CompiledClaim], pod_rules: PodRules | None) -> dict[int, RuleError]:
        """By the ``id`` of a rule the run-time error that it was met with first."""
        answers = replace(self.ask, pod_rules=pod_rules)(self.state, claims)
        return {id(error.rule): error for group in reversed(answers.groups) for error in group.errors}


@dataclass(frozen=True, slots=True)
class FittingAllocator:
    """The allocator over one state of the fleet, asked whether some of the claims fit; fulfils ``jointly.Fits``."""

    ask: Allocator
    state: Fleet

    def __call__(self, claims: Sequence[CompiledClaim], without: frozenset[Limit] = frozenset()) -> bool:
        """Whether they fit on some node, or may: only a proof says that they do not."""
        answers = self.ask(self.state, claims, errors_are_fatal=False, without=without)
        return best_fit(answers) is not None or is_undecided(answers)

    def node(self, claims: Sequence[CompiledClaim]) -> str | None:
        """A node on which they fit; None if there is none, or none was found."""
        best = best_fit(self.ask(self.state, claims, errors_are_fatal=False))
        return None if best is None else best.answer.node


@dataclass(frozen=True, slots=True)
class LimitedAllocator:
    """The allocator over one state of the fleet, with the limits of a namespace and without; fulfils ``Forbids``."""

    ask: Allocator
    state: Fleet
    ledger: Ledger

    def __call__(self, claims: Sequence[CompiledClaim]) -> BrokenRule | None:
        """The first rule that they would break with their first fit, where nothing else keeps them from all nodes."""
        answers = self.ask(self.state, claims, errors_are_fatal=False)
        fit = best_fit(answers)
        within = replace(self.ask, quotas=self.ledger)(self.state, claims, errors_are_fatal=False)
        if fit is None or best_fit(within) is not None or is_undecided(within):
            return None
        breaches = breaches_of_fit(self.ledger, answers, fit.answer)
        return broken_rule(breaches[0]) if breaches else None


def chosen(fleet: Fleet, fit: NodeAnswer | None) -> ChosenDevices | None:
    """The devices of an answer, by the names that tell them apart; None where it gives none."""
    if fit is None or not isinstance(fit.outcome, Allocated):
        return None
    return chosen_devices(fleet.view(fit.node), fit.outcome.results)
