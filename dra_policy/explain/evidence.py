"""Evidence of its own kind, for causes that a funnel does not show: values only."""

from __future__ import annotations

from dra_policy.explain import quota_evidence
from dra_policy.explain.pod_places import PodPlaces
from dra_policy.explain.quota_evidence import QuotaLimits
from dra_policy.record import dataclass, field
from dra_policy.text import Span


@dataclass(frozen=True, slots=True)
class Demanded:
    """What one request has of one value: devices free, and devices held, of so many wanted."""

    request: str
    noun: str
    free: int
    held: int
    wanted: int


@dataclass(frozen=True, slots=True)
class MatchGroup:
    """One value of an attribute on one node (None: not published there) and what each request has of it.

    ``free`` different devices are free for all requests together.
    """

    node: str
    value: str | None
    demands: tuple[Demanded, ...]
    free: int
    unusable: tuple[str, ...] = ()

    @property
    def lack(self) -> int:
        """How many devices the value is short of."""
        one_by_one = sum(max(one.wanted - one.free, 0) for one in self.demands)
        return max(one_by_one, sum(one.wanted for one in self.demands) - self.free)


@dataclass(frozen=True, slots=True)
class MatchGroups:
    """The values of a matchAttribute constraint, nearest first (gallery question 8)."""

    attribute: str
    groups: tuple[MatchGroup, ...]
    more: int = 0
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Presence:
    """On how many devices of a driver an attribute is published."""

    driver: str
    devices: int
    published: int


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name that nobody publishes, where it stands, and the nearest published one (question 4).

    ``wrong`` is the span of the part that differs; ``published`` of ``devices`` devices have ``nearest``.
    ``known`` are published names, for where none is near.
    """

    name: str
    nearest: str | None
    published: int
    devices: int
    span: Span | None = field(default=None, compare=False)
    wrong: Span | None = field(default=None, compare=False)
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CelStop:
    """An expression that fails on a device which the allocator visits, and how far that reaches (question 5).

    ``failing`` are the offsets of the part that fails in ``expression``, ``part`` is its place. ``reached`` devices on
    ``nodes`` nodes stop the pod now; ``held`` ones would do so when they are free. ``nearest`` is the published name
    most like one that nobody publishes, with the number of devices that have it, of so many of its domain.
    """

    place: str
    expression: str
    failing: tuple[int, int] | None
    presence: tuple[Presence, ...]
    reached: int
    reached_noun: str
    nodes: int
    held: int
    span: Span | None = field(default=None, compare=False)
    part: Span | None = field(default=None, compare=False)
    nearest: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class LatentError:
    """An expression that fails on devices which are not visited now (code DRA402)."""

    place: str
    devices: int
    noun: str
    error: str


@dataclass(frozen=True, slots=True)
class MayAbort:
    """An error of the allocator on a node that the scheduler may or may not filter (code DRA402)."""

    node: str
    error: str


@dataclass(frozen=True, slots=True)
class FailingRule:
    """A rule between devices (``require``), as written, that fails on nodes beside those on which the claims fit.

    ``device`` is what the error is about; None where it is about no device.
    """

    text: str
    error: str
    device: str | None
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WrongObject:
    """An object that is missing, misspelt or of another API version, and what there is instead (question 12)."""

    message: str
    there_are: tuple[str, ...] = ()
    where: str = ""
    details: tuple[str, ...] = ()
    hint: str | None = None
    labels: tuple[tuple[str, Span], ...] = field(default=(), compare=False)
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SlicePlace:
    """A slice, and the index of a device in it where one is meant."""

    slice: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class IgnoredPool:
    """A pool whose devices Kubernetes does not use, and why (question 13).

    ``state`` is ``incomplete`` (``found`` of ``expected`` slices of a ``generation``) or ``invalid`` (the names say of
    what). ``places`` are the slices concerned.
    """

    pool: str
    state: str
    code: str
    found: int | None = None
    expected: int | None = None
    generation: int | None = None
    device: str | None = None
    counter_set: str | None = None
    counter: str | None = None
    places: tuple[SlicePlace, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenAt:
    """Where in the user's file the thing stands that is refused."""

    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class ValueOfDevices:
    """A value of an attribute (None: not published) and the devices of a request that have it."""

    value: str | None
    request: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValuesOfAll:
    """The values of a constraint's attribute that the devices of mode All have, and that do not go together."""

    attribute: str
    rows: tuple[ValueOfDevices, ...]
    span: Span | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class IgnoredPools:
    """The pools that are ignored and would help."""

    pools: tuple[IgnoredPool, ...]


@dataclass(frozen=True, slots=True)
class NodeDevices:
    """Devices of one node."""

    node: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockingTaint:
    """A taint that a request does not tolerate, on which devices (by node), set by whom (question 14)."""

    taint: str
    devices: tuple[NodeDevices, ...]
    owner: str


@dataclass(frozen=True, slots=True)
class BlockingTaints:
    """The taints that keep otherwise usable devices from a request."""

    request: str
    taints: tuple[BlockingTaint, ...]


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter of a set: what it has, what is drawn from it, what is left, what a device needs; all as texts."""

    name: str
    total: str
    used: str
    left: str
    needed: str
    short: str | None


@dataclass(frozen=True, slots=True)
class CounterUse:
    """What one claim draws from the counters with which device."""

    claim: str
    device: str
    amounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counters:
    """The counter set that a device of a node would draw more from than is left (question 10)."""

    node: str
    counter_set: str
    device: str
    counters: tuple[Counter, ...]
    uses: tuple[CounterUse, ...]


@dataclass(frozen=True, slots=True)
class ShareUse:
    """What one claim consumes of a shared capacity."""

    claim: str
    amount: str


@dataclass(frozen=True, slots=True)
class SharedCapacity:
    """A capacity of a shareable device: all, used, left, what the claim is charged (question 21).

    ``most`` is the greatest amount that the device's policy admits, where that is what refuses.
    """

    device: str
    capacity: str
    total: str
    used: str
    left: str
    asked: str
    charged: str
    uses: tuple[ShareUse, ...]
    most: str | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Devices of one node that mode All asks for and that cannot be had.

    ``row`` is the row of a funnel that they fail (``not-held``, ``untainted``, …), ``claim`` the one that holds them,
    ``taint`` the one that is not tolerated; ``is_own``: the claim is of the subject's namespace.
    """

    devices: tuple[str, ...]
    row: str
    claim: str | None = None
    taint: str | None = None
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class AllOnNode:
    """What mode All asks for on like nodes: so many devices, so many not to be had (question 18).

    Where it asks for none, ``lacking`` is the row (id and text) after which no device is left; All needs at least one.
    """

    nodes: tuple[str, ...]
    demanded: int
    blocked: tuple[Unavailable, ...]
    lacking: tuple[str, str] | None = None
    noun: str = "device"


@dataclass(frozen=True, slots=True)
class AllBlocked:
    """Why a request of mode All fits on no node, nearest nodes first."""

    request: str
    nodes: tuple[AllOnNode, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """One alternative of a firstAvailable request and how it fares, taken alone (question 17).

    ``outcome`` is ``fits``, ``over-quota`` (all claims would fit with it, but for ``rule``), ``not-now`` or ``never``.
    ``left`` devices on ``nodes`` nodes pass what is asked of single
    devices; at most ``best`` of the ``wanted`` are together on ``node`` (and agree in ``attribute``); other claims hold
    ``held`` of those that match. ``lost_after`` is the row that leaves no node; where too few devices are on any node
    after it, ``most`` are on each of ``most_nodes``.
    """

    request: str
    index: int
    of: int
    name: str
    outcome: str
    left: int
    nodes: int
    best: int
    wanted: int
    node: str | None
    attribute: str | None
    held: int
    lost_after: str | None
    most: int = 0
    most_nodes: tuple[str, ...] = ()
    rule: quota_evidence.BrokenRule | None = None


@dataclass(frozen=True, slots=True)
class Alternatives:
    """The alternatives of a request in order; ``of_kubernetes``: Kubernetes chooses among them in the same way."""

    alternatives: tuple[Alternative, ...]
    of_kubernetes: bool = True


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Devices that stood before the chosen one and could not be had.

    ``why`` is ``held`` (``owners`` are the claims), ``taken`` (by a request before), ``tainted`` (``owners`` are the
    taints), ``short`` (of ``counters`` or ``capacity``), ``constraint`` (of the attribute) or ``unusable``.
    """

    devices: tuple[str, ...]
    why: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Why a request got its device: what stood before it, by reason (question 24)."""

    request: str
    devices: tuple[str, ...]
    passed_over: tuple[PassedOver, ...]


@dataclass(frozen=True, slots=True)
class DeviceValue:
    """A device and its value of an attribute."""

    device: str
    value: str


@dataclass(frozen=True, slots=True)
class Apart:
    """Two chosen devices that an attribute tells apart, and what would bring them together."""

    attribute: str
    first: DeviceValue
    second: DeviceValue
    better_attribute: str | None = None
    better_device: str | None = None
    better_node: str | None = None
    better_devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """Why these devices and not others; ``of_kubernetes``: Kubernetes chooses in the same way."""

    choices: tuple[Choice, ...]
    apart: Apart | None = None
    of_kubernetes: bool = True


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule between devices (``require``), as written, and the run-time error that it meets, if it meets one.

    ``device`` is what the error is about; None where it is about no device.
    """

    text: str
    error: str | None = None
    span: Span | None = field(default=None, compare=False)
    device: str | None = None


@dataclass(frozen=True, slots=True)
class BrokenRules:
    """Rules of which no solution meets all; each is needed for that. ``devices`` of ``node`` do without them."""

    rules: tuple[BrokenRule, ...]
    node: str | None
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wished:
    """A preference (``prefer``), as written, and its value for the choice; None where it has an error.

    ``error`` is the run-time error of the choice, or one of other choices, which count as worst for it; ``device`` is
    what it is about, None where it is about no device.
    """

    text: str
    value: str | None
    span: Span | None = field(default=None, compare=False)
    error: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Preferred:
    """What a choice is worth, preference by preference. ``is_best``: nothing better exists, which is proved."""

    wishes: tuple[Wished, ...]
    is_best: bool


@dataclass(frozen=True, slots=True)
class Undecided:
    """How far a search came that was stopped: nodes that do not serve the claims, which is proved, and open ones.

    ``is_idle``: it is decided that they do not fit now; open is whether they would with every device free.
    """

    proved: tuple[str, ...]
    open: tuple[str, ...]
    budget: int
    is_idle: bool = False


Evidence = (
    MatchGroups
    | UnknownName
    | CelStop
    | LatentError
    | MayAbort
    | FailingRule
    | WrongObject
    | IgnoredPools
    | BlockingTaints
    | Counters
    | SharedCapacity
    | AllBlocked
    | Alternatives
    | Choices
    | QuotaLimits
    | BrokenRules
    | Preferred
    | Undecided
    | PodPlaces
    | WrittenAt
    | ValuesOfAll
)
