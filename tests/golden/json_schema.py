"""The part of JSON Schema that the project's own schemas use, enough to hold outputs to them."""

from __future__ import annotations

import re
from typing import Any

TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def violations(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, at: str = "$") -> list[str]:
    """Where a value breaks a schema; empty if it holds."""
    root = schema if root is None else root
    if "$ref" in schema:
        return violations(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
    if "anyOf" in schema:
        found = [violations(value, each, root, at) for each in schema["anyOf"]]
        return [] if any(not each for each in found) else min(found, key=len)
    wrong: list[str] = []
    if "const" in schema and value != schema["const"]:
        wrong.append(f"{at}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "type" in schema and not _is_of(value, schema["type"]):
        return [*wrong, f"{at}: {value!r} is no {schema['type']}"]
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        wrong.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, int) and value < schema.get("minimum", value):
        wrong.append(f"{at}: {value} is less than {schema['minimum']}")
    if isinstance(value, dict):
        wrong.extend(_of_object(value, schema, root, at))
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            wrong.extend(violations(item, schema["items"], root, f"{at}[{index}]"))
    return wrong


def _is_of(value: Any, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


def _of_object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], at: str) -> list[str]:
    properties = schema.get("properties", {})
    wrong = [f"{at}: {name} is absent" for name in schema.get("required", ()) if name not in value]
    others = schema.get("additionalProperties", True)
    for name, item in value.items():
        if name in properties:
            wrong.extend(violations(item, properties[name], root, f"{at}.{name}"))
        elif others is False:
            wrong.append(f"{at}: {name} is not known")
        elif isinstance(others, dict):
            wrong.extend(violations(item, others, root, f"{at}.{name}"))
    return wrong
