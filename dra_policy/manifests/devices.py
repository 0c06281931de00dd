"""Decode devices as drivers publish them, in each dialect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from sys import modules

from dra_policy.manifests.attributes import attribute_value, named_amounts, named_attributes, quantity
from dra_policy.model import (
    Capacity,
    CapacityPolicy,
    CounterConsumption,
    Device,
    Dialect,
    NodeRequirement,
    NodeSelector,
    NodeSelectorTerm,
    PublishedDevices,
    Taint,
    ValidRange,
)
from dra_policy.model.resource_slice import Decode
from dra_policy.values import AttributeValue, JsonValue, Quantity, Unreadable

Object = Mapping[str, JsonValue]

# What nearly all devices consist of.
_USUAL_FIELDS = frozenset(("name", "attributes", "capacity"))
_AMOUNTS = (str, int, float)

# The one set of amounts that the devices of a prototype's pool share.
EVOLUTION_COUNTERS = "sharedCapacity"
K8SRM_COUNTERS = "sharedResources"


def decode_device(document: Object, driver: str, *, dialect: Dialect = Dialect.V1, shows_lists: bool = True) -> Device:
    """One device from its JSON form (``resource.k8s.io/v1`` Device); never raises: bad values become Unreadable."""
    match dialect:
        case Dialect.EVOLUTION | Dialect.K8SRM:
            return _prototype_device(document, driver, dialect)
        case _:
            # v1beta1 and v1alpha3 have the content under `basic`; a device of another version's form is read too.
            basic = document.get("basic")
            content = basic if isinstance(basic, dict) else document
            return _kubernetes_device(_text(document, "name"), content, driver, shows_lists=shows_lists)


def decode_devices(
    text: bytes, driver: str, *, dialect: Dialect = Dialect.V1, shows_lists: bool = True
) -> tuple[Device, ...]:
    """The devices of a slice from the JSON text of its list."""
    documents = _parsed(text)
    if not isinstance(documents, list):
        return ()
    found = [each for each in documents if isinstance(each, dict)]
    return tuple([decode_device(each, driver, dialect=dialect, shows_lists=shows_lists) for each in found])


def _parsed(text: bytes) -> JsonValue:
    # Importing msgspec costs as much as it saves on some megabytes; where a large text was read it is there already.
    msgspec = modules.get("msgspec")
    if msgspec is not None:
        try:
            found: JsonValue = msgspec.json.decode(text)
        except ValueError:
            # It refuses what the standard library reads: halves of characters, numbers without end.
            pass
        else:
            return found
    return json.loads(text)  # type: ignore[no-any-return]


@cache
def decoder_of(dialect: Dialect) -> Decode:
    """The one decoder of a dialect: equal slices have equal decoders."""

    def decode(text: bytes, driver: str, /, *, shows_lists: bool = True) -> tuple[Device, ...]:
        return decode_devices(text, driver, dialect=dialect, shows_lists=shows_lists)

    return decode


def published(text: bytes, dialect: Dialect) -> PublishedDevices:
    """The JSON text of a device list with its dialect's decoder."""
    return PublishedDevices(text, decoder_of(dialect))


def _text(document: Object, name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""


def _boolean(document: Object, name: str) -> bool | None:
    value = document.get(name)
    return value if isinstance(value, bool) else None


def _objects(document: Object, name: str) -> list[Object]:
    value = document.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _object(document: Object, name: str) -> Object:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _texts(document: Object, name: str) -> tuple[str, ...]:
    value = document.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _kubernetes_device(name: str, content: Object, driver: str, *, shows_lists: bool) -> Device:
    written = _object(content, "attributes")
    attributes = {key: attribute_value(value, shows_lists) for key, value in written.items()}
    capacity = _capacities(content, attributes)
    if content.keys() <= _USUAL_FIELDS:
        return Device(name, driver, attributes, capacity)
    return Device(
        name=name,
        driver=driver,
        attributes=attributes,
        capacity=capacity,
        consumes_counters=tuple(_consumption(each) for each in _objects(content, "consumesCounters")),
        taints=tuple(_taint(each, driver) for each in _objects(content, "taints")),
        node_name=_text(content, "nodeName") if isinstance(content.get("nodeName"), str) else None,
        all_nodes=_boolean(content, "allNodes"),
        node_selector=_node_selector(content),
        allow_multiple_allocations=bool(_boolean(content, "allowMultipleAllocations")),
        binds_to_node=bool(_boolean(content, "bindsToNode")),
        binding_conditions=_texts(content, "bindingConditions"),
        binding_failure_conditions=_texts(content, "bindingFailureConditions"),
    )


def _capacities(content: Object, attributes: dict[str, AttributeValue]) -> dict[str, Capacity]:
    """The capacities; one that is no quantity becomes an unreadable attribute, so that no selector takes the device."""
    found: dict[str, Capacity] = {}
    for name, written in _object(content, "capacity").items():
        # v1alpha3 of Kubernetes 1.31 had the quantity itself here.
        fields: Object = written if isinstance(written, dict) else {"value": written}
        value = fields.get("value")
        # A capacity without value is none: Go's zero, which is a quantity.
        amount = Quantity.of(0) if value is None else _amount(value)
        if isinstance(amount, Quantity):
            found[name] = Capacity(amount, _policy(fields))
        else:
            attributes[name] = amount or Unreadable("", "quantities must match the regular expression")
    return found


def _amount(value: JsonValue) -> Quantity | Unreadable | None:
    return quantity(value) if isinstance(value, _AMOUNTS) and not isinstance(value, bool) else None


def _quantity(document: Object, name: str) -> Quantity | None:
    value = _amount(document.get(name))
    return value if isinstance(value, Quantity) else None


def _policy(fields: Object) -> CapacityPolicy | None:
    written = fields.get("requestPolicy")
    if not isinstance(written, dict):
        return None
    values = written.get("validValues")
    amounts = [quantity(each) for each in values if isinstance(each, str | int)] if isinstance(values, list) else []
    bounds = written.get("validRange")
    return CapacityPolicy(
        _quantity(written, "default"),
        tuple(each for each in amounts if isinstance(each, Quantity)),
        _valid_range(bounds) if isinstance(bounds, dict) else None,
    )


def _valid_range(bounds: Object) -> ValidRange:
    return ValidRange(_quantity(bounds, "min"), _quantity(bounds, "max"), _quantity(bounds, "step"))


def _consumption(document: Object) -> CounterConsumption:
    counters = [
        (name, _quantity(each, "value"))
        for name, each in _object(document, "counters").items()
        if isinstance(each, dict)
    ]
    drawn = tuple((name, amount) for name, amount in counters if amount is not None)
    return CounterConsumption(
        _text(document, "counterSet"), drawn, _texts(document, "compatibilityGroups"), len(drawn) == len(counters)
    )


def _taint(document: Object, driver: str) -> Taint:
    return Taint(_text(document, "key"), _text(document, "value"), _text(document, "effect"), driver)


def _node_selector(content: Object) -> NodeSelector | None:
    if not isinstance(content.get("nodeSelector"), dict):
        return None
    terms = _objects(_object(content, "nodeSelector"), "nodeSelectorTerms")
    return NodeSelector(
        tuple(
            NodeSelectorTerm(_requirements(each, "matchExpressions"), _requirements(each, "matchFields"))
            for each in terms
        )
    )


def _requirements(term: Object, name: str) -> tuple[NodeRequirement, ...]:
    return tuple(
        NodeRequirement(_text(each, "key"), _text(each, "operator"), _texts(each, "values"), each.get("values") == [])
        for each in _objects(term, name)
    )


def _prototype_device(document: Object, driver: str, dialect: Dialect) -> Device:
    is_evolution = dialect is Dialect.EVOLUTION
    consumed = named_amounts(document.get("sharedCapacityConsumed" if is_evolution else "sharedResourcesConsumed"))
    drawn = tuple((name, amount) for name, amount in consumed.items() if isinstance(amount, Quantity))
    counters = EVOLUTION_COUNTERS if is_evolution else K8SRM_COUNTERS
    consumption = CounterConsumption(counters, drawn, is_readable=len(drawn) == len(consumed))
    provided = named_amounts(document.get("claimResourcesProvided"))
    return Device(
        name=_text(document, "name"),
        driver=driver,
        attributes=named_attributes(document.get("attributes")),
        capacity={name: Capacity(amount) for name, amount in provided.items() if isinstance(amount, Quantity)},
        consumes_counters=(consumption,) if consumed else (),
    )
