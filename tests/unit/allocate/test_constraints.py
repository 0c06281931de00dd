"""matchAttribute and distinctAttribute: lookups, types, lists, the requests that they name."""

from __future__ import annotations

from typing import Any

from dra_policy.model.features import Features
from tests.clusters import answer, claim, demand, device, first_available, request, slice_


def match(name: str, *requests: str) -> dict[str, Any]:
    return {"matchAttribute": name, **({"requests": list(requests)} if requests else {})}


def distinct(name: str, *requests: str) -> dict[str, Any]:
    return {"distinctAttribute": name, **({"requests": list(requests)} if requests else {})}


def numbered(**values: Any) -> dict[str, Any]:
    return slice_([device(name, numa=value) for name, value in values.items()])


def test_matching_devices_have_one_value() -> None:
    wish = claim(request(count=2), constraints=[match("d.io/numa")])

    assert answer(numbered(a=0, b=1, c=1), wish) == [["r=b", "r=c"]]
    assert answer(numbered(a=0, b=1, c=2), wish) is None


def test_distinct_devices_have_different_values() -> None:
    wish = claim(request(count=2), constraints=[distinct("d.io/numa")])

    assert answer(numbered(a=0, b=0, c=1), wish) == [["r=a", "r=c"]]
    assert answer(numbered(a=0, b=0), wish) is None


# "This is an alpha field and requires enabling the DRAConsumableCapacity feature gate" (DistinctAttribute, v1 types.go)
def test_the_stable_allocator_knows_no_distinct_attributes() -> None:
    wish = claim(request(count=2), constraints=[match("d.io/numa"), distinct("d.io/pcie")])
    devices = slice_([device("a", numa=0, pcie=1), device("b", numa=0, pcie=2)])
    refused = "claim default/claim, constraint #1: empty constraint (unsupported constraint type?)"

    assert answer(devices, wish, features=Features.of_version("1.35")) == refused
    with_shares = Features.of_version("1.35").with_gates({"DRAConsumableCapacity": True})
    assert answer(devices, wish, features=with_shares) == [["r=a", "r=b"]]


def test_a_device_without_the_attribute_is_not_usable() -> None:
    for constraint in (match("d.io/numa"), distinct("d.io/numa")):
        assert answer(slice_(["a", device("b", numa=0)]), claim(request(), constraints=[constraint])) == [["r=b"]]


def test_values_of_different_types_are_different() -> None:
    devices = slice_([device("a", numa=1), device("b", numa=True), device("c", numa="1")])

    assert answer(devices, claim(request(count=2), constraints=[match("d.io/numa")])) is None
    found = answer(devices, claim(request(count=3), constraints=[distinct("d.io/numa")]))
    assert found == [["r=a", "r=b", "r=c"]]


def test_versions_are_compared_as_texts() -> None:
    devices = slice_([device("a", numa="v1.0.0"), device("b", numa="v1.0.0+b"), device("c", numa="v1.0.0")])

    assert answer(devices, claim(request(count=2), constraints=[match("d.io/numa")])) == [["r=a", "r=c"]]


def test_the_qualified_name_counts_before_the_bare_one() -> None:
    devices = slice_([device("a", attributes={"numa": 0, "d.io/numa": 1}), device("b", numa=0), device("c", numa=1)])

    assert answer(devices, claim(request(count=2), constraints=[match("d.io/numa")])) == [["r=a", "r=c"]]


def test_the_bare_name_belongs_to_the_driver() -> None:
    other = slice_([device("x", numa=0)], driver="e.io")
    wish = claim(request(count=2), constraints=[match("d.io/numa")])

    assert answer(numbered(a=0), other, wish) is None


def test_a_constraint_concerns_the_requests_that_it_names() -> None:
    wish = claim(request("a"), request("b"), request("c"), constraints=[match("d.io/numa", "a", "c")])

    assert answer(numbered(w=0, x=1, y=0), wish) == [["a=w", "b=x", "c=y"]]


def test_a_named_alternative_is_concerned_only_if_it_is_chosen() -> None:
    wish = first_available("w", one=demand(count=2), two=demand(count=2))
    constraints = [match("d.io/numa", "w/one")]

    assert answer(numbered(a=0, b=1), claim(wish, constraints=constraints)) == [["w/two=a", "w/two=b"]]


def test_lists_match_in_what_all_have_in_common() -> None:
    wish = claim(request(count=2), constraints=[match("d.io/numa")])

    assert answer(numbered(a=["x", "y"], b=["z"], c=["y", "z"]), wish) == [["r=a", "r=c"]]
    three = claim(request(count=3), constraints=[match("d.io/numa")])
    assert answer(numbered(a=["x", "y"], b=["y", "z"], c=["z", "x"]), three) is None


def test_distinct_lists_have_nothing_in_common() -> None:
    wish = claim(request(count=2), constraints=[distinct("d.io/numa")])

    assert answer(numbered(a=["x", "y"], b=["y"], c=["z"]), wish) == [["r=a", "r=c"]]


def test_without_list_attributes_a_list_can_only_be_alone() -> None:
    devices = numbered(a=["x"], b=["x"], c="x")
    features = Features()

    for constraint in (match("d.io/numa"), distinct("d.io/numa")):
        alone = claim(request(), constraints=[constraint])
        assert answer(devices, alone, features=features) == [["r=a"]]
    pair = claim(request(count=2), constraints=[match("d.io/numa")])
    assert answer(devices, pair, features=features) is None
    different = claim(request(count=2), constraints=[distinct("d.io/numa")])
    assert answer(devices, different, features=features) == [["r=a", "r=c"]]


def test_mode_all_with_a_violated_constraint_is_an_error() -> None:
    found = answer(numbered(a=0, b=1), claim(request(count="all"), constraints=[match("d.io/numa")]))

    assert found == (
        "claim default/claim, request r: cannot add device d.io/n1/b because a claim constraint would not be satisfied"
    )


def test_an_unknown_kind_of_constraint_is_an_error() -> None:
    found = answer(slice_(["a"]), claim(request(), constraints=[{"requests": ["r"]}]))

    assert found == "claim default/claim, constraint #0: empty constraint (unsupported constraint type?)"
