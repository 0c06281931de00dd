"""Attribute values are compared by type and content."""

from __future__ import annotations

from dra_policy.values import ListValue, Quantity, Unreadable, Version, same_value, type_name


def test_a_bool_is_no_number() -> None:
    assert not same_value(True, 1)
    assert same_value(1, 1)


def test_versions_are_the_same_only_as_texts() -> None:
    assert same_value(Version.parse("1.0.0"), Version.parse("1.0.0"))
    assert not same_value(Version.parse("1.0.0"), Version.parse("1.0.0+b"))


def test_quantities_are_the_same_by_amount() -> None:
    assert same_value(Quantity.parse("1Gi"), Quantity.parse("1024Mi"))


def test_every_type_has_a_name() -> None:
    values = (True, 1, "a", Version.parse("1.0.0"), Quantity.parse("1"), ListValue("int", (1,)), Unreadable("x", "bad"))

    assert [type_name(value) for value in values] == [
        "bool",
        "int",
        "string",
        "version",
        "quantity",
        "list of int",
        "unreadable",
    ]
