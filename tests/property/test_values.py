"""Laws of quantities and versions."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dra_policy.values import Quantity, Version
from tests.property.effort import examples

SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-5", "e12"]


@st.composite
def quantities(draw: st.DrawFn) -> Quantity:
    whole = draw(st.integers(min_value=0, max_value=10**21))
    fraction = draw(st.one_of(st.just(""), st.from_regex(r"\.[0-9]{1,12}", fullmatch=True)))
    return Quantity.parse(
        draw(st.sampled_from(["", "-", "+"])) + f"{whole}{fraction}" + draw(st.sampled_from(SUFFIXES))
    )


NUMBERS = st.integers(min_value=0, max_value=2**64 - 1)
PARTS = st.one_of(st.integers(0, 99).map(str), st.from_regex(r"[a-zA-Z-][0-9a-zA-Z-]{0,4}", fullmatch=True))


@st.composite
def versions(draw: st.DrawFn) -> Version:
    text = ".".join(str(draw(NUMBERS)) for _ in range(3))
    prerelease = draw(st.lists(PARTS, max_size=3))
    build = draw(st.lists(PARTS, max_size=2))
    return Version.parse(text + ("-" + ".".join(prerelease)) * bool(prerelease) + ("+" + ".".join(build)) * bool(build))


@settings(max_examples=examples(300), deadline=None)
@given(quantities())
def test_reading_the_canonical_text_keeps_the_amount(quantity: Quantity) -> None:
    again = Quantity.parse(quantity.canonical())

    assert again == quantity
    assert hash(again) == hash(quantity)
    assert Quantity.parse(again.canonical()).canonical() == again.canonical()


@settings(max_examples=examples(200), deadline=None)
@given(quantities(), quantities(), quantities())
def test_the_order_of_quantities_is_total_and_transitive(left: Quantity, middle: Quantity, right: Quantity) -> None:
    assert left.compare(middle) == -middle.compare(left)
    low, mid, high = sorted([left, middle, right])
    assert low <= mid <= high
    assert low <= high


@settings(max_examples=examples(200), deadline=None)
@given(quantities(), quantities())
def test_subtracting_what_was_added_gives_the_amount_back(left: Quantity, right: Quantity) -> None:
    assert left.add(right).sub(right) == left
    assert left.add(right) == right.add(left)
    assert left.sub(left).sign() == 0


@settings(max_examples=examples(200), deadline=None)
@given(quantities())
def test_an_integer_is_its_value(quantity: Quantity) -> None:
    if quantity.is_integer:
        assert quantity.as_integer() == quantity.value()
        assert Quantity.of(quantity.as_integer()) == quantity


@settings(max_examples=examples(200), deadline=None)
@given(versions(), versions(), versions())
def test_the_order_of_versions_is_total_and_transitive(left: Version, middle: Version, right: Version) -> None:
    assert left.compare(middle) == -middle.compare(left)
    low, mid, high = sorted([left, middle, right])
    assert low <= mid <= high
    assert low <= high


@settings(max_examples=examples(200), deadline=None)
@given(versions())
def test_reading_a_version_again_keeps_it(version: Version) -> None:
    again = Version.parse(Version.normalize(f"v{version}"))

    assert again == version
    assert str(again) == str(version)
