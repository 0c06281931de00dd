"""What an expression may use: variables, functions, macros and limits of each dialect and Kubernetes version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from dra_policy.cel.kinds import (
    ANY,
    BOOL,
    CIDR,
    DEVICE,
    DURATION,
    DYN,
    INT,
    IP,
    QUANTITY,
    SEMVER,
    STRING,
    Type,
    map_of,
    parameters_in,
    read_type,
    wrapper_of,
)
from dra_policy.cel.macros import ALL_MACROS, BLOCK_MACROS, MacroKey
from dra_policy.cel.messages import MESSAGES
from dra_policy.cel.overloads import TABLE
from dra_policy.cel.syntax_options import RESERVED, SyntaxOptions
from dra_policy.model import Dialect
from dra_policy.model.defaults import DEFAULT_KUBERNETES, NEWEST, OLDEST
from dra_policy.model.gates import LISTS, SHARES
from dra_policy.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a function; ``parameters`` has the receiver first, ``since`` is a minor version of 1.x."""

    function: str
    id: str
    is_member: bool
    since: int
    result: Type
    parameters: tuple[Type, ...]
    type_parameters: tuple[str, ...]


_ORDER = frozenset(("_<_", "_<=_", "_>_", "_>=_"))


class Functions:
    """The functions of an environment, looked up by name; signatures are read from the table at first use."""

    def __init__(
        self,
        newest: int,
        *,
        only: frozenset[str] | None = None,
        without: frozenset[str] = frozenset(),
        compares_number_types: bool = True,
        added: Iterable[Overload] = (),
    ) -> None:
        """Functions up to a minor version; ``only`` these names, ``without`` those, and others ``added``.

        ``compares_number_types``: an int can be less than a double.
        """
        self._compares_number_types = compares_number_types
        self._newest = newest
        self._only = only
        self._without = without
        self._found: dict[str, tuple[Overload, ...]] = {}
        self._added: dict[str, tuple[Overload, ...]] = {}
        for overload in added:
            self._added[overload.function] = (*self._added.get(overload.function, ()), overload)

    def overloads(self, name: str) -> tuple[Overload, ...]:
        """The signatures of a function in the order in which they are tried; empty for an unknown function."""
        found = self._found.get(name)
        if found is None:
            is_hidden = name in self._without or (self._only is not None and name not in self._only)
            known = () if is_hidden else all_overloads(name)
            found = tuple(overload for overload in known if self._has(overload)) + self._added.get(name, ())
            if found:
                # Texts can ask for any number of functions that nobody has declared.
                self._found[name] = found
        return found

    def _has(self, overload: Overload) -> bool:
        if overload.since > self._newest:
            return False
        is_mixed = overload.function in _ORDER and overload.parameters[0] != overload.parameters[1]
        return self._compares_number_types or not is_mixed

    def names(self) -> frozenset[str]:
        """The names of all functions, operators included."""
        return frozenset(name for name in self.known() if self.overloads(name))

    def known(self) -> tuple[str, ...]:
        """The names of all functions, also of those that another version or dialect has."""
        return (*_lines(), *self._added)


@lru_cache(maxsize=1)
def _lines() -> dict[str, list[str]]:
    by_name: dict[str, list[str]] = {}
    for line in TABLE.splitlines():
        by_name.setdefault(line.partition(" ")[0], []).append(line)
    return by_name


@lru_cache(maxsize=512)
def all_overloads(name: str) -> tuple[Overload, ...]:
    """The signatures of a function in any Kubernetes version."""
    return tuple(_overload(line) for line in _lines().get(name, ()))


def _overload(line: str) -> Overload:
    function, identity, style, since, result, *parameters = line.split()
    return overload(
        function,
        identity,
        [read_type(parameter) for parameter in parameters],
        read_type(result),
        is_member=style == "member",
        since=int(since),
    )


def overload(
    function: str,
    identity: str,
    parameters: Iterable[Type],
    result: Type,
    *,
    is_member: bool = False,
    since: int = 0,
) -> Overload:
    """A signature; its type parameters are those that occur in it."""
    types = tuple(parameters)
    names = dict.fromkeys(name for type_ in (*types, result) for name in parameters_in(type_))
    return Overload(function, identity, is_member, since, result, types, tuple(names))


@dataclass(frozen=True, slots=True)
class Bound:
    """The most elements, characters or bytes that a part of a variable has; None where nothing is known.

    ``elements`` bounds a map's values, ``keys`` its keys; ``fields`` the fields of an object. ``is_attributes`` marks
    the map whose every value has the same bound, whatever its key.
    """

    size: int
    keys: Bound | None = None
    elements: Bound | None = None
    fields: Mapping[str, Bound] = field(default_factory=dict)
    is_attributes: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """Everything that compiling an expression depends on. Environments are equal only if they are the same object.

    ``fields`` are those of the struct types of variables. ``results`` are the types that a whole expression may have
    (empty: any), and ``wrong_result`` what Kubernetes says about another one (``{}``: that type).
    ``is_homogeneous``: all elements of a list literal have one type. ``checks_literals``: durations, timestamps,
    patterns and formats written as constants are tried when the expression is compiled. ``shows_lists``: attributes can
    be lists; else a device that publishes one fails every expression.
    """

    name: str
    dialect: Dialect | None
    kubernetes: int
    is_stored: bool
    variables: Mapping[str, Type]
    functions: Functions
    syntax: SyntaxOptions = field(default_factory=SyntaxOptions)
    fields: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    bounds: Mapping[str, Bound] = field(default_factory=dict)
    type_names: frozenset[str] = frozenset()
    container: str = ""
    is_homogeneous: bool = True
    checks_literals: bool = True
    results: tuple[Type, ...] = ()
    wrong_result: str = ""
    strict_prototype: bool = False
    shows_lists: bool = True


_STANDARD_MACROS: frozenset[MacroKey] = frozenset(
    {
        ("has", False, 1),
        ("all", True, 2),
        ("exists", True, 2),
        ("exists_one", True, 2),
        ("map", True, 2),
        ("map", True, 3),
        ("filter", True, 2),
    }
)
_OPTIONAL_MACROS: frozenset[MacroKey] = frozenset({("optMap", True, 2), ("optFlatMap", True, 2)})
_MACROS_SINCE: dict[int, frozenset[MacroKey]] = {
    31: frozenset({("bind", True, 3)}),
    32: frozenset(
        {
            *((name, True, 3) for name in ("all", "exists", "existsOne", "exists_one")),
            *((name, True, count) for name in ("transformList", "transformMap") for count in (3, 4)),
            *(("transformMapEntry", True, count) for count in (3, 4)),
        }
    ),
    34: frozenset({("sortBy", True, 2)}),
}
# The functions of cel-spec's standard library.
STANDARD = frozenset(
    (
        *("!_", "-_", "@in", "@not_strictly_false", "_!=_", "_%_", "_&&_", "_*_", "_+_", "_-_", "_/_", "_<=_", "_<_"),
        *("_==_", "_>=_", "_>_", "_?_:_", "_[_]", "_||_", "bool", "bytes", "contains", "double", "duration", "dyn"),
        *("endsWith", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours"),
        *("getMilliseconds", "getMinutes", "getMonth", "getSeconds", "int", "matches", "size", "startsWith", "string"),
        *("timestamp", "type", "uint"),
    )
)
# Names of types that expressions can use.
_TYPE_NAMES = frozenset(
    (
        *("bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"),
        *("google.protobuf.Duration", "google.protobuf.Timestamp"),
    )
)

# Sizes of the API (resource.k8s.io/v1 types.go): DeviceMaxDomainLength, DeviceMaxIDLength, DriverNameMaxLength,
# DeviceAttributeMaxValueLength, ResourceSliceMaxAttributesAndCapacitiesPerDevice.
_DOMAIN, _ID, _DRIVER = Bound(63), Bound(32), Bound(63)
_ATTRIBUTES = Bound(32, _DOMAIN, Bound(32, _ID, Bound(64), is_attributes=True))
_CAPACITY = Bound(32, _DOMAIN, Bound(32, _ID, Bound(0)))


# Kubernetes 1.36 had a function of its own, which looks at no more values than an attribute can have.
_INCLUDES_OF_136 = overload("includes", "dra_includes_dyn_dyn", (DYN, DYN), BOOL, is_member=True, since=36)
# Declared before 1.37 though it always failed.
_OLD_OVERLOADS = (overload("duration", "int64_to_duration", (INT,), DURATION),)


def macros_since(key: MacroKey) -> int | None:
    """The minor version of Kubernetes that brought a macro (0: always had it); None for an unknown one."""
    if key in _STANDARD_MACROS or key in _OPTIONAL_MACROS:
        return 0
    return next((minor for minor, keys in _MACROS_SINCE.items() if key in keys), None)


def environment_for(
    dialect: Dialect,
    *,
    kubernetes: str = DEFAULT_KUBERNETES,
    stored: bool = True,
    features: Mapping[str, bool] = {},
    strict_prototype: bool = False,
) -> Environment:
    """The environment of a dialect's selectors; the same object for the same arguments.

    ``stored``: what the scheduler uses for objects that exist, else what the API server allows in new ones (libraries
    of the version before, and what feature gates add). ``features``: the gates DRAConsumableCapacity and
    DRAListTypeAttributes (with or without ``DRA``); only new expressions depend on them. ``strict_prototype`` keeps the
    mistakes of the dra-evolution prototype; it and k8srm are one version each, whatever ``kubernetes`` says. Raises
    ValueError for a version that is not of the form ``1.N``, and in Kubernetes' dialects for one that is not known.
    """
    gates = tuple(sorted((name.removeprefix("DRA"), on) for name, on in features.items()))
    return _environment(dialect, minor_version(kubernetes), stored, gates, strict_prototype)


def minor_version(kubernetes: str) -> int:
    """The minor version of ``1.N``, ``v1.N.P`` or ``1.N+``. Raises ValueError for anything else."""
    major, _, rest = kubernetes.removeprefix("v").partition(".")
    minor = rest.partition(".")[0].rstrip("+")
    if major != "1" or not minor.isdigit():
        raise ValueError(f"`{kubernetes}` is no Kubernetes version such as 1.37")
    return int(minor)


@lru_cache(maxsize=64)
def _environment(
    dialect: Dialect, kubernetes: int, stored: bool, gates: tuple[tuple[str, bool], ...], strict_prototype: bool
) -> Environment:
    if dialect is Dialect.EVOLUTION:
        return _evolution(strict_prototype=strict_prototype)
    if dialect is Dialect.K8SRM:
        return _k8srm()
    if not OLDEST <= kubernetes <= NEWEST:
        raise ValueError(f"no Kubernetes version `1.{kubernetes}`; 1.{OLDEST} to 1.{NEWEST} are known")
    return _device_environment(dialect, kubernetes, dict(gates), is_stored=stored)


def _macros_until(newest: int) -> frozenset[MacroKey]:
    added = (keys for minor, keys in _MACROS_SINCE.items() if minor <= newest)
    return _STANDARD_MACROS.union(_OPTIONAL_MACROS, *added)


def _device_environment(dialect: Dialect, kubernetes: int, gates: dict[str, bool], *, is_stored: bool) -> Environment:
    """Selectors of resource.k8s.io: dynamic-resource-allocation's cel/compile.go over the API server's base."""
    newest = max(OLDEST, kubernetes if is_stored else kubernetes - 1)
    # Gates are ignored for stored expressions, but for that of lists in 1.36; in 1.36 the consumable capacity became on
    # by default.
    has_shares = SHARES.exists_in(kubernetes) and (
        is_stored or gates.get("ConsumableCapacity", SHARES.is_on_in(kubernetes))
    )
    knows_lists = LISTS.exists_in(kubernetes)
    has_lists = LISTS.is_needless_in(newest) or (knows_lists and gates.get("ListTypeAttributes", False))
    attribute = DYN if has_lists else ANY
    fields = {
        "driver": STRING,
        "attributes": map_of(STRING, map_of(STRING, attribute)),
        "capacity": map_of(STRING, map_of(STRING, QUANTITY)),
    }
    bounds = {"driver": _DRIVER, "attributes": _ATTRIBUTES, "capacity": _CAPACITY}
    if has_shares:
        fields["allowMultipleAllocations"] = BOOL
        bounds["allowMultipleAllocations"] = Bound(1)
    # Since 1.37 in the base; new expressions, which compile as one version before, need the gate of lists up to 1.37.
    includes = all_overloads("includes") if has_lists or (is_stored and knows_lists) else ()
    added = includes if kubernetes > LISTS.since else (*(_INCLUDES_OF_136 for _ in includes), *_OLD_OVERLOADS)
    return Environment(
        f"resource.k8s.io in Kubernetes 1.{kubernetes}",
        dialect,
        kubernetes,
        is_stored,
        {"device": DEVICE},
        Functions(newest, without=frozenset({"includes"}), added=added),
        SyntaxOptions(_macros_until(newest), backticks=kubernetes >= 37),
        {DEVICE.name: fields},
        {"device": Bound(0, fields=bounds)},
        _TYPE_NAMES | {"optional_type", "duration", "timestamp", IP.name, CIDR.name, *MESSAGES},
        results=(BOOL, attribute) if kubernetes < 37 else (BOOL, attribute, wrapper_of(BOOL)),
        wrong_result="must evaluate to bool or the unknown type, not {}",
        shows_lists=LISTS.is_needless_in(kubernetes) or has_lists,
    )


def _evolution(*, strict_prototype: bool) -> Environment:
    """The dra-evolution prototype: pkg/schedule over k8s.io/apiserver v0.30.0 with flat, qualified variables."""
    typed = {"quantity": QUANTITY, "bool": BOOL, "string": STRING, "version": SEMVER}
    variables = {
        "device.driverName": STRING,
        "device.attributes": map_of(STRING, ANY),
        **{f"device.{name}Attributes": map_of(STRING, type_) for name, type_ in typed.items()},
    }
    return Environment(
        "dra-evolution",
        Dialect.EVOLUTION,
        30,
        True,
        variables,
        Functions(30, added=_OLD_OVERLOADS),
        SyntaxOptions(_macros_until(30), backticks=False, is_of_130=True),
        type_names=_TYPE_NAMES | {IP.name, CIDR.name},
        results=(BOOL,),
        wrong_result="must evaluate to bool",
        strict_prototype=strict_prototype,
    )


def _k8srm() -> Environment:
    """The k8srm prototype (pkg/schedule/cel.go): a device of any shape, cel-go's defaults, lists of one type."""
    return Environment(
        "k8srm",
        Dialect.K8SRM,
        28,
        True,
        {"device": DYN},
        Functions(28, only=STANDARD, compares_number_types=False),
        SyntaxOptions(_STANDARD_MACROS, backticks=False, optionals=False),
        type_names=_TYPE_NAMES,
        checks_literals=False,
    )


def plain_environment(
    variables: Mapping[str, Type], *, container: str = "", added: Iterable[Overload] = ()
) -> Environment:
    """CEL with every library and nothing of Kubernetes' rules: any variables, any result, mixed lists."""
    return Environment(
        "CEL",
        None,
        NEWEST,
        True,
        variables,
        Functions(NEWEST, added=added),
        SyntaxOptions(ALL_MACROS | BLOCK_MACROS, variables=RESERVED.intersection(variables)),
        type_names=_TYPE_NAMES | {"optional_type", IP.name, CIDR.name},
        container=container,
        is_homogeneous=False,
        checks_literals=False,
    )
