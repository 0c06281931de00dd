"""Put objects together: of one that occurs twice the later stands, with a warning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from sys import intern

from dra_policy.manifests.kinds import ModelObject
from dra_policy.manifests.result import ReadResult
from dra_policy.model import (
    Claim,
    ClaimTemplate,
    DeviceClass,
    DeviceId,
    DeviceSet,
    DeviceTaintRule,
    Namespace,
    Node,
    Objects,
    Pod,
    PodGroup,
    Quota,
    ResourceQuota,
    ResourceSlice,
    SharedUse,
)
from dra_policy.text import Diagnostic, Findings, Label, Severity
from dra_policy.values import JsonValue, Quantity, QuantityError

Key = tuple[str, ...]


# Doubles that are told with their places.
MOST_PLACED = 50


class Gathered:
    """Objects so far. ``add`` takes them in the order of the input."""

    def __init__(self, findings: Findings) -> None:
        """Begin without objects."""
        self.objects = Objects()
        self._findings = findings
        self._places: dict[Key, int] = {}
        self._are_placed = True
        self._doubles = 0

    def add(self, found: ModelObject, *, recorded: bool = False) -> None:
        """Add an object; objects of recorded cases are taken as they are, twice where they occur twice."""
        if recorded:
            self._add_recorded([found])
            return
        objects: list[ModelObject] = getattr(self.objects, _LISTS[type(found)])
        if not self._are_placed:
            self._place_all()
        key = object_key(found)
        # Objects without names, which is told where they are read, are not one object.
        index = self._places.get(key) if key[-1] else None
        if index is None:
            self._places[key] = len(objects)
            objects.append(found)
            return
        if not _is_same_text(objects[index], found):
            self._warn(key, objects[index], found)
        objects[index] = found

    def add_whole(self, found: Sequence[ModelObject], *, recorded: bool) -> None:
        """Add objects; those of recorded cases are of one kind."""
        if recorded:
            self._add_recorded(found)
            return
        for each in found:
            self.add(each)

    def _add_recorded(self, found: Sequence[ModelObject]) -> None:
        # A case has many thousand objects, and seldom does anything else follow.
        self._are_placed = False
        self.objects.is_recorded = True
        if found:
            getattr(self.objects, _LISTS[type(found[0])]).extend(found)

    def _place_all(self) -> None:
        self._places = {}
        for name in _LISTS.values():
            for index, found in enumerate(getattr(self.objects, name)):
                self._places[object_key(found)] = index
        self._are_placed = True

    def _warn(self, key: Key, earlier: ModelObject, later: ModelObject) -> None:
        self._doubles += 1
        # A dump given twice under two names has thousands: to find a place is to parse the object again.
        are_placed = self._doubles <= MOST_PLACED
        span = later.place.child("metadata", "name").span if later.place and are_placed else None
        first = earlier.place.child("metadata", "name").span if earlier.place and are_placed else None
        self._findings.add(
            [
                Diagnostic(
                    "DRA107",
                    Severity.WARNING,
                    f"{key[0]} `{'/'.join(each for each in key[2:] if each)}` occurs twice; this one counts",
                    span,
                    (Label(first, "the one before"),) if first else (),
                )
            ]
        )

    def add_facts(self, facts: dict[str, JsonValue], allocated: DeviceSet) -> None:
        """Add what a recorded case says beside its objects."""
        if self.objects.allocated_devices:
            self.objects.allocated_devices.update(allocated)
        else:
            self.objects.allocated_devices = allocated
        features = facts.get("features")
        if isinstance(features, dict):
            self.objects.features = {name: value for name, value in features.items() if isinstance(value, bool)}
        self.objects.allocated_devices.update(map(_device, _objects(facts.get("allocatedDevices"))))
        for each in _objects(facts.get("allocatedSharedDeviceIDs")):
            self.objects.allocated_shares.append((_device(each), str(each.get("shareID", ""))))
        for each in _objects(facts.get("allocatedCapacity")):
            self.objects.shared_uses.append(SharedUse(_device(each), _amounts(each.get("consumedCapacity"))))

    def add_all(self, objects: Objects) -> None:
        """Add everything that another reading gathered."""
        for found in all_objects(objects):
            self.add(found)
        merged = self.objects
        merged.allocated_devices.update(objects.allocated_devices)
        merged.allocated_shares += objects.allocated_shares
        merged.shared_uses += objects.shared_uses
        merged.features = objects.features if objects.features is not None else merged.features
        merged.is_recorded = merged.is_recorded or objects.is_recorded
        merged.skipped += objects.skipped

    def skip(self, api_version: str, kind: str) -> None:
        """Count an object of a kind that does not matter here."""
        self.objects.skipped[f"{api_version}/{kind}"] += 1


def _is_same_text(earlier: ModelObject, later: ModelObject) -> bool:
    """Whether two objects are one stretch of one file, which was given twice (a claim of a folder, and the folder)."""
    if earlier.place is None or later.place is None or earlier.place.document.name != later.place.document.name:
        return False
    first, second = earlier.place.document.span(()), later.place.document.span(())
    return (
        first is not None
        and second is not None
        and (first.source.name, first.start, first.end) == (second.source.name, second.start, second.end)
        and not first.source.name.startswith("<")
        and earlier == later
    )


def _objects(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _device(document: dict[str, JsonValue]) -> DeviceId:
    get = document.get
    # Of hundreds of thousands of names few are different.
    return DeviceId(intern(str(get("driver", ""))), intern(str(get("pool", ""))), intern(str(get("device", ""))))


def _amounts(document: JsonValue) -> tuple[tuple[str, Quantity], ...]:
    found: list[tuple[str, Quantity]] = []
    for name, amount in document.items() if isinstance(document, dict) else ():
        try:
            found.append((name, Quantity.parse(str(amount).strip())))
        except QuantityError:
            # A recorded case that states nonsense allocates nothing of it.
            continue
    return tuple(found)


# Where objects of each type stand in ``Objects``.
_LISTS: Mapping[type, str] = {
    ResourceSlice: "slices",
    Node: "nodes",
    Claim: "claims",
    DeviceClass: "classes",
    ClaimTemplate: "templates",
    Pod: "pods",
    PodGroup: "groups",
    Namespace: "namespaces",
    DeviceTaintRule: "taint_rules",
    Quota: "quotas",
    ResourceQuota: "resource_quotas",
}


def object_key(found: ModelObject) -> Key:
    """What two objects have in common that cannot stand beside each other."""
    match found:
        case ResourceSlice():
            return "slice", found.dialect.family.value, found.name
        case Node():
            return "node", "", found.name
        case Claim():
            return claim_key(found.dialect.family.value, found.namespace, found.name)
        case DeviceClass():
            return "class", found.dialect.family.value, found.name
        case ClaimTemplate():
            return "claim template", found.claim.dialect.family.value, found.namespace, found.name
        case Pod():
            return found.workload or "pod", "", found.namespace, found.name
        case PodGroup():
            return "pod group", "", found.namespace, found.name
        case Namespace():
            return "namespace", "", found.name
        case DeviceTaintRule():
            return "device taint rule", "", found.name
        case Quota():
            return "quota", "", found.namespace, found.name
        case ResourceQuota():
            return "resource quota", "", found.namespace, found.name


def claim_key(family: str, namespace: str, name: str) -> Key:
    """The key of a claim."""
    return "claim", family, namespace, name


def merge_results(results: Iterable[ReadResult]) -> ReadResult:
    """Several results as one: of an object that occurs in more than one, the last stands (``kubectl apply``)."""
    findings = Findings()
    gathered = Gathered(findings)
    for result in results:
        findings.add(result.diagnostics)
        gathered.add_all(result.objects)
    return ReadResult(gathered.objects, tuple(findings.found))


def all_objects(objects: Objects) -> list[ModelObject]:
    """The objects of all kinds."""
    return [found for name in _LISTS.values() for found in getattr(objects, name)]
