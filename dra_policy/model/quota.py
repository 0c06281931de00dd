"""Quotas: one form of rules for dra-evolution's Quota, Kubernetes' ResourceQuota and the ``quota`` of policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.model.claim import DeviceClass, Selector
from dra_policy.record import dataclass, field
from dra_policy.text import Place
from dra_policy.values import Quantity, QuantityError

DEVICES_OF_CLASS = ".deviceclass.resource.k8s.io/devices"
"""After a class's name: the ResourceQuota resource that counts the devices asked for of it (KEP-4381)."""

REQUESTS = "requests."
"""Before the name of an extended resource: the ResourceQuota resource that counts what is asked for of it."""

IMPLICIT_EXTENDED_RESOURCE = "deviceclass.resource.kubernetes.io/"
"""Before a class's name: the extended resource by which pods may ask for its devices, whether it has another or not."""

CLAIMS = "count/resourceclaims.resource.k8s.io"
"""The ResourceQuota resource that counts claims."""


@dataclass(frozen=True, slots=True)
class AdminAccessRule:
    """Whether claims may look at devices without occupying them; a denial beats every permission."""

    allowed: bool
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ClassRule:
    """Classes that may (then only listed ones) or must not be asked for; a denial beats every permission."""

    allowed: bool
    classes: tuple[str, ...]
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DeviceLimit:
    """At most so many devices and shares held, of those asked for by one of the ``classes`` and matching ``where``.

    No classes: whatever they were asked for by. A device on which ``where`` fails is not counted.
    """

    most: int
    classes: tuple[str, ...] = ()
    where: Selector | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AmountLimit:
    """The greatest sum of a capacity over the devices that a ``DeviceLimit`` would count.

    A whole device counts with its capacity, a share with what it consumes; one that lacks it counts nothing. ``domain``
    and ``name`` are the capacity's; ``label`` is how the rule's text writes them.
    """

    most: Quantity
    domain: str
    name: str
    label: str
    classes: tuple[str, ...] = ()
    where: Selector | None = None
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RequestedDeviceLimit:
    """At most so many devices asked for of a class, by all claims, allocated or not: ResourceQuota, at admission."""

    most: int
    device_class: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ClaimLimit:
    """At most so many claims: ResourceQuota, at admission."""

    most: int
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ExpressionRule:
    """CEL over the devices ``held`` by the namespace and ``asked`` for; true: allowed.

    ``aliases`` are the short names of drivers and domains, with what they stand for: devices have them as fields.
    """

    expression: Selector
    aliases: tuple[tuple[str, str], ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ExtendedResourceLimit:
    """At most so many devices asked for as an extended resource: ResourceQuota, at admission of pods and of claims.

    Pods ask for it by their containers' limits, claims through the ``classes`` that stand for the resource.
    """

    most: int
    resource: str
    classes: tuple[str, ...]
    place: Place | None = field(default=None, compare=False)


HeldLimit = DeviceLimit | AmountLimit
RequestedLimit = RequestedDeviceLimit | ExtendedResourceLimit
QuotaRule = AdminAccessRule | ClassRule | HeldLimit | RequestedLimit | ClaimLimit | ExpressionRule


@dataclass(frozen=True, slots=True)
class QuotaScope:
    """The namespaces with these labels, each with an account of its own; no labels: all namespaces."""

    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """Rules for the claims of a namespace, or (``scope``) of several; ``namespace`` is empty then.

    ``allow_management_access`` is dra-evolution's, where admin access is denied in a namespace unless one of its quotas
    allows it; ``allow admin access`` of a policy says the same.
    """

    name: str
    namespace: str
    allow_management_access: bool = False
    place: Place | None = field(default=None, compare=False)
    rules: tuple[QuotaRule, ...] = ()
    scope: QuotaScope | None = None

    def governs(self, namespace: str, labels: Mapping[str, str] | None = None) -> bool:
        """Whether the quota is about a namespace; of unknown labels (None) nothing is assumed."""
        if self.scope is None:
            return self.namespace == namespace
        return all(labels is not None and labels.get(key) == value for key, value in self.scope.labels)


@dataclass(frozen=True, slots=True)
class ResourceQuota:
    """core/v1 ResourceQuota: the ``hard`` limits as written, resource name to quantity text.

    ``is_scoped``: it has scopes, which no claim matches.
    """

    name: str
    namespace: str
    hard: Mapping[str, str] = field(default_factory=dict, hash=False)
    place: Place | None = field(default=None, compare=False)
    is_scoped: bool = False

    def as_quota(self, classes: Sequence[DeviceClass] = ()) -> Quota:
        """What it says about devices and claims (KEP-4381, KEP-5004), as a quota; other resources are left out.

        ``classes`` tell which extended resources stand for devices.
        """
        rules = [self._rule(name, text, classes) for name, text in self.hard.items() if not self.is_scoped]
        return Quota(self.name, self.namespace, place=self.place, rules=tuple([each for each in rules if each]))

    def _rule(self, name: str, text: str, classes: Sequence[DeviceClass]) -> QuotaRule | None:
        place = None if self.place is None else self.place.child("spec", "hard", name)
        most = _whole(text)
        if most is None:
            return None
        if name == CLAIMS:
            return ClaimLimit(most, place)
        if name.endswith(DEVICES_OF_CLASS):
            return RequestedDeviceLimit(most, name.removesuffix(DEVICES_OF_CLASS), place)
        resource = name.removeprefix(REQUESTS)
        named = tuple([each.name for each in classes if _stands_for(each, resource)]) if resource != name else ()
        return ExtendedResourceLimit(most, resource, named, place) if named else None


def _stands_for(device_class: DeviceClass, resource: str) -> bool:
    """Whether devices of a class are counted as an extended resource; by its implicit name only if it has another."""
    name = device_class.extended_resource_name
    return name is not None and resource in (name, IMPLICIT_EXTENDED_RESOURCE + device_class.name)


def _whole(text: str) -> int | None:
    """A quantity as a whole number, rounded down; None for a text that the API server would refuse."""
    try:
        amount = Quantity.parse(text.strip())
    except QuantityError:
        return None
    power: int = 10 ** abs(amount.scale)
    return amount.unscaled * power if amount.scale >= 0 else amount.unscaled // power
