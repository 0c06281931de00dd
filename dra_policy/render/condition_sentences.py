"""Reasons about conditions, names and expressions in words."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.explain.explanation import Reason
from dra_policy.render.names import count, listed, plural, plural_noun, short_attribute
from dra_policy.render.wording import (
    Wording,
    from_sentence,
)

# How the version of a thing is spoken of: the thing, and what devices with a lower or a higher one do.
_VERSIONED = {"driverVersion": ("driver", "run older drivers", "run newer drivers")}


def _disjoint(reason: Reason) -> str:
    """Two conditions, and what the devices that meet one of them have where the other looks."""
    start = f"No device has both {_wanted(reason, 'first')} and {_wanted(reason, 'second')}"
    if not reason.texts("first_values") or not reason.texts("second_values"):
        return f"{start}."
    model = reason.text("first_model")
    first = f"the {plural_noun(model)}" if model else f"the {_with(reason, 'first')}"
    first, second = f"{first} {_have(reason, 'first', 'second')}", _have(reason, "second", "first")
    return f"{start}: {first}, the {_with(reason, 'second')} {second}."


def _disjoint_clause(reason: Reason) -> str:
    return f"no device has both {_wanted(reason, 'first')} and {_wanted(reason, 'second')}"


def _wanted(reason: Reason, which: str) -> str:
    """``80Gi`` of an amount, ``driver 570`` of a version that has a common name, else the condition."""
    if reason.text(f"{which}_operator") not in (">=", ">", "=="):
        return reason.text(which)
    constant, attribute = reason.text(f"{which}_constant"), reason.text(f"{which}_attribute")
    if reason.text(f"{which}_type") == "quantity":
        return constant
    known = _VERSIONED.get(attribute)
    return f"{known[0]} {_short_version(constant)}" if known else reason.text(which)


def _short_version(text: str) -> str:
    while text.endswith(".0"):
        text = text.removesuffix(".0")
    return text


def _with(reason: Reason, which: str) -> str:
    return f"{plural_noun(reason.text(f'{which}_noun'))} with {_wanted(reason, which)}"


def _have(reason: Reason, of: str, other: str) -> str:
    """What the devices that meet one condition have where the other looks: ``have 48Gi``, ``run older drivers``."""
    known = _VERSIONED.get(reason.text(f"{other}_attribute"))
    if known is not None and reason.text(f"{other}_operator") in (">=", ">"):
        return known[1]
    values = listed(reason.texts(f"{of}_values"), "or")
    named = "" if reason.text(f"{other}_type") == "quantity" else f"{reason.text(f'{other}_attribute')} "
    return f"have {named}{values}"


def _found(reason: Reason) -> str:
    """What devices have instead: the extreme of an ordering, else the most frequent values."""
    extreme, operator = reason.text("extreme"), reason.text("operator")
    if extreme:
        return f"the {'largest' if operator in ('>', '>=') else 'smallest'} published is {extreme}"
    values = reason.texts("values")
    if not values:
        return "it is published on none" if reason.number("absent") else ""
    more = reason.number("more")
    return f"published are {', '.join(values)}" + (f" and {plural(more, 'other value')}" if more else "")


def _condition_alone(reason: Reason) -> str:
    found = _found(reason)
    condition, operator = reason.text("condition"), reason.text("operator")
    if operator == "==":
        has = f"has {condition.replace(' is ', ' ', 1)}"
    else:
        has = f"has {condition}" if operator in ("<", "<=", ">", ">=") else f"meets {condition}"
    asks = f", which class {reason.text('class')} asks for" if reason.text("class") else ""
    return f"No {reason.text('noun')} {has}{asks}{f'; {found}' if found else ''}."


def _condition_clause(reason: Reason) -> str:
    found = _found(reason)
    of_class = f"class {reason.text('class')}, " if reason.text("class") else ""
    return f"{of_class}{reason.text('condition')}: {found or 'no ' + reason.text('noun') + ' has it'}"


def _unpublished(reason: Reason) -> str:
    if reason.arguments.get("constraint"):
        needs = "the constraint needs it on every device that it names"
    elif reason.text("class"):
        needs = f"class {reason.text('class')} needs it"
    else:
        needs = f"the condition `{reason.text('condition')}` needs it"
    return f"No device publishes {reason.text('name')}; {needs}."


def _unpublished_capacity(reason: Reason) -> str:
    return f"No device publishes {reason.text('name')}; request {reason.text('request')} asks for it."


def _unpublished_clause(reason: Reason) -> str:
    return f"no device publishes {reason.text('name')}"


def _absent(reason: Reason) -> str:
    missing, matching = reason.number("missing"), reason.number("matching")
    short, nouns = short_attribute(reason.text("attribute")), plural_noun(reason.text("noun"))
    who = (
        f"{count(missing)} of the {count(matching)} {nouns} do not publish"
        if missing < matching
        else f"None of the {count(matching)} {nouns} publishes"
    )
    return f"{who} {short}; the constraint needs it on every device that it names."


def _cel(reason: Reason) -> str:
    """Who reads what of which devices, where that happens first, and how many devices would have done."""
    where, device, node = reason.text("where"), reason.text("device"), reason.text("node")
    key, noun = reason.text("key"), reason.text("noun")
    start = (
        f"{where} reads `{key}` from {plural_noun(noun)}, which have none."
        if key
        else f"{where} fails on {device}: {reason.text('error')}."
    )
    matching = reason.number("matching")
    others = plural(matching, reason.text("matching_noun"))
    though = f", though {others} {'matches' if matching == 1 else 'match'}" if matching else ""
    if reason.arguments.get("later"):
        return f"{start} When what is held now is released, {node} meets {device}: the error ends scheduling{though}."
    first = f"The first device visited on {node} is {device}"
    if not reason.arguments.get("first"):
        first = f"On {node} it first meets one at {device}"
    return f"{start} {first}: the error ends scheduling{though}."


def _cel_clause(reason: Reason) -> str:
    key, noun = reason.text("key"), reason.text("noun")
    lower = reason.text("where")[0].lower() + reason.text("where")[1:]
    return f"{lower} reads `{key}` of {plural_noun(noun)}" if key else f"{lower} fails on {reason.text('device')}"


CONDITIONS: Mapping[str, Wording] = {
    "disjoint-conditions": Wording(_disjoint, _disjoint_clause),
    "condition": Wording(_condition_alone, _condition_clause),
    "unpublished": Wording(_unpublished, _unpublished_clause),
    "unpublished-capacity": Wording(_unpublished_capacity, _unpublished_clause),
    "attribute-absent": from_sentence(_absent),
    "cel-error": Wording(_cel, _cel_clause),
}
