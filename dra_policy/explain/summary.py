"""What an answer was computed from: the fleet in numbers, and the features that were on."""

from __future__ import annotations

from dra_policy.explain.explanation import FleetSummary
from dra_policy.fleet import Fleet
from dra_policy.model.gates import GATES


def fleet_summary(fleet: Fleet) -> FleetSummary:
    """A fleet in numbers."""
    gates = {name: bool(getattr(fleet.features, gate.switches)) for name, gate in GATES.items() if gate.switches}
    return FleetSummary(len(fleet.nodes), fleet.device_count, gates)
