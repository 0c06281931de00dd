"""Random nodes and the pools of slices that drivers publish, with the faults that pools have."""

from __future__ import annotations

from benchmarks.fuzz.devices import DRIVERS, random_counters, random_device
from benchmarks.fuzz.dice import Dice, JsonObject
from benchmarks.fuzz.odd import ODD_NUMBERS, label_number, name, quantity, spoilt_requirement

ZONES = ("z1", "z2", "z3")


def random_nodes(dice: Dice) -> list[JsonObject]:
    nodes = []
    for number in range(int(dice.weighted(**{"1": 50, "2": 35, "3": 10, "5": 3, "8": 2}))):
        labels = {"topology.kubernetes.io/zone": dice.pick(ZONES), "rack": label_number(dice)}
        if dice.chance(0.5):
            labels["gpu-node"] = "true"
        node: JsonObject = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": f"node-{number}", "labels": labels},
        }
        if dice.chance(0.5):
            node["status"] = {"declaredFeatures": ["DRAOptionalNodeOperations"]}
        nodes.append(node)
    return nodes


def random_slices(dice: Dice, nodes: list[JsonObject], features: JsonObject) -> list[JsonObject]:
    """Pools of one node and pools that several can reach."""
    names = [node["metadata"]["name"] for node in nodes]
    slices: list[JsonObject] = []
    drivers = dice.some(DRIVERS, 1, 2 if dice.chance(0.9) else 3)
    for driver in drivers:
        for node in names:
            if dice.chance(0.75):
                slices += _pool(dice, driver, dice.pick((node, node, "local")) + "-pool", {"nodeName": node}, features)
        if dice.chance(0.35):
            slices += _pool(dice, driver, "shared", _reach(dice, names), features)
    return dice.shuffled(slices)


def _reach(dice: Dice, names: list[str]) -> JsonObject:
    if dice.oddly(0.02):
        return dice.pick(
            (
                {},
                {"allNodes": False},
                {"nodeName": ""},
                {"allNodes": True, "nodeSelector": node_selector(dice)},
                {"allNodes": True, "perDeviceNodeSelection": False},
            )
        )
    return dice.pick(({"allNodes": True}, {"nodeSelector": node_selector(dice)}, {"nodeName": dice.pick(names)}))


def node_selector(dice: Dice) -> JsonObject:
    """A node selector, seldom with more than the one term that allocations need."""
    terms = [_term(dice) for _ in range(2 if dice.oddly(0.05) else 1)]
    if dice.oddly(0.02):
        terms.append({})
    return {"nodeSelectorTerms": terms}


def _term(dice: Dice) -> JsonObject:
    if dice.chance(0.2):
        values = dice.some(("node-0", "node-1", "node-2"), 1, 1)
        field = {"key": "metadata.name", "operator": dice.pick(("In", "In", "NotIn")), "values": values}
        term: JsonObject = {
            "matchFields": [spoilt_requirement(dice, field, is_field=True) if dice.oddly(0.05) else field]
        }
        if dice.chance(0.2):
            term["matchExpressions"] = [{"key": "gpu-node", "operator": dice.pick(("Exists", "DoesNotExist"))}]
        return term
    zone = {"key": "topology.kubernetes.io/zone", "operator": dice.pick(("In", "In", "NotIn"))}
    expressions: list[JsonObject] = [{**zone, "values": dice.some(ZONES, 1, 2)}]
    if dice.chance(0.3):
        expressions.append({"key": "gpu-node", "operator": dice.pick(("Exists", "DoesNotExist"))})
    if dice.chance(0.2):
        limit = dice.pick(ODD_NUMBERS) if dice.oddly(0.05) else str(dice.number(1, 9))
        expressions.append({"key": "rack", "operator": dice.pick(("Gt", "Lt")), "values": [limit]})
    if dice.oddly(0.05):
        index = dice.number(0, len(expressions) - 1)
        expressions[index] = spoilt_requirement(dice, expressions[index], is_field=False)
    return {"matchExpressions": expressions}


def _pool(dice: Dice, driver: str, pool: str, reach: JsonObject, features: JsonObject) -> list[JsonObject]:
    """The slices of one pool; sometimes with an old generation, a missing slice or another fault."""
    generation = dice.number(1, 3)
    counter_sets = _counter_sets(dice) if features["PartitionableDevices"] and dice.chance(0.45) else []
    per_device = features["PartitionableDevices"] and dice.chance(0.15)
    if per_device:
        reach = {"perDeviceNodeSelection": True}
    parts = [_devices(dice, driver, part, counter_sets, features) for part in range(2 if dice.chance(0.3) else 1)]
    contents: list[JsonObject] = [{"devices": devices} for devices in parts]
    if counter_sets:
        first = len(counter_sets) if dice.chance(0.5) else dice.number(1, len(counter_sets))
        contents += [{"sharedCounters": each} for each in (counter_sets[:first], counter_sets[first:]) if each]
        if dice.oddly(0.03):
            # Devices beside counters are no devices.
            contents[-1]["devices"] = _devices(dice, driver, 2, counter_sets, features)
    if per_device:
        for content in contents:
            for device in content.get("devices", ()):
                device.update(_device_reach(dice))
    count = len(contents) + (dice.pick((1, -1)) if dice.oddly(0.03) and len(contents) > 1 else 0)
    slices = [_slice(dice, driver, pool, {**content, **reach}, (generation, count)) for content in contents]
    if dice.chance(0.3 if features["OptionalNodeOperations"] else 0.05):
        operations = (["*"], ["NodePrepareResources"], ["NodePrepareResources", "NodeUnprepareResources"])
        dice.pick(slices)["spec"]["skipNodeOperations"] = dice.pick(operations)
    if dice.oddly(0.12):
        old = {"devices": _devices(dice, driver, 0, [], features), **reach}
        slices.append(_slice(dice, driver, pool, old, (generation + dice.pick((-1, 1)), 1)))
    return slices


def _counter_sets(dice: Dice) -> list[JsonObject]:
    names = ["set-0", "set-1", "set-2"][: dice.number(1, 3)]
    if dice.oddly(0.02):
        names.append("set-0")
    return [
        {
            "name": name,
            "counters": {
                counter: {"value": quantity(dice, str(dice.number(2, 8)))}
                for counter in dice.some(("memory", "units"), 1, 2)
            },
        }
        for name in names
    ]


def _devices(
    dice: Dice, driver: str, part: int, counter_sets: list[JsonObject], features: JsonObject
) -> list[JsonObject]:
    devices = []
    for index in range(dice.number(33, 38) if dice.chance(0.01) else dice.number(1, 5)):
        device = random_device(dice, driver, f"{driver[:4].strip('.')}-{part}-{index}", features)
        if counter_sets and dice.chance(0.8):
            device["consumesCounters"] = random_counters(dice, counter_sets, features)
        devices.append(device)
        if dice.chance(0.35):
            # Real devices come in equal ones.
            devices.append({**device, "name": f"{device['name']}-twin"})
    if dice.oddly(0.01):
        devices.append(devices[0])
    return dice.shuffled(devices)


def _device_reach(dice: Dice) -> JsonObject:
    if dice.oddly(0.03):
        selector = {"nodeSelector": node_selector(dice)}
        return dice.pick(
            ({}, {"nodeName": ""}, {"allNodes": False}, {"allNodes": False, **selector}, {"nodeName": "", **selector})
        )
    return dice.pick(
        (
            {"nodeName": f"node-{dice.number(0, 1)}"},
            {"allNodes": True},
            {"nodeSelector": node_selector(dice)},
        )
    )


def _slice(dice: Dice, driver: str, pool: str, content: JsonObject, version: tuple[int, int]) -> JsonObject:
    generation, count = version
    spec = {
        "driver": driver,
        "pool": {"name": name(dice, pool), "generation": generation, "resourceSliceCount": max(1, count)},
        **content,
    }
    metadata = {"name": f"{dice.number(0, 99_999):05d}-{driver}"}
    return {"apiVersion": "resource.k8s.io/v1", "kind": "ResourceSlice", "metadata": metadata, "spec": spec}
