"""Make ``require``, ``prefer`` and the rules of quotas: expressions over several devices, checked for their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from dra_policy.cel.nesting import recursion_room
from dra_policy.language.conditions import Condition
from dra_policy.language.dialects import rewrite
from dra_policy.language.expand import expand
from dra_policy.language.inference import infer
from dra_policy.language.scope import Scope
from dra_policy.language.shapes import DEVICES, NODE, ListOf, Named, Shape
from dra_policy.language.syntax import Alias, Rule
from dra_policy.language.targets import has_error
from dra_policy.model import Dialect, ExpressionRule, Preference, Requirement, Selector
from dra_policy.record import dataclass, field
from dra_policy.text import Findings, Place, SpanDocument

if TYPE_CHECKING:
    from dra_policy.cel.kinds import Type

Aliases = tuple[tuple[str, str], ...]
Shapes = Mapping[str, Shape | None]
AnyRule = TypeVar("AnyRule", Requirement, Preference)

_QUOTA: Shapes = {"held": DEVICES, "asked": DEVICES, "namespace": None, "claim": None}


@dataclass(frozen=True, slots=True)
class Speech:
    """What the rules of one place speak of: the shapes of its variables, and their types in CEL."""

    shapes: Shapes
    types: Mapping[str, Type] = field(compare=False)


def of_claim(names: Iterable[str]) -> Speech:
    """The requests of a claim; ``names`` are those of requests, and ``request/alternative``."""
    from dra_policy.cel.rules import claim_variables

    named = requests_shape(names, "this claim")
    single = {name: shape for name, shape in named.entries.items() if name.isidentifier() and name.isascii()}
    return Speech({**single, "requests": named, "node": NODE}, claim_variables(single))


def requests_shape(names: Iterable[str], owner: str) -> Named:
    """Requests by name."""
    return Named("request", owner, dict.fromkeys(names, ListOf(DEVICES.item, "the request")))


def of_pod(claims: Mapping[str, Shape], owner: str) -> Speech:
    """The claims of a pod."""
    from dra_policy.cel.rules import POD_VARIABLES

    return Speech({"claims": Named("claim", owner, claims), "node": NODE}, POD_VARIABLES)


def of_group(own: Mapping[str, Shape], of_pods: Mapping[str, Shape]) -> Speech:
    """The claims of a group, and those of each of its pods, the group's among them."""
    from dra_policy.cel.rules import GROUP_VARIABLES

    pods = ListOf(Named("claim", "a pod of this group", {**of_pods, **own}))
    return Speech({"claims": Named("claim", "this group", own), "pods": pods}, GROUP_VARIABLES)


def make_requirement(rule: Rule, scope: Scope, speech: Speech, findings: Findings) -> Requirement:
    """A ``require``; what is wrong with it is reported."""
    return _checked(Requirement(*_parts(rule, scope, speech.shapes, findings)), rule, speech, findings)


def make_preference(rule: Rule, scope: Scope, speech: Speech, findings: Findings) -> Preference:
    """A ``prefer``; what is wrong with it is reported."""
    return _checked(Preference(*_parts(rule, scope, speech.shapes, findings)), rule, speech, findings)


def make_quota_rule(rule: Rule, scope: Scope, findings: Findings) -> ExpressionRule:
    """A ``require`` of a quota; its types are looked at when claims are held to it, which must not pass without it."""
    return ExpressionRule(*_parts(rule, scope, _QUOTA, findings))


def _parts(rule: Rule, scope: Scope, shapes: Shapes, findings: Findings) -> tuple[Selector, Aliases, Place]:
    """The expanded expression, the short names that its devices have as fields, and where the rule stands."""
    views = _Views(scope)
    with recursion_room():
        expanded = expand(rule.expression, scope, findings, variables=shapes, in_rule=True)
        rewritten = rewrite(infer(expanded), Dialect.V1, findings, views.name)
    selector = Condition(rewritten, Dialect.V1, rule.expression.span).selector()
    return selector, tuple(sorted(views.domains.items())), Place(SpanDocument(rule.span))


def _checked(made: AnyRule, rule: Rule, speech: Speech, findings: Findings) -> AnyRule:
    """The rule that is made; its types are looked at where nothing else is wrong inside it."""
    from dra_policy.cel.rules import compile_rule

    if not has_error(rule.expression.span, findings):
        findings.add(compile_rule(made, speech.types).diagnostics)
    return made


class _Views:
    """The names under which devices show what aliases stand for: those of the rule's own file first."""

    def __init__(self, scope: Scope) -> None:
        found = [(name, scope.alias(name)) for name in scope.names]
        self.domains = {name: alias.domain.text for name, alias in found if alias is not None}

    def name(self, alias: Alias) -> str:
        """The name for an alias; one of another file may stand for something else under the same name."""
        wanted, domain = alias.name.text, alias.domain.text
        same = [name for name, each in self.domains.items() if each == domain]
        if same:
            return wanted if wanted in same else same[0]
        free = wanted
        while free in self.domains:
            free += "_"
        self.domains[free] = domain
        return free
