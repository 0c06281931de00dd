"""Odd numbers, names and selectors: a driver's mistakes, and objects that the API server did not see."""

from __future__ import annotations

from benchmarks.fuzz.dice import Dice, JsonObject

ODD_NUMBERS = (
    "+2",
    "02",
    "-3",
    "2_0",
    " 2",
    "2 ",
    "0x2",
    "1e1",
    "2.0",
    "",
    "\uff12",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "00000000000000000000004",
)
ODD_QUANTITIES = (
    "-1",
    "-2Gi",
    "+3",
    "06",
    "1.5Gi",
    "0.5",
    "3000",
    "8Gi",
    "1Pi",
    "9223372036854775807",
    "9223372036854775808",
    "8Ei",
    "7E",
    "1e19",
    "1e30",
    "1n",
    "0.1n",
    "500u",
    "-9223372036854775808",
)
ODD_COUNTS = (0, 8, 11, 16, 17, 30, 31, 32, 33, 34, 40, 2**31, 2**63 - 1)
_ODD_KEYS = ("", "not a key!", "/x", "a/b/c", "UPPER.example.com/x", "x" * 64)


def label_number(dice: Dice) -> str:
    """A whole number as labels have it, seldom one that is none."""
    return dice.pick(ODD_NUMBERS) if dice.oddly(0.15) else str(dice.number(1, 9))


def quantity(dice: Dice, text: str) -> str:
    """The quantity, seldom another one: negative, huge, or not in canonical form."""
    return dice.pick(ODD_QUANTITIES) if dice.oddly(0.02) else text


def name(dice: Dice, usual: str) -> str:
    """The name, seldom none."""
    return "" if dice.oddly(0.004) else usual


def spoilt_requirement(dice: Dice, requirement: JsonObject, *, is_field: bool) -> JsonObject:
    """The requirement of a node selector with one thing that may be wrong with it."""
    if is_field:
        changes: tuple[JsonObject, ...] = (
            {"operator": "Exists"},
            {"values": []},
            {"values": ["node-0", "node-1"]},
            {"key": "metadata.uid"},
        )
        return {**requirement, **dice.pick(changes)}
    kind = dice.weighted(operator=3, key=3, values=4, number=4, several=1)
    if kind == "operator":
        return {**requirement, "operator": dice.pick(("Near", "", "in", "<", "Equals"))}
    if kind == "key":
        return {**requirement, "key": dice.pick(_ODD_KEYS)}
    if kind == "number":
        values = [dice.pick(ODD_NUMBERS) for _ in range(2 if dice.chance(0.2) else 1)]
        return {"key": "rack", "operator": dice.pick(("Gt", "Lt")), "values": values}
    if kind == "values":
        values = dice.pick(([], ["b!"], ["x" * 64], ["z1", "z 1"], [""]))
        return {**requirement, "operator": dice.pick(("In", "NotIn", "Exists", "DoesNotExist")), "values": values}
    without = {field: value for field, value in requirement.items() if field != "values"}
    return {**without, "operator": dice.pick(("In", "Gt", "Exists"))}
