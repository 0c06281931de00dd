"""The line protocol of CEL: what is no case is answered as such, and a fault ends one line only."""

from __future__ import annotations

import json

import pytest

from dra_policy.engine.batch import JsonObject, answer_lines, cel_case
from dra_policy.engine.rules import Rules
from dra_policy.values import JsonValue

UNSUPPORTED = "attribute v: unsupported attribute value"


def answer(**record: JsonValue) -> JsonObject:
    line = json.dumps({"expression": "true", **record}).encode()
    return next(iter(answer_lines([line], lambda each: cel_case(each, Rules()))))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"device": []}, "`device` must be an object, not `[]`"),
        ({"device": "gpu-0"}, '`device` must be an object, not `"gpu-0"`'),
        ({"device": {"name": 5}}, "`name` must be a string, not `5`"),
        ({"costLimit": "x"}, '`costLimit` must be a whole number from 0 to 2**64 - 1, not `"x"`'),
        ({"costLimit": 1.5}, "`costLimit` must be a whole number from 0 to 2**64 - 1, not `1.5`"),
        ({"costLimit": -1}, "`costLimit` must be a whole number from 0 to 2**64 - 1, not `-1`"),
        ({"costLimit": 2**64}, "`costLimit` must be a whole number from 0 to 2**64 - 1, not `18446744073709551616`"),
        ({"env": 5}, "`env` is `stored` or `new`, not `5`"),
        ({"features": {"ConsumableCapacity": 1}}, "feature `ConsumableCapacity` must be a bool, not `1`"),
        (
            {"features": {"ConsumableCapacty": True}},
            "feature `ConsumableCapacty` is unknown: did you mean `ConsumableCapacity`?",
        ),
        ({"expression": 5}, "`expression` must be a string, not `5`"),
        ({"expression": None}, "no `expression`: no case of CEL"),
        ({"features": ["ConsumableCapacity"]}, '`features` must be an object, not `["ConsumableCapacity"]`'),
        ({"driver": 1}, "`driver` must be a string, not `1`"),
        ({"device": {"attributes": {"a": {"bool": "x"}}}}, '`bool` of attribute `a` must be a bool, not `"x"`'),
        (
            {"device": {"attributes": {"a": {"int": 1.5}}}},
            "`int` of attribute `a` must be an int of 64 bits, not `1.5`",
        ),
        ({"device": {"attributes": {"a": {"int": 2**63}}}}, "`int` of attribute `a` must be an int of 64 bits, not"),
        ({"device": {"attributes": {"a": {"ints": [True]}}}}, "`ints` of attribute `a` must be a list, each an int"),
        ({"device": {"attributes": [1]}}, "`attributes` must be an object, not `[1]`"),
        ({"device": {"capacity": {"m": {"value": "1GiB"}}}}, "`value` of capacity `m` must be a quantity: "),
        ({"driverName": "d", "attributes": {}}, "`attributes` must be a list, not `{}`"),
    ],
)
def test_a_record_with_a_part_of_the_wrong_type_is_no_case(record: dict[str, JsonValue], message: str) -> None:
    found = answer(**record)

    assert str(found["invalid"]).startswith(message)
    assert found["line"] == 1


def test_null_stands_for_what_is_left_out() -> None:
    record: dict[str, JsonValue] = {"device": {"attributes": {"a": {"int": 1, "bool": None}}}, "costLimit": None}

    assert answer(driver="d", **record)["result"] is True


def test_a_device_of_version_1_has_no_basic_part() -> None:
    device: JsonValue = {"basic": {"attributes": {"a": {"int": 1}}}}

    assert answer(driver="d", device=device, expression='"a" in device.attributes["d"]')["result"] is False


def test_numbers_and_bools_that_python_takes_for_equal_are_different_devices() -> None:
    text = 'device.attributes["d"].a == 1'

    assert answer(driver="d", device={"attributes": {"a": {"int": 1}}}, expression=text)["result"] is True
    assert answer(driver="d", device={"attributes": {"a": {"bool": True}}}, expression=text)["result"] is False


def test_a_fault_of_the_program_ends_one_line_only() -> None:
    def fails_on_b(line: bytes) -> JsonObject:
        if line == b"b":
            raise RecursionError("too deep")
        return {"id": line.decode()}

    found = list(answer_lines([b"a", b"b", b"c"], fails_on_b))

    assert found == [{"id": "a"}, {"internalError": "RecursionError: too deep", "line": 2}, {"id": "c"}]


OFF: JsonValue = {"ListTypeAttributes": False}


# What Kubernetes' own code of each release answers: one that does not know lists looks for another value.
@pytest.mark.parametrize(
    ("kubernetes", "features", "attribute", "expected"),
    [
        ("1.34", None, {"ints": [1]}, UNSUPPORTED),
        ("1.35", None, {"ints": []}, UNSUPPORTED),
        ("1.36", OFF, {"strings": ["a"]}, UNSUPPORTED),
        ("1.36", OFF, {"int": 1, "versions": ["x"]}, True),
        ("1.34", None, {"int": 1, "ints": [2]}, True),
        ("1.36", None, {"int": 1, "ints": [2]}, False),
        ("1.37", OFF, {"ints": [1]}, False),
    ],
)
def test_a_release_that_knows_no_lists_looks_for_another_value(
    kubernetes: str, features: JsonValue, attribute: JsonValue, expected: object
) -> None:
    record: JsonObject = {
        "driver": "d",
        "device": {"attributes": {"v": attribute}},
        "expression": 'device.attributes["d"].v == 1',
        "features": features,
    }
    found = cel_case(json.dumps(record).encode(), Rules(kubernetes=kubernetes))

    assert found.get("error", found.get("result")) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (rb'"\ud800"', True),
        (b'"\xef\xbf\xbd"', True),
        (rb'"\ud83d\ude00"', False),
    ],
)
def test_half_of_a_character_is_read_as_go_reads_it(written: bytes, expected: bool) -> None:
    expression = rb'"expression": "device.attributes[\"d\"].a == \"\\ufffd\""'
    line = b'{"driver": "d", "device": {"attributes": {"a": {"string": ' + written + b"}}}, " + expression + b"}"

    assert cel_case(line, Rules())["result"] is expected


@pytest.mark.parametrize(
    ("part", "answer_of", "expected"),
    [
        (b'"device": {"name": NaN}', "invalid", "`name` must be a string, not `NaN`"),
        (b'"x": 1e999', "result", True),
        (b'"device": [1', "invalid", "not JSON: Expecting ',' delimiter: line 1 column 36 (char 35)"),
    ],
)
def test_what_no_strict_reader_takes_gives_an_answer_all_the_same(
    part: bytes, answer_of: str, expected: object
) -> None:
    lines = [b'{"expression": "true", ' + part + b"}", b'{"expression": "true"}']
    found = list(answer_lines(lines, lambda each: cel_case(each, Rules())))

    assert found[0][answer_of] == expected
    assert found[1]["result"] is True


def test_one_text_of_a_device_is_another_device_with_another_driver() -> None:
    device: JsonValue = {"attributes": {"a": {"int": 1}}}
    text = 'has(device.attributes["d"].a)'

    assert answer(driver="d", device=device, expression=text)["result"] is True
    assert answer(driver="e", device=device, expression=text)["result"] is False
    assert answer(driver="d", device=device, expression=text)["result"] is True
