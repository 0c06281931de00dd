"""A world: the objects of some inputs with everything that answers need, computed at first use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from dra_policy.compiler import CompiledClaim, CompiledSelector, DeviceClasses, compile_claim, compile_selector
from dra_policy.engine.published import unreadable_values
from dra_policy.engine.rules import Rules, idle_options
from dra_policy.evaluate import Evaluator
from dra_policy.fleet import Fleet
from dra_policy.manifests import Key, ModelObject, ReadResult, merge_results, object_key, read_inputs, read_text
from dra_policy.model import Claim, DeviceClass, Dialect, Objects, Pod, ResourceSlice, Selector, Vocabulary
from dra_policy.model.features import Features
from dra_policy.record import dataclass, replace
from dra_policy.text import Diagnostic, Severity, Source

if TYPE_CHECKING:
    # Not every command explains something.
    from dra_policy.explain.kept_spots import KeptSpots


@dataclass(frozen=True, slots=True)
class Existing:
    """The claims and pods that the API server has already, which quotas count."""

    claims: Collection[Claim]
    pods: Collection[Pod]

    def with_claims(self, claims: Sequence[Claim]) -> Existing:
        """The same with some more claims."""
        return replace(self, claims=(*self.claims, *claims))


class World:
    """Objects, what was wrong with their files, and the fleet that they make.

    Everything is computed once: reading is cheap until an answer is asked for. A world does not change. ``proposed``
    are the claims and pods that are only asked about.
    """

    def __init__(
        self,
        objects: Objects,
        diagnostics: Sequence[Diagnostic] = (),
        rules: Rules | None = None,
        policies: Sequence[Source] = (),
        proposed: frozenset[Key] = frozenset(),
    ) -> None:
        self.objects = objects
        self.diagnostics = tuple(_once(diagnostics))
        self.rules = rules or Rules()
        self.policies = tuple(policies)
        self.proposed = proposed

    @cached_property
    def existing(self) -> Existing:
        """The claims and pods that are not proposed, or that have devices or a node and so must exist."""
        claims, pods = self.objects.claims, self.objects.pods
        if not self.proposed:
            return Existing(claims, pods)
        return Existing(
            [each for each in claims if each.allocation is not None or object_key(each) not in self.proposed],
            [each for each in pods if each.node_name is not None or object_key(each) not in self.proposed],
        )

    @property
    def features(self) -> Features:
        """The allocator's switches: those of a recorded case where the objects came from one."""
        if self.objects.features is not None:
            return Features.of_case(self.objects.features).with_gates(self.rules.feature_gates)
        return self.rules.features

    @cached_property
    def fleet(self) -> Fleet:
        """The devices, held compactly."""
        return Fleet.build(self.objects, features=self.features)

    @cached_property
    def unreadable(self) -> tuple[Diagnostic, ...]:
        """Values of devices that no selector can read (DRA127). Recorded cases are taken as they are."""
        has_slices = bool(self.objects.slices) and not self.objects.is_recorded
        return unreadable_values(self.fleet) if has_slices else ()

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """What was wrong with the files, and with the values of the fleet."""
        return (
            *self.diagnostics,
            *self.unreadable,
            *self._idle_rules,
            *self._lost_selections,
            *self._idle_options,
        )

    @property
    def _idle_rules(self) -> tuple[Diagnostic, ...]:
        """Taint rules that count for nothing because a gate is off (DRA523)."""
        features = self.features
        needed = {"DRADeviceTaints": features.device_taints, "DRADeviceTaintRules": features.device_taint_rules}
        off = next((gate for gate, is_on in needed.items() if not is_on), None)
        if off is None or self.objects.is_recorded:
            return ()
        message = f"the rule taints nothing: feature gate `{off}` is off"
        hint = f"`--feature-gate {off}=true` if your cluster has it on"
        spans = (each.place.span for each in self.objects.taint_rules)
        return tuple([Diagnostic("DRA523", Severity.WARNING, message, span, hint=hint) for span in spans])

    @property
    def _lost_selections(self) -> Iterator[Diagnostic]:
        """Fields of taint rules that only older releases have (DRA103)."""
        if self.features.taint_rules_select or self.objects.is_recorded:
            return
        for rule in self.objects.taint_rules:
            lost = {"deviceClassName": rule.device_class_name is not None, "selectors": bool(rule.selectors)}
            for name in (name for name, is_written in lost.items() if is_written):
                span = rule.place.child("spec", "deviceSelector", name).key_span
                message = f"`deviceSelector` has no field `{name}`"
                hint = "Kubernetes 1.35 took it away: say driver, pool or device, or ask about `--kubernetes 1.34`"
                yield Diagnostic("DRA103", Severity.WARNING, message, span, hint=hint)

    @property
    def _idle_options(self) -> Iterator[Diagnostic]:
        """Options that concern no object. Recorded cases say by themselves what counts."""
        objects = self.objects
        if objects.is_recorded:
            return iter(())
        claims = (*objects.claims, *(template.claim for template in objects.templates))
        parts: tuple[Sequence[ResourceSlice | DeviceClass | Claim], ...] = (objects.slices, objects.classes, claims)
        return idle_options(self.rules, {each.dialect for part in parts for each in part})

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the fleet publishes; empty where there is no device."""
        return self.fleet.vocabulary()

    @cached_property
    def evaluator(self) -> Evaluator:
        """Answers of conditions over frames, kept for all questions to this world."""
        return Evaluator()

    @cached_property
    def ledgers(self) -> dict[str, object]:
        """What ``quotas.open_ledger`` gave, by namespace."""
        return {}

    @cached_property
    def kept_spots(self) -> KeptSpots:
        """What explanations find out about the fleet, kept for the next ones."""
        from dra_policy.explain.kept_spots import KeptSpots

        return KeptSpots()

    @cached_property
    def classes(self) -> DeviceClasses:
        """The device classes by dialect and name."""
        return DeviceClasses(self.objects.classes)

    @property
    def serving_classes(self) -> Sequence[DeviceClass]:
        """The classes that can serve extended resources: none where the gate is off."""
        return self.objects.classes if self.features.extended_resource else ()

    def compile_claim(self, claim: Claim) -> CompiledClaim:
        """The claim with its classes and conditions; mistakes are in its selectors' diagnostics."""
        return compile_claim(claim, self.classes, self.rules.compilation, self.published)

    def compile_selector(self, selector: Selector) -> CompiledSelector:
        """One selector; a mistake is in its diagnostics."""
        return compile_selector(selector, self.rules.compilation.environment(selector.dialect), self.published)

    @cached_property
    def dialect(self) -> Dialect:
        """The dialect of bare expressions: that of the slices, if they agree, else Kubernetes'."""
        families = {each.dialect.family for each in self.objects.slices}
        return families.pop() if len(families) == 1 else Dialect.V1

    @property
    def published(self) -> Vocabulary:
        """What expressions are checked against: the vocabulary, or nothing where no slice is loaded."""
        # Without slices every name is unknown; saying so of each would hide what is really wrong.
        return self.vocabulary if self.objects.slices else Vocabulary()

    def find_claim(self, namespace: str, name: str) -> Claim | None:
        """The claim of that name."""
        found = (c for c in self.objects.claims if c.name == name and c.namespace == namespace)
        return next(found, None)


def _once(diagnostics: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings without those that are the same at the same place: a file may be given and imported."""
    seen: set[Diagnostic] = set()
    for each in diagnostics:
        if each.span is None or each not in seen:
            seen.add(each)
            yield each


@dataclass(frozen=True, slots=True)
class Inputs:
    """What some files gave: objects, findings, and the policies among them, whose short names expressions may use."""

    read: ReadResult
    policies: tuple[Source, ...] = ()

    def world(self, rules: Rules) -> World:
        """The world that they make."""
        return World(self.read.objects, self.read.diagnostics, rules, self.policies)


def read_world(paths: Sequence[str], rules: Rules | None = None, *, stdin: Callable[[], bytes] | None = None) -> World:
    """Read files, folders and ``-``; what could not be read is among the world's diagnostics."""
    rules = rules or Rules()
    return read_files(paths, rules, stdin=stdin).world(rules)


def read_files(
    paths: Sequence[str], rules: Rules, *, stdin: Callable[[], bytes] | None = None, seen: set[str] | None = None
) -> Inputs:
    """Read manifests of all dialects and policies (``.dra``); ``seen`` are the real paths of those read already."""
    policies: list[Source] = []

    def read_and_keep(source: Source) -> tuple[Objects, Sequence[Diagnostic]]:
        policies.append(source)
        return _read_policy(source, rules)

    read = read_inputs(paths, stdin=stdin, dialect=rules.dialect, extra={".dra": read_and_keep}, seen=seen)
    return Inputs(read, tuple(policies))


def as_question(inputs: Inputs) -> Inputs:
    """Inputs that are asked about: an object of a device API that is not known is an error there (DRA102)."""
    found = tuple(
        replace(each, severity=Severity.ERROR) if each.code == "DRA102" else each for each in inputs.read.diagnostics
    )
    return Inputs(ReadResult(inputs.read.objects, found), inputs.policies)


def read_manifest(name: str, text: str | bytes, rules: Rules | None = None) -> Inputs:
    """Read a text as a file of that name."""
    rules = rules or Rules()
    if not name.endswith(".dra"):
        return Inputs(read_text(name, text, dialect=rules.dialect))
    return read_policy(Source.of(name, text.decode(errors="replace") if isinstance(text, bytes) else text), rules)


def read_policy(source: Source, rules: Rules) -> Inputs:
    """Read a text of the policy language."""
    objects, diagnostics = _read_policy(source, rules)
    return Inputs(ReadResult(objects, tuple(diagnostics)), (source,))


def joined(*inputs: Inputs) -> Inputs:
    """Several readings as one; of doubles the later stands."""
    policies = tuple(policy for each in inputs for policy in each.policies)
    return Inputs(merge_results([each.read for each in inputs]), policies)


def with_question(world: Inputs, question: Inputs, rules: Rules) -> World:
    """The world with what is asked about; what the question alone declares is proposed."""
    found = joined(world, question)
    proposed = _created_keys(question.read.objects) - _created_keys(world.read.objects)
    return World(found.read.objects, found.read.diagnostics, rules, found.policies, proposed)


def _created_keys(objects: Objects) -> frozenset[Key]:
    """The keys of the objects that quotas count."""
    created: list[ModelObject] = [*objects.claims, *objects.pods]
    return frozenset(map(object_key, created))


def _read_policy(source: Source, rules: Rules) -> tuple[Objects, Sequence[Diagnostic]]:
    from dra_policy.language import load_policy, read_file

    def read_import(path: str) -> Source | tuple[Objects, Sequence[Diagnostic]]:
        if path.endswith(".dra"):
            return read_file(path)
        with open(path, "rb") as file:
            read = read_text(path, file.read(), dialect=rules.dialect)
        return read.objects, read.diagnostics

    policy = load_policy(source, read_import)
    return policy.objects, policy.diagnostics
