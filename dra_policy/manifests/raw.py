"""Objects as they were found in a text, before anybody asked what they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dra_policy.manifests.document import ManifestDocument
from dra_policy.manifests.pieces import Chunk
from dra_policy.model import DeviceSet, Node, ResourceSlice
from dra_policy.record import dataclass, field
from dra_policy.text import Findings, Step
from dra_policy.values import JsonValue

Object = dict[str, JsonValue]

# What a recorded case consists of, and the kind of the objects in each of its lists.
CASE_LISTS = ("nodes", "classes", "slices", "taintRules", "claims", "namespaces", "quotas")
CASE_FACTS = ("features", "allocatedDevices", "allocatedSharedDeviceIDs", "allocatedCapacity")
CASE_FIELDS = frozenset((*CASE_LISTS, *CASE_FACTS, "node"))
_CASE_KINDS = {
    "node": ("v1", "Node"),
    "nodes": ("v1", "Node"),
    "classes": ("resource.k8s.io/v1", "DeviceClass"),
    "slices": ("resource.k8s.io/v1", "ResourceSlice"),
    "taintRules": ("resource.k8s.io/v1", "DeviceTaintRule"),
    "claims": ("resource.k8s.io/v1", "ResourceClaim"),
    "namespaces": ("v1", "Namespace"),
    "quotas": ("v1", "ResourceQuota"),
}


@dataclass(frozen=True, slots=True)
class RawObject:
    """A mapping with ``kind``, and its text.

    ``devices`` is the JSON text of a slice's ``spec.devices`` where that was cut out of the value. ``recorded`` says
    that the object is part of a recorded case: it is taken as it is, without defaults.
    """

    value: Object
    document: ManifestDocument
    devices: bytes | None = field(default=None, repr=False)
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class RecordedFacts:
    """What a recorded case says beside its objects: features, allocated devices."""

    value: Object
    document: ManifestDocument
    allocated: DeviceSet = field(default_factory=DeviceSet)
    """``allocatedDevices`` where they are decoded already; they are not in ``value`` then."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Objects of a large dump that follow each other and were decoded straight into the model.

    Those of a recorded case are of one kind.
    """

    made: Sequence[ResourceSlice | Node]
    recorded: bool


Found = RawObject | RecordedFacts | Whole


def is_case(value: Object) -> bool:
    """Whether a mapping is a recorded case (conformance/SCHEMA.md) and no API object."""
    return "kind" not in value and "apiVersion" not in value and not CASE_FIELDS.isdisjoint(value)


def spread(value: JsonValue, chunk: Chunk, findings: Findings) -> Iterator[Found]:
    """The objects of a parsed text: itself, the items of a list, the parts of a recorded case."""
    yield from _spread(value, chunk, (), findings)


def _spread(value: JsonValue, chunk: Chunk, prefix: tuple[Step, ...], findings: Findings) -> Iterator[Found]:
    match value:
        case None:
            return
        case list():
            for index, item in enumerate(value):
                yield from _spread(item, chunk, (*prefix, index), findings)
        case dict():
            yield from _spread_mapping(value, chunk, prefix, findings)
        case _:
            place = ManifestDocument(chunk, prefix).span(())
            findings.error("DRA102", "this is no API object: a mapping with `apiVersion` and `kind`", place)


def _spread_mapping(value: Object, chunk: Chunk, prefix: tuple[Step, ...], findings: Findings) -> Iterator[Found]:
    kind, items = value.get("kind"), value.get("items")
    if isinstance(items, list) and isinstance(kind, str) and kind.endswith("List"):
        for index, item in enumerate(items):
            inherit(item, kind, value.get("apiVersion"))
            yield from _spread(item, chunk, (*prefix, "items", index), findings)
    elif is_case(value):
        yield from _spread_case(value, chunk, prefix)
    else:
        yield RawObject(value, ManifestDocument(chunk, prefix))


def _spread_case(value: Object, chunk: Chunk, prefix: tuple[Step, ...]) -> Iterator[Found]:
    yield RecordedFacts({name: value[name] for name in CASE_FACTS if name in value}, ManifestDocument(chunk, prefix))
    node = value.get("node")
    if isinstance(node, dict):
        name_kind(node, "node")
        yield RawObject(node, ManifestDocument(chunk, (*prefix, "node")), recorded=True)
    for name in CASE_LISTS:
        items = value.get(name)
        for index, item in enumerate(items if isinstance(items, list) else []):
            if isinstance(item, dict):
                name_kind(item, name)
                yield RawObject(item, ManifestDocument(chunk, (*prefix, name, index)), recorded=True)


def name_kind(item: Object, list_name: str) -> None:
    """Give an object of a recorded case the kind that its list implies, where it does not say."""
    version, kind = _CASE_KINDS[list_name]
    item.setdefault("apiVersion", version)
    item.setdefault("kind", kind)


def inherit(item: JsonValue, list_kind: JsonValue, api_version: JsonValue) -> None:
    """Give an item of a typed list (ResourceSliceList) the version and kind that the list implies."""
    if isinstance(item, dict) and isinstance(list_kind, str) and list_kind != "List" and "kind" not in item:
        item["kind"] = list_kind.removesuffix("List")
        item.setdefault("apiVersion", api_version)
