"""What `import dra_policy` offers, used as the front page shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

import dra_policy
from dra_policy.text import Severity
from tests.worlds import DRIVER, FITS, NEVER, fleet


@pytest.fixture
def cluster() -> dra_policy.Cluster:
    return dra_policy.load("fleet.json", "classes.yaml")


def test_every_public_name_exists_and_is_documented() -> None:
    assert set(dir(dra_policy)) == set(dra_policy.__all__)
    for name in dra_policy.__all__:
        assert name == "__version__" or getattr(dra_policy, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nosuch'"):
        _ = dra_policy.nosuch


def test_the_front_page_runs(cluster: dra_policy.Cluster) -> None:
    condition = cluster.compile(f'device.attributes["{DRIVER}"].model == "B"')
    assert [str(each) for each in cluster.match(condition)] == [f"{DRIVER}/n2/gpu-0", f"{DRIVER}/n2/gpu-1"]
    assert cluster.count(condition) == 2
    assert cluster.explain_match(condition).devices == 2

    claim = cluster.claim("fits.yaml")
    answers = cluster.allocate(claim)
    assert [answer.node for answer in answers] == ["n1", "n2"] == list(cluster.nodes)
    assert all(isinstance(answer.outcome, dra_policy.Allocated) for answer in answers)

    explanation = cluster.explain(claim)
    assert explanation.outcome is dra_policy.Outcome.FITS
    assert dra_policy.as_text(explanation).startswith("FITS  claim team/one  (now)")
    document = dra_policy.as_document(explanation)
    assert isinstance(document, dict)
    assert document["verdict"] == "fits"


def test_a_claim_that_does_not_fit_is_not_allocated(cluster: dra_policy.Cluster) -> None:
    claim = cluster.claim("never.yaml")

    assert all(isinstance(answer.outcome, dra_policy.NotAllocated) for answer in cluster.allocate(claim))
    assert cluster.explain(claim).outcome is dra_policy.Outcome.NEVER


def test_the_claims_of_one_pod_are_served_together(cluster: dra_policy.Cluster) -> None:
    one = cluster.claim("fits.yaml")
    outcome = cluster.allocate(one, cluster.compile_claim(one))[0].outcome

    assert isinstance(outcome, dra_policy.Allocated)
    given = [each.device.device for result in outcome.results for each in result.allocation.devices]
    assert given == ["gpu-0", "gpu-1"]


def test_wrong_input_is_raised_with_everything_found(folder: Path) -> None:
    (folder / "wrong.yaml").write_text(
        "apiVersion: resource.k8s.io/v1\nkind: DeviceClass\nmetadata: {name: [1]}\n---\na: [\n"
    )
    with pytest.raises(dra_policy.PolicyError) as raised:
        dra_policy.load("wrong.yaml", "nosuch.yaml")

    codes = [each.code for each in raised.value.diagnostics]
    assert "DRA101" in codes
    assert "DRA207" in codes
    with pytest.raises(dra_policy.PolicyError, match=r"no Kubernetes version `1\.2`"):
        dra_policy.load(rules=dra_policy.Rules(kubernetes="1.2"))


def test_an_expression_that_does_not_compile_is_raised(cluster: dra_policy.Cluster) -> None:
    with pytest.raises(dra_policy.PolicyError) as raised:
        cluster.compile("device.driver == 1")

    assert raised.value.diagnostics[0].code == "DRA304"
    assert dra_policy.as_text(raised.value.diagnostics[0]).startswith("DRA304 ")


def test_a_file_of_a_claim_holds_exactly_one(cluster: dra_policy.Cluster) -> None:
    with pytest.raises(dra_policy.PolicyError, match=r"`classes\.yaml` has 0 claims; one is wanted"):
        cluster.claim("classes.yaml")


def test_a_text_is_read_as_a_file(folder: Path) -> None:
    cluster = dra_policy.load_text(fleet())
    policy = dra_policy.load_text(f'driver gpu = "{DRIVER}"', "p.dra")

    assert cluster.nodes == ("n1", "n2")
    assert cluster.diagnostics == policy.diagnostics == ()


def test_what_waits_is_explained(folder: Path) -> None:
    cluster = dra_policy.load(".")

    assert [each.subject.name for each in cluster.explain_waiting()] == ["one", "nine", "web"]
    assert [each.subject.name for each in cluster.explain_file("fits.yaml")] == ["one"]
    assert {each.name for each in cluster.subjects()} == {"one", "nine", "pair", "web"}
    assert {each.name for each in cluster.claims()} == {"one", "nine"}


def test_a_match_is_explained_by_what_the_other_devices_have(cluster: dra_policy.Cluster) -> None:
    matching = cluster.explain_match(cluster.compile(f'device.attributes["{DRIVER}"].model == "B"'))

    assert (matching.devices, matching.total) == (2, 4)
    fails = cluster.explain_match(cluster.compile(f'device.attributes["{DRIVER}"].nosuch == "B"'))
    assert fails.devices == 0


def test_a_file_is_explained_with_what_it_declares_itself(cluster: dra_policy.Cluster) -> None:
    (pod,) = cluster.explain_file("pod.yaml")

    assert (pod.subject.kind, pod.subject.name, pod.outcome) == ("Pod", "web", dra_policy.Outcome.FITS)
    assert cluster.explain_file("never.yaml")[0].outcome is dra_policy.Outcome.NEVER
    assert cluster.explain_file("classes.yaml") == ()


def test_a_file_may_hold_devices_in_use(cluster: dra_policy.Cluster, folder: Path) -> None:
    results = "".join(
        f"    - {{request: gpu, driver: {DRIVER}, pool: {node}, device: gpu-{index}}}\n"
        for node in ("n1", "n2")
        for index in range(2)
    )
    held = NEVER.replace("name: nine", "name: held").replace("9", "4")
    status = f"status:\n  allocation:\n   devices:\n    results:\n{results}"
    (folder / "both.yaml").write_text(f"{FITS}---\n{held}{status}")

    outcomes = {each.subject.name: each.outcome for each in cluster.explain_file("both.yaml")}
    assert outcomes["one"] is dra_policy.Outcome.NOT_NOW
    assert cluster.explain_file("fits.yaml")[0].outcome is dra_policy.Outcome.FITS


def test_what_is_wrong_with_a_subject_is_told_and_what_is_wrong_beside_it_is_raised(
    cluster: dra_policy.Cluster, folder: Path
) -> None:
    (folder / "own.yaml").write_text(FITS + "    constraints: [{requests: [zz], matchAttribute: a/b}]\n")
    (explanation,) = cluster.explain_file("own.yaml")
    assert (explanation.outcome, explanation.code) == (dra_policy.Outcome.BAD_INPUT, "DRA311")

    (folder / "beside.yaml").write_text(FITS + "---\n" + FITS.replace("k8s.io/v1", "k8s.io/v9"))
    for path, code in (("beside.yaml", "DRA102"), ("nosuch.yaml", "DRA101")):
        with pytest.raises(dra_policy.PolicyError) as raised:
            cluster.explain_file(path)
        assert raised.value.diagnostics[0].code == code


def test_what_is_served_does_not_wait(folder: Path) -> None:
    (folder / "pod.yaml").unlink()
    (folder / "fits.yaml").unlink()
    (waiting,) = dra_policy.load(".").explain_waiting()

    assert (waiting.subject.name, waiting.outcome) == ("nine", dra_policy.Outcome.NEVER)
    status = f"status: {{allocation: {{devices: {{results: [{{driver: {DRIVER}, pool: n1, device: gpu-0}}]}}}}}}\n"
    (folder / "never.yaml").write_text(NEVER + status)
    assert dra_policy.load(".").explain_waiting() == ()


def test_the_text_of_an_error_lists_the_errors_only() -> None:
    warning = dra_policy.Diagnostic("DRA103", Severity.WARNING, "no field `x`")
    error = dra_policy.Diagnostic("DRA101", Severity.ERROR, "`f` cannot be read: no such file")

    assert str(dra_policy.PolicyError([warning, error])) == "DRA101 `f` cannot be read: no such file"


def test_an_explanation_is_about_one_claim_at_least(cluster: dra_policy.Cluster) -> None:
    with pytest.raises(TypeError, match="claim"):
        cluster.explain()  # type: ignore[call-arg]


def test_what_public_methods_take_and_give_is_public(cluster: dra_policy.Cluster) -> None:
    assert isinstance(cluster.compile_claim(cluster.claim("fits.yaml")), dra_policy.CompiledClaim)
    assert all(isinstance(each, dra_policy.Subject) for each in cluster.subjects())
