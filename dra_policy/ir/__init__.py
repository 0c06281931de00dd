"""The predicate IR: what conditions mean, apart from how they were written and how they are evaluated."""

from dra_policy.ir.gap import Gap, gap, gap_reading, nearest_values
from dra_policy.ir.intern import Interner
from dra_policy.ir.nodes import (
    AllOf,
    AnyLeaf,
    AnyOf,
    CelFailure,
    CelLeaf,
    CelProgram,
    Choice,
    Comparison,
    Condition,
    Constant,
    Leaf,
    Membership,
    Predicate,
    Presence,
    TextMatch,
    Truth,
)
from dra_policy.ir.path import DRIVER, Path, is_unreadable, projection, read
from dra_policy.ir.printer import print_predicate, print_value
from dra_policy.ir.reading import leaf_reading, reading
from dra_policy.ir.walk import Answer, answer, children, leaves, paths

__all__ = [
    "DRIVER",
    "AllOf",
    "Answer",
    "AnyLeaf",
    "AnyOf",
    "CelFailure",
    "CelLeaf",
    "CelProgram",
    "Choice",
    "Comparison",
    "Condition",
    "Constant",
    "Gap",
    "Interner",
    "Leaf",
    "Membership",
    "Path",
    "Predicate",
    "Presence",
    "TextMatch",
    "Truth",
    "answer",
    "children",
    "gap",
    "gap_reading",
    "is_unreadable",
    "leaf_reading",
    "leaves",
    "nearest_values",
    "paths",
    "print_predicate",
    "print_value",
    "projection",
    "read",
    "reading",
]
