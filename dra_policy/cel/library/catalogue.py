"""Which functions an environment has, with what computes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from dra_policy.cel.data import TypeValue
from dra_policy.cel.environment import Environment
from dra_policy.cel.functions import Function, table
from dra_policy.cel.library import (
    addresses,
    formats,
    lists,
    optionals,
    patterns,
    quantities,
    standard,
    strings,
    urls,
)
from dra_policy.record import replace

TYPES = {
    **standard.TYPES,
    **{name: TypeValue(name) for name in ("optional_type", addresses.IP_TYPE, addresses.CIDR_TYPE)},
}


@lru_cache(maxsize=4)
def _all_functions(is_older: bool, has_strict_search: bool) -> Mapping[str, Function]:
    """All functions by name, as of Kubernetes 1.37 or before, and with ``indexOf`` of cel-go 0.17 and cel-spec."""
    # Overloads of one name are tried in this order; it is that of the libraries in Kubernetes' base environment.
    libraries: Iterable[tuple[Function, ...]] = (
        standard.FUNCTIONS,
        urls.FUNCTIONS,
        patterns.FUNCTIONS,
        lists.FUNCTIONS,
        optionals.FUNCTIONS,
        quantities.QUANTITIES,
        _with_search(is_older, has_strict_search),
        lists.SETS,
        addresses.ADDRESSES,
        addresses.NETWORKS,
        formats.FUNCTIONS,
        optionals.MAP_INSERTION,
        quantities.SEMVERS,
        lists.EXTENSIONS_OF_136 if is_older else lists.EXTENSIONS,
        (strings.REVERSE,),
        (lists.INCLUDES_OF_136 if is_older else lists.INCLUDES,),
        quantities.OF_LISTS,
    )
    return table(function for library in libraries for function in library)


def _with_search(is_older: bool, has_strict_search: bool) -> tuple[Function, ...]:
    search = strings.STRICT_SEARCH if has_strict_search else strings.SEARCH_OF_136 if is_older else {}
    return tuple(search.get(function.name, function) for function in strings.FUNCTIONS)


class Implementations:
    """The functions of one environment by name, as far as the environment declares them."""

    __slots__ = ("_environment", "_found", "_known")

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._known = _all_functions(
            environment.kubernetes < 37, environment.dialect is None or environment.kubernetes < 31
        )
        self._found: dict[str, Function | None] = {}

    def __call__(self, name: str) -> Function | None:
        """The function, with the overloads that the environment has; None for an unknown one."""
        if name not in self._found:
            self._found[name] = self._of_environment(name)
        return self._found[name]

    def _of_environment(self, name: str) -> Function | None:
        function = self._known.get(name)
        if function is None or not function.overloads:
            return function
        declared = {overload.id for overload in self._environment.functions.overloads(name)}
        if not declared:
            # What macros insert is declared nowhere.
            return function if name.startswith(("@", "cel.@")) else None
        overloads = tuple(overload for overload in function.overloads if overload.id in declared)
        return function if len(overloads) == len(function.overloads) else replace(function, overloads=overloads)
