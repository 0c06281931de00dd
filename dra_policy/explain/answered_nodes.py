"""What groups of nodes lack, held against the allocator's own answer for each of their nodes.

Counts see requests one by one: whether a choice serves all of them, with its rules, lists and shares, only the
allocator knows.
"""

from __future__ import annotations

from collections.abc import Iterable

from dra_policy.allocate.answers import Answers
from dra_policy.allocate.outcomes import GroupEvent
from dra_policy.allocate.problem import BudgetSpent, NoSolution, Solution
from dra_policy.explain.explanation import NodeGroup, Shortage


def as_answered(groups: Iterable[NodeGroup], answers: Answers) -> tuple[NodeGroup, ...]:
    """The groups in their order; a node that fits lacks nothing, and one that does not fit lacks something."""
    events = {node: group.event for group in answers.groups for part in group.parts for node in part}
    found: dict[tuple[int, int, tuple[Shortage, ...]], list[str]] = {}
    for group in groups:
        for node in group.nodes:
            missing = _missing(group, events.get(node))
            have = group.have if missing else max(group.have, group.wanted)
            found.setdefault((have, group.wanted, missing), []).append(node)
    return tuple(
        NodeGroup(tuple(sorted(nodes)), have, wanted, missing) for (have, wanted, missing), nodes in found.items()
    )


def _missing(group: NodeGroup, event: GroupEvent | None) -> tuple[Shortage, ...]:
    """``event`` is None for nodes that may not be used; of these the group says why."""
    if isinstance(event, Solution):
        return ()
    if group.missing or event is None:
        return group.missing
    if isinstance(event, BudgetSpent):
        return (Shortage("search"),)
    return (Shortage("choice" if isinstance(event, NoSolution) else "error"),)
