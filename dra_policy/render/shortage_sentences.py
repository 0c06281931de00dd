"""Reasons about too few devices, together or apart, in words."""

from __future__ import annotations

from collections.abc import Mapping

from dra_policy.explain.explanation import Reason
from dra_policy.render.names import count, fold, listed, plural, plural_noun, short_attribute
from dra_policy.render.wording import (
    Wording,
    are,
    from_sentence,
    held_clause,
    held_sentence,
    more_than_best,
    one_of,
    things,
    value_noun,
)


def _group_short(reason: Reason) -> str:
    wanted, where = reason.number("wanted"), _one_of_each(reason)
    start = f"{things(reason)} {are(wanted)} wanted {where}; none has {more_than_best(reason)} left."
    return start + held_sentence(reason)


def _group_short_clause(reason: Reason) -> str:
    return (
        f"{things(reason)} wanted {_one_of_each(reason)}, none has {more_than_best(reason)} left{held_clause(reason)}"
    )


def _one_of_each(reason: Reason) -> str:
    return " and ".join(map(one_of, reason.texts("attributes")))


def _group_never(reason: Reason) -> str:
    return f"{_group_never_clause(reason)}."


def _group_never_clause(reason: Reason) -> str:
    nouns = [value_noun(each) for each in reason.texts("attributes")]
    start = f"{things(reason)}{_with(reason)} {_one_of_each(reason)}"
    if len(nouns) == 1:
        return f"{start}: no {nouns[0]} of this fleet has {more_than_best(reason)}"
    return f"{start}: no {' and '.join(nouns)} together have {more_than_best(reason)}"


def _with(reason: Reason) -> str:
    """``with memory >= 80Gi and untainted``: what the devices that are counted must be beside the last row."""
    others = reason.texts("with")
    return f" with {listed(others)}" if others else ""


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
    short, best = listed([short_attribute(each) for each in reason.texts("distinct")]), reason.number("best")
    if not reason.texts("attributes") and len(reason.texts("distinct")) == 1:
        which = f" on {_those(reason)}" if reason.texts("with") else ""
        values = f"no node has more than {plural(best, 'value')} of it{which}"
        return f"{things(reason)} with different {short} are wanted; {values}."
    where = f" {_one_of_each(reason)}" if reason.texts("attributes") else ""
    return f"{things(reason)}{_with(reason)}{where} with different {short} are wanted; no node has them."


def _those(reason: Reason) -> str:
    return f"{plural_noun(reason.text('noun'))}{_with(reason)}"


def _count_short(reason: Reason) -> str:
    wanted, nodes, best = reason.number("wanted"), reason.texts("nodes"), reason.number("best")
    condition, of_class, others = reason.text("condition"), reason.text("class"), reason.texts("with")
    by_row = {
        "published": "",
        "pool": " in a pool that is complete and valid",
        "node": " that it may use",
        "condition": f" with {condition}",
        "counters": " whose counters suffice",
        "capacity": f" with {condition}",
        "not-held": " that nobody holds",
        "shares": " with enough capacity left",
        "untainted": " that is not tainted",
    }
    if reason.text("of_class"):
        by_row["condition"] += f" (class {reason.text('of_class')})"
    which = by_row.get(reason.text("row"), f" of class {of_class}" if of_class else "")
    which += f"{' and' if which.startswith(' with') else ' with'} {listed(reason.texts('with'))}" if others else ""
    start = f"{things(reason)} {are(wanted)} wanted on one node; "
    if reason.arguments.get("nothing"):
        return f"{start}no devices are loaded."
    if not best:
        return f"{start}no node has any{which}."
    return f"{start}{fold(nodes, limit=4)} {'has' if len(nodes) == 1 else 'have'} {count(best)}{which}."


def _count_clause(reason: Reason) -> str:
    return (
        _count_short(reason).rstrip(".").replace(" are wanted on", " wanted on").replace(" is wanted on", " wanted on")
    )


def _too_few_free(reason: Reason) -> str:
    wanted = reason.number("wanted")
    return (
        f"{things(reason)} {are(wanted)} wanted on one node; none has {more_than_best(reason)} left."
        + held_sentence(reason)
    )


def _too_few_free_clause(reason: Reason) -> str:
    return f"{things(reason)} wanted on one node, none has {more_than_best(reason)} left{held_clause(reason)}"


def _taints(reason: Reason) -> str:
    number, noun = reason.number("tainted"), reason.text("noun")
    who = "The only" if number == 1 else f"All {count(number)}"
    if not reason.arguments.get("all"):
        who = count(number)
    noun = noun if number == 1 else plural_noun(noun)
    tolerates = "does not tolerate that" if reason.arguments.get("tolerations") else "tolerates nothing"
    return (
        f"{who} {noun}{_with(reason)} {are(number)} tainted, and request {reason.text('request')} {tolerates}; "
        "nothing fits as long as the taints stay."
    )


def _taints_clause(reason: Reason) -> str:
    tainted = plural(reason.number("tainted"), reason.text("noun"))
    return f"{tainted} tainted, request {reason.text('request')} tolerates none of it"


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
    free, names = "" if reason.arguments.get("never") else " now", reason.texts("requests")
    if len(names) > 1:
        start, of_them = f"{listed(names)} fit on some node{free} one by one", "devices for all of them"
    else:
        start, of_them = f"Enough devices match on some node{free}", f"{count(reason.number('wanted'))} of them"
    meets = _meets(reason)
    if reason.arguments.get("all"):
        return f"All asks for every matching device of a node; on no node do they {listed(meets[1])}."
    return (
        f"{start}; no choice of {of_them} {listed(meets[0])}." if meets[0] else f"{start}; no node holds them together."
    )


def _meets(reason: Reason) -> tuple[list[str], list[str]]:
    """What a choice of devices has to do, said of one and of several."""
    match, distinct = (listed(list(map(short_attribute, reason.texts(name)))) for name in ("attributes", "distinct"))
    verbs = [("agree", f" in {match}")] if match else []
    verbs += [("differ", f" in {distinct}")] if distinct else []
    ends = {"counters": " within the counters", "shares": " within what is left of each capacity"}
    verbs += (
        [("stay", listed([ends[each] for each in reason.texts("limits")]).replace("and  ", "and "))]
        if reason.texts("limits")
        else []
    )
    return [f"{verb}s{rest}" for verb, rest in verbs], [f"{verb}{rest}" for verb, rest in verbs]


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


def _all_violates(reason: Reason) -> str:
    """Two devices of mode All that a constraint does not let stand together."""
    number, noun, node = reason.number("all"), reason.text("noun"), reason.text("node")
    what = f"all {plural(number, noun)} of {node}" if number > 1 else f"the only {noun} of {node}"
    short, (first, second) = short_attribute(reason.text("attribute")), reason.texts("devices")
    one, other = reason.texts("values")
    if not one or not other:
        clash = f"{second if one else first} publishes none"
    elif reason.arguments.get("match"):
        clash = f"{first} has {one}, {second} has {other}"
    else:
        clash = f"{first} and {second} have {one}"
    must = "agree" if reason.arguments.get("match") else "differ"
    return f"Request {reason.text('request')} asks for {what}, which must {must} in {short}: {clash}."


def _counters(reason: Reason) -> str:
    left, needed = listed(reason.texts("left")), listed(reason.texts("needed"))
    if reason.arguments.get("never"):
        return f"{reason.text('device')} draws {needed} from {reason.text('set')}, which has {left}."
    return (
        f"{reason.text('device')} is free by name, but its {reason.text('set')} has {left} left; {needed} are wanted."
    )


def _capacity(reason: Reason) -> str:
    asked, charged, left = reason.text("asked"), reason.text("charged"), reason.text("left")
    is_rounded, is_only = asked != charged, reason.arguments.get("only")
    if not is_only and not reason.arguments.get("alike"):
        return f"{asked} of {reason.text('capacity')} is wanted; no device can give it, {_nearest(reason)}."
    if reason.arguments.get("refused"):
        admits = f"admits at most {reason.text('most')}" if reason.text("most") else "admits other steps only"
        policy = f"policy of {reason.text('device')}"
        if is_rounded:
            return f"{asked} is rounded up to {charged} by the {policy}, which {admits}."
        return f"{asked} is wanted; the {policy} {admits}."
    rule = reason.text("rule") or "policy"
    start = f"{asked} is rounded up to {charged} by the device's {rule}" if is_rounded else f"{asked} is wanted"
    if reason.arguments.get("never"):
        return f"{start}; no device has more than {left}."
    return f"{start}; {left} is left." if is_only else f"{start}; no device has more than {left} left."


def _nearest(reason: Reason) -> str:
    """What the device that comes nearest to a share gives."""
    device = reason.text("device")
    if reason.arguments.get("refused"):
        policy = f"the policy of {device} admits"
        return f"{policy} at most {reason.text('most')}" if reason.text("most") else f"{policy} other steps only"
    left = "" if reason.arguments.get("never") else " left"
    charged = (
        f" of {reason.text('charged')} that its policy takes" if reason.text("charged") != reason.text("asked") else ""
    )
    return f"{device} has {reason.text('left')}{left}{charged}"


def _none_has_all(reason: Reason) -> str:
    parts = reason.texts("parts")
    return f"No {reason.text('noun')} has {'both ' if len(parts) == 2 else ''}{listed(parts)}."


def _claims_compete(reason: Reason) -> str:
    claims = listed(reason.texts("claims"))
    wanted = plural(reason.number("wanted"), reason.text("noun"))
    left = "are left" if reason.arguments.get("now") else "match"
    node = f" ({reason.text('node')})" if reason.text("node") else ""
    best = count(reason.number("best"))
    return f"Claims {claims} do not fit together: {wanted} on one node wanted, at most {best} {left}{node}."


def _total_short(reason: Reason) -> str:
    most, left = reason.number("most"), " left" if reason.arguments.get("now") else ""
    devices = f"one {reason.text('noun')}" if most == 1 else f"at most {plural(most, reason.text('noun'))} of one node"
    best = (
        f"none has more than {reason.text('best')}{left}" if most == 1 else f"{reason.text('best')} is the most{left}"
    )
    return f"{reason.text('wanted')} of {reason.text('capacity')} is wanted from {devices}; {best}."


def _total_unpublished(reason: Reason) -> str:
    name, of_class, wanted = reason.text("capacity"), reason.text("class"), reason.text("wanted")
    return f"No device of class {of_class} offers any {name}; request {reason.text('request')} wants {wanted}."


def every_pod(number: int) -> str:
    """``the pod``, ``both pods``, ``all 3 pods``."""
    return ("no pod", "the pod", "both pods")[number] if number < 3 else f"all {count(number)} pods"


def _group_pods(reason: Reason) -> str:
    served, wanted = count(reason.number("served")), plural(reason.number("wanted"), "pod")
    free, all_of_them = reason.number("free"), reason.number("wanted")
    if free == reason.number("served"):
        idle = "no more would with every device free"
    else:
        idle = f"{'all' if free == all_of_them else count(free)} would with every device free"
    return f"{served} of {wanted} fit now, {idle}; a group is placed whole or not at all."


def _group_unknown(reason: Reason) -> str:
    served, wanted = count(reason.number("served")), plural(reason.number("wanted"), "pod")
    return f"A place for {served} of {wanted} was found; that no more fit is not proved."


def _group_rules(reason: Reason) -> str:
    wanted = every_pod(reason.number("wanted"))
    if reason.number("rules") == 1:
        return f"There are devices for {wanted}, but no choice of them meets the rule `{reason.text('text')}`."
    rules = count(reason.number("rules"))
    return f"There are devices for {wanted}, but no choice of them meets {rules} rules together."


def _group_fits(reason: Reason) -> str:
    wanted = reason.number("wanted")
    finds = "finds" if wanted == 1 else "find"
    return f"{every_pod(wanted).capitalize()} {finds} a place."


def _rules(reason: Reason) -> str:
    """Enough devices, and no choice of them meets what is demanded of them together."""
    free = "free " if reason.arguments.get("now") else ""
    if reason.number("rules") == 1:
        return f"Enough {free}devices match, but no choice of them meets the rule `{reason.text('text')}`."
    return f"Enough {free}devices match, but no choice of them meets {count(reason.number('rules'))} rules together."


SHORTAGES: Mapping[str, Wording] = {
    "claims-compete": from_sentence(_claims_compete),
    "group-short": Wording(_group_short, _group_short_clause),
    "group-never": Wording(_group_never, _group_never_clause),
    "joint-short": Wording(_joint_short, _joint_short_clause),
    "distinct-short": from_sentence(_distinct_short),
    "count-short": Wording(_count_short, _count_clause),
    "too-few-free": Wording(_too_few_free, _too_few_free_clause),
    "taints": Wording(_taints, _taints_clause),
    "compete": Wording(lambda reason: f"{_compete(reason)}.", _compete),
    "different-nodes": Wording(lambda reason: f"{_apart(reason)}.", _apart),
    "together": from_sentence(_together),
    "all-violates": from_sentence(_all_violates),
    "all-blocked": Wording(_all_blocked, _all_clause),
    "counters": from_sentence(_counters),
    "capacity": from_sentence(_capacity),
    "none-has-all": from_sentence(_none_has_all),
    "total-short": from_sentence(_total_short),
    "rules": from_sentence(_rules),
    "group-pods": from_sentence(_group_pods),
    "group-unknown": from_sentence(_group_unknown),
    "group-fits": from_sentence(_group_fits),
    "group-rules": from_sentence(_group_rules),
    "total-unpublished": from_sentence(_total_unpublished),
}
