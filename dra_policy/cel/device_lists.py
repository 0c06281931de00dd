"""Expressions over lists of devices: what must hold of several devices together, which no Kubernetes object can say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dra_policy.model import Device
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

        variables: dict[str, Value] = {name: [self._shown(each) for each in found] for name, found in lists.items()}
        try:
            value = self.program.value(variables)
        except Interruption as end:
            return end.text
        if isinstance(value, Failure):
            return value.text
        return value if isinstance(value, bool) else "the answer is no bool"

    def _shown(self, listed: ListedDevice) -> Value:
        from dra_policy.cel.data import PublishedMap
        from dra_policy.cel.device_views import kubernetes_view

        view = kubernetes_view(listed.device)
        shown = view.variables.get("device")
        entries: dict[Value, Value] = dict(shown.entries) if isinstance(shown, PublishedMap) else {}
        entries["name"] = listed.device.name
        entries.update((name, value) for name, value in listed.fields.items())
        for alias, domain in self.aliases:
            entries[alias] = PublishedMap({**_entries(view.capacity, domain), **_entries(view.attributes, domain)})
        return PublishedMap(entries)


def _entries(by_domain: Mapping[Value, Value], domain: str) -> dict[Value, Value]:
    from dra_policy.cel.data import PublishedMap

    found = by_domain.get(domain)
    return found.entries if isinstance(found, PublishedMap) else {}


def list_environment(*lists: str) -> Environment:
    """CEL with every library, with lists of devices as variables."""
    from dra_policy.cel.environment import plain_environment
    from dra_policy.cel.kinds import DYN, list_of

    return plain_environment(dict.fromkeys(lists, list_of(DYN)))


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
