"""What the surface syntax has in an environment, whatever its functions and variables are."""

from __future__ import annotations

from dra_policy.cel.macros import ALL_MACROS, MacroKey
from dra_policy.record import dataclass


@dataclass(frozen=True, slots=True)
class SyntaxOptions:
    """What the surface syntax of an environment has: its macros, names in backticks, optional selection.

    ``is_of_130``: cel-go 0.17, which Kubernetes 1.30 has, and dra-evolution with it. ``variables`` are reserved words
    that are variables here.
    """

    macros: frozenset[MacroKey] = ALL_MACROS
    backticks: bool = True
    optionals: bool = True
    is_of_130: bool = False
    variables: frozenset[str] = frozenset()


EVERYTHING = SyntaxOptions()
"""All macros, and backticks."""

RESERVED = frozenset(
    (
        *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"),
        *("package", "namespace", "null", "return", "true", "var", "void", "while"),
    )
)
"""Names that no variable or function may have; as fields they are allowed (cel-spec, Syntax)."""
