"""Quantities read, compare and compute as apimachinery's resource.Quantity."""

from __future__ import annotations

import pickle

import pytest

from dra_policy.values import Quantity, QuantityError

FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"


def quantity(text: str) -> Quantity:
    return Quantity.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", FORMAT_WRONG),
        ("1.2.3", FORMAT_WRONG),
        ("12 Gi", FORMAT_WRONG),
        ("1e5x", FORMAT_WRONG),
        ("5i", "unable to parse quantity's suffix"),
        ("5K", "unable to parse quantity's suffix"),
        ("1e+", "unable to parse quantity's suffix"),
        ("1e9223372036854775808", "unable to parse quantity's suffix"),
        (".e-20", "unable to parse numeric part of quantity"),
    ],
)
def test_a_wrong_text_is_refused_in_the_words_of_kubernetes(text: str, message: str) -> None:
    with pytest.raises(QuantityError) as raised:
        quantity(text)
    assert str(raised.value) == message


def test_a_suffix_alone_is_zero() -> None:
    assert quantity("Gi").sign() == 0


@pytest.mark.parametrize("text", ["1.0", "1.5Gi", "1000m", "7Ei", "1Pi", "9223372036854775807"])
def test_these_amounts_are_no_integers_for_kubernetes(text: str) -> None:
    assert not quantity(text).is_integer
    with pytest.raises(QuantityError, match=r"^cannot convert value to integer$"):
        quantity(text).as_integer()


@pytest.mark.parametrize(
    ("text", "number"), [("1.5k", 1500), ("1e3", 1000), ("9E", 9 * 10**18), ("1Ti", 2**40), ("-3Ki", -3072), ("0", 0)]
)
def test_these_amounts_are_integers(text: str, number: int) -> None:
    assert quantity(text).is_integer
    assert quantity(text).as_integer() == number


def test_two_halves_do_not_make_an_integer() -> None:
    total = quantity("0.5").add(quantity("0.5"))

    assert total == quantity("1")
    assert not total.is_integer


def test_an_amount_below_a_billionth_is_rounded_up() -> None:
    assert quantity("0.4n") == quantity("1n")
    assert quantity("-0.4n") == quantity("-1n")


def test_a_binary_amount_is_capped_at_the_largest_int64() -> None:
    assert quantity("9Ei") == quantity("9223372036854775807")
    assert quantity("-9Ei") == quantity("-9223372036854775807")


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1.5", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("1024Gi", "1Ti"),
        ("1000Mi", "1000Mi"),
        ("512Ki", "512Ki"),
        ("0.5Ki", "512"),
        ("12000", "12k"),
        ("1e4", "10e3"),
        ("100000000m", "100k"),
        ("+5", "+5"),
        ("-0", "0"),
        ("1000E", "1e21"),
    ],
)
def test_the_canonical_text_has_the_largest_suffix_without_fraction(text: str, canonical: str) -> None:
    assert quantity(text).canonical() == canonical
    assert str(quantity(text)) == text


def test_order_and_equality_go_by_amount() -> None:
    assert quantity("1Gi") == quantity("1024Mi")
    assert hash(quantity("1Gi")) == hash(quantity("1024Mi"))
    assert quantity("1G") < quantity("1Gi") <= quantity("1024Mi") < quantity("1.1Gi")
    assert quantity("0.0") == quantity("0Gi")
    assert quantity("1e1000000000") > quantity("9E") > quantity("-1e1000000000")
    assert quantity("1") != 1


def test_a_zero_takes_the_format_of_what_is_added() -> None:
    assert quantity("0").add(quantity("2Gi")).canonical() == "2Gi"
    assert quantity("0").sub(quantity("2Gi")).canonical() == "-2Gi"
    assert quantity("1Gi").add(Quantity.of(1024)).canonical() == "1048577Ki"


def test_a_sum_past_int64_goes_on_in_the_unlimited_form() -> None:
    total = Quantity.of(2**63 - 1).add(Quantity.of(1))

    assert total.is_decimal
    assert total.canonical() == "9223372036854775808"
    # A common scale is kept, so two whole exas still fit.
    assert not quantity("9E").add(quantity("9E")).is_decimal


def test_value_rounds_up_and_leaves_int64_as_go_does() -> None:
    assert quantity("1500m").value() == 2
    assert quantity("-1500m").value() == -2
    assert quantity("1.5Gi").milli_value() == 1610612736000
    # The decimal form truncates toward zero and then adds one for the remainder.
    assert quantity("-0.5Ki").value() == -512


def test_the_approximate_float_rounds_twice() -> None:
    assert quantity("1.5").as_approximate_float() == 1.5
    assert quantity("80Gi").as_approximate_float() == 85899345920.0
    assert quantity("1e400").as_approximate_float() == float("inf")


def test_a_quantity_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(quantity("1.5Gi")))

    assert (copy, str(copy), copy.canonical()) == (quantity("1.5Gi"), "1.5Gi", "1536Mi")
