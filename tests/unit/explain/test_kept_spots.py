"""What one question finds out about the fleet is there for the next one, and changes no answer."""

from __future__ import annotations

from typing import Any

from dra_policy.explain.answer import explain
from dra_policy.explain.kept_spots import KeptSpots
from dra_policy.fleet import Frame
from tests.unit.explain.worlds import DRIVER, a_claim, a_class, a_slice, node, question_of, request, world_of

DEVICES: list[dict[str, Any]] = [{"name": "a", "attributes": {"x": {"int": 1}}}, {"name": "b"}]
WORLD = (node("n1"), a_slice("n1", DEVICES, nodeName="n1"), a_class())


def never(frame: Frame) -> bool:
    return bool(frame.unique) and False


def test_the_spots_of_a_fleet_are_made_once() -> None:
    kept, fleet = KeptSpots(), world_of(*WORLD).fleet

    assert kept.of(fleet, never, None)[0] is kept.of(fleet, never, None)[0]


def test_another_fleet_has_spots_of_its_own() -> None:
    kept, fleet = KeptSpots(), world_of(*WORLD).fleet
    before, _ = kept.of(fleet, never, None)

    assert kept.of(fleet.emptied(), never, None)[0] is not before


def test_a_second_question_is_answered_as_the_first_one() -> None:
    asked = request("gpu", 2, f'device.attributes["{DRIVER}"].?x.orValue(0) == 1')
    world = world_of(*WORLD, a_claim(asked))
    question = question_of(world)
    first, second = (explain(question, world.fleet, world.evaluator, world.objects, world.kept_spots) for _ in range(2))

    assert first == second == explain(question, world.fleet, world.evaluator, world.objects)
