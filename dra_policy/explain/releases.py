"""Whether some claims can end so that others fit, where a selector fails on devices that are held or hidden now."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.allocate import Answers, Failed, FailingVisit
from dra_policy.allocate.scheduler import is_undecided
from dra_policy.explain.verdicts import chosen_fit, first_stop
from dra_policy.fleet import Fleet
from dra_policy.model import Claim, DeviceId
from dra_policy.values.bit_sets import positions

Ask = Callable[[Fleet], Answers]
"""The allocator's answers for the claims of the question over a state of the fleet."""


def a_release_helps(fleet: Fleet, ask: Ask) -> bool:
    """Whether the claims fit once others end: all of them but those that hide devices on which a selector fails."""
    state = empty = fleet.emptied()
    kept: list[Claim] = []
    while True:
        answers = ask(state)
        visits = _failing_visits(answers)
        if first_stop(answers) is None:
            # An error that is not sure to end scheduling, or a search that was stopped, proves nothing.
            return chosen_fit(answers) is not None or bool(visits) or is_undecided(answers)
        hiding = [claim for node, device in visits for claim in _hiding(fleet, node, device) if claim not in kept]
        if not hiding:
            # What a recorded case states as held is held by no claim that could be kept.
            return any(_is_held(fleet, device) and not fleet.holders(device) for _, device in visits)
        kept += dict.fromkeys(hiding)
        state = empty.with_allocated(kept)


def _failing_visits(answers: Answers) -> list[tuple[str, DeviceId]]:
    """The nodes where a selector fails, and the devices on which it does."""
    groups = [group for group in answers.groups if isinstance(group.event, FailingVisit)]
    stops = [answers.of_group(group, node) for group in groups for node in group.nodes]
    outcomes = [(each.node, each.outcome) for each in stops]
    return [(node, one.device) for node, one in outcomes if isinstance(one, Failed) and one.device is not None]


def _hiding(fleet: Fleet, node: str, device: DeviceId) -> tuple[Claim, ...]:
    """The claims that keep the search from a device: those that hold it, else those with other devices there."""
    if _is_held(fleet, device):
        return fleet.holders(device)
    view = fleet.view(node)
    return tuple(claim for each in positions(view.in_use) for claim in fleet.holders(view.device_id(each)))


def _is_held(fleet: Fleet, device: DeviceId) -> bool:
    return fleet.occupancy.is_allocated(device)
