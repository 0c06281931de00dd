"""Which pods of a group have their devices already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from dra_policy.model import Claim, Pod, PodGroup
from dra_policy.record import dataclass
from dra_policy.text import Diagnostic, Severity

_EXTENDED = "extended-resources"
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Holders:
    """The pods of a group that hold devices of their own; where pods have none, those that use what all share.

    ``is_placed``: every pod has all its claims allocated, those that it shares among them.
    """

    pods: tuple[str, ...]
    wanted: int
    is_placed: bool

    @property
    def problem(self) -> Diagnostic | None:
        """What keeps a group from being placed of which only some pods are."""
        if not self.pods or self.is_placed:
            return None
        names = f"{', '.join(self.pods[:_MOST_NAMED])}{' …' if len(self.pods) > _MOST_NAMED else ''}"
        if len(self.pods) < self.wanted:
            text = f"{len(self.pods)} of {self.wanted} pods hold devices already: {names}"
            hint = "remove these pods to place all anew, or ask for the others as a group of their own"
        else:
            text = f"some claims of these pods are allocated already, and some are not: {names}"
            hint = "remove these pods to place them anew"
        return Diagnostic("DRA631", Severity.ERROR, text, hint=hint)


def holders_of(group: PodGroup, pod: Pod, claims: Iterable[Claim], known: Iterable[Claim]) -> Holders:
    """Who holds devices; ``pod`` is one of the group with its ``claims``, ``known`` are all claims that there are."""
    own, shared = _own_and_shared(pod, claims)
    names = {f"{group.name}-{number}": set[str]() for number in range(group.count)}
    allocated = [each for each in known if each.allocation is not None and each.namespace == group.namespace]
    free = shared - {each.name for each in allocated}
    for claim in allocated:
        if own and claim.owner_pod in names:
            names[claim.owner_pod].update(_entries_meant(claim, own))
        elif not own and not free and claim.name in shared:
            for user in (each.name for each in claim.reserved_for if each.resource == "pods" and each.name in names):
                names[user].add(claim.name)
    wanted = set(own) or shared
    holding = tuple(name for name, entries in names.items() if entries)
    is_placed = bool(wanted) and not free and all(entries == wanted for entries in names.values())
    return Holders(holding, group.count, is_placed)


def _own_and_shared(pod: Pod, claims: Iterable[Claim]) -> tuple[list[str], set[str]]:
    """The pod's names for claims that are made for it, and the names of those that exist for all pods."""
    own: list[str] = []
    shared: set[str] = set()
    # A claim for extended resources comes last and has no entry.
    for entry, claim in zip_longest(pod.claims, claims):
        if entry is not None and entry.claim_name:
            shared.add(claim.name)
        else:
            own.append(entry.name if entry is not None else _EXTENDED)
    return own, shared


def _entries_meant(claim: Claim, entries: Iterable[str]) -> Iterator[str]:
    """The entry that a claim was made for: it is named after its pod and that, with or without a suffix."""
    name = claim.name.removeprefix(f"{claim.owner_pod}-")
    found = [each for each in entries if name == each or name.startswith(f"{each}-")]
    yield from sorted(found, key=len)[-1:]
