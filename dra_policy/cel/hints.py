"""What to write instead: the hints that stand under a message of the type checker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dra_policy.cel.environment import Environment, Overload, all_overloads, macros_since
from dra_policy.cel.kinds import (
    BOOL,
    DOUBLE,
    DURATION,
    INT,
    QUANTITY,
    SEMVER,
    STRING,
    UINT,
    Type,
    declared_name,
    format_type,
    is_dyn,
    unwrap_optional,
)
from dra_policy.cel.macros import ALL_MACROS
from dra_policy.cel.syntax import Call, Expression, Ident, Literal, Select, children
from dra_policy.model import Dialect
from dra_policy.model.gates import GATED, GATES, LISTS
from dra_policy.text import Span, nearest

SYMBOLS = {
    "_==_": "==",
    "_!=_": "!=",
    "_<_": "<",
    "_<=_": "<=",
    "_>_": ">",
    "_>=_": ">=",
    "_+_": "+",
    "_-_": "-",
    "_*_": "*",
    "_/_": "/",
    "_%_": "%",
}
"""How operators are written."""

_FOREIGN_NAMES = {"True": "true", "False": "false", "None": "null", "nil": "null", "NULL": "null", "TRUE": "true"}
_FOREIGN_FUNCTIONS = {
    "len": "size",
    "length": "size",
    "toLowerCase": "lowerAscii",
    "toUpperCase": "upperAscii",
    "lower": "lowerAscii",
    "upper": "upperAscii",
    "any": "exists",
    "some": "exists",
    "every": "all",
    "hasPrefix": "startsWith",
    "hasSuffix": "endsWith",
    "startswith": "startsWith",
    "endswith": "endsWith",
    "match": "matches",
    "version": "semver",
    "bind": "cel.bind",
}


_EVOLUTION_FIELDS = {
    "driverName": "device.driver",
    **dict.fromkeys(
        ("stringAttributes", "boolAttributes", "quantityAttributes", "versionAttributes"),
        'device.attributes["DRIVER"].NAME',
    ),
}


def function_span(node: Call) -> Span:
    """Where the name or the operator of a call stands."""
    span = node.name_span
    if span.text != "(":
        return span
    before = span.source.text[: span.start].rstrip()
    name = node.function.removeprefix(".")
    if before.endswith(name):
        return Span(span.source, len(before) - len(name), len(before))
    return node.span


def unknown_name(node: Ident, environment: Environment, local: Iterable[str]) -> str | None:
    """For a name that is no variable."""
    name = node.name
    if name in _FOREIGN_NAMES:
        return f"write `{_FOREIGN_NAMES[name]}`"
    qualified = [known for known in environment.variables if known.startswith(f"{name}.")]
    if qualified:
        return f"here `{name}` alone is nothing; there are {_listed(qualified)}"
    best = nearest(name, (*local, *environment.variables))
    if best is not None:
        return f"did you mean `{best}`?"
    if environment.functions.overloads(name):
        return f"`{name}` is a function: call it as `{name}(…)`"
    if "device" in environment.variables and node.span.source.text.startswith(".", node.span.end):
        return f'the variable is `device`: `device.attributes["DRIVER"].NAME`; `{name}` can be declared in a policy'
    return f'a string stands in quotes: `"{name}"`' if environment.dialect is not None else None


def unknown_field(name: str, fields: Mapping[str, Type], environment: Environment) -> tuple[str, str | None]:
    """Code and hint for a field that a device does not have."""
    if name in GATED:
        gate = GATES[GATED[name]]
        if gate.exists_in(environment.kubernetes):
            return "DRA312", _is_off(GATED[name])
        return "DRA306", f"`{name}` needs Kubernetes 1.{gate.since}; this environment is 1.{environment.kubernetes}"
    if name in _EVOLUTION_FIELDS and environment.dialect is not Dialect.EVOLUTION:
        instead = _EVOLUTION_FIELDS[name]
        return "DRA305", f"`{name}` is dra-evolution's: choose `--dialect dra-evolution`, or write `{instead}`"
    best = nearest(name, fields)
    if best is not None:
        return "DRA305", f"did you mean `{best}`?"
    if set(fields) >= {"attributes", "capacity"}:
        # Rules over several devices have no `device`.
        device = "device" if "device" in environment.variables else "…"
        example = f'`{device}.attributes["DRIVER"].{name}`'
        return "DRA305", f"attributes and capacities are published under a domain: {example}"
    return "DRA305", f"there are {_listed(fields)}"


def no_fields(type_: Type, member: str) -> str | None:
    """For a selection from something without fields."""
    if type_ in (QUANTITY, SEMVER) and any(known.is_member for known in all_overloads(member)):
        return f"`{member}` is a function: call it as `.{member}(…)`"
    return f"a {_plain(type_)} has no fields"


def no_messages(name: str) -> str:
    """For a message literal."""
    makers = {QUANTITY.name: 'quantity("1Gi")', SEMVER.name: 'semver("1.0.0")'}
    maker = makers.get(name)
    return f"make it by `{maker}`" if maker else "there are no messages here; a map has no name before its `{`"


def unknown_function(node: Call, environment: Environment) -> tuple[str, str | None]:
    """Code and hint for a function that the environment lacks."""
    name = node.function
    if name in GATED and GATES[GATED[name]].exists_in(environment.kubernetes):
        # The gate brings it to new objects too, whatever the version before had.
        return "DRA312", _is_off(GATED[name])
    since = _newer_than(node, environment)
    if since is not None:
        return "DRA306", _needs(name, since, environment)
    counts = _macro_counts(name)
    if counts:
        wanted = " or ".join(str(count) for count in sorted(counts))
        return "DRA305", f"`{name}` takes {wanted} arguments here, not {len(node.arguments)}"
    foreign = _FOREIGN_FUNCTIONS.get(name)
    known = environment.functions.names()
    if foreign is not None and (foreign in known or _macro_counts(foreign) or "." in foreign):
        return "DRA305", f"did you mean `{foreign}`?"
    macros = {macro for macro, _, _ in environment.syntax.macros if macro != "bind"}
    best = nearest(name, sorted(candidate for candidate in known | macros if candidate[0].isalpha()))
    return "DRA305", f"did you mean `{best}`?" if best else None


def _newer_than(node: Call, environment: Environment) -> int | None:
    """The minor version that brought a function or macro, if the environment is older."""
    if environment.dialect is None or environment.dialect is Dialect.K8SRM:
        return None
    macro = macros_since((node.function, node.target is not None, len(node.arguments)))
    versions = [overload.since for overload in all_overloads(node.function)]
    versions += [macro] if macro is not None else []
    newest = environment.kubernetes if environment.is_stored else environment.kubernetes - 1
    return min(versions) if versions and min(versions) > newest else None


def _needs(name: str, since: int, environment: Environment) -> str:
    if environment.dialect is Dialect.EVOLUTION:
        return f"`{name}` came with Kubernetes 1.{since}; dra-evolution has the libraries of 1.{environment.kubernetes}"
    if not environment.is_stored and since <= environment.kubernetes:
        return (
            f"`{name}` is new in Kubernetes 1.{since}; the API server takes it in new objects from 1.{since + 1} on, "
            "so that a cluster can be rolled back"
        )
    gate = f" with feature gate {GATED[name]}, 1.{GATES[GATED[name]].needless_since} without" if name in GATED else ""
    return f"`{name}` needs Kubernetes 1.{since}{gate}; this environment is 1.{environment.kubernetes}"


def _is_off(gate: str) -> str:
    return f"the feature gate {gate} is off"


def _macro_counts(name: str) -> set[int]:
    return {count for macro, _, count in ALL_MACROS if macro == name}


def wrong_arguments(
    node: Call, name: str, types: list[Type], environment: Environment, *, is_member: bool
) -> tuple[str, str | None]:
    """Code and hint for a call whose arguments fit no overload; ``types`` has the receiver first."""
    code = "DRA304" if name in ("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_") else "DRA305"
    by_domain = next(filter(None, map(_domain_hint, children(node))), None)
    if by_domain is not None:
        return code, by_domain
    if name in SYMBOLS and len(types) == 2:
        return code, _operator_hint(node, name, types)
    if name == "@in":
        return "DRA304", _membership_hint(node, types)
    if name == "_[_]":
        return "DRA304", _index_hint(types)
    newer = _newer_overload(name, types, environment, is_member=is_member)
    if newer is not None:
        return "DRA306", _needs(f"{name}({', '.join(format_type(type_) for type_ in types)})", newer, environment)
    return code, _call_hint(node, name, types, environment, is_member=is_member)


def _domain_hint(node: Expression) -> str | None:
    """For all attributes (or capacities) of a domain, where one value is wanted: how one of them is named."""
    match node:
        case Call(
            function="_[_]",
            arguments=(
                Select(operand=Ident(name="device"), member="attributes" | "capacity" as container),
                Literal(value=str() as key),
            ),
        ):
            domain, slash, name = key.partition("/")
            if slash:
                return f"domain and name are looked up one after the other: write `{_entry(container, domain, name)}`"
            if "." not in key:
                return f"the domain comes first: write `{_entry(container, 'DOMAIN', key)}`"
            return f"these are all {container} of `{key}`: name one, as `{_entry(container, key, 'NAME')}`"
        case _:
            return None


def _entry(container: str, domain: str, name: str) -> str:
    is_plain = name.isidentifier() and name.isascii() and name not in ("in", "true", "false", "null")
    return f'device.{container}["{domain}"]' + (f".{name}" if is_plain else f'["{name}"]')


def _newer_overload(name: str, types: list[Type], environment: Environment, *, is_member: bool) -> int | None:
    if environment.dialect is None or environment.dialect is Dialect.K8SRM:
        return None
    known = set(environment.functions.overloads(name))
    for overload in all_overloads(name):
        if overload not in known and overload.is_member is is_member and _could_take(overload, types):
            return overload.since
    return None


def _could_take(overload: Overload, types: list[Type]) -> bool:
    return len(overload.parameters) == len(types) and all(
        is_dyn(type_) or is_dyn(wanted) or _is_of_kind(type_, wanted)
        for wanted, type_ in zip(overload.parameters, types, strict=True)
    )


def _is_of_kind(type_: Type, wanted: Type) -> bool:
    return wanted.kind == type_.kind and (bool(wanted.parameters) or wanted.name == type_.name)


def _operator_hint(node: Call, name: str, types: list[Type]) -> str | None:
    left, right = types
    kinds = {left, right}
    for argument in node.arguments:
        match argument:
            case Select(operand=Select(operand=Ident(name="device"), member=container), member=name) if container in (
                "attributes",
                "capacity",
            ):
                return f'attributes have a domain: write `device.{container}["DRIVER"].{name}`'
    texts = [argument.span.text for argument in node.arguments]
    if QUANTITY in kinds or SEMVER in kinds:
        return _kubernetes_value_hint(name, left, right, texts)
    if unwrap_optional(left) is not None or unwrap_optional(right) is not None:
        which = 0 if unwrap_optional(left) is not None else 1
        return f"the {('left', 'right')[which]} side may be absent: write `{texts[which]}.orValue(…)`"
    if kinds == {STRING, INT}:
        number = next(argument for argument, type_ in zip(node.arguments, types, strict=True) if type_ == INT)
        text = number.span.text
        return f'write `"{text}"`, a text' if isinstance(number, Literal) else f"write `string({text})`"
    if DURATION in kinds and (kinds & {INT, STRING}):
        return 'a duration is written as `duration("30s")`'
    if kinds <= {INT, UINT, DOUBLE} and len(kinds) == 2:
        return _number_hint(types, texts)
    if BOOL in kinds and STRING in kinds:
        return "`true` and `false` stand without quotes"
    if left.kind == right.kind == "list" or left.kind == right.kind == "map":
        return "the elements of both sides must have one type"
    return None


def _number_hint(types: list[Type], texts: list[str]) -> str:
    """Numbers of different types are equal only if one is converted; order comparisons take any two."""
    wanted = DOUBLE if DOUBLE in types else INT
    which = 0 if types[0] != wanted else 1
    text = texts[which]
    if text.isdigit() and wanted == DOUBLE:
        return f"write `{text}.0`, so that both are doubles"
    return f"write `{wanted.name}({text})`, so that both are {wanted.name}s"


def _kubernetes_value_hint(name: str, left: Type, right: Type, texts: list[str]) -> str | None:
    maker = "quantity" if QUANTITY in (left, right) else "semver"
    value = "quantities" if maker == "quantity" else "versions"
    other = right if left in (QUANTITY, SEMVER) else left
    other_text = texts[1] if left in (QUANTITY, SEMVER) else texts[0]
    own_text = texts[0] if left in (QUANTITY, SEMVER) else texts[1]
    converted = _converted(other, other_text, maker)
    if name in ("_==_", "_!=_"):
        if {left, right} == {QUANTITY, SEMVER}:
            return "a quantity and a version are never equal"
        return f"write `{own_text} {SYMBOLS[name]} {converted}`" if converted else None
    if name in ("_*_", "_/_", "_%_"):
        return f"{value} cannot be multiplied or divided" + ("; `asInteger()` makes a number" * (maker == "quantity"))
    if name in ("_+_", "_-_"):
        verb = "add" if name == "_+_" else "sub"
        if maker == "semver":
            return "versions cannot be added"
        return f"write `{texts[0]}.{verb}({texts[1] if right == QUANTITY else converted or texts[1]})`"
    right_text = texts[1] if right in (QUANTITY, SEMVER) else _converted(right, texts[1], maker) or texts[1]
    comparison = {
        "_>_": f"{texts[0]}.isGreaterThan({right_text})",
        "_<_": f"{texts[0]}.isLessThan({right_text})",
        "_>=_": f"{texts[0]}.compareTo({right_text}) >= 0",
        "_<=_": f"{texts[0]}.compareTo({right_text}) <= 0",
    }.get(name)
    return None if comparison is None else f"{value} are compared by functions: `{comparison}`"


def _converted(type_: Type, text: str, maker: str) -> str | None:
    if type_ == STRING:
        return f"{maker}({text})"
    if type_ in (INT, DOUBLE) and maker == "quantity":
        return f'quantity("{text}")'
    return None


def _membership_hint(node: Call, types: list[Type]) -> str | None:
    texts = [argument.span.text for argument in node.arguments]
    if types == [STRING, STRING]:
        return f"write `{texts[1]}.contains({texts[0]})`, or `== {texts[1]}`"
    container = types[1]
    if container.kind == "list":
        return f"the list holds values of type {format_type(container.parameters[0])}"
    if container.kind == "map":
        return f"the map's keys have type {format_type(container.parameters[0])}"
    return f"`in` wants a list or a map on its right, not a {_plain(container)}"


def _index_hint(types: list[Type]) -> str | None:
    if types[0].kind == "map":
        return f"the map's keys have type {format_type(types[0].parameters[0])}"
    if types[0].kind == "list":
        return "the elements of a list are numbered by ints from 0"
    return f"a {_plain(types[0])} has no elements"


def _call_hint(node: Call, name: str, types: list[Type], environment: Environment, *, is_member: bool) -> str | None:
    overloads = environment.functions.overloads(name)
    texts = [part.span.text for part in (() if node.target is None else (node.target,)) + node.arguments]
    other_style = [known for known in overloads if known.is_member is not is_member and _could_take(known, types)]
    if other_style and name[0].isalpha():
        if is_member:
            return f"`{name}` is no member: write `{name}({', '.join(texts)})`"
        return f"write `{texts[0]}.{name}({', '.join(texts[1:])})`"
    same_style = [known for known in overloads if known.is_member is is_member]
    converted = _argument_hint(node, types, same_style)
    if converted is not None:
        return converted
    shown = [known for known in same_style if not is_member or _is_of_kind(types[0], known.parameters[0])] or same_style
    if not shown or not name[0].isalpha():
        return None
    return f"`{name}` is {_listed((_signature(known) for known in shown[:4]), joiner='or')}"


def _argument_hint(node: Call, types: list[Type], overloads: list[Overload]) -> str | None:
    """A string or number where a quantity or a version is wanted."""
    for overload in overloads:
        if len(overload.parameters) != len(types) or not node.arguments or overload.parameters[-1] == types[-1]:
            continue
        first = overload.parameters[0]
        if first not in (QUANTITY, SEMVER) or not (first == types[0] or is_dyn(types[0])):
            continue
        text = node.arguments[-1].span.text
        if is_dyn(types[0]) and types[-1] == STRING:
            return f"write `semver({text})` or `quantity({text})`"
        converted = _converted(types[-1], text, "quantity" if first == QUANTITY else "semver")
        if converted is not None:
            return f"write `{converted}`"
    return None


def _signature(overload: Overload) -> str:
    parameters = [declared_name(type_).replace("<", "").replace(">", "") for type_ in overload.parameters]
    if overload.is_member:
        return f"`{parameters[0]}.{overload.function}({', '.join(parameters[1:])})`"
    return f"`{overload.function}({', '.join(parameters)})`"


def not_a_condition(node: Expression, type_: Type) -> str | None:
    """For an operand of ``&&`` or ``||`` that is no bool."""
    text = node.span.text
    if type_ in (INT, UINT):
        return f"compare it: `{text} != 0`"
    if type_ == STRING:
        return f'compare it: `{text} != ""`'
    if unwrap_optional(type_) is not None:
        return f"it may be absent: write `{text}.orValue(false)`"
    return None


def not_iterable(type_: Type, environment: Environment) -> str | None:
    """For a loop over something that is no list."""
    if type_.kind == "any":
        # Only attributes are of that type, where they cannot be lists.
        if LISTS.exists_in(environment.kubernetes):
            return _is_off("DRAListTypeAttributes")
        own = f"this environment is 1.{environment.kubernetes}"
        return f"attributes can be lists since Kubernetes 1.{LISTS.since}; {own}"
    if unwrap_optional(type_) is not None:
        return "it may be absent: add `.orValue([])` first"
    return "put a single value in brackets to make a list of it"


def wrong_result(expression: Expression, type_: Type, environment: Environment) -> str | None:
    """For a whole expression that is no bool."""
    text = expression.span.text
    if is_dyn(type_):
        return f"the type is not known before run time: write `{text} == true`"
    if unwrap_optional(type_) is not None:
        return "it may be absent: add `.orValue(false)`"
    if type_ == STRING:
        return f'compare it: `{text} == "…"`'
    if type_ in (INT, UINT, DOUBLE):
        return f"compare it, for example `{text} > 0`"
    if type_ == QUANTITY:
        return f'compare it: `{text}.compareTo(quantity("1Gi")) >= 0`'
    if type_ == SEMVER:
        return f'compare it: `{text}.compareTo(semver("1.0.0")) >= 0`'
    if type_.kind == "map" and environment.dialect is not None:
        return f"name an attribute of it: `{text}.NAME`, and compare that"
    return None


def mixed_literal(first: Type, other: Type, where: str) -> str:
    """For a list or map literal of several types."""
    if is_dyn(first) or is_dyn(other):
        return f"Kubernetes wants one type in a {where}: wrap the constants in `dyn(…)` too"
    return (
        f"Kubernetes wants one type in a {where}: {format_type(first)} or {format_type(other)}, or `dyn(…)` around each"
    )


def _plain(type_: Type) -> str:
    names = {QUANTITY: "quantity", SEMVER: "version"}
    return names.get(type_) or format_type(type_)


def _listed(names: Iterable[str], joiner: str = "and") -> str:
    shown = [name if name.startswith("`") else f"`{name}`" for name in names]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} {joiner} {shown[-1]}"
