"""What is named as the cause where counts, capacities, constraints, counters, taints and shares meet."""

from __future__ import annotations

from typing import Any

from dra_policy import as_text
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import World
from dra_policy.explain.evidence import Alternatives, SharedCapacity
from dra_policy.explain.explanation import Explanation
from tests.clusters import claim, demand, device, device_class, first_available, node, objects, request, slice_

SICK = [{"key": "sick", "effect": "NoSchedule"}]


def mem(amount: int, cores: int = 8, **policy: Any) -> dict[str, Any]:
    return {"mem": {"value": f"{amount}Gi", **policy}, "cores": {"value": str(cores)}}


def asks(**amounts: str) -> dict[str, Any]:
    return {"capacity": {"requests": amounts}}


SIZES = [
    device("a", numa=0, m="A", capacity=mem(10)),
    device("b", numa=1, m="A", capacity=mem(20, 4)),
    device("big", numa=1, m="B", capacity=mem(40, 2)),
]
DRAWING = [{"counterSet": "cs", "counters": {"k": {"value": "2"}}}]
SHARED = device("shared", capacity=mem(40, 2), allowMultipleAllocations=True)


def explained(devices: list[dict[str, Any]], *asked: dict[str, Any], counters: int = 0, **more: Any) -> Explanation:
    constraints = more.pop("constraints", ())
    documents = [
        node("n1"),
        device_class("c"),
        slice_(devices, name="a", count=2),
        slice_(name="b", count=2, sharedCounters=[{"name": "cs", "counters": {"k": {"value": str(counters)}}}]),
        claim(*asked, name="wanted", constraints=constraints),
        *more.pop("others", ()),
    ]
    world = World(objects(*documents))
    found = [each for each in subjects_of(world.objects, world) if each.name == "wanted"]
    return explain_subjects(found, world)[0]


def told(explanation: Explanation) -> tuple[str, str]:
    """The code, and the first sentence."""
    _, sentence, *_ = as_text(explanation, width=200).splitlines()
    return explanation.code, sentence


def test_devices_that_hold_the_share_are_counted_against_those_wanted() -> None:
    explanation = explained(SIZES, request("r", count=3, **asks(mem="15Gi")))

    assert told(explanation) == ("DRA520", "3 devices are wanted on one node; n1 has 2 with 15Gi of mem.")
    (shown,) = [each for each in explanation.evidence if isinstance(each, SharedCapacity)]
    assert (shown.device, shown.left, shown.charged) == ("n1/a", "10Gi", "15Gi")


def test_a_node_says_how_much_its_largest_device_is_short() -> None:
    explanation = explained(SIZES, request("r", **asks(mem="50Gi")))

    (group,) = explanation.closest
    (missing,) = group.missing
    assert (missing.kind, missing.what, missing.have, missing.gap) == ("value", "mem", "40Gi", "10Gi")


def test_what_is_left_of_a_request_that_is_fine_is_on_the_nodes_that_serve_it() -> None:
    other = slice_(["x"], node="n2")
    explanation = explained(SIZES, request("r", count=2), others=[node("n2"), other])

    assert [(each.left, each.nodes) for each in explanation.requests] == [(3, 1)]


def test_two_capacities_that_no_device_has_together_are_both_named() -> None:
    explanation = explained(SIZES, request("r", **asks(mem="15Gi", cores="6")))

    assert told(explanation) == ("DRA520", "No device has both 15Gi of mem and 6 of cores.")


def test_a_taint_is_the_cause_where_the_device_that_has_the_share_is_tainted() -> None:
    devices = [*SIZES[:2], {**SIZES[2], "taints": SICK}]
    sentence = (
        "The only device with 30Gi of mem is tainted, and request r tolerates nothing; "
        "nothing fits as long as the taints stay."
    )

    assert told(explained(devices, request("r", **asks(mem="30Gi")))) == ("DRA516", sentence)


def test_two_constraints_that_do_not_go_together_are_both_named() -> None:
    explanation = explained(
        SIZES,
        request("r", count=2),
        constraints=[{"matchAttribute": "d.io/m"}, {"matchAttribute": "d.io/numa"}],
    )

    sentence = "2 devices of one m and on one numa: no m and numa together have more than 1."
    assert told(explanation) == ("DRA514", sentence)


def test_what_the_devices_of_a_constraint_must_be_is_said_with_it() -> None:
    condition = 'device.capacity["d.io"].mem.isGreaterThan(quantity("15Gi"))'
    explanation = explained(SIZES, request("r", condition, count=2), constraints=[{"matchAttribute": "d.io/m"}])

    sentence = "2 devices with mem > 15Gi of one m: no m of this fleet has more than 1."
    assert told(explanation) == ("DRA514", sentence)


def test_alternatives_are_all_told_where_the_counters_forbid_the_nearest() -> None:
    devices = [{**each, "consumesCounters": DRAWING} for each in SIZES[:2]]
    explanation = explained(devices, first_available("r", two=demand(count=2), nine=demand(count=9)), counters=3)

    assert explanation.code == "DRA521"
    (shown,) = [each for each in explanation.evidence if isinstance(each, Alternatives)]
    assert [(each.outcome, each.best, each.wanted) for each in shown.alternatives] == [("never", 1, 2), ("never", 1, 9)]


def test_counters_are_the_cause_where_devices_agree() -> None:
    devices = [{**each, "consumesCounters": DRAWING} for each in SIZES[:2]]
    constraints = [{"matchAttribute": "d.io/m"}]
    explanation = explained(devices, request("r", count=2), counters=3, constraints=constraints)

    sentence = "Enough devices match on some node; no choice of 2 of them stays within the counters."
    assert told(explanation) == ("DRA519", sentence)


def test_a_constraint_and_counters_are_named_where_both_are_needed() -> None:
    first, second = ({**each, "consumesCounters": DRAWING} for each in SIZES[:2])
    explanation = explained(
        [first, second, SIZES[2]], request("r", count=2), counters=3, constraints=[{"matchAttribute": "d.io/m"}]
    )

    sentence = "Enough devices match on some node; no choice of 2 of them agrees in m and stays within the counters."
    assert told(explanation) == ("DRA519", sentence)


def test_all_devices_that_overdraw_their_counters_are_told_so() -> None:
    devices = [{**each, "consumesCounters": DRAWING} for each in SIZES]
    sentence = "All asks for every matching device of a node; on no node do they stay within the counters."

    assert told(explained(devices, request("r", count="all"), counters=5)) == ("DRA519", sentence)


def test_requests_that_share_a_device_lack_its_capacity_not_devices() -> None:
    explanation = explained([SHARED], request("x", **asks(mem="25Gi")), request("y", **asks(mem="25Gi")))

    assert explanation.code == "DRA520"
    (shown,) = explanation.evidence
    assert isinstance(shown, SharedCapacity)
    assert (shown.device, shown.left, shown.charged) == ("n1/shared", "40Gi", "50Gi")


def test_an_allocated_claim_is_on_the_node_that_it_names_not_on_a_pool() -> None:
    only = {"key": "metadata.name", "operator": "In", "values": ["n1"]}
    allocation = {
        "devices": {"results": [{"request": "r", "driver": "d.io", "pool": "net", "device": "x"}]},
        "nodeSelector": {"nodeSelectorTerms": [{"matchFields": [only]}]},
    }
    held = claim(request("r"), name="wanted", status={"allocation": allocation})
    documents = [node("n1"), node("n2"), device_class("c"), slice_(["x"], node=None, pool="net", allNodes=True), held]
    world = World(objects(*documents))
    (explanation,) = explain_subjects(subjects_of(world.objects, world), world)

    assert told(explanation) == ("DRA500", "It is allocated on n1 already: x.")


def test_what_is_left_is_that_of_a_device_which_could_give_the_share() -> None:
    result = {
        "request": "r",
        "driver": "d.io",
        "pool": "n1",
        "device": "shared",
        "shareID": "8a42750b-c1ea-4531-b78b-2240745e7f3e",
        "consumedCapacity": {"mem": "20Gi", "cores": "1"},
    }
    holder = claim(request("r"), name="holder", status={"allocation": {"devices": {"results": [result]}}})
    explanation = explained([SIZES[0], SHARED], request("r", **asks(mem="25Gi", cores="1")), others=[holder])

    assert told(explanation) == ("DRA533", "25Gi is wanted; 20Gi is left.")
    (shown,) = explanation.evidence
    assert isinstance(shown, SharedCapacity)
    assert (shown.device, shown.total, shown.used) == ("n1/shared", "40Gi", "20Gi")
