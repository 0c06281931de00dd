"""Quotas: one form of rules for dra-evolution's Quota, Kubernetes' ResourceQuota and the ``quota`` of policies."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.model.pod import Pod
from dra_policy.model.selector import Selector
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
class ClosedAdminAccess:
    """Admin access stays closed as far as this quota goes: dra-evolution's default, which another quota may open."""

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

    @property
    def resource_name(self) -> str:
        """The name by which ResourceQuota counts them."""
        return self.device_class + DEVICES_OF_CLASS


@dataclass(frozen=True, slots=True)
class ClaimLimit:
    """At most so many claims: ResourceQuota, at admission."""

    most: int
    place: Place | None = field(default=None, compare=False)

    @property
    def resource_name(self) -> str:
        """The name by which ResourceQuota counts them."""
        return CLAIMS


@dataclass(frozen=True, slots=True)
class ExpressionRule:
    """CEL over the devices ``held`` by the namespace and ``asked`` for; true: allowed.

    ``aliases`` are the short names of drivers and domains, with what they stand for: devices have them as fields.
    """

    expression: Selector
    aliases: tuple[tuple[str, str], ...] = ()
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PodScope:
    """A scope of a ResourceQuota: pods are in it or not, and claims are in none."""

    name: str
    operator: str = "Exists"
    values: tuple[str, ...] = ()

    def has(self, pod: Pod) -> bool:
        """Whether a pod is in the scope; only for ``PriorityClass`` the operator counts (podMatchesScopeFunc)."""
        if self.name != "PriorityClass":
            return self.name in pod.quota_scopes
        match self.operator:
            case "In":
                return pod.priority_class_name in self.values
            case "NotIn":
                return pod.priority_class_name not in self.values
            case "DoesNotExist":
                return not pod.priority_class_name
            case _:
                return bool(pod.priority_class_name)


@dataclass(frozen=True, slots=True)
class ExtendedResourceLimit:
    """At most so much of an extended resource: ResourceQuota, at admission of pods and of claims.

    Pods in all ``scopes`` are charged with what their containers ask for by this name; claims, if it ``counts_claims``,
    with the devices that they ask for of its classes beyond what their pod was charged with.
    """

    most: int
    resource: str
    counts_claims: bool = True
    scopes: tuple[PodScope, ...] = ()
    place: Place | None = field(default=None, compare=False)

    @property
    def resource_name(self) -> str:
        """The name by which ResourceQuota counts it."""
        return REQUESTS + self.resource

    def counts(self, pod: Pod) -> bool:
        """Whether a pod is charged."""
        return all(each.has(pod) for each in self.scopes)


HeldLimit = DeviceLimit | AmountLimit
RequestedLimit = RequestedDeviceLimit | ExtendedResourceLimit | ClaimLimit
QuotaRule = AdminAccessRule | ClosedAdminAccess | ClassRule | HeldLimit | RequestedLimit | ExpressionRule


@dataclass(frozen=True, slots=True)
class QuotaScope:
    """The namespaces with these labels, each with an account of its own; no labels: all namespaces."""

    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """Rules for the claims of a namespace, or (``scope``) of several; ``namespace`` is empty then."""

    name: str
    namespace: str
    place: Place | None = field(default=None, compare=False)
    rules: tuple[QuotaRule, ...] = ()
    scope: QuotaScope | None = None

    @property
    def allows_admin_access(self) -> bool:
        """Whether it opens admin access where that is closed unless some quota of the namespace opens it."""
        return any(isinstance(rule, AdminAccessRule) and rule.allowed for rule in self.rules)

    def governs(self, namespace: str, labels: Mapping[str, str] | None = None) -> bool:
        """Whether the quota is about a namespace; of unknown labels (None) nothing is assumed."""
        if self.scope is None:
            return self.namespace == namespace
        return all(labels is not None and labels.get(key) == value for key, value in self.scope.labels)


ExtendedNames = Mapping[str, str | None]
"""The classes that can serve extended resources, each with the resource that it has beside the implicit one."""


@dataclass(frozen=True, slots=True)
class ResourceQuota:
    """core/v1 ResourceQuota: the ``hard`` limits as written, resource name to quantity text, and its ``scopes``."""

    name: str
    namespace: str
    hard: Mapping[str, str] = field(default_factory=dict, hash=False)
    place: Place | None = field(default=None, compare=False)
    scopes: tuple[PodScope, ...] = ()

    def as_quota(self, extended: ExtendedNames | None = None) -> Quota:
        """What it says about devices and claims (KEP-4381, KEP-5004), as a quota; other resources are left out.

        ``extended`` None: claims are not counted as extended resources.
        """
        # A quota is asked about a claim for one of its resources, and then counts all of them.
        is_asked = not self.scopes and any(_is_of_claims(name, extended) for name in self.hard)
        rules = [self._rule(name, text, extended, counts_claims=is_asked) for name, text in self.hard.items()]
        return Quota(self.name, self.namespace, place=self.place, rules=tuple([each for each in rules if each]))

    def _rule(self, name: str, text: str, extended: ExtendedNames | None, *, counts_claims: bool) -> QuotaRule | None:
        place = None if self.place is None else self.place.child("spec", "hard", name)
        most = _whole(text)
        if most is None:
            return None
        if name == CLAIMS:
            return None if self.scopes else ClaimLimit(most, place)
        if name.endswith(DEVICES_OF_CLASS):
            return None if self.scopes else RequestedDeviceLimit(most, name.removesuffix(DEVICES_OF_CLASS), place)
        resource = name.removeprefix(REQUESTS)
        is_unknown = extended is None and resource.startswith(IMPLICIT_EXTENDED_RESOURCE)
        if resource == name or is_unknown or not is_extended_resource(resource):
            return None
        return ExtendedResourceLimit(most, resource, counts_claims and extended is not None, self.scopes, place)


def class_counted_by(resource: str) -> str | None:
    """The class whose devices a resource of ResourceQuota counts by the class's name; None if it is of no class."""
    if resource.endswith(DEVICES_OF_CLASS):
        return resource.removesuffix(DEVICES_OF_CLASS)
    implicit = REQUESTS + IMPLICIT_EXTENDED_RESOURCE
    return resource.removeprefix(implicit) if resource.startswith(implicit) else None


def is_extended_resource(name: str) -> bool:
    """Whether a name is that of an extended resource, or of one that a class has by its name."""
    if name.startswith(IMPLICIT_EXTENDED_RESOURCE):
        return True
    return "/" in name and "kubernetes.io/" not in name and not name.startswith(REQUESTS)


def _is_of_claims(name: str, extended: ExtendedNames | None) -> bool:
    """Whether a quota with this resource is about claims at all."""
    if name == CLAIMS or name.endswith(DEVICES_OF_CLASS):
        return True
    resource = name.removeprefix(REQUESTS)
    if extended is None or resource == name:
        return False
    return resource in {*extended.values(), *(IMPLICIT_EXTENDED_RESOURCE + each for each in extended)}


def _whole(text: str) -> int | None:
    """A quantity as a whole number, rounded down; None for a text that the API server would refuse."""
    try:
        amount = Quantity.parse(text.strip())
    except QuantityError:
        return None
    power: int = 10 ** abs(amount.scale)
    return amount.unscaled * power if amount.scale >= 0 else amount.unscaled // power
