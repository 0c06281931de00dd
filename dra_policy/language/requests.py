"""Make requests of their declarations: counts, conditions, tolerations, capacity, alternatives."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dra_policy.cel.syntax import Ident, Select
from dra_policy.language.conditions import Condition, compile_condition
from dra_policy.language.naming import declared_twice
from dra_policy.language.scope import Scope
from dra_policy.language.syntax import (
    AdminAccess,
    Alternative,
    Clause,
    Demand,
    FirstOf,
    Name,
    Request,
    Shared,
    Take,
    Tolerate,
    Where,
)
from dra_policy.language.targets import ENGINE_ONLY, Target
from dra_policy.model import AllocationMode, Toleration
from dra_policy.model import Demand as ModelDemand
from dra_policy.model import Request as ModelRequest
from dra_policy.record import dataclass, replace
from dra_policy.text import Diagnostic, Place, Severity, Source, Span, Step, nearest
from dra_policy.text.nearest import edit_distance
from dra_policy.values import Quantity, QuantityError

_MOST_DEVICES = 32
# A class that is not the policy's own may exist in the cluster: only a slip of the keyboard is reported.
_NEAR = 2
_MOST_ALTERNATIVES = 8
_MOST_SELECTORS = 32
_EFFECTS = ("NoSchedule", "NoExecute")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(h|ms|us|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """A statement, with the places of what the API calls its fields."""

    where: Span
    fields: Mapping[Step, Span]

    @property
    def name(self) -> str:
        """The policy file's name."""
        return self.where.source.name

    def span(self, path: tuple[Step, ...], *, key: bool = False) -> Span | None:  # noqa: ARG002
        """The field's place, or the whole statement's."""
        return self.fields.get(path[0] if path else "", self.where).outermost()

    def embedded(self, path: tuple[Step, ...], text: str) -> Source:
        """The text; all of it stands at the field's place."""
        where = self.span(path) or self.where
        return Source.of(self.name, text, lambda *_: where)


class Requests:
    """Makes the requests of one claim."""

    def __init__(self, scope: Scope, class_names: list[str], names: frozenset[str], target: Target) -> None:
        """Make requests in a file's scope; ``names`` are those of the claim's requests.

        ``class_names`` are those of the policy, for suggestions.
        """
        self._names = names
        self._scope = scope
        self._class_names = class_names
        self._target = target
        self._findings = target.findings

    def alternatives_of(self, request: Request) -> list[Name]:
        """The names of a request's alternatives."""
        return [each.name for each in request.demand.alternatives] if isinstance(request.demand, FirstOf) else []

    def make(self, request: Request) -> list[ModelRequest]:
        """A request of the model; dra-evolution has no count, so it gets one request for each device."""
        place = Place(StatementDocument(request.span, {"name": request.name.span}))
        match request.demand:
            case FirstOf():
                return self._first_of(request, request.demand, place)
            case Demand() as demand:
                made = self._demand(demand, ())
                if not self._target.is_evolution or made.count == 1:
                    return [ModelRequest(request.name.text, (made,), place=place)]
                single = replace(made, count=1)
                return [
                    ModelRequest(f"{request.name.text}-{number}", (single,), place=place)
                    for number in range(made.count)
                ]

    def _first_of(self, request: Request, first: FirstOf, place: Place) -> list[ModelRequest]:
        if not self._target.has("first of", 33, first.span):
            return []
        if len(first.alternatives) > _MOST_ALTERNATIVES:
            message = f"{len(first.alternatives)} alternatives; the API takes {_MOST_ALTERNATIVES}"
            self._findings.error("DRA105", message, request.name.span)
        seen: dict[str, Name] = {}
        demands: list[ModelDemand] = []
        for alternative in first.alternatives:
            taken = seen.setdefault(alternative.name.text, alternative.name)
            if taken is not alternative.name:
                self._findings.add((declared_twice("alternative", alternative.name, taken),))
                continue
            demands.append(self._alternative(alternative, first.clauses))
        return [ModelRequest(request.name.text, tuple(demands), prioritized=True, place=place)]

    def _alternative(self, alternative: Alternative, clauses: tuple[Clause, ...]) -> ModelDemand:
        for clause in (*alternative.demand.clauses, *clauses):
            if isinstance(clause, AdminAccess):
                hint = "give the request a single demand"
                self._findings.error("DRA105", "alternatives cannot have admin access", clause.span, hint=hint)
        return replace(self._demand(alternative.demand, clauses), name=alternative.name.text)

    def _demand(self, demand: Demand, more: tuple[Clause, ...]) -> ModelDemand:
        clauses = (*demand.clauses, *more)
        self._check_class(demand.device_class)
        selectors = self._selectors(clauses)
        tolerate = [each for each in clauses if isinstance(each, Tolerate)]
        tolerations = tuple(
            [self._toleration(each) for each in tolerate if self._target.has("tolerate", 33, each.span)]
        )
        mode, count, maximum = self._count(demand)
        fields: dict[Step, Span] = {"count": demand.count.span, "allocationMode": demand.count.span}
        fields["deviceClassName"] = demand.device_class.span
        return ModelDemand(
            demand.device_class.text,
            tuple([condition.selector() for condition in selectors]),
            mode,
            count,
            True if any(isinstance(each, AdminAccess) for each in clauses) else None,
            tolerations,
            self._capacity(clauses),
            maximum_count=maximum,
            place=Place(StatementDocument(demand.span, fields)),
        )

    def _check_class(self, name: Name) -> None:
        """A near miss of one of the policy's own classes; others may exist in the cluster."""
        near = nearest(name.text, self._class_names) if name.text not in self._class_names else None
        if near is not None and edit_distance(near, name.text) <= _NEAR:
            message = f"there is no class `{name.text}` in this policy"
            hint = f"did you mean `{near}`?"
            self._findings.add((Diagnostic("DRA310", Severity.WARNING, message, name.span, hint=hint),))

    def _count(self, demand: Demand) -> tuple[AllocationMode, int, int | None]:
        """The mode, the least and, of a range, the greatest number of devices."""
        count = demand.count
        if count.minimum is None:
            if self._target.is_evolution:
                self._target.cannot_say("`all of`", count.span, "v1 can")
            return AllocationMode.ALL, 1, None
        maximum = _MOST_DEVICES if count.open_ended else count.maximum
        if count.maximum is not None and count.maximum < count.minimum:
            message = f"a range from {count.minimum} to {count.maximum} is empty"
            self._findings.error("DRA105", message, count.span, hint=f"write `{count.maximum} to {count.minimum}`")
        elif count.is_range and self._target.writes_manifests:
            self._target.cannot_say("a range of counts", count.span, ENGINE_ONLY)
        largest = max(count.minimum, count.maximum or 0)
        if not count.minimum >= 1 or largest > _MOST_DEVICES:
            wrong = largest if largest > _MOST_DEVICES else count.minimum
            message = f"a request asks for 1 to {_MOST_DEVICES} devices, this for {wrong}"
            self._findings.error("DRA105", message, count.span)
        return AllocationMode.EXACT_COUNT, min(max(count.minimum, 1), _MOST_DEVICES), maximum

    # Clauses

    def _selectors(self, clauses: tuple[Clause, ...]) -> list[Condition]:
        conditions: list[Condition] = []
        for clause in clauses:
            match clause:
                case Where(expression=expression):
                    dialect, findings = self._target.dialect, self._findings
                    made = compile_condition(expression, self._scope, dialect, findings, requests=self._names)
                    conditions.append(made)
                case Shared(span=span):
                    if not self._target.has("shared", 34, span):
                        continue
                    field = Select(Ident("device", 0, span), "allowMultipleAllocations", 0, span, span)
                    conditions.append(Condition(field, self._target.dialect, span))
        if len(conditions) > _MOST_SELECTORS:
            message = f"{len(conditions)} selectors; the API takes {_MOST_SELECTORS}"
            self._findings.error("DRA105", message, conditions[-1].where, hint="join some with `&&`")
        return conditions

    def _toleration(self, statement: Tolerate) -> Toleration:
        taint = statement.taint
        effect = taint.effect if taint else None
        if effect is not None and effect.text not in _EFFECTS:
            near = nearest(effect.text, _EFFECTS)
            hint = f"did you mean `{near}`?" if near else f"the effects are {' and '.join(_EFFECTS)}"
            self._findings.error("DRA105", f"there is no effect `{effect.text}`", effect.span, hint=hint)
        seconds = self._seconds(statement, effect)
        if taint is None:
            return Toleration("", "Exists", toleration_seconds=seconds)
        value, operator = (taint.value.text, "Equal") if taint.value else ("", "Exists")
        return Toleration(taint.key.text, operator, value, effect.text if effect else "", seconds)

    def _seconds(self, statement: Tolerate, effect: Name | None) -> int | None:
        if statement.duration is None:
            return None
        if effect is None or effect.text != "NoExecute":
            hint = "write the taint with `:NoExecute`, or delete `for …`"
            message = "`for` has a meaning with the effect NoExecute only"
            self._findings.error("DRA105", message, statement.duration.span, hint=hint)
        return int(seconds_of(statement.duration.text))

    def _capacity(self, clauses: tuple[Clause, ...]) -> dict[str, Quantity]:
        amounts: dict[str, Quantity] = {}
        seen: dict[str, Name] = {}
        for clause in clauses:
            if not isinstance(clause, Take) or not self._target.has("take", 34, clause.span):
                continue
            for amount, name in clause.amounts:
                first = seen.setdefault(name.text, name)
                if first is not name:
                    self._findings.add((declared_twice("capacity", name, first),))
                self._check_capacity_name(name)
                try:
                    amounts[name.text] = Quantity.parse(amount.text)
                except QuantityError as error:
                    self._findings.error("DRA204", str(error), amount.span)
        return amounts

    def _check_capacity_name(self, name: Name) -> None:
        alias, dot, rest = name.text.partition(".")
        if dot and "/" not in name.text and self._scope.alias(alias) is not None:
            hint = f"write `{rest}`"
            message = "`take` wants the capacity's name as the driver publishes it, without an alias"
            self._findings.error("DRA304", message, name.span, hint=hint)


def seconds_of(duration: str) -> float:
    """The length of a duration as written (``1h30m``)."""
    return sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(duration))
