from __future__ import annotations

from typing import Any

import pytest

from dra_policy.allocate import Answers
from dra_policy.explain.answer import _Explainer
from dra_policy.explain.asking import Allocator
from dra_policy.explain.evidence import IgnoredPools, Undecided
from dra_policy.explain.explanation import Explanation, Outcome
from tests.unit.explain.worlds import (
    DRIVER,
    a_claim,
    a_class,
    a_slice,
    an_object,
    explained,
    holding,
    node,
    question_of,
    request,
    world_of,
)

NODES = [node("n1"), node("n2"), node("n3")]


def gpus(number: int, **more: Any) -> list[dict[str, Any]]:
    return [{"name": f"gpu-{index}", **more} for index in range(number)]


def rows(explanation: Explanation, request_name: str = "gpu") -> dict[str, tuple[int | None, int]]:
    funnel = next(each for each in explanation.requests if each.name == request_name)
    return {row.id: (row.left, row.nodes) for row in funnel.rows}


def test_a_device_that_all_nodes_see_counts_once() -> None:
    explanation = explained(*NODES, a_slice("shared", gpus(4), allNodes=True), a_class(), a_claim(request(count=5)))
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA510")
    assert rows(explanation)["published"] == (4, 0)
    served = explained(*NODES, a_slice("shared", gpus(4), allNodes=True), a_class(), a_claim(request(count=4)))
    assert rows(served)["class"] == (4, 3)


def test_devices_of_a_node_and_shared_ones_are_counted_together() -> None:
    own = a_slice("n1", gpus(2), nodeName="n1")
    shared = a_slice("shared", [{"name": "far-0"}], allNodes=True)
    explanation = explained(*NODES, own, shared, a_class(), a_claim(request(count=3)))
    assert explanation.outcome is Outcome.FITS
    assert rows(explanation)["class"] == (3, 1)


def test_devices_for_other_nodes_are_lost_at_a_row_of_their_own() -> None:
    devices = [{"name": "gpu-0", "nodeName": "n1"}, {"name": "gpu-1", "nodeName": "n2"}]
    world = [*NODES, a_slice("rack", devices, perDeviceNodeSelection=True), a_class()]
    explanation = explained(*world, a_claim(request(count=2)))
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA510")
    assert rows(explanation)["node"] == (2, 0)
    assert explained(*world, a_claim(request())).outcome is Outcome.FITS


def test_an_attribute_that_is_unique_to_each_device_can_be_asked_for() -> None:
    slices = [
        a_slice(
            f"n{number}",
            [
                {"name": f"gpu-{index}", "attributes": {"uuid": {"string": f"GPU-{number}-{index}"}}}
                for index in range(4)
            ],
            nodeName=f"n{number}",
        )
        for number in (1, 2, 3)
    ]
    wanted = f'device.attributes["{DRIVER}"].uuid == "GPU-2-3"'
    explanation = explained(*NODES, *slices, a_class(), a_claim(request("gpu", 1, wanted)))
    assert explanation.chosen is not None
    assert explanation.chosen.devices == {"gpu": ("n2/gpu-3",)}
    assert rows(explanation)["condition"] == (1, 1)
    none = explained(*NODES, *slices, a_class(), a_claim(request("gpu", 2, wanted)))
    assert (none.outcome, none.code) == (Outcome.NEVER, "DRA510")


@pytest.mark.parametrize(
    ("held", "outcome", "code"),
    [((), Outcome.FITS, "DRA500"), (("n1/gpu-0",), Outcome.NOT_NOW, "DRA530")],
)
def test_what_is_held_makes_the_difference_between_fits_and_not_now(
    held: tuple[str, ...], outcome: Outcome, code: str
) -> None:
    world = [node("n1"), a_slice("n1", gpus(2), nodeName="n1"), a_class(), holding(*held)]
    explanation = explained(*world, a_claim(request(count=2)))
    assert (explanation.outcome, explanation.code) == (outcome, code)
    assert explanation.fits_idle
    assert explained(*world, a_claim(request(count=2)), idle=True).outcome is Outcome.FITS


def test_never_is_not_said_because_of_a_budget() -> None:
    root = f"{DRIVER}/root"
    devices = [{"name": f"gpu-{index}", "attributes": {"root": {"int": index % 9}}} for index in range(27)]
    constraints = ({"distinctAttribute": root}, {"matchAttribute": root})
    world = [node("n1"), a_slice("n1", devices, nodeName="n1"), a_class()]
    explanation = explained(*world, a_claim(request(count=3), constraints=constraints), budget=5)
    assert (explanation.outcome, explanation.code) == (Outcome.UNKNOWN, "DRA601")
    assert explanation.fits_now is None
    small = [node("n2"), a_slice("n2", devices[:2], nodeName="n2")]
    explanation = explained(*world, *small, a_claim(request(count=3), constraints=constraints), budget=5)
    assert explanation.evidence == (Undecided(("n2",), ("n1",), 5),)


def test_a_broken_pool_is_blamed_only_if_its_devices_would_do() -> None:
    broken = a_slice("n1", gpus(1), nodeName="n1")
    broken["spec"]["pool"]["resourceSliceCount"] = 2
    world = [node("n1"), broken, a_class()]
    blamed = explained(*world, a_claim(request()))
    assert blamed.outcome is Outcome.BAD_POOL
    assert blamed.reason.arguments["certain"]
    constrained = explained(*world, a_claim(request(), constraints=({"matchAttribute": f"{DRIVER}/root"},)))
    assert constrained.outcome is Outcome.NEVER
    assert [each.pools[0].code for each in constrained.evidence if isinstance(each, IgnoredPools)] == ["DRA120"]
    twice = explained(*world, a_claim(request("one"), request("other")))
    assert twice.outcome is Outcome.NEVER
    explanation = explained(*world, a_claim(request(count=2)))
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA510")


def test_a_class_of_several_conditions_is_told_condition_by_condition() -> None:
    expression = f'device.driver == "{DRIVER}" && device.capacity["{DRIVER}"].memory.compareTo(quantity("8Gi")) >= 0'
    devices = gpus(2, capacity={"memory": {"value": "4Gi"}})
    explanation = explained(
        node("n1"), a_slice("n1", devices, nodeName="n1"), a_class("gpu", expression), a_claim(request())
    )
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA511")
    texts = [(row.text, row.owner) for row in explanation.requests[0].rows if row.id == "condition"]
    assert texts == [(f'device.driver is "{DRIVER}"', "class admin"), ("memory >= 8Gi", "class admin")]


def test_conditions_that_reject_the_same_devices_share_a_row() -> None:
    big = {"attributes": {"model": {"string": "B"}}, "capacity": {"memory": {"value": "80Gi"}}}
    small = {"attributes": {"model": {"string": "A"}}, "capacity": {"memory": {"value": "40Gi"}}}
    devices = [{"name": "gpu-0", **big}, {"name": "gpu-1", **small}]
    memory = f'device.capacity["{DRIVER}"].memory.compareTo(quantity("80Gi")) >= 0'
    model = f'device.attributes["{DRIVER}"].model == "B"'
    explanation = explained(
        node("n1"), a_slice("n1", devices, nodeName="n1"), a_class(), a_claim(request("gpu", 2, memory, model))
    )
    conditions = [row.text for row in explanation.requests[0].rows if row.id == "condition"]
    assert conditions == ['memory >= 80Gi and model is "B"']


def test_admin_access_does_not_mind_what_is_held() -> None:
    world = [node("n1"), a_slice("n1", gpus(1), nodeName="n1"), a_class(), holding("n1/gpu-0")]
    assert explained(*world, a_claim(request(adminAccess=True))).outcome is Outcome.FITS
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}}
    explanation = explained(*world, namespace, a_claim(request(adminAccess=True)))
    assert (explanation.outcome, explanation.code) == (Outcome.BAD_INPUT, "DRA116")


def test_requests_that_match_on_different_nodes_are_told_so() -> None:
    kinds = [
        a_slice(f"n{number}", gpus(1, attributes={"kind": {"string": kind}}), nodeName=f"n{number}")
        for number, kind in ((1, "a"), (2, "b"))
    ]
    selectors = {kind: f'device.attributes["{DRIVER}"].kind == "{kind}"' for kind in "ab"}
    claim = a_claim(request("one", 1, selectors["a"]), request("other", 1, selectors["b"]))
    explanation = explained(node("n1"), node("n2"), *kinds, a_class(), claim)
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA517")


def test_a_claim_that_is_allocated_says_what_it_holds() -> None:
    claim = {**holding("n1/gpu-0", name="wanted"), "metadata": {"name": "wanted", "namespace": "team-a"}}
    explanation = explained(node("n1"), a_slice("n1", gpus(1), nodeName="n1"), a_class(), claim)
    assert explanation.reason.template == "allocated"
    assert explanation.chosen is not None
    assert explanation.chosen.devices == {"r": ("n1/gpu-0",)}


def test_without_any_node_or_device_the_answer_is_never() -> None:
    explanation = explained(a_class(), a_claim(request()))
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA510")
    only_nodes = explained(*NODES, a_class(), a_claim(request()))
    assert (only_nodes.outcome, only_nodes.code) == (Outcome.NEVER, "DRA510")


def test_a_claim_without_requests_fits_anywhere() -> None:
    empty = an_object("ResourceClaim", "wanted", {"devices": {"requests": []}}, "team-a")
    assert explained(*NODES, empty).outcome is Outcome.FITS


HARD = f'device.attributes["{DRIVER}"].x == 1'


def test_never_with_idle_hardware_is_never_not_now() -> None:
    """The device without the attribute is held: only with nothing held is it visited, and ends the pod's attempt."""
    devices: list[dict[str, Any]] = [
        {"name": "bad"},
        *({"name": name, "attributes": {"x": {"int": 1}}} for name in "ab"),
    ]
    world = [node("n1"), a_slice("n1", devices, nodeName="n1"), a_class(), holding("n1/bad")]
    claim = a_claim(request("one", 2, HARD), request("two", 2, HARD))
    explanation = explained(*world, claim)
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA513")
    assert explained(*world, holding("n1/a", name="second"), a_claim(request("one", 2, HARD))).outcome is (
        Outcome.NOT_NOW
    )


def test_an_error_that_ends_the_pod_with_idle_hardware_is_never() -> None:
    """Mode All with two devices that differ: while one is held, they are only not to be had."""
    devices = [{"name": name, "attributes": {"x": {"string": name}}} for name in "ab"]
    world = [node("n1"), a_slice("n1", devices, nodeName="n1"), a_class(), holding("n1/a")]
    every = {"name": "all", "exactly": {"deviceClassName": "gpu", "allocationMode": "All"}}
    claim = a_claim(every, constraints=({"matchAttribute": f"{DRIVER}/x"},))
    idle, now = explained(*world, claim, idle=True), explained(*world, claim)
    assert (idle.outcome, idle.code) == (now.outcome, now.code) == (Outcome.NEVER, "DRA518")


def test_never_stands_where_only_the_search_of_now_ran_out_of_steps() -> None:
    root = f"{DRIVER}/root"
    devices = [{"name": f"gpu-{index}", "attributes": {"root": {"int": index % 9}}} for index in range(27)]
    constraints = ({"distinctAttribute": root}, {"matchAttribute": root})
    claim = a_claim(request(count=3), constraints=constraints)
    world = world_of(node("n1"), a_slice("n1", devices, nodeName="n1"), a_class(), claim)
    question = question_of(world)
    short = Allocator(world.evaluator, None, 5)(world.fleet, question.claims)
    assert isinstance(short, Answers)
    long = Allocator(world.evaluator, None, 1_000_000)
    assert _Explainer(question, world.fleet, long, short).explanation().outcome is Outcome.NEVER


def partitions() -> list[dict[str, Any]]:
    """A pool with one counter of 10Gi; gpu-a and gpu-b draw 8Gi each, gpu-d 1Gi, plain nothing."""
    pool = {"name": "n1", "generation": 1, "resourceSliceCount": 2}
    where = {"driver": DRIVER, "nodeName": "n1", "pool": pool}
    drawn = {"gpu-a": "8Gi", "gpu-b": "8Gi", "gpu-d": "1Gi"}
    devices: list[dict[str, Any]] = [
        {"name": name, "consumesCounters": [{"counterSet": "card", "counters": {"memory": {"value": amount}}}]}
        for name, amount in drawn.items()
    ]
    counters = [{"name": "card", "counters": {"memory": {"value": "10Gi"}}}]
    return [
        an_object("ResourceSlice", "counters", {**where, "sharedCounters": counters}),
        an_object("ResourceSlice", "devices", {**where, "devices": [*devices, {"name": "plain"}]}),
    ]


def test_overdrawn_counters_keep_only_devices_away_that_draw() -> None:
    world = [node("n1"), *partitions(), a_class(), holding("n1/gpu-a", "n1/gpu-b")]
    explanation = explained(*world, a_claim(request()))
    assert explanation.chosen is not None
    assert explanation.chosen.devices == {"gpu": ("n1/plain",)}
    assert rows(explanation)["counters"] == (1, 1)
    assert rows(explained(*world, a_claim(request(count=2))))["counters"] == (1, 0)


def test_a_device_that_draws_too_much_for_what_is_left_is_lost_to_counters() -> None:
    world = [node("n1"), *partitions(), a_class(), holding("n1/gpu-a")]
    assert rows(explained(*world, a_claim(request(count=3))))["counters"] == (2, 0)
    assert rows(explained(*world, a_claim(request(count=2))))["counters"] == (2, 1)


def test_a_device_of_a_broken_pool_that_is_for_another_node_is_no_use() -> None:
    devices = [{"name": "gpu-0", "nodeName": "n1"}, {"name": "gpu-1", "nodeName": "n2"}]
    broken = a_slice("rack", devices, perDeviceNodeSelection=True)
    broken["spec"]["pool"]["resourceSliceCount"] = 2
    world = [node("n1"), node("n2"), broken, a_class()]
    explanation = explained(*world, a_claim(request(count=2)))
    assert explanation.outcome is Outcome.NEVER
    assert explained(*world, a_claim(request())).outcome is Outcome.BAD_POOL


def test_a_broken_pool_is_whole_without_the_second_of_two_devices_or_counter_sets() -> None:
    doubled = a_slice("n1", [*gpus(2), *gpus(1)], nodeName="n1")
    world = [node("n1"), doubled, a_class()]
    explanation = explained(*world, a_claim(request(count=2)))
    assert (explanation.outcome, explanation.code) == (Outcome.BAD_POOL, "DRA122")
    assert explained(*world, a_claim(request(count=3))).outcome is Outcome.NEVER
    counters, devices = partitions()
    counters["spec"]["sharedCounters"] *= 2
    world = [node("n1"), counters, devices, a_class()]
    explanation = explained(*world, a_claim(request(count=3)))
    assert (explanation.outcome, explanation.code) == (Outcome.BAD_POOL, "DRA123")
    assert explained(*world, a_claim(request(count=4))).outcome is Outcome.NEVER


def test_of_a_doubled_counter_set_any_listing_may_be_the_right_one() -> None:
    counters, devices = partitions()
    larger = {"name": "card", "counters": {"memory": {"value": "20Gi"}}}
    for listed in ([*counters["spec"]["sharedCounters"], larger], [larger, *counters["spec"]["sharedCounters"]]):
        doubled = {**counters, "spec": {**counters["spec"], "sharedCounters": listed}}
        world = [node("n1"), doubled, devices, a_class()]
        # gpu-a, gpu-b and gpu-d draw 17Gi together.
        explanation = explained(*world, a_claim(request(count=4)))
        assert (explanation.outcome, explanation.code) == (Outcome.BAD_POOL, "DRA123")
        assert explained(*world, a_claim(request(count=5))).outcome is Outcome.NEVER


EVERY: dict[str, Any] = {"name": "all", "exactly": {"deviceClassName": "gpu", "allocationMode": "All"}}


def test_mode_all_leaves_out_devices_that_never_have_room_for_the_share() -> None:
    sizes = {"gpu-0": "10Gi", "gpu-1": "40Gi"}
    devices = [{"name": name, "capacity": {"memory": {"value": size}}} for name, size in sizes.items()]
    world = [node("n1"), a_slice("n1", devices, nodeName="n1"), a_class()]
    every = {"name": "all", "exactly": {**EVERY["exactly"], "capacity": {"requests": {"memory": "20Gi"}}}}
    explanation = explained(*world, a_claim(every))
    assert explanation.outcome is Outcome.FITS
    assert explanation.requests[0].ok
    crowded = explained(*world, a_claim(every, request("other", 2)))
    assert crowded.outcome is Outcome.NEVER
    assert crowded.reason.arguments["counts"] == (1, 2)


def test_a_row_that_loses_devices_on_some_nodes_only_is_shown() -> None:
    devices = [{"name": "gpu-0", "nodeName": "n1"}, {"name": "gpu-1", "nodeName": "n2"}]
    world = [node("n1"), node("n2"), a_slice("rack", devices, perDeviceNodeSelection=True), a_class()]
    assert rows(explained(*world, a_claim(request())))["node"] == (2, 2)


def test_the_code_of_an_error_does_not_depend_on_names() -> None:
    devices = [{"name": name, "attributes": {"x": {"string": name}}} for name in "ab"]
    world = [node("n1"), a_slice("n1", devices, nodeName="n1"), a_class()]
    claim = a_claim({**EVERY, "name": "disabled"}, constraints=({"matchAttribute": f"{DRIVER}/x"},))
    assert explained(*world, claim).code == "DRA518"


def test_requests_of_several_alternatives_compete_with_their_smallest() -> None:
    def first_available(name: str) -> dict[str, Any]:
        sizes = [{"name": f"take-{count}", "deviceClassName": "gpu", "count": count} for count in (3, 1)]
        return {"name": name, "firstAvailable": sizes}

    world = [node("n1"), a_slice("n1", gpus(1), nodeName="n1"), a_class()]
    explanation = explained(*world, a_claim(first_available("one"), first_available("other")))
    assert (explanation.outcome, explanation.code) == (Outcome.NEVER, "DRA513")
    assert explanation.reason.arguments["counts"] == (1, 1)


def test_a_node_lacks_what_the_nearest_alternative_lacks() -> None:
    sizes = [{"name": f"take-{count}", "deviceClassName": "gpu", "count": count} for count in (5, 3)]
    world = [node("n1"), a_slice("n1", gpus(1), nodeName="n1"), a_class()]
    explanation = explained(*world, a_claim(request("one", 2), {"name": "other", "firstAvailable": sizes}))
    assert explanation.closest[0].missing[0].others == (("other", 2),)


def _attributed(*values: int | None) -> list[dict[str, Any]]:
    attributes = ({} if value is None else {"attributes": {"x": {"int": value}}} for value in values)
    return [{"name": f"gpu-{index}", **each} for index, each in enumerate(attributes)]


def test_waiting_does_not_help_where_every_release_frees_a_device_that_stops_the_pod() -> None:
    world = [node("n1"), a_slice("n1", _attributed(None, 1), nodeName="n1"), a_class()]
    claim = a_claim(request("gpu", 1, f'device.attributes["{DRIVER}"].x == 1'))
    together = explained(*world, claim, holding("n1/gpu-0", "n1/gpu-1"))
    assert (together.outcome, together.code, together.fits_idle) == (Outcome.NEVER, "DRA401", False)
    apart = explained(*world, claim, holding("n1/gpu-0", name="one"), holding("n1/gpu-1", name="other"))
    assert (apart.outcome, apart.fits_idle) == (Outcome.NOT_NOW, True)


def test_of_a_device_that_is_listed_twice_either_listing_may_be_the_one_that_helps() -> None:
    doubled = [*_attributed(0), *_attributed(1)]
    world = [node("n1"), a_slice("n1", doubled, nodeName="n1"), a_class()]
    for value in (0, 1):
        claim = a_claim(request("gpu", 1, f'device.attributes["{DRIVER}"].x == {value}'))
        assert explained(*world, claim).outcome is Outcome.BAD_POOL
    both = (request(f"r{value}", 1, f'device.attributes["{DRIVER}"].x == {value}') for value in (0, 1))
    assert explained(*world, a_claim(*both)).outcome is Outcome.NEVER


def first_of(name: str, *counts: int, selector: str = "true") -> dict[str, Any]:
    def alternative(count: int) -> dict[str, Any]:
        selectors = [{"cel": {"expression": selector}}]
        return {"name": f"take-{count}", "deviceClassName": "gpu", "count": count, "selectors": selectors}

    return {"name": name, "firstAvailable": [alternative(count) for count in counts]}


def test_nodes_are_judged_by_the_alternative_that_comes_nearest() -> None:
    world = [node("n1"), a_slice("n1", gpus(2), nodeName="n1"), a_class()]
    explanation = explained(*world, a_claim(first_of("one", 8, 3)))
    assert [(each.have, each.wanted) for each in explanation.closest] == [(2, 3)]
    assert [each.is_nearest for each in explanation.requests] == [False, True]


def test_a_node_lacks_something_of_every_request_that_blocks() -> None:
    world = [node("n1"), a_slice("n1", _attributed(1, 1), nodeName="n1"), a_class()]
    two = request("two", 1, f'device.attributes["{DRIVER}"].x >= 5')
    missing = explained(*world, a_claim(request("three", 3), two)).closest[0].missing
    assert [(each.kind, each.request, each.short, each.have) for each in missing] == [
        ("devices", "", 1, None),
        ("value", "two", 0, "1"),
    ]


def test_requests_that_fit_one_by_one_lack_devices_together() -> None:
    world = [node("n1"), a_slice("n1", gpus(3), nodeName="n1"), a_class()]
    missing = explained(*world, a_claim(request("one", 2), request("other", 2))).closest[0].missing
    assert [(each.kind, each.short) for each in missing] == [("together", 1)]


def test_mode_all_names_the_constraint_and_the_devices_that_break_it() -> None:
    world = [node("n1"), a_slice("n1", _attributed(1, 2), nodeName="n1"), a_class()]
    explanation = explained(*world, a_claim(EVERY, constraints=({"matchAttribute": f"{DRIVER}/x"},)))
    assert explanation.code == "DRA518"
    assert explanation.reason.template == "all-violates"
    assert explanation.reason.arguments["devices"] == ("gpu-0", "gpu-1")
    assert explanation.reason.arguments["values"] == ("1", "2")


def test_mode_all_names_the_device_of_another_request_that_breaks_the_constraint() -> None:
    world = [node("n1"), a_slice("n1", _attributed(1, 2), nodeName="n1"), a_class()]
    other = request("other", 1, f'device.attributes["{DRIVER}"].x == 1')
    selectors = [{"cel": {"expression": f'device.attributes["{DRIVER}"].x == 2'}}]
    every = {"name": "all", "exactly": {**EVERY["exactly"], "selectors": selectors}}
    explanation = explained(*world, a_claim(other, every, constraints=({"matchAttribute": f"{DRIVER}/x"},)))
    assert explanation.code == "DRA518"
    assert explanation.reason.arguments["devices"] == ("gpu-0", "gpu-1")


def test_a_device_is_named_in_full_where_another_of_the_node_has_its_name() -> None:
    pools = [a_slice(name, gpus(2), nodeName="n1") for name in ("left", "right")]
    explanation = explained(node("n1"), *pools, a_class(), a_claim(request()))
    assert explanation.chosen is not None
    assert explanation.chosen.devices == {"gpu": (f"n1/{DRIVER}/left/gpu-0",)}


def test_a_class_has_its_name_where_its_parts_are_one_row() -> None:
    expression = f'device.driver == "{DRIVER}" && device.attributes["{DRIVER}"].x == 1'
    other = {**a_slice("n1-other", [{"name": "nic-0"}], nodeName="n1")}
    other["spec"]["driver"] = "nic.example.com"
    world = [node("n1"), a_slice("n1", _attributed(1, 1), nodeName="n1"), other, a_class("gpu", expression)]
    explanation = explained(*world, a_claim(request(count=3)))
    assert [row.text for row in explanation.requests[0].rows] == ["published", "class gpu"]
    assert explanation.reason.arguments["class"] == "gpu"
    assert explanation.reason.arguments["condition"] is None


UNREADABLE = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "k", "operator": "Near"}]}]}
COMPLAINT = (
    'nodeSelectorTerms[0].matchExpressions[0].operator: Unsupported value: "Near": '
    'supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"'
)


def test_a_node_selector_that_cannot_be_parsed_is_a_bad_pool() -> None:
    far = a_slice("far", gpus(1), driver="other.io", nodeSelector=UNREADABLE)

    explanation = explained(*NODES, far, a_slice("n1", gpus(4), nodeName="n1"), a_class(), a_claim(request()))

    assert (explanation.outcome, explanation.code) == (Outcome.BAD_POOL, "DRA126")
    assert explanation.reason.arguments == {"slice": "far", "device": "", "complaint": COMPLAINT}
    assert explanation.kubernetes.text is not None
    assert explanation.kubernetes.text.startswith("gather pool information: failed to perform node selection for slice")
    assert explanation.kubernetes.stops_pod


def test_so_is_that_of_a_device_that_is_visited() -> None:
    devices: list[dict[str, Any]] = [
        {"name": "gpu-0", "nodeName": "n1"},
        {"name": "gpu-1", "nodeSelector": UNREADABLE},
    ]
    rack = a_slice("rack", devices, perDeviceNodeSelection=True)

    explanation = explained(node("n1"), rack, a_class(), a_claim(request(count=2)))

    assert (explanation.outcome, explanation.code) == (Outcome.BAD_POOL, "DRA126")
    assert explanation.reason.arguments == {"slice": "rack", "device": "gpu-1", "complaint": COMPLAINT}
