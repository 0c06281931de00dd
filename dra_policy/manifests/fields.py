"""The fields that each API type has, to tell misspelt ones and those of another version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from dra_policy.manifests import field_tables as tables
from dra_policy.manifests.view import View
from dra_policy.model import Dialect
from dra_policy.text import Step, nearest
from dra_policy.values import JsonValue

Unknown = tuple[tuple[Step, ...], str, Mapping[str, str]]
Table = Mapping[str, Mapping[str, str]]


@cache
def fields_of(dialect: Dialect) -> Table:
    """For each type of a dialect, its fields and the type that each is made of (empty: not looked into)."""
    own = {
        Dialect.EVOLUTION: tables.EVOLUTION,
        Dialect.K8SRM: tables.K8SRM,
        Dialect.V1ALPHA3: tables.KUBERNETES + tables.UNTIL_V1BETA1 + tables.V1ALPHA3,
        Dialect.V1BETA1: tables.KUBERNETES + tables.UNTIL_V1BETA1,
        Dialect.V1BETA2: tables.KUBERNETES + tables.SINCE_V1BETA2,
        Dialect.V1: tables.KUBERNETES + tables.SINCE_V1BETA2,
    }[dialect]
    table: dict[str, dict[str, str]] = {}
    for line in (tables.OBJECT + tables.CORE + own).replace("\n    ", " ").splitlines():
        name, _, fields = line.partition(": ")
        if fields:
            table[name] = dict(each.partition(":")[::2] for each in fields.split())
    return table


def without_unknown_fields(view: View, type_name: str) -> View:
    """The object without the fields that its type does not have; each is a warning (DRA103), with the nearest one.

    Fields that belong to another version of the API are left to ``versions.report_moved_fields``.
    """
    found = list(_unknown(view.value, type_name, fields_of(view.context.dialect), view.path))
    _report(found, view)
    value: JsonValue = view.value
    for path, name, _ in found:
        value = _without(value, (*path[len(view.path) :], name))
    return View(value, view.context, view.path) if found and isinstance(value, dict) else view


def _report(found: list[Unknown], view: View) -> None:
    for path, name, known in found:
        owner = _owner(path)
        near = nearest(name, known)
        hint = _GONE.get((owner, name)) or (f"did you mean `{near}`?" if near else None)
        place = view.context.document.span((*path, name), key=True)
        view.context.findings.warning("DRA103", f"`{owner}` has no field `{name}`", place, hint=hint)


_NO_SELECTION = "Kubernetes 1.35 took it away, and only v1alpha3 had it: say driver, pool or device"
# Fields of earlier releases, with what to say instead.
_GONE = {("deviceSelector", "deviceClassName"): _NO_SELECTION, ("deviceSelector", "selectors"): _NO_SELECTION}


def _owner(path: tuple[Step, ...]) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "object")


def _without(value: JsonValue, path: tuple[Step, ...]) -> JsonValue:
    """A copy of the value in which the field at the path is not there; other objects may share parts of the value."""
    step, *rest = path
    if isinstance(value, list):
        return [_without(item, tuple(rest)) if index == step else item for index, item in enumerate(value)]
    assert isinstance(value, dict)
    if rest:
        return {key: _without(item, tuple(rest)) if key == step else item for key, item in value.items()}
    return {key: item for key, item in value.items() if key != step}


def _unknown(value: JsonValue, type_name: str, table: Table, path: tuple[Step, ...]) -> Iterator[Unknown]:
    known = table.get(type_name)
    if known is None or not isinstance(value, dict):
        return
    moved = _moved(type_name, known)
    for name, inner in value.items():
        below = known.get(name)
        if below is None:
            if name not in moved:
                yield path, name, known
        elif below:
            yield from _below(inner, below, table, (*path, name))


def _below(value: JsonValue, below: str, table: Table, path: tuple[Step, ...]) -> Iterator[Unknown]:
    type_name = below.strip("[]{}")
    if below[0] == "[" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(item, type_name, table, (*path, index))
    elif below[0] == "{" and isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown(item, type_name, table, (*path, key))
    else:
        yield from _unknown(value, type_name, table, path)


EXACT_FIELDS = frozenset(each.partition(":")[0] for each in tables.EXACT.split())
DEVICE_FIELDS = frozenset(each.partition(":")[0] for each in tables.DEVICE.split())


def _moved(type_name: str, known: Mapping[str, str]) -> frozenset[str]:
    """Fields that another version of resource.k8s.io has in the same type."""
    match type_name:
        case "DeviceRequest":
            return EXACT_FIELDS if "exactly" in known else frozenset(("exactly",))
        case "Device":
            return DEVICE_FIELDS if "basic" in known else frozenset(("basic",))
        case _:
            return frozenset()
