"""Devices say the same whichever parser is at hand, and in whatever form their values are written."""

from __future__ import annotations

import sys

import pytest

from dra_policy.manifests.attributes import attribute_value
from dra_policy.manifests.devices import decode_devices
from dra_policy.values import JsonValue, ListValue, Unreadable, Version

UNSUPPORTED = "unsupported attribute value"

TEXTS = {
    "half a character": r'{"string": "\ud800"}',
    "a number too large": '{"int": 123456789012345678901234567890}',
    "a number without end": '{"int": 1e400}',
    "no number": '{"int": NaN}',
    "two of one name": '{"int": 1, "int": 2}',
    "plain": '{"string": "é"}',
}


@pytest.mark.parametrize("name", TEXTS)
def test_devices_do_not_depend_on_the_parser(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec  # noqa: F401 - where it is loaded it is used

    text = f'[{{"name": "a", "attributes": {{"x": {TEXTS[name]}}}}}]'.encode()
    found = decode_devices(text, "d")

    monkeypatch.delitem(sys.modules, "msgspec")

    assert repr(decode_devices(text, "d")) == repr(found)


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ({"string": "true"}, "true"),
        ({"bool": True}, True),
        ({"int": 4}, 4),
        ({"int": 2**63}, Unreadable(str(2**63), UNSUPPORTED)),
        ({"int": True}, Unreadable("True", UNSUPPORTED)),
        ({"bool": 1}, Unreadable("1", UNSUPPORTED)),
        ({"string": 1}, Unreadable("1", UNSUPPORTED)),
        ({"string": None}, Unreadable("", UNSUPPORTED)),
        ({"quantity": "1Gi"}, Unreadable("", UNSUPPORTED)),
        ({"version": "1.2.3"}, Version.parse("1.2.3")),
        ({"ints": [1, 2]}, ListValue("int", (1, 2))),
        ({"string": "a", "int": 4}, 4),
        ({}, Unreadable("", UNSUPPORTED)),
    ],
)
def test_a_value_has_the_type_that_its_field_says(document: JsonValue, value: object) -> None:
    assert repr(attribute_value(document)) == repr(value)
