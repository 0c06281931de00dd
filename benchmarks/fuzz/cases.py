"""Random cases of allocation: a cluster, what is in use, and the claims of one pod."""

from __future__ import annotations

from benchmarks.fuzz.claims import random_claim, random_classes
from benchmarks.fuzz.devices import DRIVERS
from benchmarks.fuzz.dice import Dice, JsonObject
from benchmarks.fuzz.odd import quantity
from benchmarks.fuzz.pools import random_nodes, random_slices
from benchmarks.fuzz.taints import random_rules

DEFAULT_FEATURES = (
    "AdminAccess",
    "ConsumableCapacity",
    "DeviceBindingAndStatus",
    "DeviceTaintRules",
    "DeviceTaints",
    "FractionalCapacityRange",
    "PartitionableDevices",
    "PrioritizedList",
)
ALPHA_FEATURES = ("CompatibilityGroups", "DerivedAttributes", "ListTypeAttributes", "OptionalNodeOperations")
SHARES = ("bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb", "cccccccc-cccc-cccc-cccc-cccccccccccc")


def random_case(seed: int, number: int, *, is_easy: bool = False) -> JsonObject:
    """Case ``number`` of a run: a record as ``drapolicy batch allocate`` reads it.

    ``is_easy``: without anything odd, and the claims ask for little, so that they fit more often.
    """
    dice = Dice(f"allocate {seed} {number}")
    dice.oddness = float(dice.weighted(**{"0": 4, "1": 5, "4": 1}))
    dice.demand = float(dice.weighted(**{"0.3": 4, "1": 5, "1.5": 1}))
    if is_easy:
        dice.oddness, dice.demand = 0.0, 0.1
    features = _features(dice)
    nodes = random_nodes(dice)
    slices = random_slices(dice, nodes, features)
    drivers = sorted({each["spec"]["driver"] for each in slices}) or list(DRIVERS[:1])
    count = int(dice.weighted(**{"1": 60, "2": 25, "3": 10, "5": 2}))
    claims = [random_claim(dice, i, drivers, features) for i in range(count)]
    return {
        "name": f"fuzz-{seed}-{number}",
        "features": features,
        "nodes": nodes,
        "classes": random_classes(dice, sorted({*drivers, *DRIVERS}), features),
        "slices": slices,
        **random_rules(dice, slices),
        "claims": claims,
        **_in_use(dice, slices, features),
    }


def _features(dice: Dice) -> JsonObject:
    """What is on by default, alpha features beside it, all but one or one alone, or any of them."""
    kind = dice.weighted(default=4, alpha=4, one=2, any=3)
    if kind == "default":
        return {**dict.fromkeys(DEFAULT_FEATURES, True), **dict.fromkeys(ALPHA_FEATURES, False)}
    if kind == "alpha":
        return {**dict.fromkeys(DEFAULT_FEATURES, True), **{name: dice.chance(0.5) for name in ALPHA_FEATURES}}
    if kind == "one":
        # All but one, or one alone.
        is_alone, one = dice.chance(0.3), dice.pick((*DEFAULT_FEATURES, *ALPHA_FEATURES))
        return {name: (name == one) is is_alone for name in (*DEFAULT_FEATURES, *ALPHA_FEATURES)}
    return {name: dice.chance(0.5) for name in (*DEFAULT_FEATURES, *ALPHA_FEATURES)}


def _in_use(dice: Dice, slices: list[JsonObject], features: JsonObject) -> JsonObject:
    """Devices that other claims hold, shared ones with what is consumed of them."""
    share = dice.pick((0.0, 0.0, 0.2, 0.5))
    devices: list[JsonObject] = []
    shared: list[JsonObject] = []
    consumed: list[JsonObject] = []
    for each in slices:
        for device in each["spec"].get("devices", ()):
            name = {"driver": each["spec"]["driver"], "pool": each["spec"]["pool"]["name"], "device": device["name"]}
            # Kubernetes does not find again what it allocated by an empty name.
            if not dice.chance(share) or not all(name.values()):
                continue
            if device.get("allowMultipleAllocations") and features["ConsumableCapacity"] and dice.chance(0.9):
                if name in devices or any(name.items() <= old.items() for old in shared):
                    continue
                for share_id in SHARES[: 2 if dice.chance(0.2) else 1]:
                    shared.append({**name, "shareID": share_id})
                    consumed.append({**name, "consumedCapacity": _consumed(dice, device)})
            else:
                devices.append(name)
    return {"allocatedDevices": devices, "allocatedSharedDeviceIDs": shared, "allocatedCapacity": consumed}


def _consumed(dice: Dice, device: JsonObject) -> JsonObject:
    names = [name for name in device.get("capacity", {}) if dice.chance(0.9)]
    # Nobody holds less than nothing: Kubernetes allocates no negative amount.
    return {name: quantity(dice, str(dice.number(0, 6))).removeprefix("-") for name in names}
