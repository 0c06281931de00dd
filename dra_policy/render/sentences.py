"""The words of every reason: one sentence or two for an answer, one clause for a list.

Arguments come from objects and are escaped before they get here. Present tense; the device or the rule is the subject.
"""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.explain.explanation import Outcome, Reason
from dra_policy.record import dataclass
from dra_policy.render.names import count, fold, listed, plural, plural_noun, short_attribute

# What people call a value of these attributes, where it is not the attribute's own name.
_VALUE_NOUNS = {"pcieRoot": "root"}
# How the version of a thing is spoken of: the thing, and what devices with a lower or a higher one do.
_VERSIONED = {"driverVersion": ("driver", "run older drivers", "run newer drivers")}


@dataclass(frozen=True, slots=True)
class Wording:
    """A reason in words: for the answer about one claim, and as one clause without a full stop for a list."""

    long: Callable[[Reason], str]
    short: Callable[[Reason], str]


def reason_sentence(reason: Reason) -> str:
    """The reason in one or two sentences; empty where an evidence block says it all."""
    return _WORDINGS[reason.template].long(reason)


def reason_clause(reason: Reason) -> str:
    """The reason in one clause, as lists of verdicts have it."""
    return _WORDINGS[reason.template].short(reason)


def gloss(outcome: Outcome, reason: Reason) -> str:
    """What a verdict means for the reader, beside the word."""
    if reason.template == "unsupported":
        return "not supported yet"
    if reason.template == "allocated":
        return "allocated"
    return "idle" if reason.arguments.get("idle") else _GLOSSES[outcome]


_GLOSSES = {
    Outcome.FITS: "now",
    Outcome.NOT_NOW: "waiting can help",
    Outcome.NEVER: "waiting does not help",
    Outcome.OVER_QUOTA: "devices exist",
    Outcome.BAD_POOL: "devices exist, Kubernetes ignores them",
    Outcome.CEL_ERROR: "Kubernetes stops the whole pod",
    Outcome.BAD_INPUT: "nothing to schedule yet",
    Outcome.UNKNOWN: "search stopped at its budget",
}


def one_of(attribute: str) -> str:
    """``on one numaNode`` for a place, ``of one pcieRoot`` for another attribute."""
    short = short_attribute(attribute)
    return f"on one {short}" if "node" in short.lower() or "numa" in short.lower() else f"of one {short}"


def value_noun(attribute: str) -> str:
    """What a value of an attribute is called: ``root`` of pcieRoot, else the attribute's last part."""
    short = short_attribute(attribute)
    return _VALUE_NOUNS.get(short, short)


def _things(reason: Reason, number: str = "wanted") -> str:
    return plural(reason.number(number), reason.text("noun"))


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _held(reason: Reason) -> str:
    """``Other claims hold 19 of the 32 H100s.``; empty where they hold none."""
    held, matching = reason.number("held"), reason.number("matching")
    if not held:
        return ""
    noun = reason.text("model") or reason.text("noun")
    if held == matching:
        return f" Other claims hold {'it' if held == 1 else f'all {plural(held, noun)}'}."
    return f" Other claims hold {count(held)} of the {count(matching)} {plural_noun(noun)}."


def _held_clause(reason: Reason) -> str:
    held = reason.number("held")
    return f"; other claims hold {count(held)}" if held else ""


def _best(reason: Reason) -> str:
    best = reason.number("best")
    return f"more than {count(best)}" if best else "any"


def _group_short(reason: Reason) -> str:
    wanted, where = reason.number("wanted"), one_of(reason.text("attribute"))
    start = f"{_things(reason)} {_are(wanted)} wanted {where}; none has {_best(reason)} left."
    return start + _held(reason)


def _group_short_clause(reason: Reason) -> str:
    where = one_of(reason.text("attribute"))
    return f"{_things(reason)} wanted {where}, none has {_best(reason)} left{_held_clause(reason)}"


def _group_never(reason: Reason) -> str:
    return f"{_group_never_clause(reason)}."


def _group_never_clause(reason: Reason) -> str:
    noun = value_noun(reason.text("attribute"))
    return f"{_things(reason)} {one_of(reason.text('attribute'))}: no {noun} of this fleet has {_best(reason)}"


def _joint_short(reason: Reason) -> str:
    numbers = zip(reason.numbers("counts"), reason.texts("nouns"), strict=True)
    parts, attribute = listed([plural(number, noun) for number, noun in numbers]), reason.text("attribute")
    noun, nodes, lack = value_noun(attribute), reason.texts("nodes"), reason.number("lack")
    lacking = "one device" if lack == 1 else f"{count(lack)} devices"
    if len(nodes) == 1 and reason.arguments.get("all_alike"):
        tail = f"each {noun} on {nodes[0]} lacks {lacking}"
    elif len(nodes) == 1:
        tail = f"the nearest {noun} on {nodes[0]} lacks {lacking}"
    else:
        tail = f"no {noun} has all of them, the nearest lacks {lacking}"
    return f"{parts} {one_of(attribute)} are wanted; {tail}."


def _joint_short_clause(reason: Reason) -> str:
    return _joint_short(reason).rstrip(".").replace(" are wanted;", " wanted;")


def _distinct_short(reason: Reason) -> str:
    short = short_attribute(reason.text("attribute"))
    best = reason.number("best")
    return f"{_things(reason)} with different {short} are wanted; no node has more than {plural(best, 'value')} of it."


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
    return f"No {reason.text('noun')} {has}{f'; {found}' if found else ''}."


def _condition_clause(reason: Reason) -> str:
    found = _found(reason)
    return f"{reason.text('condition')}: {found or 'no ' + reason.text('noun') + ' has it'}"


def _count_short(reason: Reason) -> str:
    wanted, nodes, best = reason.number("wanted"), reason.texts("nodes"), reason.number("best")
    condition, of_class = reason.text("condition"), reason.text("class")
    by_row = {
        "published": "",
        "pool": " in a pool that is complete and valid",
        "node": " that it may use",
        "condition": f" with {condition}",
        "counters": " whose counters suffice",
        "capacity": " with the capacity that is asked for",
        "untainted": " that is not tainted",
    }
    which = by_row.get(reason.text("row"), f" of class {of_class}" if of_class else "")
    start = f"{_things(reason)} {_are(wanted)} wanted on one node; "
    if not best:
        return f"{start}no node has any{which}."
    return f"{start}{fold(nodes, limit=4)} {'has' if len(nodes) == 1 else 'have'} {count(best)}{which}."


def _count_clause(reason: Reason) -> str:
    return (
        _count_short(reason).rstrip(".").replace(" are wanted on", " wanted on").replace(" is wanted on", " wanted on")
    )


def _too_few_free(reason: Reason) -> str:
    wanted = reason.number("wanted")
    return f"{_things(reason)} {_are(wanted)} wanted on one node; none has {_best(reason)} left." + _held(reason)


def _too_few_free_clause(reason: Reason) -> str:
    return f"{_things(reason)} wanted on one node, none has {_best(reason)} left{_held_clause(reason)}"


def _unpublished(reason: Reason) -> str:
    return (
        f"No device publishes {reason.text('name')}; the constraint needs it on every device that it names."
        if reason.arguments.get("constraint")
        else f"No device publishes {reason.text('name')}; the condition {reason.text('condition')} needs it."
    )


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


def _taints(reason: Reason) -> str:
    number, noun = reason.number("tainted"), reason.text("noun")
    who = "The only" if number == 1 else f"All {count(number)}"
    if not reason.arguments.get("all"):
        who = count(number)
    noun = noun if number == 1 else plural_noun(noun)
    tolerates = "does not tolerate that" if reason.arguments.get("tolerations") else "tolerates nothing"
    return (
        f"{who} {noun} {_are(number)} tainted, and request {reason.text('request')} {tolerates}; "
        "nothing fits as long as the taints stay."
    )


def _taints_clause(reason: Reason) -> str:
    tainted = plural(reason.number("tainted"), reason.text("noun"))
    return f"{tainted} tainted, request {reason.text('request')} tolerates none of it"


def _pools(reason: Reason) -> str:
    ignored, devices = reason.number("ignored"), reason.number("devices")
    helping = reason.number("pools")
    cure = "with that pool mended" if helping == 1 else "with either pool mended" if helping == 2 else "with one mended"
    kinds = "a pool" if helping == 1 else "pools"
    return f"{count(ignored)} of {count(devices)} devices are in {kinds} that Kubernetes ignores; {cure} it fits."


def _pools_clause(reason: Reason) -> str:
    ignored, devices = count(reason.number("ignored")), count(reason.number("devices"))
    return f"{ignored} of {devices} devices are in pools that Kubernetes ignores"


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
    first = f"The first device visited on {node} is {device}"
    if not reason.arguments.get("first"):
        first = f"On {node} it first meets one at {device}"
    return f"{start} {first}: the error ends scheduling{though}."


def _cel_clause(reason: Reason) -> str:
    key, noun = reason.text("key"), reason.text("noun")
    lower = reason.text("where")[0].lower() + reason.text("where")[1:]
    return f"{lower} reads `{key}` of {plural_noun(noun)}" if key else f"{lower} fails on {reason.text('device')}"


def _compile_error(reason: Reason) -> str:
    where, device = reason.text("where"), reason.text("device")
    return f"{where} does not compile; Kubernetes notices at the first device that it visits, {device}."


def _compete(reason: Reason) -> str:
    names, counts = reason.texts("requests"), reason.numbers("counts")
    modes = reason.texts("modes")
    parts = [
        f"{name} ({'all' if mode == 'All' else count(number)})"
        for name, number, mode in zip(names, counts, modes, strict=True)
    ]
    wanted, best = sum(counts), reason.number("best")
    node = f" on {reason.text('node')}" if reason.text("node") else ""
    either = "either" if len(names) == 2 else "any of them"
    free = "" if reason.arguments.get("never") else " and are free"
    only = f"only {count(best)}{node} {'matches' if best == 1 else 'match'} {either}{free}"
    return f"{listed(parts)} need {plural(wanted, 'device')}; {only}"


def _apart(reason: Reason) -> str:
    requests = reason.texts("requests")
    parts = [
        f"{name} fits on {fold(reason.texts(f'nodes_{number}'), limit=3)} only" for number, name in enumerate(requests)
    ]
    return f"{', '.join(parts)}: no node has {'both' if len(parts) == 2 else 'all'}"


def _together(reason: Reason) -> str:
    free = "" if reason.arguments.get("never") else " now"
    if reason.number("requests") == 1:
        wanted, what = count(reason.number("wanted")), reason.text("what")
        return f"Enough devices match on some node{free}; no choice of {wanted} of them meets {what}."
    return f"Each request fits alone on some node{free}; no node holds them together."


def _all_blocked(reason: Reason) -> str:
    nodes, noun = reason.number("nodes"), reason.text("noun")
    if not nodes:
        return f"All asks for every matching {noun} of a node and at least one; no node has any."
    where = "the only node" if nodes == 1 else f"each of the {count(nodes)} nodes"
    return (
        f"All asks for every matching {noun} of a node; on {where} with such {plural_noun(noun)} at least one "
        "cannot be had."
    )


def _all_clause(reason: Reason) -> str:
    return f"All asks for every matching {reason.text('noun')} of a node, on every node at least one cannot be had"


def _counters(reason: Reason) -> str:
    left, needed = listed(reason.texts("left")), listed(reason.texts("needed"))
    if reason.arguments.get("never"):
        return f"{reason.text('device')} draws {needed} from {reason.text('set')}, which has {left}."
    return (
        f"{reason.text('device')} is free by name, but its {reason.text('set')} has {left} left; {needed} are wanted."
    )


def _capacity(reason: Reason) -> str:
    asked, charged, left = reason.text("asked"), reason.text("charged"), reason.text("left")
    start = f"{asked} is rounded up to {charged} by the device's policy" if asked != charged else f"{asked} is wanted"
    has = f"no device has more than {left}" if reason.arguments.get("never") else f"{left} is left"
    return f"{start}; {has}."


def _alternatives(reason: Reason) -> str:
    return f"None of the {count(reason.number('number'))} alternatives of request {reason.text('request')} can be had."


def _too_many(reason: Reason) -> str:
    return f"{count(reason.number('wanted'))} devices are wanted; a claim can hold {reason.number('limit')}."


def _feature(reason: Reason) -> str:
    return f"Request {reason.text('request')} needs {reason.text('feature')}, which is switched off."


def _fits(reason: Reason) -> str:
    node, devices = reason.text("node"), listed(reason.texts("devices"))
    chosen = f", as alternative {reason.text('alternative')}" if reason.text("alternative") else ""
    if not devices:
        return f"No device is asked for; {node} is the first node." if node else "No device is asked for."
    where = f"an idle {node}" if reason.arguments.get("idle") else node
    return f"On {where} with {devices}{chosen}."


def _fits_clause(reason: Reason) -> str:
    return reason.text("place")


def _refused(reason: Reason) -> str:
    return f"Kubernetes refuses the claim: {reason.text('text')}."


def _from_sentence(sentence: Callable[[Reason], str]) -> Wording:
    """A sentence whose clause is itself, begun in lower case and without its full stop."""

    def clause(reason: Reason) -> str:
        text = sentence(reason).rstrip(".")
        return text[:1].lower() + text[1:] if text[:2].istitle() or text[1:2] == " " else text

    return Wording(sentence, clause)


def _claims_compete(reason: Reason) -> str:
    claims = listed(reason.texts("claims"))
    wanted = plural(reason.number("wanted"), reason.text("noun"))
    left = "are left" if reason.arguments.get("now") else "match"
    node = f" ({reason.text('node')})" if reason.text("node") else ""
    best = count(reason.number("best"))
    return f"Claims {claims} do not fit together: {wanted} on one node wanted, at most {best} {left}{node}."


def _budget(reason: Reason) -> str:
    steps, budget = count(reason.number("steps")), count(reason.number("budget"))
    return f"Not found, not disproved: {steps} steps were spent, at most {budget} on a node."


def _object(reason: Reason) -> str:
    """Nothing: the evidence says it all."""
    return "" if reason.template else reason.text("message")


def _unsupported(reason: Reason) -> str:
    return f"The claim needs {listed(reason.texts('features'))}, which is not computed yet."


def _allocated(reason: Reason) -> str:
    node = f" on {reason.text('node')}" if reason.text("node") else ""
    return f"It is allocated{node} already: {listed(reason.texts('devices'))}."


_WORDINGS = {
    "allocated": Wording(_allocated, lambda reason: f"allocated on {reason.text('place')}"),
    "unsupported": _from_sentence(_unsupported),
    "object": Wording(_object, lambda reason: reason.text("message")),
    "claims-compete": _from_sentence(_claims_compete),
    "budget": _from_sentence(_budget),
    "group-short": Wording(_group_short, _group_short_clause),
    "group-never": Wording(_group_never, _group_never_clause),
    "joint-short": Wording(_joint_short, _joint_short_clause),
    "distinct-short": _from_sentence(_distinct_short),
    "disjoint-conditions": Wording(_disjoint, _disjoint_clause),
    "condition": Wording(_condition_alone, _condition_clause),
    "count-short": Wording(_count_short, _count_clause),
    "too-few-free": Wording(_too_few_free, _too_few_free_clause),
    "unpublished": Wording(_unpublished, _unpublished_clause),
    "attribute-absent": _from_sentence(_absent),
    "taints": Wording(_taints, _taints_clause),
    "ignored-pools": Wording(_pools, _pools_clause),
    "cel-error": Wording(_cel, _cel_clause),
    "compile-error": _from_sentence(_compile_error),
    "compete": Wording(lambda reason: f"{_compete(reason)}.", _compete),
    "different-nodes": Wording(lambda reason: f"{_apart(reason)}.", _apart),
    "together": _from_sentence(_together),
    "all-blocked": Wording(_all_blocked, _all_clause),
    "counters": _from_sentence(_counters),
    "capacity": _from_sentence(_capacity),
    "alternatives": _from_sentence(_alternatives),
    "too-many": _from_sentence(_too_many),
    "feature-off": _from_sentence(_feature),
    "fits": Wording(_fits, _fits_clause),
    "refused": _from_sentence(_refused),
}
