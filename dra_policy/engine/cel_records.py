"""Refuse records of the CEL protocol whose parts are of the wrong type, as Kubernetes' reader of JSON refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dra_policy.engine.record_parts import (
    WrongRecordError,
    feature_problems,
    quantity_problem,
    refuse_first,
    shown,
    text_problems,
)
from dra_policy.values import JsonValue

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
_Object = Mapping[str, JsonValue]


def check_record(record: _Object) -> None:
    """Everything but the device. Raises WrongRecordError; what is null is taken as absent."""
    refuse_first(_evolution(record) if "driverName" in record else _kubernetes(record))


def check_device(device: JsonValue) -> None:
    """A device of ``resource.k8s.io/v1``, or None. Raises WrongRecordError."""
    if isinstance(device, dict):
        refuse_first(_device(device))
    elif device is not None:
        raise WrongRecordError(f"`device` must be an object, not {shown(device)}")


def _kubernetes(record: _Object) -> Iterator[str]:
    yield from _common(record)
    if record.get("env", "stored") not in ("stored", "new"):
        yield f"`env` is `stored` or `new`, not {shown(record['env'])}"
    yield from feature_problems(record.get("features"))
    yield from text_problems(record, "driver")


def _device(device: _Object) -> Iterator[str]:
    yield from text_problems(device, "name")
    if not isinstance(device.get("allowMultipleAllocations"), bool | None):
        yield f"`allowMultipleAllocations` must be a bool, not {shown(device['allowMultipleAllocations'])}"
    for part, problems in (("attributes", _attribute), ("capacity", _capacity)):
        entries = device.get(part)
        if entries is not None and not isinstance(entries, dict):
            yield f"`{part}` must be an object, not {shown(entries)}"
            return
        for name, value in (entries or {}).items():
            yield from problems(name, value)


def _common(record: _Object) -> Iterator[str]:
    limit = record.get("costLimit")
    if limit is not None and not (_is_int(limit) and limit in _UINT64):
        yield f"`costLimit` must be a whole number from 0 to 2**64 - 1, not {shown(limit)}"


def _attribute(name: str, value: JsonValue) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, dict):
        yield f'attribute `{name}` must be an object such as {{"int": 4}}, not {shown(value)}'
        return
    for kind, (wanted, holds) in _KINDS.items():
        single, several = value.get(kind), value.get(f"{kind}s")
        if single is not None and not holds(single):
            yield f"`{kind}` of attribute `{name}` must be {wanted}, not {shown(single)}"
        if several is not None and not (isinstance(several, list) and all(map(holds, several))):
            yield f"`{kind}s` of attribute `{name}` must be a list, each {wanted}"


def _capacity(name: str, value: JsonValue) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, dict):
        yield f'capacity `{name}` must be an object such as {{"value": "1Gi"}}, not {shown(value)}'
        return
    amount = value.get("value")
    problem = None if amount is None else quantity_problem(amount)
    if problem is not None:
        yield f"`value` of capacity `{name}` must be a quantity: {problem}"


def _evolution(record: _Object) -> Iterator[str]:
    yield from _common(record)
    yield from text_problems(record, "driverName")
    yield from text_problems(record, "celSuffix")
    attributes = record.get("attributes")
    if attributes is None:
        return
    if not isinstance(attributes, list):
        yield f"`attributes` must be a list, not {shown(attributes)}"
        return
    for each in attributes:
        if not isinstance(each, dict):
            yield f"each of `attributes` must be an object, not {shown(each)}"
            return
        yield from text_problems(each, "name")


def _is_int(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_int64(value: JsonValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in _INT64


def _is_text(value: JsonValue) -> bool:
    return isinstance(value, str)


_KINDS: dict[str, tuple[str, Callable[[JsonValue], bool]]] = {
    "int": ("an int of 64 bits", _is_int64),
    "bool": ("a bool", lambda value: isinstance(value, bool)),
    "string": ("a string", _is_text),
    "version": ("a string", _is_text),
}
