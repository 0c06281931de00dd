"""An explanation as a value: verdict, reason, proof. Text, JSON and HTML are renderings of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from dra_policy.explain.evidence import Evidence
from dra_policy.explain.funnel import Funnel
from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, Span


class Outcome(Enum):
    """The verdict on a claim or pod."""

    FITS = "fits"
    NOT_NOW = "not-now"
    NEVER = "never"
    OVER_QUOTA = "over-quota"
    BAD_POOL = "bad-pool"
    CEL_ERROR = "cel-error"
    BAD_INPUT = "bad-input"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """The process exit code of an answer with this verdict."""
        return {Outcome.FITS: 0, Outcome.BAD_INPUT: 2, Outcome.UNKNOWN: 4}.get(self, 1)


NO_NAME = "(no name)"
"""What stands for the name of an object that has none, which is told as an error."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was asked about; ``kind`` is the API's (``ResourceClaim``, ``Pod``), ``file`` None for a live object."""

    kind: str
    namespace: str
    name: str
    file: str | None = None
    span: Span | None = field(default=None, compare=False)

    @property
    def full_name(self) -> str:
        """``namespace/name``; the bare name where there is no namespace."""
        name = self.name or NO_NAME
        return f"{self.namespace}/{name}" if self.namespace else name


ReasonValue = None | bool | int | str | tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a template's name and its numbers and names; ``render.sentences`` has the words."""

    template: str
    arguments: Mapping[str, ReasonValue] = field(default_factory=dict, hash=False)

    def number(self, name: str) -> int:
        """An argument that is a count."""
        value = self.arguments[name]
        assert isinstance(value, int), name
        return value

    def text(self, name: str) -> str:
        """An argument that is a text; empty where it is not given."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """An argument that is a list of texts."""
        value = self.arguments.get(name, ())
        assert isinstance(value, tuple), name
        return tuple(str(item) for item in value)

    def numbers(self, name: str) -> tuple[int, ...]:
        """An argument that is a list of counts."""
        value = self.arguments.get(name, ())
        assert isinstance(value, tuple), name
        return tuple(item for item in value if isinstance(item, int))


@dataclass(frozen=True, slots=True)
class KubernetesAnswer:
    """What Kubernetes itself says: its text verbatim (None: nothing), over how many nodes, whether the pod is stopped.

    ``stops_pod`` means that the scheduler ends the pod's attempt, whatever the other nodes offer. ``is_asked`` is False
    where only a policy can say what is wanted: rules, preferences, ranges of counts.
    """

    text: str | None
    nodes: int
    stops_pod: bool = False
    is_asked: bool = True


@dataclass(frozen=True, slots=True)
class FleetSummary:
    """What the answer was computed from. ``digest`` is None where nobody computed it."""

    nodes: int
    devices: int
    features: Mapping[str, bool] = field(default_factory=dict, hash=False)
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class ChosenDevices:
    """The devices of a fitting answer: the node (None: no node in particular) and, by request, ``node/device``.

    Names of requests are ``request`` or ``request/alternative``, in the claim's order; for a pod of several claims
    ``claim:request``.
    """

    node: str | None
    devices: Mapping[str, tuple[str, ...]] = field(hash=False)

    @property
    def bare_names(self) -> tuple[str, ...]:
        """The devices' names without their node, in the order of requests."""
        return tuple(name.partition("/")[2] or name for names in self.devices.values() for name in names)


@dataclass(frozen=True, slots=True)
class Shortage:
    """What one group of nodes lacks.

    ``others`` are other requests that lack devices there, and how many; ``request`` is the one that is short where
    that is not the first that blocks; both are ``claim:request`` where they are of another claim.
    ``kind`` is ``devices`` (``short`` more of ``what`` are needed, with ``attribute`` and ``values`` where a
    constraint wants them alike; no values: any), ``together`` (``short`` more, as several requests want some),
    ``total`` (all devices that may be taken have ``have`` of ``what``, and ``wanted`` is asked for),
    ``pods`` (room for ``short`` more pods of a group), ``value`` (the nearest devices have ``have`` of ``what``, short
    by ``gap`` of an amount; else ``wanted`` is the value that is asked for), ``condition`` (none meets ``what``),
    ``class`` (none is of class ``what``), ``node`` (the pod cannot use them: ``what`` is a kind of ``RefusedNodes``,
    ``wanted`` its taint or claim), ``nothing`` (no device published), ``none`` (nothing is missing); and where counts
    suffice, by the allocator's answer: ``rule`` (no choice of devices meets the rules ``what``; ``wanted`` is the
    run-time error of one), ``choice`` (no choice meets everything), ``error`` (one ends the search), ``search`` (it
    was not searched to the end).
    """

    kind: str
    what: str = ""
    short: int = 0
    attribute: str | None = None
    values: tuple[str, ...] = ()
    have: str | None = None
    gap: str | None = None
    others: tuple[tuple[str, int], ...] = ()
    wanted: str | None = None
    request: str = ""


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """Nodes that are alike in what they offer to the blocking request: how many devices of how many wanted."""

    nodes: tuple[str, ...]
    have: int
    wanted: int
    missing: tuple[Shortage, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchEffort:
    """Steps spent and allowed, and whether the answer is proved."""

    steps: int
    budget: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer about one claim or pod.

    ``fits_now`` and ``fits_idle`` (with nothing held, taints as they are) are None where that was not computed.
    ``requests`` has a funnel for every request in the claim's order; those that block are not ``ok``.
    ``conflicts`` and ``fixes`` are not computed yet and unknown in JSON.
    """

    subject: Subject
    outcome: Outcome
    code: str
    reason: Reason
    kubernetes: KubernetesAnswer
    fleet: FleetSummary
    fits_now: bool | None = None
    fits_idle: bool | None = None
    requests: tuple[Funnel, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    chosen: ChosenDevices | None = None
    closest: tuple[NodeGroup, ...] = ()
    search: SearchEffort | None = None
    notes: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
