"""The fleet: nodes, pools and devices with their state, and who holds what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from dra_policy.collector import collector_off
from dra_policy.fleet.adjust import Adjuster
from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.gather import Gatherer
from dra_policy.fleet.layout import Group, Layout, NodeView, Usage
from dra_policy.fleet.occupancy import (
    Occupancy,
    held_devices,
    occupancy_of,
    reading_of,
    with_claims,
    without_claims,
)
from dra_policy.fleet.offers import Offer, Offers
from dra_policy.fleet.taint_rules import applied_rules
from dra_policy.fleet.templates import FrameTable
from dra_policy.fleet.usage import Masks, usage_of
from dra_policy.fleet.vocabulary import vocabulary_of
from dra_policy.model import Claim, Device, DeviceClass, DeviceId, Node, Objects, Vocabulary
from dra_policy.model.features import Features

if TYPE_CHECKING:
    from dra_policy.fleet.contents import Contents

Table = TypeVar("Table")


class Fleet:
    """All devices of a cluster, held compactly; see the package's docstring.

    ``nodes`` are in byte order of their names, with their objects (one without an object has no labels).
    ``slices`` are all slices in the order of reading, also obsolete ones and those of broken pools.
    """

    __slots__ = ("_emptied", "_groups", "_masks", "_occupancy", "_structure", "_usages", "features")

    def __init__(self, structure: Structure, occupancy: Occupancy, masks: Masks | None = None) -> None:
        self._structure = structure
        self._masks = Masks.of(structure.gatherer, occupancy) if masks is None else masks
        self._usages: dict[str, Usage] = {}
        self._groups: tuple[Group, ...] | None = None
        self._emptied: tuple[int, Fleet] | None = None
        self.features: Features = structure.features
        self._occupancy = occupancy

    @classmethod
    def build(cls, objects: Objects, *, features: Features | None = None) -> Fleet:
        """Load the slices of some objects, with the state that claims' ``status.allocation`` gives.

        ``features`` None: those of ``objects`` (a recorded case), else Kubernetes 1.37's defaults.
        """
        if features is None:
            features = Features() if objects.features is None else Features.of_case(objects.features)
        with collector_off():
            structure = Structure(objects, features)
            return cls(structure, occupancy_of(objects, structure.reading))

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return self._structure.nodes

    @property
    def slices(self) -> tuple[LoadedSlice, ...]:
        """All slices."""
        return self._structure.slices

    @property
    def current_slices(self) -> tuple[LoadedSlice, ...]:
        """The slices of the newest generation of each pool (``spec.pool.generation``): only these publish devices.

        One object as long as no slice changes.
        """
        slices = self.slices
        known = self._structure.current
        if known is None or known[0] is not slices:
            known = self._structure.current = slices, of_newest_generations(slices)
        return known[1]

    @property
    def has_shared_slices(self) -> bool:
        """Whether some slice belongs to no single node."""
        return self._structure.gatherer.has_shared

    @property
    def published(self) -> Mapping[Frame, int]:
        """By how many slices of the newest generation each frame is published; counted at first need."""
        structure = self._structure
        if structure.published is None:
            structure.published = Counter(each.frame for each in self.current_slices)
        return structure.published

    @property
    def device_count(self) -> int:
        """How many devices the slices of the newest generation publish."""
        return sum(len(frame.devices) * times for frame, times in self.published.items())

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The distinct device lists, in the order of their first slices."""
        return self._structure.frames

    @property
    def occupancy(self) -> Occupancy:
        """Who holds what."""
        return self._occupancy

    def copied(self) -> tuple[Structure, Masks]:
        """What a fleet that changes goes on with: both can be changed without this one."""
        structure = self.structure.copied()
        return structure, self._masks.copied(structure.gatherer)

    @property
    def structure(self) -> Structure:
        """What fleets of the same inventory share, whatever is in use."""
        return self._structure

    @property
    def version(self) -> int:
        """How often it changed what nodes offer; never, but for a ``PreparedFleet``."""
        return 0

    @property
    def changes(self) -> int:
        """How often it changed what nodes offer or what is in use."""
        return 0

    def view(self, node: str) -> NodeView:
        """What a node offers now; KeyError for a name that is none of ``nodes``."""
        found = self.nodes[node]
        offer = self._structure.offers.of_node(found)
        return NodeView(node, offer.layout, self._usage(node, offer), offer.slices, offer.pools, found.labels)

    def groups(self) -> tuple[Group, ...]:
        """All nodes, grouped by (layout, usage), in the order of each group's first node."""
        if self._groups is None:
            with collector_off():
                self._groups = self._grouped()
        return self._groups

    def _grouped(self) -> tuple[Group, ...]:
        members: dict[tuple[int, Usage], list[str]] = {}
        layouts = {}
        for name, node in self.nodes.items():
            offer = self._structure.offers.of_node(node)
            layouts[offer.layout.id] = offer.layout
            members.setdefault((offer.layout.id, self._usage(name, offer)), []).append(name)
        return tuple([Group(layouts[layout], usage, tuple(nodes)) for (layout, usage), nodes in members.items()])

    def in_use(self, loaded: LoadedSlice) -> int:
        """The bit set of a slice's devices that are held by somebody (not by admin access, not by shares)."""
        return self._masks.in_use(loaded)

    def find(self, device: DeviceId) -> tuple[LoadedSlice, int] | None:
        """The slice of the newest generation that publishes a device, and its index there; None if none does.

        Of several, which makes their pool invalid, it is the first by name: the order of reading must not matter.
        """
        found = self._structure.gatherer.positions(device)
        return min(found, key=lambda place: (-place[0].envelope.generation, place[0].envelope.name), default=None)

    def device(self, device: DeviceId) -> Device | None:
        """A device by its name, with all its attributes."""
        found = self.find(device)
        return None if found is None else found[0].device(found[1])

    def holder(self, device: DeviceId) -> Claim | None:
        """The claim that holds a device (not by admin access); the first of several for a shared device.

        None also for a device that a recorded case calls allocated: it names no claim.
        """
        return next(iter(self.holders(device)), None)

    def holders(self, device: DeviceId) -> tuple[Claim, ...]:
        """All claims that hold the device or shares of it, not by admin access."""
        return self._occupancy.holders.get(device, ())

    def emptied(self) -> Fleet:
        """The same fleet with nothing in use (the question behind "never"); frames and layouts are shared.

        One object until a slice or node changes.
        """
        if self._emptied is None or self._emptied[0] != self.version:
            made = Fleet(self.structure, Occupancy())
            if self._groups is not None:
                made._groups = _by_layout(self._groups, lambda node: made.view(node).usage)
            self._emptied = self.version, made
        return self._emptied[1]

    def without(self, claims: Iterable[Claim]) -> Fleet:
        """The same fleet as if these claims held nothing."""
        claims = tuple(claims)
        return self._changed(without_claims(self.occupancy, claims, self._structure.reading), claims)

    def with_allocated(self, claims: Iterable[Claim]) -> Fleet:
        """The same fleet after these claims got their ``allocation``."""
        claims = tuple(claims)
        return self._changed(with_claims(self.occupancy, claims, self._structure.reading), claims)

    @property
    def contents(self) -> tuple[Contents, ...]:
        """The different devices of the frames, driver by driver; made anew when frames changed."""
        frames = self.structure.frames
        known = self._structure.contents
        if known is None or known[0] is not frames:
            from dra_policy.fleet.contents import contents_of

            known = self._structure.contents = frames, contents_of(frames)
        return known[1]

    def vocabulary(self) -> Vocabulary:
        """What the slices publish, by domain and name, computed once per frame at first need."""
        if self._structure.vocabulary is None:
            self._structure.vocabulary = vocabulary_of(self.published)
        return self._structure.vocabulary

    def table(self, kind: type[Table]) -> Table:
        """What somebody keeps about the frames, whatever is in use: one object of each kind, made at first need."""
        found = self._structure.tables.get(kind)
        if not isinstance(found, kind):
            found = self._structure.tables[kind] = kind()
        return found

    def _changed(self, occupancy: Occupancy, claims: Iterable[Claim]) -> Fleet:
        """The fleet after the devices of some claims changed hands; what is known of other nodes is kept."""
        devices = {device for claim in claims for device, _ in held_devices(claim, self._structure.reading)}
        masks, touched = self._masks.changed(occupancy, devices)
        fleet = Fleet(self.structure, occupancy, masks)
        # A pool can be seen from other nodes than its slice: then nothing is kept.
        if all(self._structure.is_local(each) for each in touched):
            nodes = {each.envelope.node_name for each in touched}
            fleet._usages = {node: usage for node, usage in self._usages.items() if node not in nodes}
        return fleet

    def _usage(self, node: str, offer: Offer) -> Usage:
        usage = self._usages.get(node)
        if usage is None:
            usage = usage_of(offer, self._masks, with_groups=self.features.compatibility_groups)
            self._usages[node] = usage
        return usage


class Structure:
    """What fleets of one inventory share, whatever is in use."""

    __slots__ = (
        "adjuster",
        "classes",
        "contents",
        "current",
        "features",
        "frame_table",
        "frames",
        "gatherer",
        "named_nodes",
        "nodes",
        "offers",
        "published",
        "reading",
        "slices",
        "tables",
        "taint_rules",
        "vocabulary",
    )

    def __init__(self, objects: Objects, features: Features) -> None:
        table = self.frame_table = FrameTable(shows_lists=features.shows_lists)
        self.features = features
        self.classes: Sequence[DeviceClass] = objects.classes if features.taint_rules_select else ()
        self.taint_rules = applied_rules(objects.taint_rules, self.classes, features)
        self.adjuster = Adjuster(table)
        self.slices = self.adjuster.adjusted(table.load(objects.slices), self.taint_rules)
        self.frames = tuple(dict.fromkeys(each.frame for each in self.slices))
        self.named_nodes = tuple(objects.nodes)
        self.nodes: Mapping[str, Node] = nodes_of(objects.nodes, self.slices)
        self.gatherer = Gatherer(self.slices, features)
        self.offers = Offers(self.gatherer, features)
        self.reading = reading_of(objects, shares_are_known=features.consumable_capacity)
        self.vocabulary: Vocabulary | None = None
        self.published: Counter[Frame] | None = None
        self.current: tuple[tuple[LoadedSlice, ...], tuple[LoadedSlice, ...]] | None = None
        """All slices, and those of them that publish devices: what ``Fleet.current_slices`` found last."""
        self.contents: tuple[tuple[Frame, ...], tuple[Contents, ...]] | None = None
        """The frames for which ``Fleet.contents`` was asked last, and their contents."""
        self.tables: dict[type, object] = {}

    def is_local(self, loaded: LoadedSlice) -> bool:
        """Whether no other node sees anything of the slice's pool, its counters included."""
        envelope = loaded.envelope
        return bool(envelope.node_name) and self.gatherer.is_local(envelope.driver, envelope.pool)

    def copied(self) -> Structure:
        """The same, to be changed by itself: frames and layouts are shared."""
        made = object.__new__(Structure)
        for name in self.__slots__:
            setattr(made, name, getattr(self, name))
        made.gatherer = self.gatherer.copied()
        made.offers = self.offers.copied(made.gatherer)
        made.published = None if self.published is None else self.published.copy()
        made.tables = {}
        return made


def _by_layout(groups: Iterable[Group], usage: Callable[[str], Usage]) -> tuple[Group, ...]:
    """The groups if nothing is in use: all nodes of a layout are alike, and have the usage of any of them."""
    alike: dict[Layout, list[Group]] = {}
    for each in groups:
        alike.setdefault(each.layout, []).append(each)
    found = [
        Group(layout, usage(same[0].nodes[0]), tuple(sorted(chain.from_iterable(each.nodes for each in same))))
        for layout, same in alike.items()
    ]
    return tuple(sorted(found, key=lambda group: group.nodes[0]))


def of_newest_generations(slices: tuple[LoadedSlice, ...]) -> tuple[LoadedSlice, ...]:
    """Those of some pools' slices that publish devices; all slices of each pool are among the given ones."""
    newest: dict[tuple[str, str], int] = {}
    for each in slices:
        pool = each.envelope.driver, each.envelope.pool
        newest[pool] = max(newest.get(pool, 0), each.envelope.generation)
    found = tuple(
        each for each in slices if each.envelope.generation == newest[each.envelope.driver, each.envelope.pool]
    )
    return slices if len(found) == len(slices) else found


def nodes_of(nodes: Iterable[Node], slices: Iterable[LoadedSlice]) -> dict[str, Node]:
    """The nodes in byte order; without Node objects those that slices, or devices selected one by one, name."""
    by_name = {node.name: node for node in nodes}
    if not by_name:
        for each in slices:
            envelope = each.envelope
            if envelope.node_name:
                by_name.setdefault(envelope.node_name, Node(envelope.node_name))
            elif envelope.per_device_node_selection:
                names = {device.node_name for device in each.frame.devices if device.node_name}
                by_name.update({name: Node(name) for name in names if name not in by_name})
    return {name: by_name[name] for name in sorted(by_name)}
