"""Random taints of devices, the rules by which administrators set them, and what requests tolerate."""

from __future__ import annotations

from benchmarks.fuzz.dice import Dice, JsonObject

KEYS = ("example.com/unhealthy", "example.com/maintenance")
EFFECTS = ("NoSchedule", "NoExecute", "None", "NoSchedule")
VALUES = ("a", "b")
TIMES = ("2026-03-01T00:00:00Z", "2026-03-01T09:30:00+02:00")


def random_taint(dice: Dice) -> JsonObject:
    taint: JsonObject = {"key": dice.pick(KEYS), "effect": dice.pick(EFFECTS)}
    if dice.chance(0.5):
        taint["value"] = dice.pick(VALUES)
    if dice.chance(0.2):
        taint["timeAdded"] = dice.pick(TIMES)
    if dice.oddly(0.02):
        taint |= dice.pick(({"effect": "Unheard"}, {"effect": ""}, {"key": ""}, {"effect": "noSchedule"}))
    return taint


def random_toleration(dice: Dice) -> JsonObject:
    toleration: JsonObject = {"operator": dice.pick(("Exists", "Equal", "Exists"))}
    if dice.chance(0.7):
        toleration["key"] = dice.pick(KEYS)
    if dice.chance(0.4):
        toleration["effect"] = dice.pick(EFFECTS)
    if toleration["operator"] == "Equal" or dice.chance(0.1):
        toleration["value"] = dice.pick((*VALUES, ""))
    if dice.chance(0.2):
        toleration["tolerationSeconds"] = dice.pick((0, 30, 3600, -1))
    if dice.oddly(0.02):
        toleration["operator"] = dice.pick(("", "Unheard"))
    return toleration


def random_rules(dice: Dice, slices: list[JsonObject]) -> JsonObject:
    """DeviceTaintRules as they stand, and former ones that were changed or removed."""
    names = {each["metadata"]["name"] for each in slices}
    # An informer knows objects by their names: of two slices of one name it has the last.
    if len(names) < len(slices) or not dice.chance(0.3):
        return {}
    rules = [_rule(dice, f"rule-{number}", slices) for number in range(dice.number(1, 3))]
    former = [_rule(dice, f"rule-{dice.number(0, 4)}", slices) for _ in range(dice.pick((0, 0, 1, 2)))]
    return {"taintRules": dice.shuffled(rules), "formerTaintRules": former}


def _rule(dice: Dice, name: str, slices: list[JsonObject]) -> JsonObject:
    spec: JsonObject = {"taint": random_taint(dice)}
    if not dice.chance(0.06):
        spec["deviceSelector"] = _selector(dice, slices)
    metadata = {"name": name}
    return {"apiVersion": "resource.k8s.io/v1", "kind": "DeviceTaintRule", "metadata": metadata, "spec": spec}


def _selector(dice: Dice, slices: list[JsonObject]) -> JsonObject:
    """Any of driver, pool and device, mostly those of one device that there is."""
    fields = {"driver", "pool", "device"} if dice.chance(0.3) else set(dice.some(("driver", "pool", "device"), 0, 2))
    selector = {}
    one = dice.pick(slices)["spec"] if slices else {}
    for field in sorted(fields):
        if slices and dice.chance(0.1):
            one = dice.pick(slices)["spec"]
        selector[field] = _found(dice, one, field)
    return selector


def _found(dice: Dice, spec: JsonObject, field: str) -> str:
    if dice.oddly(0.05):
        return dice.pick(("", "*", "absent"))
    match field:
        case "driver":
            found = spec.get("driver")
        case "pool":
            found = spec.get("pool", {}).get("name")
        case _:
            found = dice.pick(spec.get("devices") or [{}]).get("name")
    return str(found if found is not None else "absent")
