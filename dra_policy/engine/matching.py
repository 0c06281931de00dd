"""Compile an expression of a user and match it over the devices of a world."""

from __future__ import annotations

from dra_policy.compiler import CompiledSelector
from dra_policy.engine.world import World
from dra_policy.explain.matching import Matching, explain_matching
from dra_policy.ir import Condition


def compile_expression(text: str, world: World) -> CompiledSelector:
    """The expression in the dialect of the world's slices; mistakes are in the result's diagnostics."""
    return world.compile_text(text)


def match(condition: Condition, world: World) -> Matching:
    """Which devices match, and why the others do not."""
    return explain_matching(condition, world.fleet, world.evaluator)
