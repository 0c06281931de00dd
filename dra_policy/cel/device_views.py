"""Devices as the expressions of each dialect see them.

Kubernetes: ``device.attributes[domain][name]`` with the empty map for unknown domains (dynamic-resource-allocation,
cel/compile.go). dra-evolution: flat maps by type (pkg/schedule and the comment on Requirement.deviceSelector). k8srm:
one flat map.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dra_policy.cel.data import GO_NAMES, TYPE_NAMES, Failure, PublishedMap, Value
from dra_policy.cel.frame import Frame
from dra_policy.model import Device, Dialect
from dra_policy.record import dataclass
from dra_policy.values import AttributeValue, ListValue, Quantity, Unreadable, Version

Variables = Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class DeviceView:
    """What an expression can read of one device, or the reason why it can read nothing (``failure``).

    ``attributes`` and ``capacity`` are the maps by domain of a Kubernetes device.
    """

    variables: Variables
    attributes: dict[Value, Value]
    capacity: dict[Value, Value]
    failure: Failure | None = None

    def frame(self, limit: int, slots: int) -> Frame:
        """A new evaluation on this device."""
        return Frame(self.variables, limit, slots, self.attributes, self.capacity)


def _view(variables: Variables) -> DeviceView:
    return DeviceView(variables, {}, {})


def attribute_value(value: AttributeValue) -> Value:
    """A published value as the evaluator's value."""
    return list(value.items) if isinstance(value, ListValue) else value


def _shown_attributes(device: Device) -> Iterator[tuple[str, Value]]:
    for name, value in device.attributes.items():
        yield name, list(value.items) if isinstance(value, ListValue) else value


def _all_attributes(device: Device) -> dict[Value, Value]:
    return dict(_shown_attributes(device))


def _unreadable(device: Device) -> tuple[str, Unreadable] | None:
    for name, value in device.attributes.items():
        if isinstance(value, Unreadable):
            return name, value
    return None


def _by_domain(names: Iterable[tuple[str, Value]], driver: str) -> dict[Value, Value]:
    """Maps by domain: a name without a domain belongs to the driver's."""
    found: dict[Value, Value] = {}
    own: dict[Value, Value] = {}
    for name, value in names:
        if "/" not in name:
            own[name] = value
            continue
        domain, _, identifier = name.partition("/")
        inner = found.get(domain)
        if inner is None:
            inner = found[domain] = PublishedMap({})
        assert isinstance(inner, PublishedMap)
        inner.entries[identifier] = value
    qualified = found.get(driver)
    if isinstance(qualified, PublishedMap):
        # A qualified name wins over the same name without its domain; Kubernetes leaves it to chance.
        qualified.entries = own | qualified.entries
    elif own:
        found[driver] = PublishedMap(own)
    return found


def kubernetes_view(device: Device) -> DeviceView:
    """``device`` with driver, attributes, capacity and allowMultipleAllocations."""
    bad = _unreadable(device)
    if bad is not None:
        return DeviceView({}, {}, {}, Failure(f"attribute {bad[0]}: {bad[1].reason}"))
    driver = device.driver
    attributes = _by_domain(_shown_attributes(device), driver)
    capacity = _by_domain(((name, amount.value) for name, amount in device.capacity.items()), driver)
    nothing = PublishedMap({})
    shown = PublishedMap(
        {
            "driver": driver,
            "allowMultipleAllocations": device.allow_multiple_allocations,
            "attributes": PublishedMap(attributes, nothing),
            "capacity": PublishedMap(capacity, nothing),
        }
    )
    return DeviceView({"device": shown}, attributes, capacity)


_ZERO_VERSION = "0.0.0"
_TYPED = {
    "stringAttributes": str,
    "boolAttributes": bool,
    "quantityAttributes": Quantity,
    "versionAttributes": Version,
}


class OwnDomainMap(PublishedMap):
    """A map of dra-evolution: a name without a domain is in the driver's, and so is found with that domain, too.

    "Attributes whose name does not include the domain prefix are assumed to be part of the driver's domain."
    (dra-evolution, DeviceAttribute.name)
    """

    __slots__ = ("prefix",)

    def __init__(self, entries: dict[Value, Value], default: Value, driver: str) -> None:
        super().__init__(entries, default)
        self.prefix = f"{driver}/"

    def find(self, key: Value) -> Value:
        """The value of a name, with or without the driver's domain, or the default."""
        return super().find(self._published(key))

    def contains(self, key: Value) -> bool:
        """Whether the name itself, or the name in the driver's domain, is there."""
        return super().contains(self._published(key))

    def _published(self, key: Value) -> Value:
        is_own = isinstance(key, str) and key not in self.entries and key.startswith(self.prefix)
        return key.removeprefix(self.prefix) if isinstance(key, str) and is_own else key


TYPE_NAMES[OwnDomainMap] = "map"
GO_NAMES[OwnDomainMap] = "*types.baseMap"


def evolution_view(device: Device) -> DeviceView:
    """The maps by type as the API's comment promises them: unknown names give the type's empty value, no error."""
    failure = _evolution_failure(device)
    if failure is not None:
        return failure
    defaults: dict[str, Value] = {
        "stringAttributes": "",
        "boolAttributes": False,
        "quantityAttributes": Quantity.parse("0"),
        "versionAttributes": Version.parse(_ZERO_VERSION),
    }
    driver = device.driver
    variables: dict[str, Value] = {
        f"device.{name}": OwnDomainMap(
            {key: value for key, value in device.attributes.items() if type(value) is kind}, defaults[name], driver
        )
        for name, kind in _TYPED.items()
    }
    variables["device.attributes"] = OwnDomainMap(_all_attributes(device), None, driver)
    variables["device.driverName"] = driver
    return _view(variables)


def _evolution_failure(device: Device) -> DeviceView | None:
    bad = _unreadable(device)
    if bad is None:
        return None
    text = f'extract attributes with type version: attribute "{bad[0]}": {bad[1].reason}'
    return DeviceView({}, {}, {}, Failure(text))


class SuffixedMap(PublishedMap):
    """A map of the prototype's code: look-ups add the suffix to names without a dot, ``in`` and loops do not."""

    __slots__ = ("suffix",)

    def __init__(self, entries: dict[Value, Value], suffix: str) -> None:
        super().__init__(entries)
        self.suffix = suffix

    def find(self, key: Value) -> Value:
        """The value under the name as it is, with a dot, or with the suffix."""
        return super().find(_qualified(key, self.suffix) if isinstance(key, str) else key)


TYPE_NAMES[SuffixedMap] = "map"
GO_NAMES[SuffixedMap] = "*types.baseMap"


def _qualified(name: str, suffix: str) -> str:
    return f"{name}.{suffix}" if suffix and "." not in name else name


def prototype_view(device: Device, suffix: str = "") -> DeviceView:
    """The maps by type as the prototype's code fills them: names without a dot get the driver behind a dot."""
    failure = _evolution_failure(device)
    if failure is not None:
        return failure
    variables: dict[str, Value] = {}
    for name, kind in _TYPED.items():
        entries: dict[Value, Value] = {
            _qualified(key, device.driver): value for key, value in device.attributes.items() if type(value) is kind
        }
        variables[f"device.{name}"] = SuffixedMap(entries, suffix)
    variables["device.attributes"] = PublishedMap(_all_attributes(device))
    variables["device.driverName"] = device.driver
    return _view(variables)


def k8srm_view(device: Device) -> DeviceView:
    """``device`` as a flat map; a version is its text there."""
    entries: dict[Value, Value] = {}
    for name, value in device.attributes.items():
        shown = attribute_value(value)
        if isinstance(value, Unreadable):
            shown = value.text
        entries[name] = str(shown) if isinstance(shown, Version) else shown
    return _view({"device": PublishedMap(entries)})


class Views:
    """The views of devices for one environment; the last one is kept, as many expressions ask about one device."""

    __slots__ = ("_last", "_make")

    def __init__(self, dialect: Dialect | None, *, strict_prototype: bool) -> None:
        self._last: tuple[Device, DeviceView] | None = None
        self._make = kubernetes_view
        if dialect is Dialect.EVOLUTION:
            self._make = prototype_view if strict_prototype else evolution_view
        elif dialect is Dialect.K8SRM:
            self._make = k8srm_view

    def of(self, device: Device) -> DeviceView:
        """The view of a device."""
        last = self._last
        if last is not None and last[0] is device:
            return last[1]
        view = self._make(device)
        self._last = device, view
        return view
