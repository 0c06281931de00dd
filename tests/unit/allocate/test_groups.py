"""All pods of a group or none (language.md 6: "one solution for all N pods, nodes free per pod")."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate import Allocated
from dra_policy.allocate.group_pods import GroupFit, GroupPod, GroupRules
from dra_policy.allocate.groups import fit_group
from dra_policy.allocate.together import PodRules
from dra_policy.model import MatchAttribute
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
