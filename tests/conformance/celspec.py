"""Reads the CEL specification's own tests in their recorded form, and evaluates them without any dialect."""

from __future__ import annotations

import base64
import math
from typing import Any

from dra_policy.cel.check import check
from dra_policy.cel.data import (
    ABSENT,
    Duration,
    Failure,
    Interruption,
    MapValue,
    OptionalValue,
    Timestamp,
    TypeValue,
    UInt,
    Value,
)
from dra_policy.cel.environment import Overload, overload, plain_environment
from dra_policy.cel.equality import equals
from dra_policy.cel.interpreter import PlanningError
from dra_policy.cel.kinds import STRING, Type, list_of, map_of, parameter, read_type, type_of
from dra_policy.cel.parse import parse
from dra_policy.cel.program import Program
from dra_policy.record import replace
from dra_policy.text import Source

CORE = (
    *("basic", "comparisons", "conversions", "fields", "fp_math", "integer_math", "lists", "logic", "macros"),
    *("namespace", "parse", "plumbing", "string", "timestamps", "type_deduction"),
)
# The files of extensions that Kubernetes has. Its format() is that of an older version of string_ext.
EXTENSIONS = ("macros2", "optionals", "string_ext", "bindings_ext", "network_ext")
_NAMES = {"null": "null_type"}


def value_of(recorded: dict[str, Any]) -> Value:
    """A recorded value as the evaluator's value."""
    value: Any = recorded.get("v")
    match recorded["t"]:
        case "null":
            return None
        case "int":
            return int(value)
        case "uint":
            return UInt(value)
        case "double":
            return float(value)
        case "bytes":
            return base64.b64decode(value)
        case "list":
            return [value_of(item) for item in value]
        case "map":
            return MapValue.of([(value_of(key), value_of(item)) for key, item in value])
        case "type":
            return TypeValue(value)
        case "timestamp":
            return Timestamp(int(recorded["seconds"]) * 10**9 + int(recorded.get("nanos") or 0))
        case "duration":
            return Duration(int(recorded["seconds"]) * 10**9 + int(recorded.get("nanos") or 0))
        case "error":
            return Failure("recorded")
    return value


def type_from(recorded: Any) -> Type:
    """A recorded type."""
    match recorded:
        case str():
            return read_type(_NAMES.get(recorded, recorded))
        case {"list": element}:
            return list_of(type_from(element))
        case {"map": [key, value]}:
            return map_of(type_from(key), type_from(value))
        case {"param": name}:
            return parameter(name)
        case {"type": inner}:
            return type_of(type_from(inner))
        case {"abstract": name}:
            return Type("opaque", name, tuple(type_from(inner) for inner in recorded.get("params", [])))
    raise ValueError(recorded)


def _declarations(record: dict[str, Any]) -> tuple[dict[str, Type], list[Overload]]:
    variables: dict[str, Type] = {}
    # Version 3 of the string extension, which the file string_ext needs and Kubernetes does not have.
    added = [overload("reverse", "string_reverse", [STRING], STRING, is_member=True)]
    for declared in record.get("type_env") or []:
        if "ident" in declared:
            variables[declared["ident"]] = type_from(declared["type"])
            continue
        for one in declared["overloads"]:
            parameters = [type_from(inner) for inner in one["params"]]
            result = type_from(one["result"])
            added.append(overload(declared["function"], one["id"], parameters, result, is_member=one["instance"]))
    return variables, added


def evaluate(record: dict[str, Any]) -> Value:
    """What one recorded expression gives; a Failure also where it does not compile."""
    variables, added = _declarations(record)
    bindings = {name: value_of(value) for name, value in (record.get("bindings") or {}).items()}
    container = record.get("container") or ""
    if record.get("disable_check"):
        variables.update({name: read_type("dyn") for name in bindings})
    environment = plain_environment(variables, container=container, added=added)
    syntax = environment.syntax
    if record.get("disable_macros"):
        syntax = replace(syntax, macros=frozenset())
    parsed = parse(Source.of("<input>", record["expr"]), syntax)
    if parsed.expression is None:
        return Failure("does not parse")
    checked = None
    if not record.get("disable_check"):
        checked = check(parsed.expression, environment)
        if checked.problems:
            return Failure("does not check")
    try:
        return Program(parsed.expression, record["expr"], environment, checked).value(bindings)
    except (PlanningError, Interruption) as problem:
        return Failure(str(problem))


def same(left: Value, right: Value) -> bool:
    """Whether two values are of one type and equal; NaN is NaN, and 0.0 is not -0.0."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(one, other) for one, other in zip(left, right, strict=True))
    if left.__class__ is not right.__class__:
        return False
    if isinstance(left, float) and isinstance(right, float):
        return (math.isnan(left) and math.isnan(right)) or (
            left == right and math.copysign(1, left) == math.copysign(1, right)
        )
    if isinstance(left, MapValue) and isinstance(right, MapValue):
        return len(left) == len(right) and all(same(value, right.find(key)) for key, value in left.all_items())
    if isinstance(left, OptionalValue) and isinstance(right, OptionalValue):
        return same(left.value, right.value)
    return left is ABSENT or equals(left, right) is True


def passes(record: dict[str, Any]) -> bool:
    """Whether a recorded expression gives what the specification wants."""
    expect, found = record["expect"], evaluate(record)
    if "error" in expect or "any_error" in expect:
        return isinstance(found, Failure)
    if "value" in expect:
        return same(value_of(expect["value"]), found)
    return found is True if expect.get("implicit") else not isinstance(found, Failure)
