from __future__ import annotations

import pytest

from dra_policy.render.names import (
    count,
    fold,
    fold_in_order,
    listed,
    on_node,
    on_nodes,
    place_text,
    plural,
    short_attribute,
)
from dra_policy.text import Source, Span


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["gpu-0", "gpu-1", "gpu-2", "gpu-3"], "gpu-0..3"),
        (["gpu-4", "gpu-5"], "gpu-4,5"),
        (["gpu-1", "gpu-0", "gpu-4", "gpu-5"], "gpu-0,1,4,5"),
        (["gpu-1", "gpu-2", "gpu-3", "gpu-4", "gpu-6", "gpu-7"], "gpu-1..4,6,7"),
        (["gpu-0", "nic-0"], "gpu-0 nic-0"),
        (["l1", "l2", "l3", "l4"], "l1..l4"),
        (["h1", "h2"], "h1 h2"),
        (["l1", "l2", "l4"], "l1 l2 l4"),
        (["gpu-9", "gpu-10", "gpu-11"], "gpu-9..11"),
        (["node-00009", "node-00010", "node-00011"], "node-00009..00011"),
        (["gpu-9", "gpu-010"], "gpu-9,010"),
        (["whole"], "whole"),
        (["0", "1", "2"], "0..2"),
        ([], ""),
        (["a", "a"], "a"),
        (["3g-0", "1g-0", "1g-1"], "1g-0,1 3g-0"),
    ],
)
def test_runs_of_names_are_folded(names: list[str], expected: str) -> None:
    assert fold(names) == expected


def test_long_lists_say_how_many_more_there_are() -> None:
    assert fold([f"n{i}" for i in range(0, 20, 2)], limit=3) == "n0 n2 n4 and 7 more"


def test_devices_keep_the_order_in_which_requests_name_them() -> None:
    assert fold_in_order(["nic-0", "gpu-1", "gpu-0"]) == "nic-0 gpu-0,1"
    assert on_node("h4", ["gpu-0", "gpu-1", "gpu-2", "gpu-3", "nic-0"]) == "h4: gpu-0..3 nic-0"
    assert on_nodes({"h1": ["gpu-6", "gpu-7"], "h2": ["gpu-0"]}) == "h1: gpu-6,7 | h2: gpu-0"


def test_numbers_have_commas_and_nouns_their_plural() -> None:
    assert count(16000) == "16,000"
    assert [plural(n, "class") for n in (1, 2)] == ["1 class", "2 classes"]
    assert plural(1024, "device") == "1,024 devices"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_an_attribute_is_short_by_its_last_part() -> None:
    assert short_attribute("topology.example.com/numaNode") == "numaNode"
    assert short_attribute("numa") == "numa"


def test_a_place_is_in_the_file_that_the_user_wrote() -> None:
    outer = Source.of("claim.yaml", "a: 1\nb: device.x\n")
    inner = Source.of("selector", "device.x", lambda start, end: Span(outer, start + 8, end + 8))
    assert place_text(Span(inner, 0, 6)) == "claim.yaml:2"
    assert place_text(Span(inner, 0, 6), with_column=True) == "claim.yaml:2:4"
    assert place_text(None) == ""
