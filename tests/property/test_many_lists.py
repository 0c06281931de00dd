"""Laws of fleets with more different device lists than are looked at one by one (``Shortcuts.few_frames``)."""

from __future__ import annotations

import json
from functools import cache

from hypothesis import given, settings

from dra_policy.allocate import Answers
from dra_policy.allocate.problem import BudgetSpent, NoSolution
from dra_policy.allocate.shortcuts import ALL_SHORTCUTS
from dra_policy.engine.world import World
from dra_policy.manifests.devices import published
from dra_policy.model import Dialect, ResourceSlice
from dra_policy.record import replace
from tests.clusters import allocated, claim, request, slice_
from tests.property.choices import Choices, made
from tests.property.effort import examples
from tests.property.small_clusters import (
    RULES,
    WAITING,
    Document,
    a_claim,
    a_class,
    a_device,
    answers_to,
    objects_of,
    waiting,
)
from tests.shortcuts import NO_SHORTCUTS

FEW = ALL_SHORTCUTS.few_frames
KINDS = 7


@cache
def _pattern() -> ResourceSlice:
    """A slice as it is read; reading some forty of them for each example would take most of its time."""
    (found,) = objects_of([slice_(["d"])]).slices
    return found


def many_lists(choices: Choices) -> World:
    """More nodes than lists are looked at one by one, each with a list of its own, of a few kinds of devices."""
    documents = [a_class(choices, name) for name in "ck"]
    draws = choices.number(0, 3) == 3
    kinds = [_a_kind(choices, number, draws=draws) for number in range(KINDS)]
    slices: list[ResourceSlice] = []
    for number in range(FEW + choices.number(1, 5)):
        # Two devices make the list one of its own, a third one makes it longer.
        chosen = [number % KINDS, number // KINDS, *choices.list_of(lambda own: own.number(0, KINDS - 1), 0, 1)]
        slices += _slices(f"n{number}", [kinds[at] for at in chosen], choices)
    for number in range(choices.pick((0, 0, 1, 8))):
        held = f"d.io/n{choices.number(0, FEW)}/d{choices.number(0, 2)}"
        documents.append(claim(request(), name=f"h{number}", status=allocated(held)))
    documents += [a_claim(choices, name) for name in WAITING[: choices.pick((1, 1, 2))]]
    found = objects_of(documents)
    found.slices += slices
    return World(found, (), RULES)


def _a_kind(choices: Choices, number: int, *, draws: bool) -> Document:
    made_so = a_device(choices, "d", "n0", draws=draws)
    return {**made_so, "attributes": {**made_so.get("attributes", {}), "kind": {"int": number}}}


def _slices(name: str, kinds: list[Document], choices: Choices) -> list[ResourceSlice]:
    devices = [_of_kind(each, f"d{at}", name, choices) for at, each in enumerate(kinds)]
    whole = replace(
        _pattern(),
        name=f"{name}-0",
        node_name=name,
        pool=name,
        devices=published(json.dumps(devices).encode(), Dialect.V1),
    )
    if not any("consumesCounters" in each for each in kinds):
        return [whole]
    counters = replace(_counters(), name=f"{name}-1", node_name=name, pool=name)
    return [replace(whole, resource_slice_count=2), counters]


@cache
def _counters() -> ResourceSlice:
    sets = [{"name": "cs", "counters": {"k": {"value": "3"}}}]
    (found,) = objects_of([slice_(count=2, sharedCounters=sets)]).slices
    return found


def _of_kind(kind: Document, name: str, node: str, choices: Choices) -> Document:
    """A device of a kind; its ``u`` is its own on most nodes, and that of many on some."""
    found = {**kind, "name": name}
    if "u" in kind.get("attributes", {}):
        text = f"{node}-{name}-{choices.number(0, 1)}" if choices.number(0, 3) else "same-1"
        found["attributes"] = {**kind["attributes"], "u": {"string": text}}
    return found


def events(answers: Answers) -> dict[str, object]:
    """What each node meets, without the devices' names: None where nothing fits, nothing where the search gave up."""
    return {
        node: None if isinstance(group.event, NoSolution) else group.event
        for group in answers.groups
        for node in group.nodes
        if not isinstance(group.event, BudgetSpent)
    }


@settings(max_examples=examples(25), deadline=None)
@given(made(many_lists))
def test_many_different_lists_change_no_answer(world: World) -> None:
    claims = waiting(world)
    answers = answers_to(world, claims)
    found, naive = events(answers), events(answers_to(world, claims, shortcuts=NO_SHORTCUTS))

    assert len(world.fleet.frames) > FEW
    for node in naive.keys() & found.keys():
        assert found[node] == naive[node], node
