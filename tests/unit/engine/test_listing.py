"""What `get` lists: devices, nodes, classes and claims."""

from __future__ import annotations

import json

import dra_policy
from dra_policy.engine.listing import list_devices, list_nodes
from tests import clusters


def load(*documents: object) -> dra_policy.Cluster:
    return dra_policy.load_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}), "world.json")


def test_slices_of_an_older_generation_list_no_devices() -> None:
    cluster = load(
        clusters.slice_(["a", "b"], name="old", pool="p", generation=1),
        clusters.slice_(["b", "c"], name="new", pool="p", generation=2),
        clusters.device_class("any", "true"),
        clusters.claim(clusters.request("r", cls="any")),
    )
    condition = cluster.compile("true")
    (explanation,) = cluster.explain_waiting()

    assert [row[1] for row in list_devices(cluster.world).rows] == ["b", "c"]
    assert list_nodes(cluster.world).rows[0][:2] == ("n1", "2")
    assert cluster.count(condition) == len(cluster.match(condition)) == cluster.explain_match(condition).total == 2
    assert explanation.fleet.devices == 2
    assert cluster.world.vocabulary.devices == 2


def test_what_cannot_be_read_is_listed_as_it_was_published() -> None:
    attributes = {"v": {"version": "1.2"}, "n": {"strings": ["a", "b"]}, "e": {}}
    cluster = load(clusters.slice_([{"name": "d", "attributes": attributes}]))
    (row,) = list_devices(cluster.world).rows

    assert row[-1] == 'v="1.2" (unreadable) n=["a", "b"] e=(unreadable)'
