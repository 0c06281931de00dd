"""Random CEL expressions over random devices: mostly well typed, some not, some not even CEL."""

from __future__ import annotations

import re

from benchmarks.fuzz.corners import CORNERS, MISTAKES
from benchmarks.fuzz.dice import Dice, JsonObject
from benchmarks.fuzz.grammar import ATOMS, RULES

DRIVER = "gpu.example.com"
_HOLE = re.compile(r"<([a-z]+)>")
_OPERATOR = re.compile(r"[-!]|\s([&|?<>=!+*/%]|in\s)")
_TOKEN = re.compile(r'"[^"]*"|\w+|\s+|.')
_STRAY = (
    "(",
    ")",
    ".",
    ",",
    "[",
    "]",
    "!",
    "&&",
    "||",
    "?",
    ":",
    '"',
    "in",
    "device",
    "1",
    "0u",
    "1.5",
    "null",
    "-",
    "@",
    "é",
)


def random_question(seed: int, number: int) -> JsonObject:
    """Question ``number`` of a run: a record as ``drapolicy batch cel`` reads it."""
    dice = Dice(f"cel {seed} {number}")
    kind = dice.weighted(typed=75, swapped=10, mistaken=10, broken=5)
    text = _filled(dice, "bool", dice.number(1, 4), 0.08 if kind == "swapped" else 0.0)
    if kind == "broken":
        text = _broken(dice, text)
    elif kind == "mistaken":
        text = _mistaken(dice, text)
    question: JsonObject = {
        "id": f"fuzz-{seed}-{number}",
        "driver": DRIVER,
        "device": _device(dice),
        "expression": text,
        "env": "stored" if dice.chance(0.8) else "new",
    }
    if dice.chance(0.1):
        question["features"] = {name: dice.chance(0.5) for name in ("ConsumableCapacity", "ListTypeAttributes")}
    if dice.chance(0.03):
        question["costLimit"] = dice.number(0, 30)
    return question


def _filled(dice: Dice, kind: str, depth: int, wrong: float) -> str:
    """An expression of that type; with probability ``wrong`` each part is of another type."""
    if wrong and dice.chance(wrong):
        kind = dice.pick(tuple(ATOMS))
    return _with_parts(dice, dice.pick(_rules(dice, kind, depth)), depth, wrong)


def _rules(dice: Dice, kind: str, depth: int) -> tuple[str, ...]:
    """The alternatives of a type among which one is chosen; its smallest expressions where it is deep enough."""
    if depth <= 0 or dice.chance(0.1):
        return ATOMS[kind]
    return CORNERS[kind] if kind not in RULES or (kind in CORNERS and dice.chance(0.4)) else RULES[kind]


def _with_parts(dice: Dice, text: str, depth: int, wrong: float) -> str:
    return _HOLE.sub(lambda hole: _part(dice, hole.group(1), depth - 1, wrong), text)


def _mistaken(dice: Dice, text: str) -> str:
    """One mistake by itself or beside a good text."""
    mistake = _with_parts(dice, dice.pick(MISTAKES["bool"]), dice.number(1, 2), 0.0)
    form = dice.weighted(alone=5, left=2, right=2, loop=1)
    if form == "loop":
        return f"[1, 2].exists(z, {mistake}) || {text}"
    return {"alone": mistake, "left": f"{mistake} && ({text})", "right": f"({text}) || {mistake}"}[form]


def _part(dice: Dice, kind: str, depth: int, wrong: float) -> str:
    text = _filled(dice, kind, depth, wrong)
    return f"({text})" if _OPERATOR.search(text) and dice.chance(0.9) else text


def _broken(dice: Dice, text: str) -> str:
    """The text with a few tokens taken away, doubled, exchanged or added."""
    tokens = _TOKEN.findall(text)
    for _ in range(dice.number(1, 2)):
        place = dice.number(0, len(tokens) - 1)
        change = dice.weighted(remove=3, double=1, stray=3, swap=1)
        if change == "remove" and len(tokens) > 1:
            del tokens[place]
        elif change == "double":
            tokens.insert(place, tokens[place])
        elif change == "stray":
            tokens.insert(place, dice.pick(_STRAY))
        else:
            tokens[place], tokens[0] = tokens[0], tokens[place]
    return "".join(tokens)


def _device(dice: Dice) -> JsonObject:
    """A device with the names that the grammar reads; each may be missing or of another type."""
    attributes: JsonObject = {
        "model": {"string": dice.pick(("A100", "H100", "", "héllo", "a,b,,c"))},
        "index": {"int": dice.pick((0, 1, -7, 3, 2**62))},
        "ecc": {"bool": dice.chance(0.5)},
        "driverVersion": {"version": dice.pick(("550.54.14", "1.0.0-rc.1", "1.0.0+b"))},
        "address": {"string": dice.pick(("192.168.0.1", "::1", "10.0.0.0/8", "nowhere"))},
        "other.example.com/model": {"string": dice.pick(("A100", "x"))},
    }
    if dice.chance(0.5):
        attributes["links"] = {"strings": dice.some(("nv1", "nv2", "nv3"), 1, 3)}
        attributes["numas"] = {"ints": dice.some((0, 1, 2), 1, 3)}
        attributes["flags"] = {"bools": [dice.chance(0.5), True]}
        attributes["firmwares"] = {"versions": ["1.0.0", "2.1.0"]}
    if dice.chance(0.15):
        name = dice.pick(tuple(attributes))
        attributes[name] = dice.pick(({"int": 1}, {"string": "x"}, {"bool": True}, {"version": "1.2.3"}))
    kept = {name: value for name, value in attributes.items() if not dice.chance(0.07)}
    if dice.chance(0.01):
        kept["broken"] = dice.pick(({"version": "1.2"}, {}))
    sizes = ("40Gi", "80Gi", "0", "-5", "1500m", "1.5Gi", "10E", "3", "1e3", "0.5")
    device: JsonObject = {
        "name": "gpu-0",
        "attributes": kept,
        "capacity": {n: {"value": dice.pick(sizes)} for n in ("memory", "cores") if not dice.chance(0.07)},
    }
    if dice.chance(0.2):
        device["allowMultipleAllocations"] = dice.chance(0.5)
    return device
