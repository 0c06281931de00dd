"""Make claims and claim templates of their declarations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from dra_policy.language.loading import Unit
from dra_policy.language.naming import declared_twice
from dra_policy.language.requests import Requests
from dra_policy.language.rules import make_preference, make_requirement, of_claim
from dra_policy.language.syntax import ClaimDeclaration, Config, Constraint, Label, Name, Request, Rule, Shareable
from dra_policy.language.targets import (
    ENGINE_ONLY,
    Target,
    attribute_name,
    configuration,
    has_error,
    has_lost_statement,
    labels_of,
)
from dra_policy.model import (
    Claim,
    ClaimTemplate,
    Configuration,
    DistinctAttribute,
    MatchAttribute,
    Preference,
    Requirement,
)
from dra_policy.model import Constraint as ModelConstraint
from dra_policy.model import Request as ModelRequest
from dra_policy.record import dataclass, field
from dra_policy.text import Place, Span, SpanDocument, nearest

_Statement = TypeVar("_Statement", bound="Request | Config | Label | Rule | Shareable | Constraint")

_MOST_REQUESTS = 32


@dataclass(frozen=True, slots=True)
class MadeClaim:
    """A claim or template of the model, its declaration, its labels.

    ``names`` are the requests as the policy calls them, and ``request/alternative``.
    """

    declaration: ClaimDeclaration
    claim: Claim
    names: tuple[str, ...]
    labels: dict[str, str] = field(hash=False)

    def template(self) -> ClaimTemplate:
        """The claim as a template."""
        return ClaimTemplate(self.claim.name, self.claim.namespace, self.claim, self.claim.place)


def make_claims(units: Iterable[Unit], class_names: list[str], target: Target) -> list[MadeClaim]:
    """All claims and templates of the files; names are one space for each namespace and kind."""
    made: list[MadeClaim] = []
    seen: dict[tuple[str, str, str], Name] = {}
    for unit in units:
        for statement in unit.file.statements:
            if not isinstance(statement, ClaimDeclaration):
                continue
            namespace = statement.namespace.text if statement.namespace else unit.namespace
            first = seen.setdefault((statement.word, namespace, statement.name.text), statement.name)
            if first is not statement.name:
                target.findings.add((declared_twice(statement.word, statement.name, first),))
                continue
            made.append(make_claim(statement, unit, namespace, class_names, target))
    return made


def make_claim(
    declaration: ClaimDeclaration, unit: Unit, namespace: str, class_names: list[str], target: Target
) -> MadeClaim:
    """One claim or template, as far as it is right."""
    return _ClaimMaker(declaration, unit, class_names, target).make(namespace)


class _ClaimMaker:
    """Makes one claim."""

    def __init__(self, declaration: ClaimDeclaration, unit: Unit, class_names: list[str], target: Target) -> None:
        self.declaration = declaration
        self.unit = unit
        self.target = target
        names = frozenset(each.name.text for each in declaration.statements if isinstance(each, Request))
        self.requests = Requests(unit.scope, class_names, names, target)
        # What a constraint may name: requests, ``request/alternative``.
        self.names: dict[str, Name] = {}

    def make(self, namespace: str) -> MadeClaim:
        """The claim with everything that the target can say."""
        declaration, findings = self.declaration, self.target.findings
        made = self._requests()
        constraints = tuple([each for each in map(self._constraint, self._all(Constraint)) if each is not None])
        configurations = tuple([self._configuration(each) for each in self._all(Config)])
        requirements, preferences = self._rules()
        labels = labels_of(self._all(Label), findings)
        claim = Claim(
            declaration.name.text,
            namespace,
            self.target.dialect,
            tuple(made),
            constraints,
            configurations,
            shareable=True if self._all(Shareable) else None,
            place=Place(SpanDocument(declaration.name.span)),
            requirements=requirements,
            preferences=preferences,
            labels=labels,
        )
        return MadeClaim(declaration, claim, tuple(self.names), labels)

    def _rules(self) -> tuple[tuple[Requirement, ...], tuple[Preference, ...]]:
        """What holds between the devices, and what is better; no manifest can say either."""
        target, rules = self.target, self._all(Rule)
        if target.writes_manifests:
            for rule in rules:
                target.cannot_say(f"`{rule.word}`", rule.span, ENGINE_ONLY)
            return (), ()
        speech = of_claim(self.names)
        scope, findings = self.unit.scope, target.findings
        required = [make_requirement(each, scope, speech, findings) for each in rules if each.word == "require"]
        preferred = [make_preference(each, scope, speech, findings) for each in rules if each.word == "prefer"]
        return tuple(required), tuple(preferred)

    def _all(self, kind: type[_Statement]) -> list[_Statement]:
        return [each for each in self.declaration.statements if isinstance(each, kind)]

    def _requests(self) -> list[ModelRequest]:
        findings = self.target.findings
        made: list[ModelRequest] = []
        declared = self._all(Request)
        for request in declared:
            first = self.names.setdefault(request.name.text, request.name)
            if first is not request.name:
                self.target.findings.add((declared_twice("request", request.name, first),))
                continue
            made.extend(self.requests.make(request))
            for name in self.requests.alternatives_of(request):
                self.names[f"{request.name.text}/{name.text}"] = name
        if not declared and not has_error(self.declaration.span, findings):
            hint = "add `request NAME: 1 of CLASS`"
            message = f"{self.declaration.word} `{self.declaration.name.text}` has no request"
            self.target.findings.error("DRA106", message, self.declaration.name.span, hint=hint)
        if len(made) > _MOST_REQUESTS:
            message = f"{len(made)} requests; the API takes {_MOST_REQUESTS}"
            self.target.findings.error("DRA105", message, declared[_MOST_REQUESTS - 1].span)
        return made

    def _names(self, names: tuple[Name, ...], word: str) -> tuple[str, ...]:
        """The requests that a statement names."""
        is_whole = not has_lost_statement(self.declaration.span, self.target.findings)
        for name in names:
            if name.text not in self.names and is_whole:
                near = nearest(name.text, self.names)
                hint = f"did you mean `{near}`?" if near else f"the requests are {', '.join(self.names)}"
                message = f"`{word}` names `{name.text}`, which is no request of this {self.declaration.word}"
                self.target.findings.error("DRA311", message, name.span, hint=hint)
        return tuple(name.text for name in names)

    def _constraint(self, statement: Constraint) -> ModelConstraint | None:
        across = self._names(statement.across or (), "across")
        attribute = attribute_name(statement.attribute, self.unit.scope, self.target)
        place = Place(ConstraintDocument(statement.span, statement.attribute.span))
        if statement.word == "distinct" and not self.target.has("distinct", 34, statement.span):
            return None
        if self.target.is_evolution:
            everything = {name for name in self.names if "/" not in name}
            if across and set(across) != everything:
                self.target.cannot_say("`across` some of the requests", statement.span, "v1 can")
            return MatchAttribute(attribute, (), place)
        if statement.word == "distinct":
            return DistinctAttribute(attribute, across, place)
        return MatchAttribute(attribute, across, place)

    def _configuration(self, statement: Config) -> Configuration:
        requests = self._names(statement.requests, "for")
        return configuration(statement, requests, self.unit.scope, self.target.findings)


@dataclass(frozen=True, slots=True)
class ConstraintDocument(SpanDocument):
    """A constraint's statement; its attribute stands at ``matchAttribute`` or ``distinctAttribute``."""

    attribute: Span

    def span(self, path: tuple[str | int, ...], *, key: bool = False) -> Span | None:  # noqa: ARG002
        """The attribute's name, or the whole statement."""
        return (
            self.attribute if path[-1:] in (("matchAttribute",), ("distinctAttribute",)) else self.where
        ).outermost()
