"""Selectors of the shared manifests compile, and their masks over their folder's fleet are exact."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dra_policy.compiler import CompiledSelector, DeviceClasses, compile_claim, compile_class
from dra_policy.evaluate import Evaluator, Masks
from dra_policy.fleet import Fleet
from dra_policy.ir import CelFailure, Condition
from dra_policy.manifests import read_inputs
from dra_policy.model import Objects
from tests.shared_data import shared


def selectors_of(objects: Objects) -> Iterator[CompiledSelector]:
    classes = DeviceClasses(objects.classes)
    for device_class in objects.classes:
        yield from compile_class(device_class, classes).selectors
    inline = [claim.inline for pod in objects.pods for claim in pod.claims if claim.inline is not None]
    for claim in (*objects.claims, *(template.claim for template in objects.templates), *inline):
        for request in compile_claim(claim, classes).requests:
            for alternative in request.alternatives:
                yield from alternative.selectors


def exact(condition: Condition, fleet: Fleet) -> list[Masks]:
    found = []
    for loaded in fleet.slices:
        answers = [condition.program.evaluate(device) for device in loaded.devices]
        true = sum(1 << i for i, answer in enumerate(answers) if answer is True)
        error = sum(1 << i for i, answer in enumerate(answers) if isinstance(answer, CelFailure))
        found.append(Masks(true, loaded.frame.all_devices & ~(true | error), error))
    return found


@pytest.mark.parametrize("folder", ["dra-evolution", "k8srm-prototype", "nvidia", "dra-example-driver"])
def test_selectors_of_real_manifests_have_exact_masks(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    objects = read_inputs([str(shared(f"manifests/{folder}"))]).objects
    fleet, evaluator = Fleet.build(objects), Evaluator()
    selectors = list(selectors_of(objects))
    for selector in selectors:
        assert selector.condition is not None, selector.compile_error
        masks = [evaluator.slice_masks(selector.condition, loaded) for loaded in fleet.slices]
        assert masks == exact(selector.condition, fleet)
        # Every part stands somewhere in a file that the user wrote.
        where = selector.condition.span.outermost()
        assert where.source.name.endswith(".yaml")
        assert where.position.line > 1
    with capsys.disabled():
        print(f"\n{folder}: {len(selectors)} selectors over {sum(len(s.frame.devices) for s in fleet.slices)} devices")
