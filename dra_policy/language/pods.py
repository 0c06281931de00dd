"""Make pods and groups of pods: their claims, who uses them, and what holds across the claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from dra_policy.cel.literals import read_integer
from dra_policy.language.claims import ConstraintDocument, MadeClaim, make_claim
from dra_policy.language.loading import Unit
from dra_policy.language.naming import declared_twice
from dra_policy.language.requests import StatementDocument
from dra_policy.language.rules import Speech, make_preference, make_requirement, of_group, of_pod, requests_shape
from dra_policy.language.shapes import Shape
from dra_policy.language.syntax import (
    ClaimDeclaration,
    Constraint,
    Container,
    GroupDeclaration,
    Label,
    Name,
    PodClaim,
    PodDeclaration,
    Rule,
)
from dra_policy.language.targets import ENGINE_ONLY, Target, attribute_name, has_error, labels_of
from dra_policy.model import (
    Claim,
    ContainerClaim,
    DistinctAttribute,
    MatchAttribute,
    Objects,
    Pod,
    PodGroup,
    Preference,
    Requirement,
)
from dra_policy.model import Constraint as ModelConstraint
from dra_policy.model import Container as ModelContainer
from dra_policy.model import PodClaim as ModelPodClaim
from dra_policy.record import dataclass, field, replace
from dra_policy.text import Place, Span, SpanDocument, Step, nearest

# A search works through all pods of a group at once.
_MOST_OF_GROUP = 10_000
_Statement = TypeVar("_Statement", bound="PodClaim | Container | Constraint | Rule | Label")


@dataclass(frozen=True, slots=True)
class KnownClaim:
    """A claim that a pod can have; ``names`` are its requests as the policy calls them, and their alternatives."""

    claim: Claim
    names: tuple[str, ...]

    @property
    def requests(self) -> list[str]:
        """The names of its requests."""
        return [name for name in self.names if "/" not in name]

    def written(self, request: str) -> list[str]:
        """A request as the claim has it: dra-evolution has one for each device, ``gpus-0`` and so on."""
        names = [each.name for each in self.claim.requests]
        if request in names:
            return [request]
        return [name for name in names if name.startswith(f"{request}-") and name[len(request) + 1 :].isdigit()]


PodClaims = Mapping[str, KnownClaim]
"""The claims of a pod by the pod's names for them."""


@dataclass(frozen=True, slots=True)
class MadePod:
    """A pod of the model, its declaration, its labels, and the templates that are written in it."""

    declaration: PodDeclaration
    pod: Pod
    claims: PodClaims
    templates: tuple[MadeClaim, ...]
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)


class Pods:
    """Makes the pods and groups of a policy; what they refer to stands in it or in what it imports."""

    def __init__(
        self, claims: Iterable[MadeClaim], foreign: Iterable[Objects], class_names: list[str], target: Target
    ) -> None:
        """Collect what pods can refer to."""
        self.class_names = class_names
        self.target = target
        # Of these no pod can be made, and nothing is said of what names them: their own mistakes are told.
        self._broken: set[tuple[str, str]] = set()
        self._known: dict[tuple[str, str, str], KnownClaim] = {}
        self._pods: dict[tuple[str, str], PodClaims] = {}
        for made in claims:
            key = (made.declaration.word, made.claim.namespace, made.claim.name)
            self._known[key] = KnownClaim(made.claim, made.names)
        for objects in foreign:
            self._add_foreign(objects)

    def _add_foreign(self, objects: Objects) -> None:
        for claim in objects.claims:
            self._known["claim", claim.namespace, claim.name] = KnownClaim(claim, _request_names(claim))
        for template in objects.templates:
            names = _request_names(template.claim)
            self._known["template", template.namespace, template.name] = KnownClaim(template.claim, names)
        for pod in objects.pods:
            found = {each.name: self._of_foreign(each, pod) for each in pod.claims}
            self._pods[pod.namespace, pod.name] = {name: each for name, each in found.items() if each is not None}

    def _of_foreign(self, entry: ModelPodClaim, pod: Pod) -> KnownClaim | None:
        if entry.inline is not None:
            return KnownClaim(entry.inline, _request_names(entry.inline))
        word = "claim" if entry.claim_name else "template"
        return self._known.get((word, pod.namespace, entry.claim_name or entry.template_name or ""))

    def find(self, statement: PodClaim, namespace: str) -> KnownClaim | None:
        """The claim or template that a statement names; one that is not there is reported."""
        assert statement.reference is not None
        word, name = statement.word, statement.reference
        found = self._known.get((word, namespace, name.text))
        if found is None and (word, name.text) not in self._broken:
            here = [each for kind, place, each in self._known if (kind, place) == (word, namespace)]
            elsewhere = [place for kind, place, each in self._known if (kind, each) == (word, name.text)]
            near = nearest(name.text, here)
            hint = f"did you mean `{near}`?" if near else f"declare it, or import the manifest that has the {word}"
            if elsewhere:
                hint = f"it exists in `{elsewhere[0]}`; a pod uses the claims and templates of its own namespace"
            message = f"there is no {word} `{name.text}` in `{namespace}`"
            self.target.findings.error("DRA310", message, name.span, hint=hint)
        return found

    def make_pods(self, units: Iterable[Unit]) -> list[MadePod]:
        """All pods of the files; names are one space for each namespace."""
        made: list[MadePod] = []
        seen: dict[tuple[str, str], Name] = {}
        units = tuple(units)
        self._broken.update(*(unit.file.lost for unit in units))
        for unit, statement in _statements(units, PodDeclaration):
            namespace = statement.namespace.text if statement.namespace else unit.namespace
            first = seen.setdefault((namespace, statement.name.text), statement.name)
            if first is not statement.name:
                self.target.findings.add((declared_twice("pod", statement.name, first),))
                continue
            pod = _Maker(statement, unit, namespace, self, {}).pod(statement)
            self._pods[namespace, statement.name.text] = pod.claims
            made.append(pod)
            if has_error(statement.span, self.target.findings):
                self._broken.add(("pod", statement.name.text))
        return made

    def make_groups(self, units: Iterable[Unit]) -> list[tuple[GroupDeclaration, PodGroup]]:
        """All groups of the files, once the pods are made."""
        made: list[tuple[GroupDeclaration, PodGroup]] = []
        seen: dict[tuple[str, str], Name] = {}
        for unit, statement in _statements(units, GroupDeclaration):
            namespace = statement.namespace.text if statement.namespace else unit.namespace
            first = seen.setdefault((namespace, statement.name.text), statement.name)
            if first is not statement.name:
                self.target.findings.add((declared_twice("group", statement.name, first),))
                continue
            if ("pod", statement.pod.text) in self._broken:
                continue
            claims = self._claims_of_pod(statement.pod, namespace)
            made.append((statement, _Maker(statement, unit, namespace, self, claims).group(statement)))
        return made

    def _claims_of_pod(self, name: Name, namespace: str) -> PodClaims:
        found = self._pods.get((namespace, name.text))
        if found is None:
            near = nearest(name.text, [each for place, each in self._pods if place == namespace])
            hint = f"did you mean `{near}`?" if near else f"declare it: `pod {name.text} {{ … }}`"
            self.target.findings.error(
                "DRA310", f"there is no pod `{name.text}` in `{namespace}`", name.span, hint=hint
            )
        return found or {}


class _Maker:
    """Makes one pod or group; ``of_pods`` are the claims that each pod of a group has."""

    def __init__(
        self,
        declaration: PodDeclaration | GroupDeclaration,
        unit: Unit,
        namespace: str,
        pods: Pods,
        of_pods: PodClaims,
    ) -> None:
        self.declaration = declaration
        self.unit = unit
        self.namespace = namespace
        self.pods = pods
        self.target = pods.target
        self.what = "pod" if isinstance(declaration, PodDeclaration) else "group"
        self.claims: dict[str, KnownClaim] = {}
        self.of_pods = of_pods
        self.templates: list[MadeClaim] = []

    def pod(self, declaration: PodDeclaration) -> MadePod:
        """The pod with everything that the target can say."""
        claims = self._claims()
        shapes = _shapes(self.claims)
        requirements, preferences = self._rules(of_pod(shapes, "this pod"))
        pod = Pod(
            declaration.name.text,
            self.namespace,
            self.target.dialect,
            claims,
            self._containers(),
            place=Place(SpanDocument(declaration.name.span)),
            constraints=self._constraints(),
            requirements=requirements,
            preferences=preferences,
        )
        labels = labels_of(self._all(Label), self.target.findings)
        return MadePod(declaration, pod, self.claims, tuple(self.templates), labels)

    def group(self, declaration: GroupDeclaration) -> PodGroup:
        """The group; no manifest has one."""
        claims = self._claims()
        count = read_integer(declaration.count.text)
        if count < 1:
            hint = "write how many pods"
            self.target.findings.error("DRA105", "a group of no pods", declaration.count.span, hint=hint)
        elif count > _MOST_OF_GROUP:
            hint = f"a group has at most {_MOST_OF_GROUP:,} pods: they are placed in one search"
            self.target.findings.error("DRA105", f"a group of {count:,} pods", declaration.count.span, hint=hint)
        requirements, _ = self._rules(of_group(_shapes(self.claims), _shapes(self.of_pods)))
        return PodGroup(
            declaration.name.text,
            self.namespace,
            count,
            declaration.pod.text,
            claims,
            self._constraints(),
            requirements,
            Place(SpanDocument(declaration.name.span)),
        )

    def _all(self, kind: type[_Statement]) -> list[_Statement]:
        return [each for each in self.declaration.statements if isinstance(each, kind)]

    # Claims

    def _claims(self) -> tuple[ModelPodClaim, ...]:
        made: list[ModelPodClaim] = []
        seen: dict[str, Name] = {}
        for statement in self._all(PodClaim):
            name = statement.name
            first = seen.setdefault(name.text, name)
            if first is not name:
                self.target.findings.add((declared_twice("claim", name, first),))
            elif name.text in self.of_pods:
                hint = "the pods of the group would have two of this name"
                self.target.findings.error("DRA205", f"the pod has a claim `{name.text}` already", name.span, hint=hint)
            elif statement.reference is None:
                made.append(self._inline(statement))
            else:
                made.append(self._reference(statement))
        return tuple(made)

    def _inline(self, statement: PodClaim) -> ModelPodClaim:
        """A claim that is written in place; what it is made from is called ``POD-CLAIM``."""
        owner = self.declaration.name.text
        name = Name(f"{owner}-{statement.name.text}", statement.name.span)
        declaration = ClaimDeclaration("template", name, None, None, statement.statements, statement.span)
        made = make_claim(declaration, self.unit, self.namespace, self.pods.class_names, self.target)
        self.templates.append(made)
        claim = replace(made.claim, owner_pod=owner) if self.what == "pod" else made.claim
        self.claims[statement.name.text] = KnownClaim(claim, made.names)
        return ModelPodClaim(statement.name.text, inline=claim, place=Place(SpanDocument(statement.span)))

    def _reference(self, statement: PodClaim) -> ModelPodClaim:
        found = self.pods.find(statement, self.namespace)
        if found is not None:
            self.claims[statement.name.text] = found
        assert statement.reference is not None
        name, span = statement.reference.text, statement.reference.span
        fields: dict[Step, Span] = {"resourceClaimName": span, "resourceClaimTemplateName": span}
        place = Place(StatementDocument(statement.span, fields))
        if statement.word == "claim":
            return ModelPodClaim(statement.name.text, claim_name=name, place=place)
        return ModelPodClaim(statement.name.text, template_name=name, place=place)

    def _used(self, name: Name, word: str) -> tuple[KnownClaim, str, str] | None:
        """The claim that ``CLAIM`` or ``CLAIM/REQUEST`` names, and both parts; None, reported, where there is none."""
        claim, slash, request = name.text.partition("/")
        every = {**self.of_pods, **self.claims}
        found = every.get(claim)
        if found is None:
            names = [each.name.text for each in self._all(PodClaim)]
            if claim not in names:
                near = nearest(claim, [*every, *names])
                known = ", ".join(dict.fromkeys([*every, *names]))
                hint = f"did you mean `{near}`?" if near else f"the claims are {known}" if known else "it has no claims"
                message = f"`{word}` names `{claim}`, which is no claim of this {self.what}"
                self.target.findings.error("DRA310", message, name.span, hint=hint)
            return None
        if slash and request not in found.requests:
            near = nearest(request, found.requests)
            hint = f"did you mean `{claim}/{near}`?" if near else f"its requests are {', '.join(found.requests)}"
            self.target.findings.error("DRA311", f"claim `{claim}` has no request `{request}`", name.span, hint=hint)
            return None
        return found, claim, request

    # Containers

    def _containers(self) -> tuple[ModelContainer, ...]:
        seen: dict[str, Name] = {}
        made: list[ModelContainer] = []
        for statement in self._all(Container):
            first = seen.setdefault(statement.name.text, statement.name)
            if first is not statement.name:
                self.target.findings.add((declared_twice("container", statement.name, first),))
                continue
            made.append(self._container(statement))
        return tuple(made)

    def _container(self, statement: Container) -> ModelContainer:
        uses: list[ContainerClaim] = []
        for name in statement.uses:
            found = self._used(name, "uses")
            if found is not None:
                known, claim, request = found
                place = Place(SpanDocument(name.span))
                written = known.written(request) if request else [None]
                uses += [ContainerClaim(claim, each, place) for each in written]
        limits: dict[str, str] = {}
        where = statement.span
        if statement.limit is not None:
            amount, resource = statement.limit
            limits[resource.text] = str(read_integer(amount.text))
            where = resource.span
        place = Place(StatementDocument(statement.span, {"resources": where}))
        return ModelContainer(statement.name.text, tuple(uses), limits, is_init=statement.is_init, place=place)

    # What holds across claims

    def _constraints(self) -> tuple[ModelConstraint, ...]:
        made: list[ModelConstraint] = []
        for statement in self._all(Constraint):
            used = [self._used(name, "across") for name in statement.across or ()]
            attribute = attribute_name(statement.attribute, self.unit.scope, self.target)
            if self.target.writes_manifests:
                self._cannot_say(f"`{statement.word}` across claims", statement.span)
                continue
            across = tuple([f"{claim}/{request}" if request else claim for _, claim, request in filter(None, used)])
            place = Place(ConstraintDocument(statement.span, statement.attribute.span))
            kind = DistinctAttribute if statement.word == "distinct" else MatchAttribute
            made.append(kind(attribute, across, place))
        return tuple(made)

    def _cannot_say(self, what: str, span: Span) -> None:
        """Of a group no part can be said, which is reported for the whole."""
        if self.what == "pod":
            self.target.cannot_say(what, span, ENGINE_ONLY)

    def _rules(self, speech: Speech) -> tuple[tuple[Requirement, ...], tuple[Preference, ...]]:
        rules, target, scope = self._all(Rule), self.target, self.unit.scope
        if target.writes_manifests:
            for rule in rules:
                self._cannot_say(f"`{rule.word}`", rule.span)
            return (), ()
        # Without all of its claims every rule about them would be wrong as well.
        if has_error(self.declaration.span, target.findings):
            return (), ()
        required = [make_requirement(each, scope, speech, target.findings) for each in rules if each.word == "require"]
        preferred = [make_preference(each, scope, speech, target.findings) for each in rules if each.word == "prefer"]
        return tuple(required), tuple(preferred)


_Declaration = TypeVar("_Declaration", PodDeclaration, GroupDeclaration)


def _statements(units: Iterable[Unit], kind: type[_Declaration]) -> Iterable[tuple[Unit, _Declaration]]:
    return ((unit, each) for unit in units for each in unit.file.statements if isinstance(each, kind))


def _request_names(claim: Claim) -> tuple[str, ...]:
    """The requests of a claim, and their alternatives as ``request/alternative``."""
    names: list[str] = []
    for request in claim.requests:
        names.append(request.name)
        names += [f"{request.name}/{each.name}" for each in request.demands if request.prioritized]
    return tuple(names)


def _shapes(claims: PodClaims) -> dict[str, Shape]:
    """What rules see of claims."""
    return {name: requests_shape(known.names, f"claim `{name}`") for name, known in claims.items()}


def check_pods(pods: Sequence[MadePod], target: Target) -> None:
    """Report what a Pod of the API cannot be: one without containers."""
    for made in pods:
        if not any(not each.is_init for each in made.pod.containers):
            message = f"pod `{made.pod.name}` has no container"
            name = made.declaration.name
            target.findings.error("DRA106", message, name.span, hint="add `container NAME uses CLAIM`")
