"""All pods of a group or none (language.md 6: "one solution for all N pods, nodes free per pod")."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate import Account, Allocated, Holding, Ledger
from dra_policy.allocate.group_pods import GroupFit, GroupPod, GroupRules, GroupTerms
from dra_policy.allocate.groups import fit_group
from dra_policy.allocate.together import PodRules
from dra_policy.model import Claim, Device, DeviceLimit, MatchAttribute, Quota
from tests.clusters import claim, compiled, device, fleet, request, slice_
from tests.unit.allocate.test_rules import prefer, require


def pod(count: int, *require_: str, prefer_: Sequence[str] = ()) -> GroupPod:
    """A pod of one claim `gpus` with one request `r`, and its rules."""
    (found,) = compiled(claim(request(count=count)))
    rules = PodRules((), (), require(*require_), prefer(*prefer_), ()) if require_ or prefer_ else None
    return GroupPod(("gpus",), (found,), rules)


def places(fit: GroupFit) -> list[tuple[str, int, list[str]]]:
    found = []
    for each in fit.placements:
        assert isinstance(each.answer.outcome, Allocated)
        devices = [
            device.device.device for result in each.answer.outcome.results for device in result.allocation.devices
        ]
        found.append((each.answer.node, each.pods, devices))
    return found


def test_nodes_take_as_many_pods_as_fit_there_together() -> None:
    loaded = fleet(slice_(["a", "b", "c"], node="n1"), slice_(["a", "b", "c", "d"], node="n2"))

    fit = fit_group(loaded, pod(2), 3)

    assert places(fit) == [("n1", 1, ["a", "b"]), ("n2", 2, ["a", "b", "c", "d"])]
    assert (fit.fits, fit.is_proved) == (True, True)


def test_a_group_that_does_not_fit_says_how_many_pods_do() -> None:
    fit = fit_group(fleet(slice_(["a", "b", "c"]), slice_(["a", "b"], node="n2")), pod(2), 3)

    assert (fit.fits, fit.served, fit.wanted, fit.is_proved) == (False, 2, 3, True)


def test_devices_that_several_nodes_see_are_given_once() -> None:
    shared = slice_(["x", "y"], node=None, allNodes=True, pool="shared")
    loaded = fleet(shared, slice_([], node="n1"), slice_([], node="n2"))

    assert fit_group(loaded, pod(1), 2).fits
    assert (fit_group(loaded, pod(1), 3).served, fit_group(loaded, pod(1), 3).is_proved) == (2, True)


def test_a_value_can_be_the_same_for_all_pods() -> None:
    def racks(*values: str, node: str) -> dict[str, object]:
        return slice_(
            [device(f"d{index}", attributes={"x.io/rack": each}) for index, each in enumerate(values)], node=node
        )

    loaded = fleet(racks("a", "b", node="n1"), racks("b", "b", node="n2"))

    same = GroupRules((MatchAttribute("x.io/rack"),))
    fit = fit_group(loaded, pod(1), 3, same)

    assert places(fit) == [("n1", 1, ["d1"]), ("n2", 2, ["d0", "d1"])]
    assert fit_group(loaded, pod(1), 4, same).served == 3


def test_a_pods_own_rules_hold_for_each_pod() -> None:
    loaded = fleet(slice_([device(f"d{index}", numa=index % 2) for index in range(4)]))
    own = "claims.gpus.r.all(g, g.gpu.numa == claims.gpus.r[0].gpu.numa)"

    assert places(fit_group(loaded, pod(2, own), 2)) == [("n1", 2, ["d0", "d2", "d1", "d3"])]


def test_who_of_a_shared_claim_gets_a_device_is_part_of_the_choice() -> None:
    loaded = fleet(slice_([device("d0", a=0), device("d1", a=1), device("d2", a=1)]))
    own, fabric = compiled(claim(request()), claim(request("r"), request("s"), name="fabric"))
    wanted = require("claims.fabric.s[0].gpu.a < claims.fabric.r[0].gpu.a", "pods[0].gpus.r[0].name == 'd2'")
    both = GroupPod(("gpus",), (own,), shared_names=("fabric",), shared=(fabric,))

    fit = fit_group(loaded, both, 1, GroupRules((), wanted, ("fabric",)))

    assert [each.device.device for result in fit.shared for each in result.allocation.devices] == ["d1", "d0"]


def test_devices_that_several_nodes_see_are_chosen_so_that_all_pods_have_one() -> None:
    only = {"key": "metadata.name", "operator": "In", "values": ["n1"]}
    seen = {"nodeSelectorTerms": [{"matchFields": [only]}]}
    devices = [device("x", allNodes=True), device("y", nodeSelector=seen)]
    shared = slice_(devices, node=None, pool="shared", perDeviceNodeSelection=True)
    loaded = fleet(shared, slice_([], node="n1"), slice_([], node="n2"))
    two_nodes = GroupRules((), require("pods.map(p, p.gpus.r[0].node).distinct().size() == 2"))

    assert places(fit_group(loaded, pod(1), 2, two_nodes)) == [("n1", 1, ["y"]), ("n2", 1, ["x"])]
    fit = fit_group(loaded, pod(1), 3, two_nodes)
    assert (fit.served, fit.is_proved) == (2, True)


def test_a_pool_in_whose_counters_several_nodes_share_is_spent_once() -> None:
    def part(node: str) -> dict[str, object]:
        drawn = [{"counterSet": "cs", "counters": {"k": {"value": "1"}}}]
        return slice_([device(f"{node}-d", consumesCounters=drawn)], node=node, pool="p", name=node, count=3)

    sets = slice_(
        node=None,
        pool="p",
        name="sets",
        count=3,
        allNodes=True,
        sharedCounters=[{"name": "cs", "counters": {"k": {"value": "1"}}}],
    )
    fit = fit_group(fleet(part("n1"), part("n2"), sets), pod(1), 2)

    assert (fit.served, fit.is_proved) == (1, True)


def test_pods_that_are_alike_to_a_rule_stand_in_one_order_only() -> None:
    loaded = fleet(slice_([device(f"d{index}", a=index // 6) for index in range(8)]))
    alternating = (
        "pods[0].gpus.r[0].gpu.a > pods[1].gpus.r[0].gpu.a && pods[7].gpus.r[0].gpu.a > pods[6].gpus.r[0].gpu.a"
    )
    fit = fit_group(loaded, pod(1), 8, GroupRules((), require(alternating)))

    assert (fit.fits, fit.is_proved, {fit.order[0], fit.order[7]}) == (True, True, {6, 7})
    never = "pods[0].gpus.r[0].gpu.a + pods[7].gpus.r[0].gpu.a + pods[3].gpus.r[0].gpu.a == 3"
    fit = fit_group(loaded, pod(1), 8, GroupRules((), require(never)))
    assert (fit.fits, fit.is_proved) == (False, True)


def test_pods_with_a_share_each_of_one_device_are_not_the_same_pod() -> None:
    different = "pods.all(p, pods.all(q, p == q || p.gpus.r[0].name != q.gpus.r[0].name))"
    loaded = fleet(slice_([device("s", allowMultipleAllocations=True)]))

    assert fit_group(loaded, pod(1), 2).fits
    assert fit_group(loaded, pod(1), 1, GroupRules((), require(different))).fits
    assert not fit_group(loaded, pod(1), 2, GroupRules((), require(different))).fits


def test_more_orders_than_are_tried_prove_nothing() -> None:
    loaded = fleet(*(slice_([f"d{index}"], node=f"n{index}") for index in range(7)))
    never = "pods[0].gpus.r[0].name > pods[6].gpus.r[0].name && pods[6].gpus.r[0].name > pods[0].gpus.r[0].name"
    six = never.replace("6", "5")

    assert not fit_group(loaded, pod(1), 7, GroupRules((), require(never))).is_proved
    assert fit_group(
        fleet(*(slice_([f"d{index}"], node=f"n{index}") for index in range(6))), pod(1), 6, GroupRules((), require(six))
    ).is_proved


def test_what_pods_share_counts_in_quotas_beside_what_each_has() -> None:
    own, fabric = compiled(claim(request()), claim(request(), name="fabric"))
    both = GroupPod(("gpus",), (own,), shared_names=("fabric",), shared=(fabric,))
    rule = DeviceLimit(2)
    quota = Quota("q", "default", rules=(rule,))

    def limits(held: Sequence[Claim]) -> Ledger:
        devices = [device for each in held if each.allocation is not None for device in each.allocation.devices]
        holdings = [Holding("x", "c", Device(each.device.device, each.device.driver)) for each in devices]
        return Ledger((quota,), (Account(quota, rule).with_holdings(holdings),))

    loaded = fleet(slice_(["a", "b", "c"]))
    assert fit_group(loaded, both, 1, terms=GroupTerms(limits=limits)).fits
    fit = fit_group(loaded, both, 2, terms=GroupTerms(limits=limits))
    assert (fit.fits, fit.served) == (False, 1)
