"""What each node offers: its layout, interned, and the slices and pools that stand behind it."""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence

from dra_policy.fleet.frame import LoadedSlice
from dra_policy.fleet.gather import Found, Gatherer, whole_pool
from dra_policy.fleet.layout import Layout, LayoutPool, LayoutSlice, PoolView
from dra_policy.fleet.node_match import UnreadableSelector, serves
from dra_policy.fleet.pool import PoolState, UnreadableSlice, state_of
from dra_policy.model import Node
from dra_policy.model.features import Features
from dra_policy.record import dataclass

_OPTIONAL_OPERATIONS = "DRAOptionalNodeOperations"


@dataclass(frozen=True, slots=True, eq=False)
class SharedView:
    """What a node sees of pools that other nodes see too; one object for all nodes of a layout that see the same.

    ``positions`` are those of slices that belong to no single node; ``pools`` are the indexes of pools whose counters
    are drawn from elsewhere too.
    """

    positions: int
    pools: frozenset[int]


@dataclass(frozen=True, slots=True)
class Offer:
    """A node's layout and, index by index, the slices and pools behind it; ``view`` is None if all are its own."""

    layout: Layout
    slices: tuple[LoadedSlice, ...]
    _pools: tuple[PoolView, ...] | None = None
    view: SharedView | None = None

    @property
    def pools(self) -> tuple[PoolView, ...]:
        """The pools behind the layout's; where none are given, each slice is one."""
        if self._pools is not None:
            return self._pools
        return tuple([PoolView(each.envelope.driver, each.envelope.pool, None, (each,)) for each in self.slices])


class Offers:
    """The offers that were asked for so far. They do not change: what is in use stands elsewhere."""

    __slots__ = ("_features", "_gatherer", "_layouts", "_offers", "_plain_layouts", "_pools", "_views", "made")

    def __init__(self, gatherer: Gatherer, features: Features) -> None:
        self._gatherer = gatherer
        self._features = features
        self._layouts: dict[Hashable, Layout] = {}
        self._offers: dict[str, Offer] = {}
        self._plain_layouts: dict[tuple[int, ...], Layout] = {}
        self._pools: dict[Hashable, LayoutPool] = {}
        self._views: dict[Hashable, SharedView] = {}
        self.made = 0
        """How many layouts were made so far."""

    def copied(self, gatherer: Gatherer) -> Offers:
        """The same offers over an index of the same slices, to be changed by themselves."""
        made = Offers(gatherer, self._features)
        made._layouts, made._plain_layouts = dict(self._layouts), dict(self._plain_layouts)
        made._offers, made._pools, made._views = dict(self._offers), dict(self._pools), dict(self._views)
        made.made = self.made
        return made

    def keep_only(self, layouts: Container[Layout], views: Container[SharedView]) -> None:
        """Forget the layouts and views that no node offers any more."""
        self._layouts = {key: layout for key, layout in self._layouts.items() if layout in layouts}
        self._plain_layouts = {key: layout for key, layout in self._plain_layouts.items() if layout in layouts}
        pools = {id(pool) for layout in self._layouts.values() for pool in layout.pools}
        self._pools = {key: pool for key, pool in self._pools.items() if id(pool) in pools}
        self._views = {key: view for key, view in self._views.items() if view in views}

    def of_node(self, node: Node) -> Offer:
        """What the node offers."""
        offer = self._offers.get(node.name)
        if offer is None:
            offer = self._offers[node.name] = self._new_offer(node)
        return offer

    def forget(self, node: str) -> None:
        """Drop what a node offers, after one of its slices changed."""
        self._offers.pop(node, None)

    def forget_all(self) -> None:
        """Drop what all nodes offer."""
        self._offers.clear()
        self._views.clear()

    def _new_offer(self, node: Node) -> Offer:
        plain = self._gatherer.plain_slices(node)
        if plain is None:
            return self._general_offer(node)
        slices = tuple(plain)
        key = tuple([each.frame.id for each in slices])
        layout = self._plain_layouts.get(key)
        if layout is None:
            layout = self._plain_layouts[key] = self._offer_of([whole_pool(each) for each in slices], node).layout
        return Offer(layout, slices)

    def _general_offer(self, node: Node) -> Offer:
        found = self._gatherer.pools(node)
        if isinstance(found, UnreadableSlice):
            return Offer(self._failed(found), (), ())
        return self._offer_of(found, node)

    def _offer_of(self, found: Sequence[Found], node: Node) -> Offer:
        """The offer of some pools, given in visiting order."""
        pools = tuple([self._layout_pool(pool) for pool in found])
        parts = [
            (each, index, *_reached(each, node), self._is_refused(each, node))
            for index, pool in enumerate(found)
            if pools[index].state is PoolState.USABLE
            for each in pool.view.slices
        ]
        # Frames and pools are interned, so that their identities are a key: they are cheaper to hash.
        key = (tuple(map(id, pools)), tuple([(id(each.frame), *rest) for each, *rest in parts]))
        layout = self._layouts.get(key)
        if layout is None:
            layout = self._layouts[key] = _layout(self.made, pools, parts)
            self.made += 1
        views = tuple([pool.view for pool in found])
        slices = tuple([each for each, *_ in parts])
        return Offer(layout, slices, views, self._view(layout, slices, views))

    def _failed(self, failure: UnreadableSlice) -> Layout:
        """The layout of the nodes on which pools cannot be gathered."""
        layout = self._layouts.get(failure)
        if layout is None:
            layout = self._layouts[failure] = Layout(self.made, (), (), 0, failure=failure)
            self.made += 1
        return layout

    def _view(self, layout: Layout, slices: tuple[LoadedSlice, ...], pools: tuple[PoolView, ...]) -> SharedView | None:
        """What of an offer belongs to no single node."""
        shared = [(part, each) for part, each in zip(layout.slices, slices, strict=True) if not each.envelope.node_name]
        drawn = [
            index
            for index, (part, pool) in enumerate(zip(layout.pools, pools, strict=True))
            if part.counter_sets and not self._gatherer.is_local(pool.driver, pool.name)
        ]
        if not shared and not drawn:
            return None
        behind = [each.index for index in drawn for each in (*pools[index].slices, *pools[index].foreign_slices)]
        key = (layout.id, tuple([each.index for _, each in shared]), tuple(drawn), tuple(behind))
        view = self._views.get(key)
        if view is None:
            positions = sum(part.frame.all_devices << part.start for part, _ in shared)
            view = self._views[key] = SharedView(positions, frozenset(drawn))
        return view

    def _layout_pool(self, found: Found) -> LayoutPool:
        """The pool without its name; one object for equal ones."""
        state = state_of(found.view.problem)
        key = (found.view.driver, found.dialect.value, state.value, found.counter_sets)
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = LayoutPool(found.view.driver, found.dialect, state, found.counter_sets)
        return pool

    def _is_refused(self, each: LoadedSlice, node: Node) -> bool:
        """Devices whose node operations are skipped need a node that declares to know of that.

        Kubernetes' incubating allocator does not know the field, and allocates them.
        """
        if not each.envelope.skip_node_operations or not self._features.needs_experimental:
            return False
        return not self._features.optional_node_operations or _OPTIONAL_OPERATIONS not in node.declared_features


def _reached(each: LoadedSlice, node: Node) -> tuple[int, int]:
    """The devices that may be used from the node, and those of which that cannot be said."""
    if not each.envelope.per_device_node_selection:
        return each.frame.all_devices, 0
    usable = unreadable = 0
    for index, device in enumerate(each.frame.devices):
        found = serves(device, node)
        if isinstance(found, UnreadableSelector):
            unreadable |= 1 << index
        elif found:
            usable |= 1 << index
    return usable, unreadable


def _layout(
    number: int, pools: tuple[LayoutPool, ...], parts: Sequence[tuple[LoadedSlice, int, int, int, bool]]
) -> Layout:
    slices = []
    size = 0
    for each, pool, usable, unreadable, is_refused in parts:
        slices.append(LayoutSlice(each.frame, size, pool, usable, unreadable, is_refused))
        size += len(each.frame.devices)
    return Layout(number, pools, tuple(slices), size, any(pool.counter_sets for pool in pools))
