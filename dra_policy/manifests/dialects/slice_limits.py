"""What the API server refuses in ResourceSlices: where they are for, names, values, lists that are too long.

Sources: the limits in kubernetes/api resource/v1 types.go, and pkg/apis/resource/validation of Kubernetes. Asked for by
whoever checks slices: devices are not looked into while they are read, because a fleet has many thousand of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from dra_policy.manifests.dialects.api_names import (
    DOMAIN_HINT,
    LABEL_HINT,
    SUBDOMAIN_HINT,
    is_attribute_name,
    is_domain,
    is_label,
    is_label_key,
    is_pool,
    is_subdomain,
)
from dra_policy.manifests.dialects.capacity_limits import check_capacity
from dra_policy.manifests.dialects.limits import check_length, check_taint, mappings
from dra_policy.manifests.view import ObjectContext, View
from dra_policy.model import CounterSet, Dialect, ResourceSlice
from dra_policy.text import Diagnostic, Findings, Place
from dra_policy.values import JsonValue

_DEVICES = 128
_DEVICES_WITH_MORE = 64
_COUNTER_SETS = 8
_COUNTERS = 32
_CONSUMPTIONS = 2
_NAMES = 32
_VALUES = 48
_TEXT_BYTES = 64
_TAINTS = 16
_BINDING_CONDITIONS = 4
_BINDING_FIELDS = ("bindingConditions", "bindingFailureConditions")
_KINDS = ("int", "bool", "string", "version")
_VALUE_FIELDS = (*_KINDS, *(f"{kind}s" for kind in _KINDS))
_SELECTIONS = "exactly one of `nodeName`, `nodeSelector`, `allNodes` and `perDeviceNodeSelection`"


def check_envelope(found: ResourceSlice) -> tuple[Diagnostic, ...]:
    """What is wrong with a slice apart from its devices; nothing where the slice is of a prototype."""
    view = _view(found)
    if view is None:
        return ()
    _check_driver_and_pool(found, view)
    _check_selection(found, view)
    if len(found.shared_counters) > _COUNTER_SETS:
        message = f"`sharedCounters` has at most {_COUNTER_SETS} entries, not {len(found.shared_counters)}"
        view.error("DRA105", message, "sharedCounters")
    if found.shared_counters and json.loads(found.devices.text):
        message = "`devices` beside `sharedCounters` count for nothing"
        hint = "Kubernetes refuses the slice from 1.35 on: publish the counters in a slice of their own"
        view.context.findings.warning("DRA105", message, view.place("devices").key_span, hint=hint)
    for index, counter_set in enumerate(found.shared_counters):
        _check_counter_set(counter_set, View({}, view.context, (*view.path, "sharedCounters", index)))
    return tuple(view.context.findings.found)


def check_devices(found: ResourceSlice) -> tuple[Diagnostic, ...]:
    """What is wrong with a slice's devices, apart from values that no selector can read (DRA127)."""
    view = _view(found)
    if view is None:
        return ()
    view = View({"devices": json.loads(found.devices.text)}, view.context, view.path)
    devices = mappings(view, "devices")
    _check_number(view, devices)
    _check_device_names(devices)
    for device in devices:
        content = device.view("basic") or device
        _check_attributes(content)
        for capacity in _members(content, "capacity"):
            _check_attribute_name(capacity, "a capacity")
            check_capacity(capacity, content)
        _check_consumption(content)
        _check_device_lists(content)
        _check_device_selection(content, found)
    return tuple(view.context.findings.found)


def _view(found: ResourceSlice) -> View | None:
    """The slice's ``spec`` without content: for places only."""
    if not found.dialect.is_kubernetes or found.place is None:
        return None
    context = ObjectContext(found.place.document, found.dialect, True, Findings())
    return View({}, context, (*found.place.path, "spec"))


def _check_driver_and_pool(found: ResourceSlice, view: View) -> None:
    if not found.driver:
        view.error("DRA106", "the slice has no `driver`")
    elif not is_domain(found.driver):
        view.error("DRA105", f"`{found.driver}` is no name of a driver", "driver", hint=DOMAIN_HINT)
    if not found.pool:
        view.error("DRA106", "the slice has no `pool.name`", "pool")
    elif not is_pool(found.pool):
        view.error("DRA105", f"`{found.pool}` is no name of a pool", "pool", "name", hint=SUBDOMAIN_HINT)
    if found.resource_slice_count < 1:
        view.error("DRA105", "`resourceSliceCount` is at least 1", "pool", "resourceSliceCount")
    if found.generation < 0:
        view.error("DRA105", "`generation` is at least 0", "pool", "generation")


def _check_selection(found: ResourceSlice, view: View) -> None:
    """Exactly one field says where the devices can be used."""
    written = {
        "nodeName": found.node_name is not None,
        "nodeSelector": found.node_selector is not None,
        "allNodes": bool(found.all_nodes),
        "perDeviceNodeSelection": bool(found.per_device_node_selection),
    }
    names = [name for name, is_written in written.items() if is_written]
    if not names:
        view.error("DRA106", f"the slice has none of its places: {_SELECTIONS} is wanted")
    elif len(names) > 1:
        stated = " and ".join(f"`{name}`" for name in names)
        view.error("DRA105", f"{stated} stand together; {_SELECTIONS} is wanted", names[1])
    if found.node_name is not None and not is_subdomain(found.node_name):
        view.error("DRA105", f"`{found.node_name}` is no name of a node", "nodeName", hint=SUBDOMAIN_HINT)
    # Until v1beta1 false stood for an absent field.
    for name, value in (("allNodes", found.all_nodes), ("perDeviceNodeSelection", found.per_device_node_selection)):
        if value is False and found.dialect in (Dialect.V1, Dialect.V1BETA2):
            view.error("DRA105", f"`{name}` is true where it stands at all", name)
    if found.node_selector is not None and len(found.node_selector.terms) != 1:
        message = f"a slice's node selector has exactly one term, not {len(found.node_selector.terms)}"
        view.error("DRA105", message, "nodeSelector")


def _check_counter_set(found: CounterSet, view: View) -> None:
    if not is_label(found.name):
        view.error("DRA105", f"`{found.name}` is no name of a counter set", "name", hint=LABEL_HINT)
    if not found.counters:
        view.error("DRA106", "a counter set has no `counters`")
    if len(found.counters) > _COUNTERS:
        view.error("DRA105", f"a set has at most {_COUNTERS} counters, not {len(found.counters)}", "counters")
    for name, _ in found.counters:
        if not is_label(name):
            view.error("DRA105", f"`{name}` is no name of a counter", "counters", name, hint=LABEL_HINT)


def _members(view: View, name: str) -> Iterator[View]:
    """The mappings in a mapping, each with its key as the last step of its path."""
    section = view.view(name)
    for key, value in section.value.items() if section is not None else ():
        # v1alpha3 of Kubernetes 1.31 had the quantity itself where a capacity is.
        content: dict[str, JsonValue] = value if isinstance(value, dict) else {"value": value}
        yield View(content, view.context, (*view.path, name, key))


def _check_number(view: View, devices: list[View]) -> None:
    has_more = any(_has_more(device.view("basic") or device) for device in devices)
    most = _DEVICES_WITH_MORE if has_more else _DEVICES
    if len(devices) > most:
        why = ", as some have taints, counters or list attributes" if has_more else ""
        view.error("DRA105", f"a slice has at most {most} devices{why}, not {len(devices)}", "devices")


def _has_more(content: View) -> bool:
    attributes = content.value.get("attributes")
    values = attributes.values() if isinstance(attributes, dict) else ()
    lists = {f"{kind}s" for kind in _KINDS}
    has_lists = any(isinstance(each, dict) and not lists.isdisjoint(each) for each in values)
    return has_lists or content.has("taints") or content.has("consumesCounters")


def _check_device_names(devices: list[View]) -> None:
    seen: set[str] = set()
    for device in devices:
        name = device.required_text("name", "a device")
        if name and not is_label(name):
            device.error("DRA105", f"`{name}` is no name of a device", "name", hint=LABEL_HINT)
        elif name in seen:
            device.error("DRA122", f"a device of the slice is called `{name}` already", "name")
        seen.add(name)


def _check_attributes(content: View) -> None:
    attributes, capacities = content.value.get("attributes"), content.value.get("capacity")
    number = sum(len(each) for each in (attributes, capacities) if isinstance(each, dict))
    if number > _NAMES:
        content.error("DRA105", f"a device has at most {_NAMES} attributes and capacities together, not {number}")
    values = 0
    for attribute in _members(content, "attributes"):
        if _is_plain(attribute):
            values += 1
            continue
        _check_attribute_name(attribute, "an attribute")
        values += _check_attribute(attribute)
    if values > _VALUES:
        content.error("DRA105", f"the attributes of a device have at most {_VALUES} values, not {values}", "attributes")


def _is_plain(attribute: View) -> bool:
    """Whether it has a good name and one short value, as nearly all: a live cluster looks at each slice that comes."""
    if len(attribute.value) != 1 or not is_attribute_name(str(attribute.path[-1])):
        return False
    ((kind, value),) = attribute.value.items()
    is_short = not isinstance(value, str) or (len(value) <= _TEXT_BYTES and value.isascii())
    return kind in _KINDS and value is not None and is_short


def _check_attribute_name(view: View, what: str) -> None:
    name = str(view.path[-1])
    if not is_attribute_name(name):
        hint = "it is an identifier of at most 32 characters, with a domain and a slash before it or without"
        place = view.place().key_span
        message = f"`{name}` is no name of {what}"
        view.context.findings.error("DRA105", message, place, hint=hint)


def _check_attribute(attribute: View) -> int:
    """Check the value, and say how many there are. One without value, or with a bad version, is DRA127."""
    written = [name for name in _VALUE_FIELDS if attribute.has(name)]
    if len(written) > 1:
        stated = " and ".join(f"`{name}`" for name in written)
        attribute.error("DRA105", f"an attribute has exactly one value, not {stated}")
    number = 0
    for name in written:
        value = attribute.value[name]
        if name in _KINDS:
            values: list[JsonValue] = [value]
        else:
            values = value if isinstance(value, list) else []
            if not values:
                attribute.error("DRA105", f"`{name}` is a list of one value or more", name)
        number += len(values)
        if any(isinstance(each, str) and len(each.encode("utf-8", "replace")) > _TEXT_BYTES for each in values):
            attribute.error("DRA105", f"a value has at most {_TEXT_BYTES} bytes", name)
    return number


def _check_consumption(content: View) -> None:
    check_length(content, "consumesCounters", _CONSUMPTIONS)
    seen: set[str] = set()
    for each in content.views("consumesCounters"):
        name = each.required_text("counterSet", "a consumption of counters")
        if name and name in seen:
            each.error("DRA105", f"counter set `{name}` stands twice in one device", "counterSet")
        seen.add(name)
        counters = each.value.get("counters")
        if not counters:
            each.error("DRA106", "a consumption of counters has no `counters`")
        elif isinstance(counters, dict):
            each.quantities("counters")
            if len(counters) > _COUNTERS:
                message = f"a consumption has at most {_COUNTERS} counters, not {len(counters)}"
                each.error("DRA105", message, "counters")
            for counter in counters:
                if not is_label(counter):
                    each.error("DRA105", f"`{counter}` is no name of a counter", "counters", counter, hint=LABEL_HINT)


def _check_device_lists(content: View) -> None:
    check_length(content, "taints", _TAINTS)
    for taint in content.views("taints"):
        check_taint(taint)
    _check_binding_conditions(content)


def _check_binding_conditions(content: View) -> None:
    """Conditions are label keys, each once, and those of success and of failure go together."""
    found = {name: content.texts(name) if content.has(name) else () for name in _BINDING_FIELDS}
    seen: set[str] = set()
    for name, conditions in found.items():
        check_length(content, name, _BINDING_CONDITIONS)
        for index, condition in enumerate(conditions):
            if not is_label_key(condition):
                content.error("DRA105", f"`{condition}` is no name of a condition", name, index)
            elif condition in seen:
                content.error("DRA105", f"condition `{condition}` stands twice in one device", name, index)
            seen.add(condition)
    lacking = [name for name, conditions in found.items() if not conditions]
    if len(lacking) == 1:
        written = next(name for name in _BINDING_FIELDS if name not in lacking)
        content.error("DRA106", f"`{written}` stand without `{lacking[0]}`", written)


def _check_device_selection(content: View, found: ResourceSlice) -> None:
    written = [name for name in ("nodeName", "nodeSelector", "allNodes") if content.value.get(name)]
    if found.per_device_node_selection and len(written) != 1:
        stated = "none" if not written else " and ".join(f"`{name}`" for name in written)
        wanted = "with `perDeviceNodeSelection` a device has one of `nodeName`, `nodeSelector` and `allNodes`"
        content.error("DRA105" if written else "DRA106", f"{wanted}, not {stated}")
    elif written and not found.per_device_node_selection:
        content.error("DRA105", f"`{written[0]}` of a device needs `perDeviceNodeSelection`", written[0])


def value_place(found: ResourceSlice, index: int, name: str) -> Place | None:
    """Where a device's attribute or capacity stands that has a name as published."""
    if found.place is None:
        return None
    device = found.place.child("spec", "devices", index)
    documents = json.loads(found.devices.text)
    content = documents[index] if index < len(documents) else None
    if isinstance(content, dict) and isinstance(content.get("basic"), dict):
        device, content = device.child("basic"), content["basic"]
    if not isinstance(content, dict):
        return device
    for field in ("attributes", "capacity"):
        members = content.get(field)
        if isinstance(members, dict) and name in members:
            value = members[name]
            return device.child(field, name, *(value if isinstance(value, dict) and len(value) == 1 else ()))
    return device
