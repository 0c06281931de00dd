"""Reasons about nodes that a pod cannot use, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dra_policy.explain.explanation import Reason
from dra_policy.explain.funnel import RefusedNodes
from dra_policy.render.names import count, fold, listed, plural
from dra_policy.render.style import Style
from dra_policy.render.wording import Wording, are, from_sentence, things

_MOST_NODES = 4


def refusal_text(kind: str, what: str) -> str:
    """Why a pod cannot use a node, in two or three words beside the node's name."""
    return {
        "unschedulable": "unschedulable",
        "taint": f"tainted {what}",
        "selector": "not selected",
        "name": f"not {what}",
        "lacks": f"without enough {what}",
        "plugin": f"served otherwise with {what}",
        "claim": f"without claim {what}",
    }[kind]


def refused_text(refused: Sequence[RefusedNodes], style: Style) -> str:
    """``c1..c8 not selected, h1 h2 unschedulable``: all refused nodes by reason."""
    limit = None if style.level >= 2 else _MOST_NODES
    return ", ".join(
        f"{fold(map(style.show, each.nodes), limit=limit)} {refusal_text(each.kind, style.show(each.what))}"
        for each in refused
    )


def _nodes_refused(reason: Reason) -> str:
    wanted, best, usable = reason.number("wanted"), reason.number("best"), reason.texts("usable")
    elsewhere = fold(reason.texts("elsewhere"), limit=_MOST_NODES)
    start = f"{things(reason)} {are(wanted)} wanted on one node; "
    if not usable:
        return f"{start}the pod may use no node, {elsewhere} {'has' if ' ' not in elsewhere else 'have'} them."
    most = f"at most {count(best)}" if best else "none"
    have = "has" if len(usable) == 1 else "have"
    others = "has" if len(reason.texts("elsewhere")) == 1 else "have"
    may = f"the pod may use {fold(usable, limit=_MOST_NODES)} only, which {have} {most}"
    return f"{start}{may}; {elsewhere} {others} enough."


def _no_node(reason: Reason) -> str:
    kinds = zip(reason.texts("kinds"), reason.texts("whats"), reason.numbers("counts"), strict=True)
    parts = [f"{count(number)} {are(number)} {refusal_text(kind, what)}" for kind, what, number in kinds]
    nodes = reason.number("nodes")
    all_nodes = "the only node" if nodes == 1 else f"any of the {count(nodes)} nodes"
    return f"The pod may not use {all_nodes}: {listed(parts)}."


def _claim_elsewhere(reason: Reason) -> str:
    claims, waiting = reason.texts("claims"), reason.texts("waiting")
    usable, kind = reason.texts("usable"), reason.text("kind")
    where = [fold(reason.texts(f"nodes_{number}"), limit=_MOST_NODES) for number in range(len(claims))]
    parts = [f"claim {name} is allocated on {nodes or 'no node'}" for name, nodes in zip(claims, where, strict=True)]
    start = f"C{listed(parts)[1:]}"
    if not usable:
        return f"{start}: no node has both.{_users(reason)}"
    if kind:
        return f"{start}, which the pod cannot use: {refusal_text(kind, reason.text('what'))}.{_users(reason)}"
    rest = f"claim {waiting[0]} does" if len(waiting) == 1 else f"claims {listed(waiting)} do"
    return f"{start}, so the pod can run only there; {rest} not fit there but on {reason.text('node')}.{_users(reason)}"


def _users(reason: Reason) -> str:
    """Who else keeps the claims where they are; the scheduler deallocates a claim of a waiting pod that nobody uses."""
    users, claims = reason.texts("users"), reason.texts("claims")
    if not users:
        it = "it" if len(claims) == 1 else "one of them"
        return f" No other pod uses {'it' if len(claims) == 1 else 'them'}: Kubernetes frees {it} and tries again."
    name = f"pod {users[0]}" if len(users) == 1 else plural(len(users), "other pod")
    which = f"claim {claims[0]}" if len(claims) == 1 else "one of them"
    return f" {name[0].upper()}{name[1:]} {'uses' if len(users) == 1 else 'use'} {which} too."


NODES: Mapping[str, Wording] = {
    "nodes-refused": from_sentence(_nodes_refused),
    "no-node": from_sentence(_no_node),
    "claim-elsewhere": from_sentence(_claim_elsewhere),
}
