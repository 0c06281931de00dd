"""Compile everything that a world declares and gather what is wrong or doubtful."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dra_policy.cel.rules import QUOTA_VARIABLES, compile_rule
from dra_policy.compiler import CompiledSelector, compile_class
from dra_policy.engine.container_uses import unknown_requests
from dra_policy.engine.guards import without_guarded_reads
from dra_policy.engine.new_objects import ExpressionCost, cost_of, refusals
from dra_policy.engine.published import check_slices
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World
from dra_policy.model import AmountLimit, Claim, DeviceLimit, ExpressionRule, Objects, ResourceQuota
from dra_policy.model.quota import class_counted_by
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Place, Severity, nearest, without_echoes


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What was looked at, and every finding, in the order of the files' places.

    ``costs`` are the estimates of Kubernetes' expressions, in the order in which they were compiled.
    """

    classes: int
    claims: int
    pods: int
    slices: int
    quotas: int
    expressions: int
    skipped: int
    findings: tuple[Diagnostic, ...]
    costs: tuple[ExpressionCost, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings make the input wrong."""
        return sum(each.severity is Severity.ERROR for each in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings are doubts."""
        return len(self.findings) - self.errors


def check_world(world: World, own: Objects) -> CheckReport:
    """Check what ``own`` declares against the world that it belongs to.

    Selectors are compiled and type-checked; with a fleet loaded, one that no device meets is a finding too. References
    (classes, claims, templates) must exist.
    """
    findings: list[Diagnostic] = []
    refused = tuple(check_slices(world.fleet, own.slices)) if own.slices and not world.objects.is_recorded else ()
    findings += refused
    # What the API server refuses cannot be published, so that selectors stop at it is no news.
    findings += [each for each in world.unreadable if not any(_place(one) == _place(each) for one in refused)]
    expressions = 0
    costs: list[ExpressionCost | None] = []
    for device_class in own.classes:
        compiled = compile_class(device_class, world.classes, world.rules.compilation, world.published)
        stated = [selector for selector in compiled.selectors if selector.selector is not None]
        expressions += len(stated)
        for index, selector in enumerate(compiled.selectors):
            if selector.selector is not None:
                findings += _selector(selector, world, compiled.selectors[:index])
        costs += map(cost_of, stated)
    for limit in (rule for quota in own.quotas for rule in quota.rules if isinstance(rule, DeviceLimit | AmountLimit)):
        if limit.where is not None:
            expressions += 1
            findings += _selector(world.compile_selector(limit.where), world, None)
    for rule in (rule for quota in own.quotas for rule in quota.rules if isinstance(rule, ExpressionRule)):
        expressions += 1
        findings += compile_rule(rule, QUOTA_VARIABLES).diagnostics
    for quota in own.resource_quotas:
        findings += _limits_of_unknown_classes(quota, world)
    claims = [*own.claims, *(template.claim for template in own.templates)]
    claims += [entry.inline for pod in own.pods for entry in pod.claims if entry.inline is not None]
    for claim in claims:
        for found in _claim(claim, world):
            if isinstance(found, Diagnostic):
                findings.append(found)
            else:
                expressions += 1
                costs.append(cost_of(found))
    for subject in subjects_of(own, world):
        findings += subject.problems
        findings += unknown_requests(subject)
    read = tuple(dict.fromkeys(world.diagnostics))
    return CheckReport(
        classes=len(own.classes),
        claims=len(own.claims) + len(own.templates),
        pods=len(own.pods),
        slices=len(own.slices),
        quotas=len(own.quotas) + len(own.resource_quotas),
        expressions=expressions,
        skipped=sum(own.skipped.values()),
        findings=tuple(sorted((*read, *without_echoes(findings, read)), key=_place)),
        costs=tuple(cost for cost in costs if cost is not None),
    )


def _claim(claim: Claim, world: World) -> Iterator[Diagnostic | CompiledSelector]:
    """Each selector of the claim, followed by its findings."""
    for request in world.compile_claim(claim).requests:
        for alternative in request.alternatives:
            demand = alternative.demand
            # That a released claim names no class at all was said where it was read.
            is_named = demand.device_class_name or not claim.dialect.is_kubernetes
            if alternative.device_class is None and world.objects.classes and is_named:
                yield _no_class(demand.device_class_name, demand.place or claim.place, world)
            before = None if alternative.device_class is None else alternative.device_class.selectors
            for index, selector in enumerate(alternative.selectors):
                if selector.selector is not None:
                    yield selector
                earlier = None if before is None else (*before, *alternative.selectors[:index])
                yield from _selector(selector, world, earlier)


def _limits_of_unknown_classes(quota: ResourceQuota, world: World) -> Iterator[Diagnostic]:
    """Limits of classes that do not exist: they hold, and nothing that exists comes under them."""
    names = [each.name for each in world.objects.classes if each.dialect.is_kubernetes]
    for name in quota.hard if names else ():
        device_class = class_counted_by(name)
        if device_class is not None and device_class not in names:
            message = f"device class `{device_class}` does not exist: nothing comes under the limit"
            span = quota.place.child("spec", "hard", name).key_span if quota.place else None
            near = nearest(device_class, names)
            hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(names[:8])}"
            yield Diagnostic("DRA110", Severity.WARNING, message, span, hint=hint)


def _no_class(name: str, place: Place | None, world: World) -> Diagnostic:
    near = nearest(name, world.classes.names)
    hint = f"did you mean `{near}`?" if near else f"there are: {', '.join(world.classes.names[:8])}"
    span = place.child("deviceClassName").span if place else None
    return Diagnostic("DRA110", Severity.ERROR, f"device class `{name}` does not exist", span, hint=hint)


def _selector(
    selector: CompiledSelector, world: World, earlier: Sequence[CompiledSelector] | None
) -> Iterator[Diagnostic]:
    """What is found about a selector that is asked after ``earlier`` (None: it is not known what comes before)."""
    stated = selector.selector
    if stated is not None and not stated.expression and stated.dialect.is_kubernetes and not world.objects.is_recorded:
        return  # that there is none was said where it was read
    yield from without_guarded_reads(selector, earlier, world)
    yield from refusals(selector, world.rules)
    if selector.condition is None or not world.objects.slices:
        return
    if any(each.code in ("DRA301", "DRA302", "DRA303") for each in selector.diagnostics):
        return  # that a name is unknown explains why no device meets the condition
    total = world.fleet.device_count
    masks = [world.evaluator.slice_masks(selector.condition, loaded) for loaded in world.fleet.current_slices]
    if total and not any(mask.true or mask.error for mask in masks):
        message = f"no device of this fleet meets the condition (0 of {total})"
        span = selector.condition.span
        hint = "`drapolicy eval` with it says what the devices have instead"
        yield Diagnostic("DRA315", Severity.WARNING, message, span, hint=hint)


def _place(finding: Diagnostic) -> tuple[str, int]:
    if finding.span is None:
        return "", 0
    span = finding.span.outermost()
    return span.source.name, span.start
