"""What an allocation says beside its devices: node selector, configuration, tolerations; the first fitting node."""

from __future__ import annotations

from typing import Any

from dra_policy.allocate import Allocated, ClaimResult, Failed, NotAllocated, first_fit
from dra_policy.model import NodeRequirement
from tests.clusters import (
    EVERYTHING,
    answers,
    claim,
    compiled,
    demand,
    device,
    device_class,
    first_available,
    fleet,
    node,
    request,
    slice_,
)


def result(*documents: dict[str, Any]) -> ClaimResult:
    (outcome,) = [each.outcome for each in answers(*documents)][:1]
    assert isinstance(outcome, Allocated)
    return outcome.results[0]


def requirements(found: ClaimResult) -> tuple[tuple[NodeRequirement, ...], tuple[NodeRequirement, ...]] | None:
    selector = found.allocation.node_selector
    if selector is None:
        return None
    (term,) = selector.terms
    return term.match_expressions, term.match_fields


def test_a_local_device_restricts_the_claim_to_its_node() -> None:
    found = result(slice_(["a"]), claim(request()))

    assert requirements(found) == ((), (NodeRequirement("metadata.name", "In", ("n1",)),))


def test_devices_of_all_nodes_leave_the_claim_free() -> None:
    assert requirements(result(node("n1"), slice_(["a"], node=None, allNodes=True), claim(request()))) is None


def zone(*values: str) -> dict[str, Any]:
    return {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zone", "operator": "In", "values": list(values)}]}]}


def test_requirements_of_all_selectors_are_joined_once() -> None:
    slices = [
        slice_(["a"], node=None, pool="a", nodeSelector=zone("e", "w")),
        slice_(["b"], node=None, pool="b", nodeSelector=zone("w", "e")),
        slice_(["c"], node=None, pool="c", nodeSelector=zone("e")),
    ]
    found = result(node("n1", zone="e"), *slices, claim(request(count=3)))

    expressions = (NodeRequirement("zone", "In", ("e", "w")), NodeRequirement("zone", "In", ("e",)))
    assert requirements(found) == (expressions, ())


def test_an_empty_node_name_of_a_device_restricts_the_claim_to_its_node_too() -> None:
    # Kubernetes looks whether the field is there; which nodes the device serves its selector says.
    placed = device("a", nodeName="", nodeSelector=zone("east"))
    rack = slice_([placed], node=None, perDeviceNodeSelection=True)

    found = requirements(result(node("n1", zone="east"), rack, claim(request())))

    assert found == ((), (NodeRequirement("metadata.name", "In", ("n1",)),))


def test_a_selector_with_two_terms_fails_at_the_very_end() -> None:
    two = {"nodeSelectorTerms": zone("e")["nodeSelectorTerms"] * 2}
    documents = [node("n1", zone="e"), slice_(["a"], node=None, nodeSelector=two), claim(request())]
    (outcome,) = [each.outcome for each in answers(*documents)]

    assert isinstance(outcome, Failed)
    assert outcome.text == "create NodeSelector for claim claim: unsupported ResourceSlice.NodeSelector with 2 terms"


def test_a_device_that_binds_to_the_node_restricts_the_claim() -> None:
    binding = slice_([device("a", bindsToNode=True)], node=None, allNodes=True)

    assert requirements(result(node("n1"), binding, claim(request()))) == (
        (),
        (NodeRequirement("metadata.name", "In", ("n1",)),),
    )


def opaque(driver: str, *requests: str) -> dict[str, Any]:
    named = {"requests": list(requests)} if requests else {}
    return {**named, "opaque": {"driver": driver, "parameters": {"kind": "K"}}}


def test_configurations_of_classes_come_first_and_once() -> None:
    wish = claim(request("x"), request("y"), request("z", cls="other"))
    wish["spec"]["devices"]["config"] = [
        opaque("all"),
        opaque("y", "y"),
        opaque("nobody", "w"),
        opaque("every", "x", "y", "z"),
    ]
    classes = [device_class("c", config=[opaque("class")]), device_class("other")]
    found = result(slice_(["a", "b", "c"]), *classes, wish)

    assert [(each.source, each.configuration.driver, each.requests) for each in found.configurations] == [
        ("FromClass", "class", ("x", "y")),
        ("FromClaim", "all", ()),
        ("FromClaim", "y", ("y",)),
        ("FromClaim", "every", ()),
    ]


def test_configurations_follow_the_chosen_alternative() -> None:
    wish = claim(first_available("w", one=demand(count=9), two=demand()))
    wish["spec"]["devices"]["config"] = [opaque("one", "w/one"), opaque("two", "w/two")]

    found = result(slice_(["a"]), wish)
    assert [(each.configuration.driver, each.requests) for each in found.configurations] == [("two", ())]


def test_tolerations_are_copied() -> None:
    wish = claim(request(tolerations=[{"key": "hot", "operator": "Exists"}]))

    (got,) = result(slice_(["a"]), wish).allocation.devices
    assert [(each.key, each.operator) for each in got.tolerations] == [("hot", "Exists")]


def test_the_first_node_that_will_do_decides() -> None:
    documents = [slice_([], node="n1"), slice_(["a"], node="n2"), slice_(["a"], node="n3"), claim(request())]
    found = first_fit(fleet(*documents), compiled(*documents))

    assert found.deciding is not None
    assert found.deciding.node == "n2"
    assert [(each.node, each.outcome) for each in found.passed] == [("n1", NotAllocated())]


def test_a_fatal_error_ends_the_search_for_a_node_and_a_local_one_does_not() -> None:
    wish = claim(request("r", 'device.attributes["d.io"].model == "x"'))
    good = slice_([device("a", model="x")], node="n3")
    local = [slice_(["a", "a"], node="n1"), good, wish]
    fatal = [slice_(["a"], node="n1"), good, wish]

    found = [first_fit(fleet(*documents), compiled(*documents)) for documents in (local, fatal)]
    nodes = [each.deciding.node for each in found if each.deciding is not None]
    assert nodes == ["n3", "n1"]


def test_a_fleet_that_fits_nowhere_has_no_deciding_node() -> None:
    documents = [slice_([]), claim(request())]
    found = first_fit(fleet(*documents), compiled(*documents))

    assert found.deciding is None


def test_nodes_that_look_alike_are_searched_once() -> None:
    slices = [slice_(["a", "b"], node=f"n{index}") for index in range(5)]
    found = answers(*slices, claim(request(count=2)))

    assert [group.nodes for group in found.groups] == [("n0", "n1", "n2", "n3", "n4")]
    assert [each.outcome.results[0].devices for each in found if isinstance(each.outcome, Allocated)][4] == (
        "r=d.io/n4/a",
        "r=d.io/n4/b",
    )


def test_operations_that_a_slice_skips_are_named_in_the_result() -> None:
    able = {**node("n1"), "status": {"declaredFeatures": ["DRAOptionalNodeOperations"]}}
    found = answers(
        slice_(["a"], skipNodeOperations=["*"]),
        able,
        claim(request()),
        features=EVERYTHING.with_gates({"DRAOptionalNodeOperations": True}),
    )
    (outcome,) = [each.outcome for each in found]

    assert isinstance(outcome, Allocated)
    assert outcome.results[0].allocation.devices[0].skip_node_operations == ("*",)
