"""The node selector that ends scheduling for every pod with claims, because Kubernetes cannot parse it."""

from __future__ import annotations

from dra_policy.allocate import Event, FailingVisit
from dra_policy.explain.cause import Cause
from dra_policy.explain.explanation import Reason
from dra_policy.fleet import Fleet, UnreadableSlice


def cause_of_unreadable_nodes(fleet: Fleet, node: str, event: Event) -> Cause | None:
    """The cause if such a selector stops the pod on the node; None if something else does."""
    found = _unreadable(fleet, node, event)
    if found is None:
        return None
    arguments = {"slice": found.slice, "device": found.device or "", "complaint": found.selector.complaint}
    return Cause("DRA126", Reason("unreadable-nodes", arguments))


def _unreadable(fleet: Fleet, node: str, event: Event) -> UnreadableSlice | None:
    """The slice with the selector: met while pools are gathered, or at a visit to one of its devices."""
    if isinstance(event, UnreadableSlice):
        return event
    if not isinstance(event, FailingVisit):
        return None
    view = fleet.view(node)
    selector = view.unreadable_selector(event.position)
    if selector is None:
        return None
    index, offset = view.layout.locate(event.position)
    loaded = view.slices[index]
    return UnreadableSlice(loaded.envelope.name, loaded.frame.devices[offset].name, selector)
