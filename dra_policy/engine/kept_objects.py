"""The objects of a cluster that changes, by name; nodes and slices aside, which its fleet keeps."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from dra_policy.manifests import Key, ModelObject, all_objects, claim_key, object_key
from dra_policy.model import (
    Claim,
    ClaimTemplate,
    DeviceClass,
    DeviceTaintRule,
    Dialect,
    Namespace,
    Node,
    Objects,
    Pod,
    PodGroup,
    Quota,
    ResourceQuota,
    ResourceSlice,
)
from dra_policy.text import UnknownObjectError

Kind = TypeVar("Kind", bound=ModelObject)
_FAMILIES = tuple(dict.fromkeys(dialect.family.value for dialect in Dialect))


class KeptObjects:
    """Objects in the order in which they came; a change costs the same however many there are."""

    __slots__ = ("_by_key", "_claims", "_listed")

    def __init__(self, objects: Objects) -> None:
        self._by_key: dict[type, dict[Key, ModelObject]] = {}
        self._listed: dict[type, list[ModelObject]] = {}
        self._claims: dict[str, dict[Key, Claim]] = {}
        for found in all_objects(objects):
            if not isinstance(found, Node | ResourceSlice):
                self.put(found)

    def put(self, found: ModelObject) -> None:
        """An object is new, or takes the place of the one of its name."""
        key = object_key(found)
        self._by_key.setdefault(type(found), {})[key] = found
        self._listed.pop(type(found), None)
        if isinstance(found, Claim):
            self._claims.setdefault(found.namespace, {})[key] = found

    def remove(self, found: ModelObject) -> None:
        """The object of that name is gone; UnknownObjectError if there is none."""
        key = object_key(found)
        known = self._by_key.get(type(found), {})
        if key not in known:
            raise UnknownObjectError(type(found).__name__, found.name, (each.name for each in known.values()))
        del known[key]
        self._listed.pop(type(found), None)
        if isinstance(found, Claim):
            del self._claims[found.namespace][key]
            if not self._claims[found.namespace]:
                del self._claims[found.namespace]

    def find(self, found: Kind) -> Kind | None:
        """The object that has the name of another one."""
        known = self._by_key.get(type(found), {}).get(object_key(found))
        return known if isinstance(known, type(found)) else None

    def of(self, kind: type[Kind]) -> list[Kind]:
        """All objects of a kind: one list until one of them changes."""
        if kind not in self._listed:
            self._listed[kind] = list(self._by_key.get(kind, {}).values())
        return self._listed[kind]  # type: ignore[return-value] # each under its own type

    def claims_of(self, namespace: str) -> Collection[Claim]:
        """The claims of a namespace."""
        return self._claims.get(namespace, {}).values()

    def claim(self, namespace: str, name: str) -> Claim | None:
        """The claim of that name, of Kubernetes' own where several APIs have one."""
        known = self._claims.get(namespace, {})
        keys = [claim_key(family, namespace, name) for family in _FAMILIES]
        return next((known[key] for key in keys if key in known), None)

    def objects(self, nodes: list[Node], slices: list[ResourceSlice]) -> Objects:
        """All of them as they are now, with some nodes and slices."""
        return Objects(
            nodes=nodes,
            slices=slices,
            namespaces=self.of(Namespace),
            classes=self.of(DeviceClass),
            claims=self.of(Claim),
            templates=self.of(ClaimTemplate),
            pods=self.of(Pod),
            groups=self.of(PodGroup),
            taint_rules=self.of(DeviceTaintRule),
            quotas=self.of(Quota),
            resource_quotas=self.of(ResourceQuota),
        )
