"""What becomes of values in the fields of protobuf's messages: cel-go makes Go's values of them, or refuses."""

from __future__ import annotations

import pytest

from tests.unit.cel.evaluation import refusal, result, value

WRAPPED = "field type conversion error for google.protobuf.{}.{} value type: {}"
UNSUPPORTED = "unsupported field type for google.protobuf."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('StringValue{value: dyn(ip("::FFFF"))}', "::ffff"),
        ('StringValue{value: dyn(cidr("10.0.0.0/8"))}', "10.0.0.0/8"),
        ('StringValue{value: dyn(url("https://a.b/x y?q=1"))}', "https://a.b/x%20y?q=1"),
        ('StringValue{value: dyn(quantity("1").add(quantity("2")))}', "3"),
        ('StringValue{value: dyn(optional.of(semver("1.2.3")))}', "1.2.3"),
        ("StringValue{?value: optional.none()}", ""),
        ("BytesValue{value: dyn([optional.of(1u), 255u])}", b"\x01\xff"),
        ("Int32Value{value: dyn(-2147483648)}", -(2**31)),
        ("FloatValue{value: -1e39}", float("-inf")),
        ("Value{list_value: dyn({})}", []),
        ('Value{list_value: dyn({"_values": [1]})}', [1.0]),
        ("Value{null_value: dyn(5)}", None),
        ("Value{}", None),
        ("ListValue{values: [9007199254740991, 9007199254740992, dyn(-9007199254740992)]}", [
            9007199254740991.0, "9007199254740992", "-9007199254740992",
        ]),
        ('ListValue{values: [b"abc", duration("90s"), timestamp("2020-01-01T00:00:00.5Z"), optional.of(null)]}', [
            "YWJj", "90s", "2020-01-01T00:00:00.5Z", None,
        ]),
        ("Struct{fields: dyn({'a': 1u})}.a", 1.0),
    ],
)  # fmt: skip
def test_values_become_what_a_field_holds(text: str, expected: object) -> None:
    assert value(f"google.protobuf.{text}") == expected


@pytest.mark.parametrize(
    ("text", "message", "field", "reason"),
    [
        (
            'StringValue{value: dyn(format.named("uuid").value())}',
            "StringValue",
            "value",
            "type conversion error from 'Format' to 'string'",
        ),
        ("BoolValue{value: dyn(optional.none())}", "BoolValue", "value", "optional.none() dereference"),
        ("BytesValue{value: dyn([256u])}", "BytesValue", "value", "unsigned integer overflow"),
        ("Int32Value{value: dyn(2147483648)}", "Int32Value", "value", "integer overflow"),
        ("Duration{nanos: 5000000000}", "Duration", "nanos", "integer overflow"),
        ("Timestamp{seconds: dyn(1u)}", "Timestamp", "seconds", "unsupported type conversion from 'uint' to int64"),
        (
            "Value{null_value: dyn('a')}",
            "Value",
            "null_value",
            "unsupported native conversion from string to 'protoreflect.EnumNumber'",
        ),
        (
            "Value{list_value: dyn({'values': 1})}",
            "Value",
            "list_value",
            "unsupported type conversion from 'int' to []*structpb.Value",
        ),
        (
            "Value{list_value: dyn({'a_bC': 1})}",
            "Value",
            "list_value",
            "type conversion error, no such field 'ABC' in type 'structpb.ListValue'",
        ),
        (
            "Value{struct_value: dyn([1])}",
            "Value",
            "struct_value",
            "type conversion error from list to '*structpb.Struct'",
        ),
        (
            'ListValue{values: [[ip("1.1.1.1")]]}',
            "ListValue",
            "values",
            "type conversion error from 'IP' to '*structpb.Value'",
        ),
        ("Struct{fields: dyn({1: 1})}", "Struct", "fields", "unsupported type conversion from 'int' to string"),
        ("Any{type_url: dyn(type(1))}", "Any", "type_url", "type conversion not supported for 'type'"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_as_go_words_it(text: str, message: str, field: str, reason: str) -> None:
    assert value(f"google.protobuf.{text}") == WRAPPED.format(message, field, reason)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ListValue{values: dyn({'a': 1})}", f"{UNSUPPORTED}ListValue.values: map(dyn, dyn)"),
        ("Struct{fields: dyn(optional.of(1))}", f"{UNSUPPORTED}Struct.fields: optional_type(dyn)"),
        ("StringValue{?value: dyn(b'a')}", "cannot initialize optional entry 'value' from non-optional value [97]"),
        ("StringValue{?value: dyn(null)}", "cannot initialize optional entry 'value' from non-optional value 0"),
    ],
)
def test_fields_of_many_values_and_optional_fields_have_words_of_their_own(text: str, expected: str) -> None:
    assert value(f"google.protobuf.{text}") == expected


def test_a_duration_of_a_message_ends_where_64_bits_end() -> None:
    assert (
        result("google.protobuf.Duration{seconds: 9223372037} == google.protobuf.Duration{seconds: 9223372038}") is True
    )
    assert result("google.protobuf.Duration{seconds: -9223372037}.getSeconds() == -9223372036") is True


def test_a_timestamp_of_a_message_may_lie_outside_of_the_years_1_to_9999() -> None:
    assert value("google.protobuf.Timestamp{seconds: 253402300800}.getFullYear()") == 10_000
    assert value("string(google.protobuf.Timestamp{seconds: -62198755200})") == "-0001-01-01T00:00:00Z"
    assert value("google.protobuf.Timestamp{seconds: 253402300800} + duration('1s')") == "timestamp overflow"


def test_only_an_optional_value_fills_an_optional_field() -> None:
    assert result("google.protobuf.StringValue{?value: device.?driver} == 'gpu.example.com'") is True
    assert "expected type 'optional_type(string)' but found 'string'" in refusal(
        "google.protobuf.StringValue{?value: 'a'} == 'a'"
    )
    assert "expected type of field 'value' is 'string' but provided type is 'int'" in refusal(
        "google.protobuf.StringValue{?value: optional.of(1)} == 'a'"
    )
