"""Random device classes and the claims of one pod, over all features of the structured allocator."""

from __future__ import annotations

from benchmarks.fuzz import odd
from benchmarks.fuzz.devices import DRIVERS, GPU, PCIE_ROOT
from benchmarks.fuzz.dice import Dice, JsonObject
from benchmarks.fuzz.selectors import random_selector
from benchmarks.fuzz.taints import random_toleration

API = "resource.k8s.io/v1"
COMMON_ATTRIBUTES = (PCIE_ROOT, PCIE_ROOT, f"{GPU}/numa", f"{GPU}/numa", f"{GPU}/model", f"{GPU}/driverVersion")
LIST_ATTRIBUTES = (f"{GPU}/links", f"{GPU}/numas", f"{GPU}/firmwares", f"{GPU}/flags")
DERIVED_EXPRESSIONS = (
    "{A}.numa",
    "{A}.model",
    '{A}.?model.orValue("none")',
    "{A}.?numa.orValue(0)",
    "{A}.driverVersion",
    "{A}.index % 2 == 0",
    'device.driver == "gpu.example.com" ? 1 : 0',
    "{A}.?numas.orValue([0])",
    "{A}.model.substring(0, 1)",
)


def random_classes(dice: Dice, drivers: list[str], features: JsonObject) -> list[JsonObject]:
    """A class for each driver, and one for all devices."""
    classes = []
    for driver in drivers:
        selectors = [f'device.driver == "{driver}"']
        if dice.demandingly(0.15):
            selectors.append(random_selector(dice, driver, features))
        spec: JsonObject = {"selectors": [_cel(each) for each in selectors]}
        if dice.chance(0.15):
            spec["config"] = [{"opaque": {"driver": driver, "parameters": {"kind": "Of", "class": driver}}}]
        classes.append(_class(driver, spec))
    return [*classes, _class("any", {})]


def _class(name: str, spec: JsonObject) -> JsonObject:
    return {"apiVersion": API, "kind": "DeviceClass", "metadata": {"name": name}, "spec": spec}


def _cel(expression: str) -> JsonObject:
    return {"cel": {"expression": expression}}


def random_claim(dice: Dice, number: int, drivers: list[str], features: JsonObject) -> JsonObject:
    names = [f"req-{index}" for index in range(int(dice.weighted(**{"1": 5, "2": 4, "3": 2})))]
    requests = [_request(dice, name, drivers, features) for name in names]
    devices: JsonObject = {"requests": requests}
    count = int(dice.weighted(**{"1": 4, "2": 1})) if dice.demandingly(0.45) else 0
    constraints = [_constraint(dice, requests, features) for _ in range(count)]
    if constraints:
        devices["constraints"] = constraints
    if dice.chance(0.2):
        devices["config"] = [_config(dice, requests) for _ in range(dice.number(1, 2))]
    metadata = {"name": f"claim-{number}", "namespace": odd.name(dice, "default")}
    return {"apiVersion": API, "kind": "ResourceClaim", "metadata": metadata, "spec": {"devices": devices}}


def _request(dice: Dice, name: str, drivers: list[str], features: JsonObject) -> JsonObject:
    if dice.chance(0.25) if features["PrioritizedList"] else dice.oddly(0.02):
        count = dice.pick((7, 8, 9)) if dice.oddly(0.02) else dice.number(1, 3)
        return {
            "name": name,
            "firstAvailable": [{"name": f"sub-{i}", **_demand(dice, drivers, features)} for i in range(count)],
        }
    exactly = _demand(dice, drivers, features)
    if dice.chance(0.12) if features["AdminAccess"] else dice.oddly(0.01):
        exactly["adminAccess"] = dice.chance(0.9)
    return {"name": name, "exactly": exactly}


def _demand(dice: Dice, drivers: list[str], features: JsonObject) -> JsonObject:
    driver = dice.pick(DRIVERS) if dice.demandingly(0.05) else dice.pick(drivers)
    demand: JsonObject = {"deviceClassName": driver if dice.chance(0.85) else "any"}
    if dice.oddly(0.01):
        demand["deviceClassName"] = dice.pick(("absent", ""))
    if dice.chance(0.12):
        demand["allocationMode"] = "All"
    else:
        usual = dice.number(2, 4) if dice.demandingly(0.4) else 1
        count = dice.pick(odd.ODD_COUNTS) if dice.oddly(0.02) else usual
        demand |= {"allocationMode": "ExactCount", "count": count}
    if dice.oddly(0.003):
        demand["allocationMode"] = dice.pick(("", "Some"))
    if dice.demandingly(0.4):
        number = 2 if dice.chance(0.2) else 1
        demand["selectors"] = [_cel(random_selector(dice, driver, features)) for _ in range(number)]
        if dice.oddly(0.003):
            demand["selectors"].append({})
    if dice.chance(0.35) if features["DeviceTaints"] else dice.oddly(0.02):
        demand["tolerations"] = [random_toleration(dice) for _ in range(dice.number(1, 2))]
    if dice.chance(0.3) if features["ConsumableCapacity"] else dice.oddly(0.01):
        demand["capacity"] = {"requests": _capacity_requests(dice, driver)}
    if dice.chance(0.25) if features["DerivedAttributes"] else dice.oddly(0.005):
        demand["derivedAttributes"] = [_derived(dice, driver, name) for name in dice.some(("d/a", f"{GPU}/numa"), 1, 2)]
    return demand


def _capacity_requests(dice: Dice, driver: str) -> JsonObject:
    names = ("memory", "cores", f"{driver}/memory", f"{driver}/slots", "absent")
    weights = ("memory",) * 12 + ("cores",) * 6 + (names if dice.oddness else names[:-1])
    asked = {dice.pick(weights) for _ in range(dice.number(1, 2))}
    units = ("", "", "", "", "Gi", "m", "k")
    return {name: odd.quantity(dice, f"{dice.number(0, 8)}{dice.pick(units)}") for name in sorted(asked)}


def _derived(dice: Dice, driver: str, name: str) -> JsonObject:
    expression = dice.pick(DERIVED_EXPRESSIONS).replace("{A}", f'device.attributes["{driver}"]')
    return {"name": name, "expression": expression}


def _names(requests: list[JsonObject]) -> list[str]:
    """What constraints and configurations may name: requests and their alternatives."""
    subs = [f"{each['name']}/{sub['name']}" for each in requests for sub in each.get("firstAvailable", ())]
    return [*(each["name"] for each in requests), *subs]


def _constraint(dice: Dice, requests: list[JsonObject], features: JsonObject) -> JsonObject:
    attributes: tuple[str, ...] = COMMON_ATTRIBUTES
    if features["ListTypeAttributes"]:
        attributes += LIST_ATTRIBUTES
    if features["DerivedAttributes"]:
        attributes += ("d/a", "d/a", "d/a")
    can_differ = features["ConsumableCapacity"] or dice.oddly(0.05)
    kind = "distinctAttribute" if can_differ and dice.chance(0.3) else "matchAttribute"
    constraint: JsonObject = {kind: dice.pick(attributes)}
    if dice.oddly(0.005):
        constraint = dice.pick(({}, {"matchAttribute": attributes[0], "distinctAttribute": attributes[2]}))
    if dice.chance(0.5):
        constraint["requests"] = dice.some(_names(requests), 1, 2)
    return constraint


def _config(dice: Dice, requests: list[JsonObject]) -> JsonObject:
    config: JsonObject = {"opaque": {"driver": dice.pick(DRIVERS), "parameters": {"kind": "Of", "claim": "yes"}}}
    if dice.chance(0.7):
        config["requests"] = dice.some(_names(requests), 1, 2)
    return config
