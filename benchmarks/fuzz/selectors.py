"""Random selectors as people write them for claims, some of which fail on some devices or do not compile."""

from __future__ import annotations

from benchmarks.fuzz.devices import MODELS, ROOTS
from benchmarks.fuzz.dice import Dice, JsonObject

_USUAL = (
    '{A}.model == "{model}"',
    '{A}.model != "{model}"',
    '{A}["model"] in ["{model}", "{other}"]',
    "{A}.index < {number}",
    "{A}.index == {number}",
    "{A}.index % 2 == 0",
    "{A}.ecc",
    "!{A}.ecc",
    "{A}.numa == {bit}",
    '{A}.driverVersion.isGreaterThan(semver("540.0.0"))',
    '{A}.driverVersion.compareTo(semver("550.54.14")) == 0',
    '{C}.memory.compareTo(quantity("16Gi")) >= 0',
    '{C}.memory.isGreaterThan(quantity("1Gi"))',
    '{C}["cores"].isLessThan(quantity("9"))',
    '{A}.?model.orValue("none") == "{model}"',
    "{A}.?ecc.orValue({truth})",
    'has({A}.model) && {A}.model == "{model}"',
    '"memory" in {C} && {C}.memory.compareTo(quantity("40Gi")) >= 0',
    '!("model" in {A}) || {A}.model.startsWith("{letter}")',
    '{A}.model.matches("^[{letter}L]")',
    'device.attributes["resource.kubernetes.io"].pcieRoot == "{root}"',
    'device.attributes["resource.kubernetes.io"].?pcieRoot.orValue("") != "{root}"',
    "cel.bind(a, {A}, a.ecc && a.numa == {bit})",
    'device.driver == "{driver}"',
    "device.allowMultipleAllocations == {truth}",
    "size({A}) > 3",
    "true",
)
_LISTS = (
    '{A}.links.includes("nv{digit}")',
    "{A}.numas.includes({bit})",
    '{A}.links.exists(x, x == "nv{digit}")',
    '{A}.links.all(x, x != "nv{digit}")',
    "{A}.?numas.orValue([0]).size() > 1",
)
_FAULTY = (
    '{A}.absent == "x"',
    "{A}.model == {number}",
    '{A}.index == "{model}"',
    "{A}.model",
    "{A}.index",
    "{A}.index / {bit} == 1",
    'device.absent == "x"',
    "{A}.model ==",
    "[{A}.numa, 5] == [0, 5]",
    '{A}.driverVersion == "1.0.0"',
    '"1.0.0" == {A}.driverVersion',
    "device.driver",
    "{A}.model > 3",
    'quantity("abc").isInteger()',
    '{A}.model.exists(x, x == "A")',
    "false",
)


def random_selector(dice: Dice, driver: str, features: JsonObject) -> str:
    """A selector for devices of the driver, most of which it does not fail on."""
    if dice.chance(0.12):
        left, right = random_selector(dice, driver, features), random_selector(dice, driver, features)
        return f"({left}) {dice.pick(('&&', '||'))} ({right})"
    usual = _USUAL + _LISTS if features["ListTypeAttributes"] else _USUAL
    text = dice.pick(_FAULTY) if dice.oddly(0.02) else dice.pick(usual)
    words = {
        "A": f'device.attributes["{driver}"]',
        "C": f'device.capacity["{driver}"]',
        "model": dice.pick(MODELS),
        "other": dice.pick(MODELS),
        "letter": dice.pick("AHL"),
        "number": str(dice.number(0, 4)),
        "digit": str(dice.number(1, 3)),
        "bit": str(dice.number(0, 1)),
        "truth": dice.pick(("true", "false")),
        "root": dice.pick(ROOTS),
        "driver": driver,
    }
    for name, word in words.items():
        text = text.replace("{" + name + "}", word)
    return text
