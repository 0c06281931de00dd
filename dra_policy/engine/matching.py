"""Compile an expression of a user and match it over the devices of a world."""

from __future__ import annotations

from dra_policy.compiler import CompiledSelector
from dra_policy.engine.world import World
from dra_policy.explain.device_trees import DeviceTree, device_trees
from dra_policy.explain.matching import Matching, explain_matching
from dra_policy.ir import Condition
from dra_policy.model import Selector
from dra_policy.text import Diagnostic, Place, Severity, Source, Span, SpanDocument, nearest

SYNTAX = "DRA203"


def compile_expression(text: str | Source, world: World) -> CompiledSelector:
    """The expression in the dialect of the world's slices; mistakes are in the result's diagnostics.

    It may use the short names that the world's policies declare, and the policy language's literals.
    """
    source = Source.of("<expression>", text) if isinstance(text, str) else text
    if world.policies:
        return _with_short_names(source, world)
    compiled = _plain(source, world)
    if compiled.condition is None and any(each.code == SYNTAX for each in compiled.diagnostics):
        # `40Gi` is no CEL, and needs no declaration.
        extended = _with_short_names(source, world)
        return extended if extended.condition is not None else compiled
    return compiled


def compile_class_condition(name: str, world: World) -> CompiledSelector:
    """All selectors of a device class as one condition; for an unknown class a diagnostic (DRA110)."""
    found = next((each for each in world.objects.classes if each.name == name), None)
    if found is None:
        names = [each.name for each in world.objects.classes]
        near = nearest(name, names)
        known = f"there are: {', '.join(names[:8])}" if names else "no device class is loaded"
        hint = f"did you mean `{near}`?" if near else known
        missing = Diagnostic("DRA110", Severity.ERROR, f"device class `{name}` does not exist", hint=hint)
        return CompiledSelector(0, None, compile_error=missing.message, diagnose=lambda: (missing,))
    texts = [selector.expression for selector in found.selectors]
    return compile_expression(
        " && ".join(f"({text})" for text in texts) if len(texts) > 1 else "".join(texts) or "true", world
    )


def match(condition: Condition, world: World) -> Matching:
    """Which devices match, and why the others do not."""
    return explain_matching(condition, world.fleet, world.evaluator)


def trees(condition: Condition, world: World) -> tuple[DeviceTree, ...]:
    """The condition part by part on a few devices, those that do not match first."""
    return device_trees(condition, world.fleet, world.evaluator)


def _plain(source: Source, world: World) -> CompiledSelector:
    place = Place(SpanDocument(Span(source, 0, len(source.text))))
    return world.compile_selector(Selector(source.text, world.dialect, place))


def _with_short_names(source: Source, world: World) -> CompiledSelector:
    from dra_policy.language import expand_expression, scope_of_policies

    expanded, diagnostics = expand_expression(source, scope_of_policies(world.policies), world.dialect)
    if expanded is None:
        return CompiledSelector(0, None, compile_error=_first(diagnostics), diagnose=lambda: diagnostics)
    place = Place(_Expanded(expanded))
    return world.compile_selector(Selector(expanded.text, world.dialect, place))


def _first(diagnostics: tuple[Diagnostic, ...]) -> str:
    return next((each.message for each in diagnostics if each.severity is Severity.ERROR), "")


class _Expanded:
    """The document of an expanded expression: its text maps back to what the user typed."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def name(self) -> str:
        """The source's name."""
        return self._source.name

    def span(self, path: tuple[str | int, ...], *, key: bool = False) -> Span:  # noqa: ARG002
        """All of what the user typed."""
        return Span(self._source, 0, len(self._source.text)).outermost()

    def embedded(self, path: tuple[str | int, ...], text: str) -> Source:  # noqa: ARG002
        """The expanded text."""
        return self._source
