"""The prototypes' sample pods, each against the pool file of its folder that serves it, get a verdict to agree with."""

from __future__ import annotations

import re

import pytest

from dra_policy import as_text
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.rules import Rules
from dra_policy.engine.subjects import subjects_of
from dra_policy.engine.world import joined, read_files
from tests.shared_data import shared

GPUS = "pools-two-nodes-two-simple-gpus"
NICS = "pools-one-node-sriov-0"
OTHER_NICS = "pools-one-node-sriov-1"

# Pod file, pool file, verdict and code, and what a reader of the files finds; the explanation has names in backticks.
EVOLUTION = (
    ("pod-multi-net-0", NICS, "bad-input DRA110", "class `sriov-vf.example.com` is not in classes.yaml"),
    ("pod-multi-net-1", NICS, "bad-input DRA110", "class `sriov-vf.example.com` again"),
    (
        "pod-multi-net-2",
        NICS,
        "never DRA510",
        "class `sriov-vf-example.com` wants a `type`, no device has nic.k8s.io/type",
    ),
    ("pod-multi-net-3", NICS, "bad-input DRA110", "class `sriov-vf.example.com` is not in classes.yaml"),
    ("pod-multi-net-4", NICS, "never DRA301", "no device has `nic.k8s.io/type`, which class `sriov-nic` wants"),
    (
        "pod-multi-net-5",
        OTHER_NICS,
        "bad-input DRA110",
        "class `sriov-nic.example.org` is `sriov-nic-example.org` there",
    ),
    ("pod-multi-net-6", NICS, "never DRA301", "the same: `nic.k8s.io/type`"),
    ("pod-multi-net-7", NICS, "never DRA301", "the same: `nic.k8s.io/type`"),
    ("pod-multi-net-8", NICS, "never DRA301", "the same: `nic.k8s.io/type`"),
    (
        "pod-one-container-gpu-priority-list-one-vf",
        GPUS,
        "never DRA301",
        "the same for its second request: `nic.k8s.io/type`",
    ),
    (
        "pod-one-container-gpu-priority-list",
        GPUS,
        "never DRA521",
        "the GPUs are neither `foozer-4000` nor `foozer-2000`; foozer-1000 has no pcie-root",
    ),
    ("pod-one-container-one-gpu-one-vf", GPUS, "never DRA301", "no device has `dra.k8s.io/pcie_root`"),
    ("pod-one-container-one-gpu", GPUS, "fits DRA500", ""),
    ("pod-one-container-partial-gpu", GPUS, "never DRA302", "8Gi of `memory` are wanted; these GPUs offer none"),
    ("pod-one-container-shared-split-allocation-gpus", GPUS, "fits DRA500", "it asks for one GPU only as yet"),
    ("pod-one-container-split-allocation-gpus", GPUS, "never DRA302", "`128Gi` of memory are wanted"),
    ("pod-one-container-two-gpus-0", GPUS, "fits DRA500", ""),
    ("pod-one-container-two-gpus-1", GPUS, "fits DRA500", ""),
    ("pod-one-container-two-gpus-2", GPUS, "never DRA301", "no device has `dra.k8s.io/pcie_root`"),
    ("pod-two-containers-one-gpu", GPUS, "fits DRA500", ""),
    ("pod-two-containers-two-gpus-0", GPUS, "fits DRA500", ""),
    ("pod-two-containers-two-gpus-1", GPUS, "fits DRA500", ""),
    ("pod-two-containers-two-gpus-2", GPUS, "never DRA301", "no device has `dra.k8s.io/pcie_root`"),
    ("two-pods-one-gpu-0", GPUS, "fits DRA500", ""),
    ("two-pods-one-gpu-1", GPUS, "fits DRA500", ""),
)
K8SRM = (
    ("pod-multi-net-0", NICS, "fits DRA500", ""),
    ("pod-multi-net-1", NICS, "fits DRA500", ""),
    ("pod-multi-net-2", NICS, "fits DRA500", ""),
    ("pod-multi-net-3", NICS, "fits DRA500", ""),
    ("pod-multi-net-4", OTHER_NICS, "fits DRA500", ""),
    ("pod-multi-net-5", OTHER_NICS, "fits DRA500", "vf: 1 is what `pf-0-vf-0` provides"),
    ("pod-multi-net-6", NICS, "fits DRA500", ""),
    ("pod-multi-net-7", NICS, "fits DRA500", "four devices, as devices: 4 says, of one vendor"),
    (
        "pod-multi-net-8",
        NICS,
        "never DRA515",
        "`4 devices` of different `hwdevname` are wanted, the node has two cards",
    ),
    (
        "pod-one-container-gpu-priority-list-one-vf",
        GPUS,
        "never DRA510",
        "no NIC of class `sriov-nic` beside these `example.com-foozer`",
    ),
    (
        "pod-one-container-gpu-priority-list",
        GPUS,
        "never DRA521",
        "the GPUs are neither `foozer-4000` nor `foozer-2000`; foozer-1000 has no pcie-root",
    ),
    ("pod-one-container-one-gpu-one-vf", GPUS, "never DRA301", "no device has `pcie-root`"),
    ("pod-one-container-one-gpu", GPUS, "fits DRA500", ""),
    ("pod-one-container-partial-gpu", GPUS, "never DRA302", "8Gi of `memory` are wanted; these GPUs offer none"),
    ("pod-one-container-shared-split-allocation-gpus", GPUS, "never DRA302", "`128Gi` of memory are wanted"),
    ("pod-one-container-split-allocation-gpus", GPUS, "never DRA302", "`128Gi` of memory are wanted"),
    ("pod-one-container-two-gpus-0", GPUS, "fits DRA500", ""),
    ("pod-one-container-two-gpus-1", GPUS, "fits DRA500", ""),
    ("pod-one-container-two-gpus-2", GPUS, "never DRA301", "no device has `pcie-root`"),
    ("pod-two-containers-one-gpu", GPUS, "fits DRA500", ""),
    ("pod-two-containers-two-gpus-0", GPUS, "fits DRA500", ""),
    ("pod-two-containers-two-gpus-1", GPUS, "fits DRA500", ""),
    ("pod-two-containers-two-gpus-2", GPUS, "never DRA301", "no device has `pcie-root`"),
    ("two-pods-one-gpu-0", GPUS, "fits DRA500", ""),
    ("two-pods-one-gpu-1", GPUS, "fits DRA500", ""),
)
CASES = [("dra-evolution", *row) for row in EVOLUTION] + [("k8srm-prototype", *row) for row in K8SRM]


@pytest.mark.parametrize(
    ("folder", "pod", "pools", "verdict", "why"), CASES, ids=[f"{case[0]}/{case[1]}" for case in CASES]
)
def test_a_pod_of_the_prototypes_gets_the_verdict_of_its_reader(
    folder: str, pod: str, pools: str, verdict: str, why: str
) -> None:
    manifests = shared(f"manifests/{folder}")
    rules = Rules()
    own = read_files([str(manifests / f"{pod}.yaml")], rules)
    rest = read_files([str(manifests / name) for name in ("classes.yaml", f"{pools}.yaml")], rules)
    world = joined(rest, own).world(rules)
    subjects = [each for each in subjects_of(own.read.objects, world) if each.pod is not None]

    explanations = explain_subjects(subjects, world)
    assert {_told(explanation) for explanation in explanations} == {verdict}, why
    for name in re.findall("`(.*?)`", why):
        # A line may end inside a name of several words.
        assert all(name in " ".join(as_text(each).split()) for each in explanations), name


def _told(explanation: object) -> str:
    from dra_policy.explain.explanation import Explanation

    assert isinstance(explanation, Explanation)
    return f"{explanation.outcome.value} {explanation.code}"


def test_every_pod_file_of_both_folders_is_in_the_table() -> None:
    manifests = shared("manifests")
    for folder, rows in (("dra-evolution", EVOLUTION), ("k8srm-prototype", K8SRM)):
        files = {path.stem for path in (manifests / folder).glob("*pod*.yaml") if "pools" not in path.stem}
        assert files == {row[0] for row in rows}
        assert len(rows) == 25
