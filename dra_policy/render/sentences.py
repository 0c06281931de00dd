"""The words of every reason: one sentence or two for an answer, one clause for a list.

Arguments come from objects and are escaped before they get here. Present tense; the device or the rule is the subject.
"""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.explain.explanation import Outcome, Reason
from dra_policy.render.condition_sentences import CONDITIONS
from dra_policy.render.names import count, listed
from dra_policy.render.node_sentences import NODES
from dra_policy.render.quota import QUOTAS
from dra_policy.render.shortage_sentences import SHORTAGES
from dra_policy.render.wording import (
    Wording,
    from_sentence,
)


def reason_sentence(reason: Reason) -> str:
    """The reason in one or two sentences; empty where an evidence block says it all."""
    return _WORDINGS[reason.template].long(reason)


def reason_clause(reason: Reason) -> str:
    """The reason in one clause, as lists of verdicts have it."""
    return _WORDINGS[reason.template].short(reason)


def gloss(outcome: Outcome, reason: Reason) -> str:
    """What a verdict means for the reader, beside the word."""
    if reason.template == "allocated":
        return "allocated"
    if reason.template == "unreadable-nodes":
        return "Kubernetes stops every pod with claims"
    if reason.template == "group-unknown":
        return "not proved"
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


def _pools(reason: Reason) -> str:
    ignored, devices = reason.number("ignored"), reason.number("devices")
    helping = reason.number("pools")
    cure = "with that pool mended" if helping == 1 else "with either pool mended" if helping == 2 else "with one mended"
    kinds = "a pool" if helping == 1 else "pools"
    # "It fits" is said only where counting devices proves it.
    then = "it fits" if reason.arguments.get("certain") else "enough devices match"
    return f"{count(ignored)} of {count(devices)} devices are in {kinds} that Kubernetes ignores; {cure} {then}."


def _pools_clause(reason: Reason) -> str:
    ignored, devices = count(reason.number("ignored")), count(reason.number("devices"))
    return f"{ignored} of {devices} devices are in pools that Kubernetes ignores"


def _alternatives(reason: Reason) -> str:
    return f"None of the {count(reason.number('number'))} alternatives of request {reason.text('request')} can be had."


def _too_many(reason: Reason) -> str:
    return f"{count(reason.number('wanted'))} devices are wanted; a claim can hold {reason.number('limit')}."


_GATED = {
    "alternatives": "has alternatives",
    "capacity": "asks for capacity",
    "distinct": "has a distinctAttribute constraint",
    "derived-attributes": "has derived attributes",
    "admin-access": "asks for admin access",
    "binding": "matches devices with binding conditions only",
    "counters": "matches devices that draw on counters only",
}


def _gate_off(reason: Reason) -> str:
    request = reason.text("request")
    subject = f"Request {request}" if request else "The claim"
    what = _GATED[reason.text("kind")]
    return f"{subject} {what}; that needs feature gate {reason.text('value')}, which is off."


def _fits(reason: Reason) -> str:
    node, devices = reason.text("node"), listed(reason.texts("devices"))
    chosen = f", as alternative {reason.text('alternative')}" if reason.text("alternative") else ""
    if not devices:
        return f"No device is asked for; {node} is the first node." if node else "No device is asked for."
    where = f"an idle {node}" if reason.arguments.get("idle") else node
    return f"On {where} with {devices}{chosen}."


def _fits_clause(reason: Reason) -> str:
    if not reason.texts("devices"):
        node = reason.text("node")
        return f"no device is asked for; {node} is the first node" if node else "no device is asked for"
    return reason.text("place")


def _refused(reason: Reason) -> str:
    request, value = f"Request {reason.text('request')}", reason.text("value")
    match reason.text("kind"):
        case "admin-access":
            return f"{request} asks for admin access; no Quota of namespace {value} allows it."
        case "empty-selector":
            return f"Selector {value} of request {reason.text('request')} has no CEL expression."
        case "no-class":
            return f"{request} names no device class."
        case "unknown-class":
            return f"{request} names device class {value}, which does not exist."
        case "mode":
            return f"{request} has allocation mode {value}, which Kubernetes does not know."
        case "count":
            return f"{request} asks for {value} devices, more than Kubernetes can count."
        case "sum":
            return f"With request {reason.text('request')} the claim asks for {value} devices, more than it can hold."
        case _:
            return f"Constraint {value} of the claim says neither matchAttribute nor distinctAttribute."


def _device_refused(reason: Reason) -> str:
    capacity = "the capacity that request {} asks for cannot be compared with that of {}"
    derived = "a derived attribute that a constraint on request {} compares cannot be computed for {}"
    text = capacity if reason.text("what") == "capacity" else derived
    text = text.format(reason.text("request"), reason.text("device"))
    return f"{text[0].upper()}{text[1:]}: the error ends scheduling."


def _stopped(_reason: Reason) -> str:
    return "Kubernetes ends scheduling of the pod with an error."


def _unreadable_nodes(reason: Reason) -> str:
    device = f" of device {reason.text('device')}" if reason.text("device") else ""
    place = f"{device} in slice" if device else " of slice"
    return f"The node selector{place} {reason.text('slice')} cannot be parsed: {reason.text('complaint')}."


def _budget(reason: Reason) -> str:
    steps, budget = count(reason.number("steps")), count(reason.number("budget"))
    spent = "1 step was" if steps == "1" else f"{steps} steps were"
    return f"Not found, not disproved: {spent} spent, at most {budget} in all."


def _object(reason: Reason) -> str:
    """Nothing: the evidence says it all."""
    return "" if reason.template else reason.text("message")


def _allocated(reason: Reason) -> str:
    node, devices = reason.text("node"), listed(reason.texts("devices"))
    return f"It is allocated{f' on {node}' if node else ''} already{f': {devices}' if devices else ''}."


def _allocated_clause(reason: Reason) -> str:
    place = reason.text("place")
    return f"allocated on {place}" if reason.text("node") else f"allocated: {place}" if place else "allocated"


_WORDINGS: Mapping[str, Wording] = {
    **CONDITIONS,
    **SHORTAGES,
    **QUOTAS,
    **NODES,
    "allocated": Wording(_allocated, _allocated_clause),
    "object": Wording(_object, lambda reason: reason.text("message")),
    "budget": from_sentence(_budget),
    "ignored-pools": Wording(_pools, _pools_clause),
    "alternatives": from_sentence(_alternatives),
    "too-many": from_sentence(_too_many),
    "gate-off": from_sentence(_gate_off),
    "fits": Wording(_fits, _fits_clause),
    "unreadable-nodes": from_sentence(_unreadable_nodes),
    "refused": from_sentence(_refused),
    "device-refused": from_sentence(_device_refused),
    "stopped": from_sentence(_stopped),
}
