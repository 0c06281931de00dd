"""The policy language (.dra): text to tree, tree to objects and manifests, short names for expressions.

Importing this package is cheap; Lark and the grammar's tables are loaded when the first policy is parsed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dra_policy.language.expressions import expand_expression, read_preference, scope_of_policies
    from dra_policy.language.formatting import format_policy
    from dra_policy.language.loading import ForeignObjects, ImportReader, read_file
    from dra_policy.language.parse import parse_policy
    from dra_policy.language.policy import (
        PolicyObjects,
        compile_documents,
        compile_placed,
        load_policy,
        policy_reader,
        read_policy,
    )
    from dra_policy.language.scope import Scope

__all__ = [
    "ForeignObjects",
    "ImportReader",
    "PolicyObjects",
    "Scope",
    "compile_documents",
    "compile_placed",
    "expand_expression",
    "format_policy",
    "load_policy",
    "parse_policy",
    "policy_reader",
    "read_file",
    "read_policy",
    "read_preference",
    "scope_of_policies",
]

_HOMES = {
    "ForeignObjects": "loading",
    "ImportReader": "loading",
    "PolicyObjects": "policy",
    "Scope": "scope",
    "compile_documents": "policy",
    "compile_placed": "policy",
    "expand_expression": "expressions",
    "format_policy": "formatting",
    "load_policy": "policy",
    "parse_policy": "parse",
    "policy_reader": "policy",
    "read_file": "loading",
    "read_policy": "policy",
    "read_preference": "expressions",
    "scope_of_policies": "expressions",
}


def __getattr__(name: str) -> object:
    """Import a public name at its first use: most commands read no policy."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
