"""Names that reasons are told with: the common noun of some devices, and their model where they have one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dra_policy.explain.spots import Masks, Spot
from dra_policy.model import Device
from dra_policy.values.bit_sets import positions

_NOUNS = frozenset(("gpu", "nic", "tpu", "npu", "dpu", "fpga", "vf", "ssd", "hca", "qat", "asic", "ipu", "hpu"))
_MODEL_ATTRIBUTES = ("productName", "model")


def noun_of(names: Iterable[str]) -> str:
    """``GPU`` for ``gpu-0``, ``gpu-1``; ``device`` where the names agree in nothing that has a common noun."""
    kinds = {name.rstrip("0123456789").rstrip("-_.").lower() for name in names}
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind in _NOUNS:
            return kind.upper()
    return "device"


def noun_of_masks(spots: Iterable[Spot], masks: Masks) -> str:
    """The common noun of the devices in some masks."""
    return noun_of(device.name for device in _distinct_devices(spots, masks))


def _distinct_devices(spots: Iterable[Spot], masks: Masks) -> Iterator[Device]:
    """The devices of some masks, those of one frame once."""
    seen: dict[int, int] = {}
    for spot, mask in zip(spots, masks, strict=True):
        for each in spot.slices:
            new = mask >> each.start & each.frame.all_devices & ~seen.get(each.frame.id, 0)
            if new:
                seen[each.frame.id] = seen.get(each.frame.id, 0) | new
                yield from (each.frame.devices[index] for index in positions(new))


def model_of(device: Device) -> str | None:
    """The device's model as its driver names it: ``NVIDIA H100``."""
    for wanted in _MODEL_ATTRIBUTES:
        for name, value in device.attributes.items():
            if isinstance(value, str) and name.rpartition("/")[2] == wanted:
                return value
    return None


def model_of_masks(spots: Iterable[Spot], masks: Masks) -> str | None:
    """The last word of the model that all devices in some masks share (``H100``); None if they differ."""
    models: set[str | None] = set()
    for device in _distinct_devices(spots, masks):
        models.add(model_of(device))
        if len(models) > 1:
            return None
    model = next(iter(models), None)
    return model.split()[-1] if model and model.split() else None
