"""Random devices: attributes, capacities with request policies, counters, taints, binding conditions."""

from __future__ import annotations

from benchmarks.fuzz import odd
from benchmarks.fuzz.dice import Dice, JsonObject
from benchmarks.fuzz.taints import random_taint

GPU, NIC, FPGA = "gpu.example.com", "nic.example.com", "fpga.acme.io"
DRIVERS = (GPU, NIC, FPGA)
PCIE_ROOT = "resource.kubernetes.io/pcieRoot"
ROOTS = ("pci0000:00", "pci0000:17", "pci0000:c9")
MODELS = ("A100", "H100", "L4")
VERSIONS = ("550.54.14", "535.104.5", "550.54.14+build", "1.0.0", "1.0.0-rc.1")
GROUPS = ("compute", "graphics", "mixed")
SIZES = ("10Gi", "16Gi", "40Gi", "80Gi", "1500m", "1G", "7", "0")


def random_device(dice: Dice, driver: str, name: str, features: JsonObject) -> JsonObject:
    """A device without the fields that tell its nodes or its counters."""
    device: JsonObject = {"name": odd.name(dice, name)}
    attributes = _attributes(dice, driver, features)
    if attributes or dice.chance(0.5):
        device["attributes"] = attributes
    capacity = _capacities(dice, driver, features)
    if capacity:
        device["capacity"] = capacity
    if (features["ConsumableCapacity"] and dice.chance(0.5)) or dice.oddly(0.03):
        device["allowMultipleAllocations"] = dice.chance(0.9)
    if (features["DeviceTaints"] and dice.chance(0.15)) or dice.chance(0.02):
        device["taints"] = [random_taint(dice) for _ in range(dice.number(1, 2))]
    if (features["DeviceBindingAndStatus"] and dice.chance(0.15)) or dice.chance(0.01):
        device |= _binding(dice)
    return device


def _attributes(dice: Dice, driver: str, features: JsonObject) -> JsonObject:
    everything: JsonObject = {
        "model": {"string": dice.pick(MODELS)},
        "numa": {"int": dice.number(0, 1)},
        "index": {"int": dice.number(0, 3)},
        "ecc": {"bool": dice.chance(0.5)},
        "driverVersion": {"version": dice.pick(VERSIONS)},
        PCIE_ROOT: {"string": dice.pick(ROOTS)},
    }
    if driver != GPU:
        everything[f"{GPU}/numa"] = {"int": dice.number(0, 1)}
    if features["ListTypeAttributes"] or dice.chance(0.03):
        everything["links"] = {"strings": dice.some(("nv1", "nv2", "nv3"), 1, 3)}
        everything["numas"] = {"ints": dice.some((0, 1, 2), 1, 2)}
        everything["flags"] = {"bools": [dice.chance(0.5)]}
        everything["firmwares"] = {"versions": dice.some(("1.0.0", "1.0.0+b", "2.0.0"), 1, 2)}
        if dice.chance(0.2):
            everything["numa"] = {"ints": [dice.number(0, 1)]}
    kept = {name: value for name, value in everything.items() if not dice.oddly(0.03)}
    if dice.oddly(0.01):
        # Constraints take the qualified name.
        kept[f"{driver}/numa"] = {"int": dice.number(0, 1)}
    if dice.oddly(0.003):
        kept["broken"] = dice.pick(({"version": "1.2"}, {}, {"version": "01.2.3"}))
    return kept


def _capacities(dice: Dice, driver: str, features: JsonObject) -> JsonObject:
    names = ("memory", "cores", f"{driver}/slots") if dice.chance(0.3) else ("memory", "cores")
    found: JsonObject = {}
    for name in names:
        if dice.chance(0.06):
            continue
        size = dice.pick(SIZES) if dice.chance(0.8) else str(dice.number(1, 12))
        found[name] = {"value": odd.quantity(dice, size)}
        if features["ConsumableCapacity"] and dice.chance(0.5):
            found[name] = _policed(dice, features)
    return found


def _policed(dice: Dice, features: JsonObject) -> JsonObject:
    """A capacity with a request policy, in whole numbers or fractions of one unit."""
    unit = dice.pick(("", "Gi", "m", "k") if features["FractionalCapacityRange"] else ("", "Gi", "k"))
    if dice.chance(0.3):
        values = sorted(dice.some(range(1, 12), 1, 4))
        policy: JsonObject = {"validValues": [f"{value}{unit}" for value in values]}
        policy["default"] = f"{dice.pick(values)}{unit}"
    else:
        low, step = dice.number(0, 4), dice.number(1, 3)
        limits: JsonObject = {"min": f"{low}{unit}"}
        if dice.chance(0.5):
            limits["max"] = f"{low + step * dice.number(1, 4)}{unit}"
        if dice.chance(0.6):
            limits["step"] = f"{step}{unit}"
        policy = {"validRange": limits, "default": f"{low + step * dice.number(0, 2)}{unit}"}
        _spoil(dice, policy, unit)
    if dice.chance(0.2):
        del policy["default"]
    if dice.chance(0.1):
        policy = {"default": f"{dice.number(1, 5)}{unit}"}
    return {"value": odd.quantity(dice, f"{dice.number(4, 16)}{unit}"), "requestPolicy": policy}


def _spoil(dice: Dice, policy: JsonObject, unit: str) -> None:
    """Make of a range what the API server would refuse: bounds that are missing, odd or cross each other."""
    limits = policy["validRange"]
    for bound in tuple(limits):
        limits[bound] = odd.quantity(dice, limits[bound])
    policy["default"] = odd.quantity(dice, policy["default"])
    if dice.oddly(0.05):
        del limits["min"]
    if dice.oddly(0.1):
        # A default that the range does not admit counts all the same.
        policy["default"] = f"{dice.number(5, 20)}{unit}"
    if dice.oddly(0.03):
        policy["validValues"] = [f"{value}{unit}" for value in sorted(dice.some(range(1, 12), 1, 3))]


def _binding(dice: Dice) -> JsonObject:
    binding: JsonObject = {"bindingConditions": ["dra.example.com/is-ready"]}
    if dice.chance(0.5):
        binding["bindingFailureConditions"] = ["dra.example.com/failed"]
    if dice.chance(0.5):
        binding["bindsToNode"] = True
    if dice.oddly(0.05):
        del binding["bindingConditions"]
    return binding


def random_counters(dice: Dice, counter_sets: list[JsonObject], features: JsonObject) -> list[JsonObject]:
    """What a device consumes of some of the counter sets."""
    consumed = []
    for each in dice.some(counter_sets, 1, 2 if dice.chance(0.2) else 1):
        names = [name for name in each["counters"] if dice.chance(0.9)]
        counters = {name: {"value": odd.quantity(dice, str(dice.number(0, 3)))} for name in names}
        if not counters or dice.oddly(0.004):
            counters["unknown" if dice.chance(0.2) else next(iter(each["counters"]))] = {"value": "1"}
        entry: JsonObject = {"counterSet": each["name"] if not dice.oddly(0.003) else "absent", "counters": counters}
        if (features["CompatibilityGroups"] and dice.chance(0.6)) or dice.chance(0.01):
            entry["compatibilityGroups"] = dice.some(GROUPS, 1, 2)
        consumed.append(entry)
    return consumed
