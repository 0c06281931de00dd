"""Expressions over lists of devices: what must hold of several devices together, which no Kubernetes object can say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dra_policy.model import Device, Selector
from dra_policy.record import dataclass, field

if TYPE_CHECKING:
    from dra_policy.cel.compiling import Compilation
    from dra_policy.cel.data import Value
    from dra_policy.cel.environment import Environment
    from dra_policy.cel.program import Program
    from dra_policy.text import Source

# The compiler and the evaluator are imported at first use: most questions have no rule over lists.


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device in a list, with what is known of it beside what its driver publishes (``claim``, ``request``, …)."""

    device: Device
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ListProgram:
    """A checked expression; ``aliases`` are the short names of drivers and domains, which devices have as fields."""

    program: Program
    aliases: tuple[tuple[str, str], ...] = ()

    def holds(self, lists: Mapping[str, Sequence[ListedDevice]]) -> bool | str:
        """Whether the expression is true of some lists of devices; a text where it fails."""
        from dra_policy.cel.data import Failure, Interruption

        variables: dict[str, Value] = {
            name: [shown_device(each, self.aliases) for each in found] for name, found in lists.items()
        }
        try:
            value = self.program.value(variables)
        except Interruption as end:
            return end.text
        if isinstance(value, Failure):
            return value.text
        return value if isinstance(value, bool) else "the answer is no bool"


def shown_device(listed: ListedDevice, aliases: Sequence[tuple[str, str]] = ()) -> Value:
    """A device as rules see it: what selectors read of it, its name, its fields, and a map for each short name."""
    from dra_policy.cel.data import PublishedMap
    from dra_policy.cel.device_views import kubernetes_view

    view = kubernetes_view(listed.device)
    shown = view.variables.get("device")
    entries: dict[Value, Value] = dict(shown.entries) if isinstance(shown, PublishedMap) else {}
    entries["name"] = listed.device.name
    entries.update((name, value) for name, value in listed.fields.items())
    for alias, domain in aliases:
        entries[alias] = PublishedMap({**_entries(view.capacity, domain), **_entries(view.attributes, domain)})
    return PublishedMap(entries)


def _entries(by_domain: Mapping[Value, Value], domain: str) -> dict[Value, Value]:
    from dra_policy.cel.data import PublishedMap

    found = by_domain.get(domain)
    return found.entries if isinstance(found, PublishedMap) else {}


def list_environment(*lists: str, others: Iterable[str] = ()) -> Environment:
    """CEL with every library, with lists of devices as variables, and other ones of any type."""
    from dra_policy.cel.environment import plain_environment
    from dra_policy.cel.kinds import DYN, list_of

    return plain_environment({**dict.fromkeys(others, DYN), **dict.fromkeys(lists, list_of(DYN))})


def compile_rule(expression: Selector, lists: Iterable[str], *, wants_truth: bool) -> Program:
    """``require`` (``wants_truth``) or ``prefer``: the lists are variables, beside ``requests``, ``claims``, ``node``.

    Raises PolicyError for a text that does not compile.
    """
    from dra_policy.text import PolicyError

    source = expression.place.embedded(expression.expression)
    environment = list_environment(*sorted(lists), others=("requests", "claims", "pods", "node"))
    from dra_policy.cel.compiling import compile_expression

    compiled = (compile_list_expression if wants_truth else compile_expression)(source, environment)
    if compiled.program is None:
        raise PolicyError(compiled.diagnostics)
    return compiled.program


def compile_list_expression(source: Source, environment: Environment) -> Compilation:
    """Compile an expression that must be bool."""
    from dra_policy.cel.compiling import Compilation, compile_expression
    from dra_policy.cel.kinds import BOOL, DYN
    from dra_policy.text import Diagnostic, Severity

    compilation = compile_expression(source, environment)
    program = compilation.program
    if program is None or program.output_type in (BOOL, DYN):
        return compilation
    message = f"the rule must be true or false, not {program.output_type.name or program.output_type.kind}"
    found = Diagnostic("DRA307", Severity.ERROR, message, program.syntax.span)
    return Compilation(None, (*compilation.diagnostics, found), "")
