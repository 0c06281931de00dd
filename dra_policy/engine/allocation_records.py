"""Refuse records of the allocation protocol whose parts are of the wrong type, as Kubernetes' reader of JSON does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dra_policy.engine.record_parts import feature_problems, quantity_problem, refuse_first, shown
from dra_policy.manifests.raw import CASE_LISTS
from dra_policy.values import JsonValue

_Object = Mapping[str, JsonValue]
# What is written of a device that is held, and the names in it.
_HELD: Mapping[str, tuple[str, ...]] = {
    "allocatedDevices": ("driver", "pool", "device"),
    "allocatedSharedDeviceIDs": ("driver", "pool", "device", "shareID"),
    "allocatedCapacity": ("driver", "pool", "device"),
}


def check_record(record: _Object) -> None:
    """Everything around the objects. Raises WrongRecordError; a part that is null is taken as absent."""
    refuse_first(_problems(record))


def _problems(record: _Object) -> Iterator[str]:
    yield from feature_problems(record.get("features"))
    node = record.get("node")
    if node is not None and not isinstance(node, dict):
        yield f"`node` must be an object, not {shown(node)}"
    for name in CASE_LISTS:
        yield from _list_problems(record, name)
    for name, texts in _HELD.items():
        yield from _list_problems(record, name)
        yield from _name_problems(record.get(name), name, texts)
    yield from _amount_problems(record.get("allocatedCapacity"))


def _list_problems(record: _Object, name: str) -> Iterator[str]:
    items = record.get(name)
    if items is not None and not isinstance(items, list):
        yield f"`{name}` must be a list, not {shown(items)}"
    elif isinstance(items, list):
        yield from (
            f"each of `{name}` must be an object, not {shown(item)}" for item in items if not isinstance(item, dict)
        )


def _name_problems(held: JsonValue, list_name: str, names: tuple[str, ...]) -> Iterator[str]:
    for each in _objects(held):
        for name in names:
            # A case has a hundred thousand of these.
            if each.get(name, "").__class__ is not str and each[name] is not None:
                yield f"`{name}` of `{list_name}` must be a string, not {shown(each[name])}"


def _amount_problems(held: JsonValue) -> Iterator[str]:
    for each in _objects(held):
        amounts = each.get("consumedCapacity")
        if amounts is not None and not isinstance(amounts, dict):
            yield f"`consumedCapacity` of `allocatedCapacity` must be an object, not {shown(amounts)}"
        for name, amount in amounts.items() if isinstance(amounts, dict) else ():
            problem = None if amount is None else quantity_problem(amount)
            if problem is not None:
                yield f"`{name}` of `consumedCapacity` must be a quantity: {problem}"


def _objects(held: JsonValue) -> Iterator[dict[str, JsonValue]]:
    return (each for each in held if isinstance(each, dict)) if isinstance(held, list) else iter(())
