"""Errors of the library: one family with codes, each a built-in error beside; admin access as `explain` judges it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import dra_policy
from dra_policy.text.catalogue import code
from tests.clusters import claim, device_class, node, request, slice_

CLAIM = claim(request(), name="one")
LOOKING = claim(request(adminAccess=True), name="looks")


def loaded(*documents: dict[str, Any], kubernetes: str = "1.37", **gates: bool) -> dra_policy.Cluster:
    rules = dra_policy.Rules(kubernetes=kubernetes, feature_gates=gates)
    items = [device_class(), slice_(["a", "b"]), *documents]
    return dra_policy.load_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}), rules=rules)


def namespace(**labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "labels": labels}}


def stale(live: dra_policy.LiveCluster) -> object:
    answers = live.allocate(live.claim("default", "one"))
    live.apply(json.dumps(slice_(["z"], node="n2")))
    return answers[0]


@pytest.mark.parametrize(
    ("asked", "error", "built_in", "number", "message", "hint"),
    [
        (
            lambda live: live.commit(live.claim("default", "one"), node="n2"),
            dra_policy.UnknownObjectError,
            KeyError,
            "DRA630",
            "there is no node `n2`",
            "did you mean `n1`?",
        ),
        (
            lambda live: live.claim("default", "ome"),
            dra_policy.UnknownObjectError,
            KeyError,
            "DRA630",
            "there is no claim `default/ome`",
            "did you mean `default/one`?",
        ),
        (
            lambda live: live.allocate(live.claim("default", "one")).of_node("n2"),
            dra_policy.UnknownObjectError,
            KeyError,
            "DRA630",
            "there is no node to be used `n2`",
            "did you mean `n1`?",
        ),
        (
            lambda live: live.remove_node("n2"),
            dra_policy.UnknownObjectError,
            KeyError,
            "DRA630",
            "there is no Node `n2`",
            None,
        ),
        (
            lambda live: live.remove_taint_rule("r"),
            dra_policy.UnknownObjectError,
            KeyError,
            "DRA630",
            "there is no DeviceTaintRule `r`",
            None,
        ),
        (
            lambda live: live.delete(json.dumps(slice_(["a"], node="n9"))),
            dra_policy.UnknownObjectError,
            KeyError,
            "DRA630",
            "there is no ResourceSlice `n9-d.io-1`",
            "did you mean `n1-d.io-1`?",
        ),
        (
            lambda live: [live.commit(live.claim("default", "one")) for _ in range(2)],
            dra_policy.AlreadyAllocatedError,
            ValueError,
            "DRA631",
            "claim default/one is allocated",
            "`release` it first",
        ),
        (
            stale,
            dra_policy.StaleAnswersError,
            RuntimeError,
            "DRA632",
            "the fleet has changed since these answers were given: ask again",
            None,
        ),
        (
            lambda live: live.commit("one"),
            dra_policy.WrongArgumentError,
            TypeError,
            "DRA633",
            "a Claim is wanted, not 'one'",
            "`Cluster.claim(PATH)` reads one, `Cluster.claims()` has those loaded",
        ),
        (
            lambda live: dra_policy.Cluster(live.world).allocate(7),  # type: ignore[arg-type]
            dra_policy.WrongArgumentError,
            TypeError,
            "DRA633",
            "a Claim is wanted, not 7",
            "`Cluster.claim(PATH)` reads one, `Cluster.claims()` has those loaded",
        ),
        (
            lambda live: live.observe("no JSON"),
            dra_policy.WatchEndedError,
            ValueError,
            "DRA634",
            "this is no event of a watch that goes on",
            "list the objects again, and load them",
        ),
    ],
)
def test_what_a_cluster_cannot_do_is_told_with_a_code(
    asked: Callable[[dra_policy.LiveCluster], object],
    error: type[dra_policy.ClusterError],
    built_in: type[Exception],
    number: str,
    message: str,
    hint: str | None,
) -> None:
    live = loaded(CLAIM).live()
    with pytest.raises(dra_policy.ClusterError) as raised:
        asked(live)

    assert isinstance(raised.value, error)
    assert isinstance(raised.value, built_in)
    assert isinstance(raised.value, dra_policy.PolicyError)
    assert (raised.value.code, raised.value.hint) == (number, hint)
    assert str(raised.value) == f"{number} {message}"
    assert code(number) is not None
    copy = pickle.loads(pickle.dumps(raised.value))
    assert (type(copy), copy.diagnostics, str(copy)) == (
        type(raised.value),
        raised.value.diagnostics,
        str(raised.value),
    )


def test_an_error_in_another_process_still_knows_its_place() -> None:
    with pytest.raises(dra_policy.PolicyError) as raised:
        loaded().compile("device.drivr == 1")

    copy = pickle.loads(pickle.dumps(raised.value))
    (found, kept) = (each.diagnostics[0].span for each in (raised.value, copy))
    assert found is not None
    assert kept is not None
    assert (kept.source.name, kept.text, kept.position) == (found.source.name, found.text, found.position)


@pytest.mark.parametrize(
    "asked",
    [
        lambda live, cluster: cluster.schedule(live.claim("default", "one")),
        lambda _, cluster: cluster.schedule_group(5),
        lambda _, cluster: cluster.explain(5),
        lambda _, cluster: cluster.explain_pod(5),
        lambda _, cluster: cluster.explain_group(None),
        lambda live, _: live.explain("one"),
        lambda live, _: live.place("p"),
        lambda live, _: live.put(5),
        lambda live, _: live.remove(5),
        lambda live, _: live.remove_pod(None),
        lambda _, cluster: cluster.compile(5),
        lambda _, cluster: cluster.match("x"),
        lambda _, cluster: cluster.count(None),
        lambda _, cluster: cluster.explain_match("x"),
        lambda _, cluster: cluster.claim(5),
        lambda _, cluster: cluster.compile_claim("x"),
        lambda _, cluster: cluster.explain_file(None),
        lambda _, __: dra_policy.load(5),  # type: ignore[arg-type]
        lambda _, __: dra_policy.load_text(5),  # type: ignore[arg-type]
        lambda live, _: live.apply(5),
        lambda live, _: live.delete(None),
        lambda live, _: live.observe(5),
        lambda live, _: live.take("x"),
        lambda live, _: live.take(5),
        lambda live, _: live.free([("d.io", "n1")]),
        lambda live, _: live.release("one"),
        lambda _, __: dra_policy.as_text("x"),  # type: ignore[arg-type]
        lambda _, __: dra_policy.as_document("x"),  # type: ignore[arg-type]
    ],
)
def test_what_is_of_another_kind_is_refused(
    asked: Callable[[dra_policy.LiveCluster, dra_policy.Cluster], object],
) -> None:
    cluster = loaded(CLAIM)
    with pytest.raises(dra_policy.WrongArgumentError):
        asked(cluster.live(), cluster)


def test_a_feature_gate_is_true_or_false() -> None:
    gates: dict[str, Any] = {"DRAConsumableCapacity": "false"}
    with pytest.raises(dra_policy.PolicyError, match="is true or false, not 'false'"):
        dra_policy.load_text("{}", rules=dra_policy.Rules(feature_gates=gates))


def test_a_budget_has_a_step() -> None:
    with pytest.raises(dra_policy.PolicyError, match="`steps` is at least 1, not 0"):
        dra_policy.load_text("{}", rules=dra_policy.Rules(steps=0))


@pytest.mark.parametrize(
    ("kubernetes", "gates", "label"),
    [
        ("1.33", {"DRAAdminAccess": True}, "resource.k8s.io/admin-access"),
        ("1.34", {}, "resource.kubernetes.io/admin-access"),
        ("1.37", {}, "resource.kubernetes.io/admin-access"),
    ],
)
def test_admin_access_needs_the_namespaces_label(kubernetes: str, gates: dict[str, bool], label: str) -> None:
    other = {"resource.k8s.io/admin-access", "resource.kubernetes.io/admin-access"} - {label}
    for labels in ({}, {label: "false"}, {other.pop(): "true"}):
        cluster = loaded(namespace(**labels), LOOKING, kubernetes=kubernetes, **gates)
        (looking,) = cluster.claims()
        live = cluster.live()
        for ask in (cluster.allocate, live.allocate, live.first_fit, live.commit):
            with pytest.raises(dra_policy.AccessRefusedError) as raised:
                ask(looking)
            assert raised.value.code == cluster.explain(looking).code == "DRA116"
            assert str(raised.value) == (
                f"DRA116 adminAccess needs the label `{label}: true` on namespace `default`, which has none"
            )
        assert live.claims() == (looking,)


@pytest.mark.parametrize(
    ("kubernetes", "labels"),
    [
        ("1.32", {}),
        ("1.33", {"resource.k8s.io/admin-access": "true"}),
        ("1.37", {"resource.kubernetes.io/admin-access": "true"}),
        ("1.37", None),
    ],
)
def test_admin_access_is_given_where_nothing_speaks_against_it(kubernetes: str, labels: dict[str, str] | None) -> None:
    known = [] if labels is None else [namespace(**labels)]
    gates = {"DRAAdminAccess": True} if kubernetes < "1.34" else {}
    cluster = loaded(*known, LOOKING, kubernetes=kubernetes, **gates)
    (looking,) = cluster.claims()
    given = cluster.live().commit(looking)

    assert given is not None
    assert isinstance(given.outcome, dra_policy.Allocated)
    assert cluster.allocate(looking).fitting == ("n1",)
    assert cluster.explain(looking).outcome is dra_policy.Outcome.FITS


def test_a_label_that_comes_later_is_heeded() -> None:
    live = loaded(namespace(), LOOKING, node("n1")).live()
    with pytest.raises(dra_policy.AccessRefusedError):
        live.first_fit(*live.claims())
    live.apply(json.dumps(namespace(**{"resource.kubernetes.io/admin-access": "true"})))

    assert live.first_fit(*live.claims()) is not None
