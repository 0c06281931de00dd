"""Compiled expressions: evaluate, with cost or with every value traced."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from dra_policy.cel.check import Checked
from dra_policy.cel.data import Failure, Interruption, Value
from dra_policy.cel.device_views import DeviceView, Views, prototype_view
from dra_policy.cel.environment import Environment
from dra_policy.cel.estimate import estimate_cost
from dra_policy.cel.evaluations import Evaluation, Recorder
from dra_policy.cel.frame import Frame, Step
from dra_policy.cel.interpreter import Context, Planner, Resolution, Watch
from dra_policy.cel.kinds import DYN, Type
from dra_policy.cel.native import as_bool
from dra_policy.cel.nesting import MOST_COST, recursion_room
from dra_policy.cel.reading import references
from dra_policy.cel.syntax import Expression, children
from dra_policy.ir.nodes import CelFailure
from dra_policy.ir.path import Path
from dra_policy.model import Device
from dra_policy.record import dataclass
from dra_policy.text import Span

_ADVICE = (
    ". consider using CEL optional chaining (.? followed by orValue()) "
    "or guarding the check with has() for optional fields"
)


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation: the answer and its cost in CEL's units (None where Kubernetes did not get as far as counting)."""

    outcome: bool | CelFailure
    cost: int | None


@dataclass(frozen=True, slots=True)
class Trace:
    """One evaluation with the value of every part that was reached, by node id.

    A part of a loop has the value of the loop's last round. ``values`` are CEL values (``cel.data``) or failures.
    """

    outcome: bool | CelFailure
    values: dict[int, Value]


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """What all programs of an environment share."""

    context: Context
    views: Views


_RUNTIMES: dict[Environment, Runtime] = {}
_MOST_RUNTIMES = 256


def runtime_of(environment: Environment) -> Runtime:
    """The runtime of an environment; the same for the same environment."""
    found = _RUNTIMES.get(environment)
    if found is None:
        # The libraries are the largest part of CEL, and most selectors are answered without any of their functions.
        from dra_policy.cel.library.catalogue import TYPES, Implementations

        dialect = environment.dialect
        context = Context(
            Implementations(environment),
            TYPES,
            frozenset(environment.variables),
            environment.container,
            environment.kubernetes,
            is_kubernetes=dialect is not None and dialect.is_kubernetes,
            follows_specification=dialect is None,
        )
        found = Runtime(context, Views(dialect, strict_prototype=environment.strict_prototype))
        if len(_RUNTIMES) >= _MOST_RUNTIMES:
            _RUNTIMES.clear()
        _RUNTIMES[environment] = found
    return found


class Program:
    """A checked expression, ready to be evaluated on devices; fulfils ``ir.CelProgram``.

    ``syntax`` is the tree with macros expanded and ``types`` its types by node id. Safe to use from several threads.
    Without ``checked`` calls are resolved at run time. ``is_elementary``: see the module of that name.
    """

    __slots__ = ("_checked", "_estimate", "_planned", "_text", "environment", "is_elementary", "syntax")

    def __init__(
        self,
        syntax: Expression,
        text: str | None,
        environment: Environment,
        checked: Checked | None = None,
        *,
        is_elementary: bool = False,
    ) -> None:
        self.syntax = syntax
        self._text = text
        self.environment = environment
        self._checked = checked
        self.is_elementary = is_elementary
        self._planned: tuple[Step, int, Views] | None = None
        self._estimate: int | None = None

    @property
    def text(self) -> str:
        """The expression as it was written, or as ``print_expression`` prints it, which is done at first use."""
        if self._text is None:
            from dra_policy.cel.printer import print_expression

            self._text = print_expression(self.syntax)
        return self._text

    @property
    def types(self) -> Mapping[int, Type]:
        """The types of the nodes by id; empty for an expression that was not checked."""
        return {} if self._checked is None else self._checked.types

    @property
    def output_type(self) -> Type:
        """The type of the whole expression."""
        return self.types.get(self.syntax.id, DYN)

    @property
    def estimated_cost(self) -> int:
        """The most that Kubernetes expects one evaluation to cost."""
        if self._estimate is None:
            self._estimate = 0 if self._checked is None else estimate_cost(self.syntax, self._checked, self.environment)
        return self._estimate

    @property
    def may_exceed_limit(self) -> bool:
        """Whether an evaluation may cost more than Kubernetes allows."""
        return not self.is_elementary and self.estimated_cost > MOST_COST

    def plan(self) -> tuple[Step, int, Views]:
        """The steps, made at first use. Raises PlanningError where Kubernetes cannot instantiate the program."""
        planned = self._planned
        if planned is None:
            planned = self._planned = self._plan(None)
        return planned

    def _plan(self, watch: Watch | None) -> tuple[Step, int, Views]:
        runtime = runtime_of(self.environment)
        resolution = Resolution() if self._checked is None else _resolution_of(self._checked)
        planner = Planner(runtime.context, resolution, watch)
        with recursion_room(self.syntax.span.text):
            step = planner.program(self.syntax)
        return step, planner.slots, runtime.views

    def evaluate(self, device: Device) -> bool | CelFailure:
        """The exact answer on one device, within Kubernetes' cost limit."""
        step, slots, views = self._planned or self.plan()
        view = views.of(device)
        if view.failure is None:
            try:
                value = step(view.frame(MOST_COST, slots))
            except Interruption as end:
                return self._failure(Failure(end.text))
            except RecursionError:
                return self.run(device).outcome
            if value is True or value is False:
                return bool(value)
            return self._outcome(value)
        return self._failure(view.failure)

    def run(self, device: Device, cost_limit: int = MOST_COST) -> Run:
        """The answer and what it cost."""
        return self._run(runtime_of(self.environment).views.of(device), cost_limit)

    def run_prototype(self, device: Device, suffix: str, cost_limit: int = MOST_COST) -> Run:
        """The answer of the dra-evolution prototype's code with a ``CELSuffix`` for names without a dot."""
        return self._run(prototype_view(device, suffix), cost_limit)

    def _run(self, view: DeviceView, cost_limit: int) -> Run:
        if view.failure is not None:
            return Run(self._failure(view.failure), None)
        step, slots, _ = self.plan()
        frame = view.frame(cost_limit, slots)
        return Run(self._settle(step, frame), frame.cost)

    def _settle(self, step: Step, frame: Frame) -> bool | CelFailure:
        try:
            return self._outcome(self._evaluate(step, frame))
        except Interruption as end:
            frame.cost += end.cost
            return self._failure(Failure(end.text))

    def value(self, variables: Mapping[str, Value], cost_limit: int = MOST_COST) -> Value:
        """The value for given variables instead of a device; raises Interruption past the cost limit."""
        step, slots, _ = self.plan()
        return self._evaluate(step, Frame(variables, cost_limit, slots))

    def _evaluate(self, step: Step, frame: Frame) -> Value:
        with recursion_room(self.syntax.span.text):
            return step(frame)

    def trace(self, device: Device) -> Trace:
        """The answer and the values that led to it; slower than ``evaluate``."""
        step, slots, views = self._plan(_watch)
        view = views.of(device)
        if view.failure is not None:
            return Trace(self._failure(view.failure), {})
        frame = view.frame(MOST_COST, slots)
        seen = frame.seen = {}
        outcome = self._settle(step, frame)
        values: dict[int, Value] = {
            node: self._failure(value) if isinstance(value, Failure) else value for node, value in seen.items()
        }
        return Trace(outcome, values)

    def evaluation(self, device: Device) -> Evaluation | None:
        """The evaluation with all inside it, round by round; None where Kubernetes does not come to its end."""
        recorder = Recorder()
        step, slots, views = self._plan(recorder.watch)
        view = views.of(device)
        # Constant parts are computed when the steps are made.
        recorder.found.clear()
        if view.failure is None:
            self._settle(step, view.frame(MOST_COST, slots))
        return recorder.found[0] if recorder.found else None

    def first_failure(self, variables: Mapping[str, Value]) -> Mapping[int, Value]:
        """The values by node id up to the first run-time error, that one included; slower than ``value``."""
        step, slots, _ = self._plan(_watch_first_failure)
        frame = Frame(variables, MOST_COST, slots)
        seen = frame.seen = {}
        with suppress(Interruption):
            self._evaluate(step, frame)
        return seen

    def part(self, node: Expression) -> Program:
        """A subexpression as a program of its own; cheap, as nothing is checked again and steps are made at first use.

        The part must not use variables of loops around it.
        """
        return Program(node, None, self.environment, self._checked, is_elementary=self.is_elementary)

    def references(self) -> frozenset[Path]:
        """What of a device the answer depends on; a whole map where keys are computed or its entries are counted."""
        return references(self.syntax, self.environment.dialect)

    def _outcome(self, value: Value) -> bool | CelFailure:
        answer = as_bool(value)
        return self._failure(answer) if isinstance(answer, Failure) else answer

    def _failure(self, failure: Failure) -> CelFailure:
        text = failure.text
        if self.environment.kubernetes <= 30:
            text = text.replace("optional_type", "optional")
        shown = text + _ADVICE if "no such key:" in text else text
        return CelFailure(text, shown, None if failure.node is None else self.span_of(failure.node))

    def node(self, number: int) -> Expression | None:
        """The node of an id; None for what macros added."""
        pending = [self.syntax]
        while pending:
            part = pending.pop()
            if part.id == number:
                return part
            pending.extend(children(part))
        return None

    def span_of(self, node: int) -> Span | None:
        """Where the node of an id stands; None for what macros added."""
        found = self.node(node)
        return None if found is None else found.span


def _resolution_of(checked: Checked) -> Resolution:
    """What the evaluator needs of the checker's references: names, and the overload of calls that have only one."""
    overloads = {
        node: reference.overloads[0] for node, reference in checked.references.items() if len(reference.overloads) == 1
    }
    names = {node: reference.name for node, reference in checked.references.items() if not reference.overloads}
    types = frozenset(node for node in names if checked.types[node].kind == "type")
    return Resolution(overloads, names, types, is_checked=True)


def _watch(node: int, step: Step) -> Step:
    def watched(frame: Frame) -> Value:
        value = step(frame)
        if frame.seen is not None:
            frame.seen[node] = value
        return value

    return watched


def _watch_first_failure(node: int, step: Step) -> Step:
    def watched(frame: Frame) -> Value:
        value = step(frame)
        seen = frame.seen
        if seen is not None:
            seen[node] = value
            if value.__class__ is Failure:
                # What is evaluated after it, in the next turn of a loop, is of another device.
                frame.seen = None
        return value

    return watched
