"""YAML as kubectl reads it: sigs.k8s.io/yaml, YAML 1.1 without dates and sexagesimals."""

from __future__ import annotations

import pytest

from dra_policy.manifests.malformed import MalformedError
from dra_policy.manifests.templates import Templates
from dra_policy.manifests.yaml_values import load_yaml
from dra_policy.values import JsonValue


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", True),
        ("On", True),
        ("y", True),
        ("OFF", False),
        ("no", False),
        ("0777", 511),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", 5),
        ("-0b1", -1),
        ("+5", 5),
        ("1_000", 1000),
        ("08", 8),
        ("1e3", 1000),
        ("1.50", 1.5),
        (".5", 0.5),
        ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("1.8.2", "1.8.2"),
        ("4.2.1-gen3", "4.2.1-gen3"),
        ("40Gi", "40Gi"),
        ("~", None),
        ("", None),
        ("Null", None),
        ("nUll", "nUll"),
        ("18446744073709551616", 18446744073709551616),
        ("1e999", "1e999"),
        ("0x", "0x"),
        ("_1", "_1"),
        ("'yes'", "yes"),
        ('"0777"', "0777"),
        ("!!str 5", "5"),
        ("!!int '5'", 5),
        ("!!float 5", 5.0),
        ("!custom 5", "5"),
        ("1979-05-27 10", "1979-05-27 10"),
    ],
)
def test_scalars_mean_what_they_mean_to_kubectl(written: str, value: JsonValue) -> None:
    read = load_yaml(f"a: {written}\n")

    assert read == {"a": value}
    assert isinstance(read, dict)
    assert type(read["a"]) is type(value)


def test_keys_become_texts_as_in_json() -> None:
    assert load_yaml("1: a\nyes: b\n1.5: c\n") == {"1": "a", "true": "b", "1.5": "c"}


def test_merge_keys_and_aliases_are_followed() -> None:
    text = "base: &b {x: 1, y: &l [2]}\nitem:\n  <<: *b\n  x: 3\nlist: *l\nboth:\n  <<: [*b, {z: 4}]\n"

    assert load_yaml(text) == {
        "base": {"x": 1, "true": [2]},
        "item": {"x": 3, "true": [2]},
        "list": [2],
        "both": {"x": 1, "true": [2], "z": 4},
    }


@pytest.mark.parametrize("text", ["<<: 5", "? {a: 1}\n: b", "~: 1", "a: !!int x", "a: *a", "a: -.inf"])
def test_what_json_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(MalformedError):
        load_yaml(text)


def test_one_shape_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = Templates()
    first = templates.read("- name: gpu-0\n  uuid: GPU-1\n  on: 5\n")
    assert first == '[{"name":"gpu-0","uuid":"GPU-1","true":5}]'
    monkeypatch.setattr("dra_policy.manifests.templates.load_yaml", None)

    assert templates.read("- name: 'gpu 1'\n  uuid: yes\n  on: 0x10\n") == '[{"name":"gpu 1","uuid":true,"true":16}]'
