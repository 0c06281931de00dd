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
def _all_functions(kubernetes: int) -> Mapping[str, Function]:
    """All functions by name, as of a minor version of Kubernetes; 0 stands for cel-spec."""
    is_older = 0 < kubernetes < 37
    # Overloads of one name are tried in this order; it is that of the libraries in Kubernetes' base environment.
    libraries: Iterable[tuple[Function, ...]] = (
        standard.FUNCTIONS,
        urls.FUNCTIONS,
        patterns.FUNCTIONS,
        lists.FUNCTIONS,
        optionals.FUNCTIONS,
        quantities.QUANTITIES,
        _with_search(kubernetes),
        lists.SETS,
        addresses.ADDRESSES,
        _with((addresses.CONTAINS_OF_130,), addresses.NETWORKS) if kubernetes == 30 else addresses.NETWORKS,
        formats.FUNCTIONS,
        optionals.MAP_INSERTION,
        quantities.SEMVERS,
        lists.EXTENSIONS_OF_136 if is_older else lists.EXTENSIONS,
        (strings.REVERSE,),
        (lists.INCLUDES_OF_136 if is_older else lists.INCLUDES,),
        quantities.OF_LISTS,
    )
    return table(function for library in libraries for function in library)


def _with_search(kubernetes: int) -> tuple[Function, ...]:
    if kubernetes >= 37:
        return strings.FUNCTIONS
    search = strings.SEARCH_OF_136
    if kubernetes <= 30:
        search = strings.SEARCH_OF_130 if kubernetes else strings.STRICT_SEARCH
    return _with(search.values(), strings.FUNCTIONS)


def _with(others: Iterable[Function], functions: tuple[Function, ...]) -> tuple[Function, ...]:
    """Functions, with others in the place of those of their names."""
    by_name = {function.name: function for function in others}
    return tuple(by_name.get(function.name, function) for function in functions)


def _behaviour(kubernetes: int) -> int:
    """The version among those that differ whose functions a version has."""
    return 37 if kubernetes >= 37 else 36 if kubernetes > 30 else 30


class Implementations:
    """The functions of one environment by name, as far as the environment declares them."""

    __slots__ = ("_environment", "_found", "_known")

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._known = _all_functions(0 if environment.dialect is None else _behaviour(environment.kubernetes))
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
