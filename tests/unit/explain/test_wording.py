from __future__ import annotations

import re

import pytest

from dra_policy.explain.wording import model_of, noun_of
from dra_policy.model import Device
from dra_policy.render import sentences
from dra_policy.text.catalogue import code
from tests.shared_data import PROJECT

SOURCES = [path.read_text(encoding="utf-8") for path in sorted((PROJECT / "dra_policy" / "explain").glob("*.py"))]


@pytest.mark.parametrize(
    ("names", "noun"),
    [
        (["gpu-0", "gpu-1"], "GPU"),
        (["nic-3"], "NIC"),
        (["gpu-0", "nic-0"], "device"),
        (["dev-00"], "device"),
        (["pf-0-vf-1"], "device"),
        ([], "device"),
    ],
)
def test_devices_with_a_common_noun_are_called_by_it(names: list[str], noun: str) -> None:
    assert noun_of(names) == noun


def test_the_model_is_what_the_driver_publishes_under_a_usual_name() -> None:
    assert model_of(Device("gpu-0", "d", {"d.io/productName": "NVIDIA H100"})) == "NVIDIA H100"
    assert model_of(Device("gpu-0", "d", {"model": "A100"})) == "A100"
    assert model_of(Device("gpu-0", "d", {"index": 3})) is None


def test_every_reason_has_words() -> None:
    used = {name for source in SOURCES for name in re.findall(r'Reason\(\s*"([a-z-]+)"', source)}
    used |= {name for source in SOURCES for name in re.findall(r'template = .*?"([a-z]+-[a-z-]+)"', source)}
    assert used
    assert used <= set(sentences._WORDINGS)


def test_every_code_that_an_explanation_can_have_is_in_the_catalogue() -> None:
    used = {name for source in SOURCES for name in re.findall(r'"(DRA\d{3})"', source)}
    assert len(used) > 40
    assert [name for name in sorted(used) if code(name) is None] == []
