"""What the shell knows and does, line by line, without any terminal."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

from dra_policy.engine.matching import compile_expression, match
from dra_policy.engine.rules import Rules
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import Inputs, World, joined, read_files, read_policy
from dra_policy.explain.matching import Matching
from dra_policy.explain.wording import noun_of
from dra_policy.manifests import ReadResult
from dra_policy.model import Objects
from dra_policy.record import dataclass, field
from dra_policy.render import Style, plural, render_diagnostics
from dra_policy.render.matching import render_matching
from dra_policy.repl.answers import class_line, explained, quota_use
from dra_policy.text import Diagnostic, Severity, Source, Span


@dataclass(frozen=True, slots=True)
class Reply:
    """What a line gave: text to print, whether it failed, whether the session is to end."""

    text: str = ""
    failed: bool = False
    ends: bool = False


@dataclass(slots=True)
class Session:
    """The state between lines: what is loaded, what was declared, the last answer.

    ``policy`` are the statements of the policy language given so far; they are read as one file, so that a later one
    can use an earlier one.
    """

    rules: Rules
    style: Style
    paths: list[str] = field(default_factory=list)
    stdin: Callable[[], bytes] | None = None
    inputs: Inputs = field(default_factory=lambda: Inputs(ReadResult(Objects())))
    policy: list[Source] = field(default_factory=list)
    world: World = field(default_factory=lambda: World(Objects()))
    last: Matching | None = None

    def load(self, paths: Sequence[str]) -> Reply:
        """Read files into the session; what they declare replaces what had the same names."""
        inputs = read_files(paths, self.rules, stdin=self.stdin)
        known = self.world.findings
        self.paths += [path for path in paths if path not in self.paths]
        self.inputs = joined(self.inputs, inputs)
        self._rebuild()
        found = [*inputs.read.diagnostics, *self.world.unreadable]
        found = [each for each in found if each not in known]
        return Reply(self.show(found) + self.summary() + "\n", failed=_is_wrong(inputs.read.diagnostics))

    def ask(self, expression: str | Source) -> Reply:
        """Match an expression over the loaded devices and keep the answer as the last one."""
        compiled = compile_expression(expression, self.world)
        findings = self.show(compiled.diagnostics)
        if compiled.condition is None:
            return Reply(findings, failed=True)
        self.last = match(compiled.condition, self.world)
        return Reply(findings + render_matching(self.last, self.style))

    def declare(self, statement: Source) -> Reply:
        """Add a statement of the policy language; a wrong one is forgotten."""
        before = self.read_policy(self.policy).read
        after = self.read_policy([*self.policy, statement]).read
        known = {_key(each) for each in before.diagnostics}
        new = [each for each in after.diagnostics if _key(each) not in known]
        if _is_wrong(new):
            return Reply(self.show(new), failed=True)
        self.policy.append(statement)
        self._rebuild()
        return Reply(self.show(new) + self._declared(before.objects, after.objects))

    def read_policy(self, statements: Sequence[Source]) -> Inputs:
        """The statements read as one file of the policy language, their places where they were written."""
        if not statements:
            return Inputs(ReadResult(Objects()))
        return read_policy(_joined(statements), self.rules)

    def _declared(self, before: Objects, after: Objects) -> str:
        text = "".join(class_line(each, self.world) for each in after.classes[len(before.classes) :])
        text += quota_use(after.quotas[len(before.quotas) :], self.world, self.style)
        added = Objects(
            claims=after.claims[len(before.claims) :],
            pods=after.pods[len(before.pods) :],
            groups=after.groups[len(before.groups) :],
        )
        return text + explained(subjects_of(added, self.world), self.world, self.style)

    def _rebuild(self) -> None:
        self.world = joined(self.inputs, self.read_policy(self.policy)).world(self.rules)

    def summary(self) -> str:
        """One line about what is loaded."""
        fleet = self.world.fleet
        number = fleet.device_count
        drivers = {loaded.envelope.driver for loaded in fleet.current_slices}
        text = f"{plural(number, 'device')} on {plural(len(fleet.nodes), 'node')}, {plural(len(drivers), 'driver')}"
        held = [claim for claim in self.world.objects.claims if claim.allocation is not None]
        if not held:
            return text
        devices = [one.device.device for each in held if each.allocation for one in each.allocation.devices]
        nouns = Counter(noun_of([name]) for name in devices)
        holds = ", ".join(plural(number, noun) for noun, number in nouns.items()) or "nothing"
        return f"{text}; {plural(len(held), 'claim')} {'holds' if len(held) == 1 else 'hold'} {holds}"

    def show(self, diagnostics: Sequence[Diagnostic]) -> str:
        """Findings as text."""
        return render_diagnostics(diagnostics, self.style)


def _joined(statements: Sequence[Source]) -> Source:
    """One text, a statement after the other; each span is one of the statement in which it begins."""
    starts = [0, *accumulate(len(each.text) + 1 for each in statements)]

    def locate(start: int, end: int) -> Span:
        index = min(bisect_right(starts, start), len(statements)) - 1
        first, statement = starts[index], statements[index]
        return Span(statement, *(min(offset - first, len(statement.text)) for offset in (start, end)))

    return Source.of("<session>.dra", "\n".join(each.text for each in statements), locate)


def _key(diagnostic: Diagnostic) -> tuple[str, str, Span | None]:
    """What makes a finding the same in two readings of a statement."""
    span = diagnostic.span
    return diagnostic.code, diagnostic.message, None if span is None else span.outermost()


def _is_wrong(diagnostics: Sequence[Diagnostic]) -> bool:
    return any(each.severity is Severity.ERROR for each in diagnostics)
