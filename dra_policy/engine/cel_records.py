"""Refuse records of the CEL protocol whose parts are of the wrong type, as Kubernetes' reader of JSON refuses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dra_policy.values import JsonValue

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
_Object = Mapping[str, JsonValue]


class WrongRecordError(ValueError):
    """A record that is no case; the message says which part is wrong."""


def check_record(record: _Object) -> None:
    """Everything but the device. Raises WrongRecordError; what is null is taken as absent."""
    _refuse(_evolution(record) if "driverName" in record else _kubernetes(record))


def check_device(device: _Object) -> None:
    """The attributes and capacities of a device of ``resource.k8s.io/v1``. Raises WrongRecordError."""
    _refuse(_device(device))


def _refuse(problems: Iterator[str]) -> None:
    for problem in problems:
        raise WrongRecordError(problem)


def _kubernetes(record: _Object) -> Iterator[str]:
    yield from _common(record)
    if record.get("env", "stored") not in ("stored", "new"):
        yield f"`env` is `stored` or `new`, not {_shown(record['env'])}"
    yield from _features(record)
    yield from _text(record, "driver")
    device = record.get("device")
    if isinstance(device, dict):
        yield from _text(device, "name")
    elif device is not None:
        yield f"`device` must be an object, not {_shown(device)}"


def _device(device: _Object) -> Iterator[str]:
    if not isinstance(device.get("allowMultipleAllocations"), bool | None):
        yield f"`allowMultipleAllocations` must be a bool, not {_shown(device['allowMultipleAllocations'])}"
    for part, problems in (("attributes", _attribute), ("capacity", _capacity)):
        entries = device.get(part)
        if entries is not None and not isinstance(entries, dict):
            yield f"`{part}` must be an object, not {_shown(entries)}"
            return
        for name, value in (entries or {}).items():
            yield from problems(name, value)


def _common(record: _Object) -> Iterator[str]:
    limit = record.get("costLimit")
    if limit is not None and not (_is_int(limit) and limit in _UINT64):
        yield f"`costLimit` must be a whole number from 0 to 2**64 - 1, not {_shown(limit)}"


def _attribute(name: str, value: JsonValue) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, dict):
        yield f'attribute `{name}` must be an object such as {{"int": 4}}, not {_shown(value)}'
        return
    for kind, (wanted, holds) in _KINDS.items():
        single, several = value.get(kind), value.get(f"{kind}s")
        if single is not None and not holds(single):
            yield f"`{kind}` of attribute `{name}` must be {wanted}, not {_shown(single)}"
        if several is not None and not (isinstance(several, list) and all(map(holds, several))):
            yield f"`{kind}s` of attribute `{name}` must be a list, each {wanted}"


def _capacity(name: str, value: JsonValue) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, dict):
        yield f'capacity `{name}` must be an object such as {{"value": "1Gi"}}, not {_shown(value)}'
        return
    from dra_policy.values import Quantity, QuantityError

    amount = value.get("value")
    if amount is None:
        return
    try:
        if isinstance(amount, bool) or not isinstance(amount, str | int | float):
            raise QuantityError(f"it is {_shown(amount)}")
        Quantity.parse(amount.strip() if isinstance(amount, str) else str(amount))
    except QuantityError as problem:
        yield f"`value` of capacity `{name}` must be a quantity: {problem}"


def _evolution(record: _Object) -> Iterator[str]:
    yield from _common(record)
    yield from _text(record, "driverName")
    yield from _text(record, "celSuffix")
    attributes = record.get("attributes")
    if attributes is None:
        return
    if not isinstance(attributes, list):
        yield f"`attributes` must be a list, not {_shown(attributes)}"
        return
    for each in attributes:
        if not isinstance(each, dict):
            yield f"each of `attributes` must be an object, not {_shown(each)}"
            return
        yield from _text(each, "name")


def _features(record: _Object) -> Iterator[str]:
    features = record.get("features")
    if features is not None and not isinstance(features, dict):
        yield f"`features` must be an object, not {_shown(features)}"
    elif isinstance(features, dict):
        for name, value in features.items():
            if not isinstance(value, bool):
                yield f"feature `{name}` must be a bool, not {_shown(value)}"


def _text(record: _Object, part: str) -> Iterator[str]:
    if not isinstance(record.get(part), str | None):
        yield f"`{part}` must be a string, not {_shown(record[part])}"


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


def _shown(value: JsonValue) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 40 else f"`{text[:39]}…`"
