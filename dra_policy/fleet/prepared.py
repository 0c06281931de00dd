"""A fleet that changes in place: a device taken, a claim freed, a slice replaced, in time by what changed alone.

Nodes that look alike are in one ``NodeSet``; a change moves the nodes concerned from one to another. What several nodes
see (pools for all nodes, counters drawn from several nodes) is held once, outside of these sets: taking such a device
moves nobody. Only a slice of such a pool makes all nodes be looked at again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from dra_policy.collector import collector_off
from dra_policy.fleet.frame import Frame, LoadedSlice
from dra_policy.fleet.inventory import Fleet, Structure, of_newest_generations
from dra_policy.fleet.known_nodes import KnownNodes
from dra_policy.fleet.layout import Group, Layout, Usage
from dra_policy.fleet.node_sets import NodeSet, NodeSets
from dra_policy.fleet.occupancy import Holdings, Occupancy, Pools, Reading, by_pool
from dra_policy.fleet.offers import Offer
from dra_policy.fleet.prototypes import PrototypePools
from dra_policy.fleet.shared_slices import keys_of, nodes_with
from dra_policy.fleet.taint_rules import AppliedRule, applied_rules
from dra_policy.fleet.usage import usage_of
from dra_policy.model import Claim, DeviceClass, DeviceId, DeviceTaintRule, Node, ResourceSlice
from dra_policy.model.dialect import Dialect
from dra_policy.text import UnknownObjectError

ClaimName = tuple[str, str, str]
SliceName = str | tuple[str, str]
_FAMILIES = {dialect: dialect.family.value for dialect in Dialect}

# So many frames and layouts may be there in vain before all that nobody uses is dropped; or as many as are in use, or
# one to eight slices: then dropping costs each change the same, whatever the size of the fleet.
_LEAST_WASTE = 256
_SLICES_TO_ONE_IN_VAIN = 8


class PreparedFleet(Fleet):
    """A fleet to be kept between questions: a copy of another one, which stays as it is.

    Names and texts are made of answers when they are asked for: do so before a slice or node changes (``version``).
    """

    __slots__ = (
        "_allowed_waste",
        "_changes",
        "_claims",
        "_holdings",
        "_is_filled",
        "_made_before",
        "_next_index",
        "_nodes",
        "_prototypes",
        "_sets",
        "_slices",
        "_slices_by_name",
        "_version",
    )

    def __init__(self, fleet: Fleet) -> None:
        with collector_off():
            self._copy(fleet)
        self._is_filled = False
        self._version = self._changes = 0
        self._made_before = self._made
        self._allowed_waste = self._waste_allowed_by(len(self.frames))

    def _copy(self, fleet: Fleet) -> None:
        structure, masks = fleet.copied()
        super().__init__(structure, Occupancy(), masks)
        self._holdings = Holdings(fleet.occupancy, structure.reading)
        self._holdings.own_stated()
        held = {id(claim): claim for claims in self._holdings.holders.values() for claim in claims}
        self._claims = {claim_name(claim): claim for claim in held.values()}
        self._slices = {each.index: each for each in fleet.slices}
        self._slices_by_name = {_name(each.envelope): each.index for each in fleet.slices}
        self._next_index = max(self._slices, default=-1) + 1
        self._nodes = KnownNodes(structure.named_nodes, fleet.slices)
        kubernetes = {frame for frame in structure.frames if frame.dialect.is_kubernetes}
        foreign = [each for each in fleet.slices if each.frame not in kubernetes]
        self._prototypes = PrototypePools(foreign, structure.frame_table)
        self._sets = NodeSets(structure.offers, masks, with_groups=self.features.compatibility_groups)

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by name."""
        return self._nodes.in_order

    @property
    def slices(self) -> tuple[LoadedSlice, ...]:
        """All slices, in the order of reading."""
        return self.structure.slices

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The distinct device lists, in the order of their first slices."""
        return tuple(dict.fromkeys(each.frame for each in self._slices.values()))

    @property
    def structure(self) -> Structure:
        """What fleets of the same inventory share: as it is until a slice or node changes."""
        structure = self._structure
        if not structure.slices and self._slices:
            structure.slices = tuple(self._slices.values())
            structure.frames = self.frames
        structure.nodes, structure.named_nodes = self._nodes.in_order, self._nodes.named
        return structure

    @property
    def occupancy(self) -> Occupancy:
        """Who holds what now; made anew at each call."""
        return self._holdings.frozen()

    @property
    def version(self) -> int:
        """How often slices or nodes changed."""
        return self._version

    @property
    def changes(self) -> int:
        """How often anything changed."""
        return self._changes

    def holders(self, device: DeviceId) -> tuple[Claim, ...]:
        """All claims that hold the device or shares of it, not by admin access."""
        return self._holdings.holders.get(device, ())

    def groups(self) -> tuple[Group, ...]:
        """All nodes, grouped by (layout, usage), in the order of each group's first node."""
        if self._groups is None:
            sets = self.node_sets()
            found = [each.group(self.usage_of(each)) for each in sets]
            if any(each.view is not None for each in sets):
                found = _joined(found)
            self._groups = tuple(sorted(found, key=_first_node))
        return self._groups

    def node_sets(self) -> Collection[NodeSet]:
        """The sets of nodes that look alike, in no order. Two may look alike where pools are shared."""
        return self._filled().sets

    def set_of(self, node: str) -> NodeSet:
        """The nodes that look like a node."""
        return self._filled().of(node)

    def usage_of(self, nodes: NodeSet) -> Usage:
        """What of their layout is taken on nodes that look alike."""
        return self._sets.usage_of(nodes, self._whole_usage)

    def has_node(self, name: str) -> bool:
        """Whether there is a node of that name."""
        return self._nodes.get(name) is not None

    def node_names(self, least: str = "") -> Iterator[str]:
        """The nodes in byte order of their names, from one on."""
        return self._nodes.names.since(least)

    @property
    def mark(self) -> int:
        """A point in time to give to ``loosened_since``."""
        return self._filled().mark

    def loosened_since(self, mark: int) -> list[str] | None:
        """The nodes on which devices became free, or that changed, since then; None if all may have."""
        return self._filled().loosened_since(mark)

    def take(self, devices: Iterable[DeviceId]) -> None:
        """Devices come into use as a whole, without a claim that holds them, until ``free`` is called."""
        pools = by_pool(devices)
        self._holdings.take(pools)
        self._note(pools)

    def free(self, devices: Iterable[DeviceId]) -> None:
        """Devices that were taken without a claim are free again, unless a claim holds them."""
        pools = by_pool(devices)
        self._holdings.free(pools)
        self._note(pools)

    def put_claim(self, claim: Claim) -> None:
        """A claim holds its ``allocation`` now, and no more what it held before; its name says which claim it is."""
        name = claim_name(claim)
        before = self._claims.pop(name, None)
        gone: Pools = () if before is None else self._holdings.remove(before)
        came: Pools = ()
        if claim.allocation is not None:
            self._claims[name] = claim
            came = self._holdings.add(claim)
        self._note((*gone, *came))

    def remove_claim(self, claim: Claim) -> None:
        """The claim of that name is gone, or has given back what it held."""
        before = self._claims.pop(claim_name(claim), None)
        if before is not None:
            self._note(self._holdings.remove(before))

    def put_slice(self, envelope: ResourceSlice) -> None:
        """A slice is new, or replaces the one of its name.

        Takes time by the slice; where other nodes see its pool, by the nodes that do; in dra-evolution, where the
        newest pool that publishes a device counts, by all pools of that dialect.
        """
        name = _name(envelope)
        index = self._slices_by_name.get(name)
        if index is None:
            index = self._slices_by_name[name] = self._next_index
            self._next_index += 1
        self._publish(self._slices.get(index), self._structure.frame_table.load_one(index, envelope))
        self._sweep()

    def remove_slice(self, envelope: ResourceSlice) -> None:
        """The slice of that name is gone; UnknownObjectError if there is none."""
        name = _name(envelope)
        if name not in self._slices_by_name:
            raise UnknownObjectError(
                "ResourceSlice", envelope.name, (each.envelope.name for each in self._slices.values())
            )
        old = self._slices[self._slices_by_name.pop(name)]
        self._publish(old, None)

    def put_node(self, node: Node) -> None:
        """A node is new or has changed. Before the first one with an object, nodes were those that slices name."""
        self._look_again(self._nodes.put(node, self._slices.values()))

    def remove_node(self, name: str) -> None:
        """A node is gone; UnknownObjectError if there is none with an object of that name."""
        self._look_again(self._nodes.remove(name, self._slices.values()))

    def put_taint_rules(self, rules: Iterable[DeviceTaintRule], classes: Sequence[DeviceClass] | None = None) -> None:
        """These rules stand from now on, and the ``classes`` by which some select (None: those there were).

        Takes time by the slices that a rule which came, went or changed may mean.
        """
        structure = self._structure
        if classes is not None:
            structure.classes = classes if self.features.taint_rules_select else ()
        before, after = structure.taint_rules, applied_rules(rules, structure.classes, self.features)
        changed = [rule for rule in (*before, *after) if rule not in before or rule not in after]
        if [rule for rule in before if rule in after] != [rule for rule in after if rule in before]:
            # The order of the rules is that of the taints.
            changed = [*before, *after]
        self._structure.taint_rules = after
        for each in self._meant(changed):
            if self._slices.get(each.index) is each:
                self._publish(each, self._structure.frame_table.load_one(each.index, each.envelope))
        self._sweep()

    def _meant(self, rules: Iterable[AppliedRule]) -> list[LoadedSlice]:
        """The slices of which rules select some device."""
        found: dict[int, LoadedSlice] = {}
        for each in rules:
            driver, pool = each.rule.driver, each.rule.pool
            slices: Iterable[LoadedSlice] = self._slices.values()
            if driver is not None and pool is not None:
                slices = self._structure.gatherer.named(driver, pool)
            found.update({one.index: one for one in slices if each.selected(one)})
        return [found[index] for index in sorted(found)]

    def _publish(self, old: LoadedSlice | None, new: LoadedSlice | None) -> None:
        """Put a slice as it was published in the place of another one, and make it what it is in the end."""
        adjuster, rules = self._structure.adjuster, self._structure.taint_rules
        some = new or old
        if some is None or some.frame.dialect.is_kubernetes:
            self._exchange(old, None if new is None else adjuster.adjusted((new,), rules)[0])
            return
        self._prototypes.exchange(old, new)
        self._name_driver(some.pool)
        if some.frame.dialect is not Dialect.EVOLUTION:
            self._exchange(old, None if new is None else adjuster.adjusted((new,), rules)[0])
            return
        if new is None:
            self._exchange(old, None)
        for each in adjuster.adjusted(self._prototypes.published, rules):
            before = self._slices.get(each.index)
            if before is None or before.frame is not each.frame or each.index == some.index:
                self._exchange(before, each)

    def _name_driver(self, pool: str) -> None:
        """Results of k8srm name no driver: read them again if the pool's is another one."""
        drivers = self._structure.reading.driver_of_pool
        found = self._prototypes.driver_of(pool)
        if drivers.get(pool) == found:
            return
        claims = [claim for claim in self._claims.values() if claim.dialect is Dialect.K8SRM]
        touched = [each for claim in claims for each in self._holdings.remove(claim)]
        named = {**drivers, pool: found} if found is not None else {n: d for n, d in drivers.items() if n != pool}
        self._structure.reading = Reading(self._structure.reading.shares_are_known, named)
        self._holdings.read_as(self._structure.reading)
        self._note([*touched, *(each for claim in claims for each in self._holdings.add(claim))])

    def _exchange(self, old: LoadedSlice | None, new: LoadedSlice | None) -> None:
        if old is not None and new is not None and _is_same(old, new):
            return
        structure = self._structure
        is_local = old is None or structure.is_local(old)
        pools = {(each.envelope.driver, each.envelope.pool) for each in (old, new) if each is not None}
        self._count_published(pools, -1)
        if old is not None and new is not None:
            structure.gatherer.replace(old, new)
        elif new is not None:
            structure.gatherer.add(new)
        elif old is not None:
            structure.gatherer.remove(old)
        if old is not None and new is None:
            del self._slices[old.index]
            self._masks.forget(old)
        if new is not None:
            is_local = is_local and structure.is_local(new)
            self._slices[new.index] = new
            self._masks.renew(self._holdings, new)
        self._count_published(pools, 1)
        structure.vocabulary = None
        structure.slices = ()
        changed = self._nodes.exchange(old, new)
        names = [each.envelope.node_name for each in (old, new) if each is not None and each.envelope.node_name]
        if is_local:
            self._look_again((*changed, *names))
            return
        reached = self._reached_by([each for each in (old, new) if each is not None])
        self._look_again(None if reached is None else (*changed, *reached))
        if self._is_filled:
            self._sets.note_shared(is_tighter=False)

    def _reached_by(self, slices: list[LoadedSlice]) -> list[str] | None:
        """The nodes that see a slice of the pools of some slices; None if all may."""
        if not all(each.frame.dialect.is_kubernetes for each in slices):
            return None
        pools = {(each.envelope.driver, each.envelope.pool) for each in slices}
        found = [*slices, *(each for pool in pools for each in self._structure.gatherer.of_pool(*pool))]
        keys = [each for each in map(keys_of, found) if each is not None]
        return None if len(keys) < len(found) else nodes_with(frozenset().union(*keys), self._nodes.in_order.values())

    def _count_published(self, pools: Iterable[tuple[str, str]], times: int) -> None:
        """Count what some pools publish, or with ``times`` -1 what they published so far, if anybody asked for that."""
        published = self._structure.published
        if published is None:
            return
        for pool in pools:
            for each in of_newest_generations(tuple(self._structure.gatherer.of_pool(*pool))):
                published[each.frame] += times
                if not published[each.frame]:
                    del published[each.frame]

    def _look_again(self, nodes: Iterable[str] | None) -> None:
        """Work out anew what some nodes, or all, offer."""
        self._version += 1
        self._changes += 1
        self._groups = None
        if nodes is None:
            self._structure.offers.forget_all()
            self._is_filled = False
            return
        for name in dict.fromkeys(nodes):
            self._structure.offers.forget(name)
            node = self._nodes.get(name)
            if not self._is_filled:
                continue
            if node is None:
                self._sets.remove(name)
            else:
                self._sets.move(node)

    def _note(self, pools: Pools) -> None:
        """Take over the state of some devices."""
        nodes: dict[str, None] = {}
        is_shared, is_tighter = False, True
        gatherer, holdings = self._structure.gatherer, self._holdings
        for driver, pool, names in pools:
            for loaded in self._masks.note(holdings, driver, pool, names):
                envelope = loaded.envelope
                if envelope.node_name:
                    nodes[envelope.node_name] = None
                draws = gatherer.draws(loaded.frame)
                if not envelope.node_name or (draws and not gatherer.is_local(driver, envelope.pool)):
                    is_shared = True
                    is_tighter = is_tighter and not draws and names <= holdings.devices.names(driver, pool)
        self._groups = None
        self._changes += 1
        if not self._is_filled:
            return
        if is_shared:
            self._sets.note_shared(is_tighter=is_tighter)
        for name in nodes:
            node = self._nodes.get(name)
            if node is not None:
                self._sets.move(node)

    def _filled(self) -> NodeSets:
        if not self._is_filled:
            with collector_off():
                self._sets.fill(self.nodes.values())
            self._is_filled = True
        return self._sets

    def _usage(self, node: str, offer: Offer) -> Usage:  # noqa: ARG002 - the set knows its layout
        return self.usage_of(self.set_of(node))

    def _whole_usage(self, node: str) -> Usage:
        offer = self._structure.offers.of_node(self.nodes[node])
        return usage_of(offer, self._masks, with_groups=self.features.compatibility_groups)

    @property
    def _made(self) -> int:
        """How many frames and layouts were made so far."""
        return self._structure.frame_table.made + self._structure.offers.made

    def _waste_allowed_by(self, in_use: int) -> int:
        return max(_LEAST_WASTE, in_use, len(self._slices) // _SLICES_TO_ONE_IN_VAIN)

    def _sweep(self) -> None:
        """Drop the frames and layouts that nobody uses any more, with all that is known of them, if they may be many.

        Tables are dropped as a whole: they are filled again by the next questions.
        """
        if self._made - self._made_before <= self._allowed_waste:
            return
        structure = self._structure
        frames = set(self.frames)
        layouts: dict[Layout, None] = {}
        views = {each.view for each in self.node_sets() if each.view is not None}
        layouts.update(dict.fromkeys(each.layout for each in self.node_sets()))
        structure.frame_table.keep_only(frames | structure.adjuster.keep_only(frames))
        structure.gatherer.keep_only(frames)
        structure.offers.keep_only(layouts, views)
        structure.tables.clear()
        self._masks.forget_usages()
        self._made_before = self._made
        self._allowed_waste = self._waste_allowed_by(len(frames) + len(layouts))


def _is_same(old: LoadedSlice, new: LoadedSlice) -> bool:
    """Whether a slice was published again as it was."""
    return old.frame is new.frame and old.unique_texts == new.unique_texts and old.envelope == new.envelope


def claim_name(claim: Claim) -> ClaimName:
    """What tells claims apart."""
    return _FAMILIES[claim.dialect], claim.namespace, claim.name


def _joined(groups: Iterable[Group]) -> list[Group]:
    """Groups of one layout and usage as one."""
    found: dict[tuple[int, Usage], list[Group]] = {}
    for each in groups:
        found.setdefault((each.layout.id, each.usage), []).append(each)
    return [
        same[0]
        if len(same) == 1
        else Group(same[0].layout, same[0].usage, tuple(sorted([node for each in same for node in each.nodes])))
        for same in found.values()
    ]


def _name(envelope: ResourceSlice) -> SliceName:
    """What tells slices apart: of a large fleet the text that is there already."""
    dialect = envelope.dialect
    return envelope.name if dialect.is_kubernetes else (dialect.value, envelope.name)


def _first_node(group: Group) -> str:
    return group.nodes[0]
