"""Turn selectors, classes and claims into conditions: the typed predicate IR with exact programs."""

from dra_policy.compiler.claims import SYNTHETIC, compile_claim, compile_class
from dra_policy.compiler.classes import DeviceClasses
from dra_policy.compiler.compiled import (
    CompiledClaim,
    CompiledClass,
    CompiledDemand,
    CompiledRequest,
    CompiledSelector,
)
from dra_policy.compiler.lower import lower
from dra_policy.compiler.passes import PASSES, simplify
from dra_policy.compiler.selector import compile_selector
from dra_policy.compiler.settings import Settings

__all__ = [
    "PASSES",
    "SYNTHETIC",
    "CompiledClaim",
    "CompiledClass",
    "CompiledDemand",
    "CompiledRequest",
    "CompiledSelector",
    "DeviceClasses",
    "Settings",
    "compile_claim",
    "compile_class",
    "compile_selector",
    "lower",
    "simplify",
]
