"""All shared manifests load, and so do the recorded cases."""

from __future__ import annotations

from collections import Counter

import pytest

from dra_policy.manifests import ReadResult, read_case, read_inputs, read_text
from dra_policy.manifests.writing import slice_document, to_yaml
from dra_policy.model import Dialect, PublishedDevices, ResourceSlice
from dra_policy.record import replace
from dra_policy.text import Severity
from dra_policy.values import Unreadable
from tests.shared_data import shared

LISTS = ("nodes", "namespaces", "classes", "slices", "claims", "templates", "pods", "quotas")

# Objects by kind, over the files of a folder read one by one.
# One class of dra-evolution is written twice.
EXPECTED = {
    "dra-evolution": {"classes": 14, "slices": 7, "claims": 15, "templates": 9, "pods": 27},
    "dra-example-driver": {"namespaces": 12, "claims": 2, "templates": 10, "pods": 16},
    "k8srm-prototype": {"classes": 13, "slices": 7, "claims": 20, "pods": 27},
    "nvidia": {"namespaces": 10, "claims": 5, "templates": 9, "pods": 15},
}


def read_folder(folder: str) -> dict[str, ReadResult]:
    files = sorted(shared(f"manifests/{folder}").glob("*.yaml"))
    return {file.name: read_inputs([str(file)]) for file in files}


@pytest.mark.parametrize("folder", EXPECTED)
def test_every_shared_manifest_loads_without_an_error(folder: str) -> None:
    results = read_folder(folder)

    counts = Counter({name: sum(len(getattr(each.objects, name)) for each in results.values()) for name in LISTS})
    print(f"{folder}: {len(results)} files, {dict(+counts)}")
    errors = [
        (name, each.message)
        for name, result in results.items()
        for each in result.diagnostics
        if each.severity is Severity.ERROR
    ]
    assert errors == []
    assert +counts == Counter(EXPECTED[folder])


def test_the_only_warnings_of_the_shared_manifests_are_these() -> None:
    warnings = [
        (folder, name, each.code, each.message)
        for folder in EXPECTED
        for name, result in read_folder(folder).items()
        for each in result.diagnostics
    ]

    # The prototype's sample draws from names with a 0 more than its two pools share.
    drawn = [f"`sharedResources` of the pool has no `memory-slices-0{number}`" for number in range(8)]
    of_sample = [("k8srm-prototype", "pools-two-nodes-one-dgxa100.yaml", "DRA124", text) for text in drawn]
    assert warnings == [
        ("dra-evolution", "classes.yaml", "DRA107", "class `sriov-vf-example.com` occurs twice; this one counts"),
        *of_sample,
        *of_sample,
    ]


def test_every_device_of_the_shared_manifests_can_be_read() -> None:
    devices = [
        device
        for folder in EXPECTED
        for result in read_folder(folder).values()
        for published in result.objects.slices
        for device in published.devices.decode(published.devices.text, published.driver)
    ]

    print(f"{len(devices)} devices")
    assert len(devices) > 400
    assert not [value for device in devices for value in device.attributes.values() if isinstance(value, Unreadable)]


def test_the_large_pool_file_is_written_as_it_was_read() -> None:
    path = shared("manifests/dra-evolution/pools-two-nodes-dgxa100.yaml")
    (first, second) = read_inputs([str(path)]).objects.slices

    assert (first.dialect, first.driver, first.node_name) == (Dialect.EVOLUTION, "gpu.nvidia.com/dra", "nvidia-00")
    # The file's last line is blank; the two documents have a separator between them.
    written = to_yaml([slice_document(first), slice_document(second)])
    assert len(written.splitlines()) == 12661


@pytest.mark.parametrize("name", ["quirks", "kubernetes_cases", "random", "random_hard"])
def test_every_recorded_case_loads_as_it_is(name: str) -> None:
    cases = 0
    for line in shared(f"conformance/allocation/{name}.jsonl").read_bytes().splitlines():
        result = read_case(line)
        errors = [each for each in result.diagnostics if each.severity is Severity.ERROR]
        # Some cases of the allocator's own tests are objects that no API server would take.
        assert {each.code for each in errors} <= {"DRA106"}
        assert result.objects.features is not None
        for published in result.objects.slices:
            published.devices.decode(published.devices.text, published.driver)
        cases += 1
    print(f"{name}: {cases} cases")
    assert cases


@pytest.mark.parametrize("folder", EXPECTED)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_cutting_a_document_gives_what_parsing_it_whole_gives(
    folder: str, line_end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in sorted(shared(f"manifests/{folder}").glob("*.yaml")):
        text = line_end.join(file.read_text().splitlines()) + line_end
        monkeypatch.setattr("dra_policy.manifests.yaml_objects.CUT_FROM", 10**9)
        whole = read_text(file.name, text)
        monkeypatch.setattr("dra_policy.manifests.yaml_objects.CUT_FROM", 0)
        cut = read_text(file.name, text)

        assert [each.message for each in cut.diagnostics] == [each.message for each in whole.diagnostics]
        for name in LISTS:
            assert [comparable(each) for each in getattr(cut.objects, name)] == [
                comparable(each) for each in getattr(whole.objects, name)
            ]


def comparable(found: object) -> object:
    """A slice with its devices decoded: texts of one content may be spelt differently."""
    if not isinstance(found, ResourceSlice):
        return found
    devices = found.devices.decode(found.devices.text, found.driver)
    return devices, replace(found, devices=PublishedDevices(b"", found.devices.decode))
