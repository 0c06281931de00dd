"""Say what names and calls of an environment stand for, whatever text they occur in (cel-spec, Name Resolution)."""

from __future__ import annotations

from functools import lru_cache

from dra_policy.cel.assignment import substitute
from dra_policy.cel.constants import TYPES_BY_NAME
from dra_policy.cel.environment import Environment
from dra_policy.cel.interpreter_names import candidates_of
from dra_policy.cel.kinds import Type, type_of
from dra_policy.cel.messages import MESSAGES
from dra_policy.cel.syntax import Expression, Ident, Select, qualified_name
from dra_policy.record import dataclass

_MOST_CALLS = 2048


@dataclass(frozen=True, slots=True)
class Reference:
    """What a name or a call turned out to mean.

    ``name`` is the variable's or the function's full name (``com.example.x``, ``ip.isCanonical``). ``overloads`` are
    the ids of the overloads that can apply, in order; empty for variables. ``is_namespaced``: the receiver of the call
    is a part of the function's name and no value.
    """

    name: str
    overloads: tuple[str, ...] = ()
    is_namespaced: bool = False


Meaning = tuple[Reference, Type]

CallKey = tuple[str, bool, bool, *tuple[Type, ...]]
"""A call: the function as written, whether it has a receiver, whether that is a part of the name, arguments' types."""


class Names:
    """The names of one environment; found once, as no text changes what they mean.

    ``calls`` are those seen without type variables: what is called, the type of the result, and how many type variables
    the search made. ``qualifiers`` and ``namespaces``: what qualified names of variables and of functions begin with.
    """

    def __init__(self, environment: Environment) -> None:
        names = (*environment.variables, *environment.type_names, *environment.fields)
        self._environment = environment
        self._found: dict[str, Meaning] = {}
        self.qualifiers = _beginnings(names)
        self.namespaces = _beginnings(environment.functions.known())
        self.calls: dict[CallKey, tuple[Reference, Type, int]] = {}

    def find(self, name: str) -> Meaning | None:
        """The variable or the type that a name, which may be qualified, stands for."""
        found = self._found.get(name)
        if found is None:
            found = self._search(name)
            if found is not None:
                self._found[name] = found
        return found

    def _search(self, name: str) -> Meaning | None:
        for candidate in self.candidates(name):
            type_ = self._type_of(candidate)
            if type_ is not None:
                return Reference(candidate), type_
        return None

    def _type_of(self, name: str) -> Type | None:
        environment = self._environment
        if name in environment.variables:
            return environment.variables[name]
        if name in environment.type_names:
            named = MESSAGES[name][0] if name in MESSAGES else TYPES_BY_NAME.get(name, Type("struct", name))
            # cel-go 0.29 knows the name of a list as that of a list of anything.
            return type_of(named if environment.kubernetes < 37 else substitute({}, named, free_is_dyn=True))
        return type_of(Type("struct", name)) if name in environment.fields else None

    def qualified(self, node: Expression, beginnings: frozenset[str]) -> str | None:
        """The chain of names and dots that a node is; None if it is none or begins with none of these."""
        root = node
        while isinstance(root, Select):
            root = root.operand
        if isinstance(root, Ident) and (root.name in beginnings or self._environment.container):
            return qualified_name(node)
        return None

    def function(self, name: str) -> str | None:
        """The full name of the function that a name stands for."""
        overloads = self._environment.functions.overloads
        return next((candidate for candidate in self.candidates(name) if overloads(candidate)), None)

    def candidates(self, name: str) -> tuple[str, ...]:
        """The full names that a name may stand for."""
        return candidates_of(self._environment.container, name)

    def remember(self, call: CallKey, reference: Reference, result: Type, variables: int) -> None:
        """Keep what a call means for the next such call."""
        if len(self.calls) >= _MOST_CALLS:
            self.calls.clear()
        self.calls[call] = reference, result, variables


@lru_cache(maxsize=64)
def names_of(environment: Environment) -> Names:
    """The names of an environment; the same for the same environment."""
    return Names(environment)


def _beginnings(names: tuple[str, ...]) -> frozenset[str]:
    """What stands before the first dot of a qualified name; a name can be written with a dot before it."""
    first = {name.partition(".")[0] for name in names if "." in name}
    return frozenset(first).union(f".{name}" for name in first)
