"""Quotas: one form of rules for dra-evolution's Quota, Kubernetes' ResourceQuota and the ``quota`` of policies."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.model.claim import Selector
from dra_policy.record import dataclass, field
from dra_policy.text import Place
from dra_policy.values import Quantity, QuantityError

DEVICES_OF_CLASS = ".deviceclass.resource.k8s.io/devices"
"""After a class's name: the ResourceQuota resource that counts the devices asked for of it (KEP-4381)."""

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


HeldLimit = DeviceLimit | AmountLimit
QuotaRule = AdminAccessRule | ClassRule | HeldLimit | RequestedDeviceLimit | ClaimLimit | ExpressionRule


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
    """core/v1 ResourceQuota: the ``hard`` limits as written, resource name to quantity text."""

    name: str
    namespace: str
    hard: Mapping[str, str] = field(default_factory=dict, hash=False)
    place: Place | None = field(default=None, compare=False)

    def as_quota(self) -> Quota:
        """What it says about devices and claims (KEP-4381), as a quota; other resources are left out."""
        rules: list[QuotaRule] = []
        for name, text in self.hard.items():
            if name != CLAIMS and not name.endswith(DEVICES_OF_CLASS):
                continue
            place = None if self.place is None else self.place.child("spec", "hard", name)
            most = _whole(text)
            if most is None:
                continue
            if name == CLAIMS:
                rules.append(ClaimLimit(most, place))
            else:
                rules.append(RequestedDeviceLimit(most, name.removesuffix(DEVICES_OF_CLASS), place))
        return Quota(self.name, self.namespace, place=self.place, rules=tuple(rules))


def _whole(text: str) -> int | None:
    """A quantity as a whole number, rounded down; None for a text that the API server would refuse."""
    try:
        amount = Quantity.parse(text.strip())
    except QuantityError:
        return None
    power: int = 10 ** abs(amount.scale)
    return amount.unscaled * power if amount.scale >= 0 else amount.unscaled // power
