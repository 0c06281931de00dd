"""Small clusters with everything that decides about devices, as documents by kind and name, drawn from bytes.

A document is made for its name alone, so that it can come, be replaced and go in a cluster that changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from dra_policy.allocate import Answers, allocate_claims
from dra_policy.compiler import CompiledClaim, compile_claim
from dra_policy.engine.quotas import Quotas, quotas_of
from dra_policy.engine.rules import Rules
from dra_policy.engine.world import World, read_manifest
from dra_policy.manifests import read_text
from dra_policy.model import Claim, Objects, Quota
from tests.clusters import claim, demand, device, device_class, node, request, slice_
from tests.property.choices import Choices

Document = dict[str, Any]
Key = tuple[str, str]
Documents = dict[Key, Document]

NODES = ("n1", "n2", "n3")
POOLS = {"n1": ("n1-0", "n1-1"), "n2": ("n2-0", "n2-1"), "n3": ("n3-0", "n3-1"), "all": ("all-0", "all-1")}
HELD, WAITING = ("h1", "h2", "h3"), ("w1", "w2")
BUDGET = 5_000
SHARE = "8a42750b-c1ea-4531-b78b-2240745e7f3e"
EVOLUTION = "resource.k8s.io/v1alpha2"
SELECTORS = (
    'device.attributes["d.io"].?a.orValue(0) == 1',
    'device.attributes["d.io"].?m.orValue("") == "x"',
    'device.capacity["d.io"].?mem.orValue(quantity("0")).compareTo(quantity("20")) >= 0',
    'device.attributes["d.io"].?u.orValue("").endsWith("1")',
    # Fails on devices without the attribute.
    'device.attributes["d.io"].a == 0',
)
# What others decide: how many, how much, what of, and (most of them) which devices these are.
LIMITS = (
    "limit 1 devices",
    "limit 2 devices",
    "limit 3 devices",
    "limit 2 devices of c",
    "limit 1 devices of k",
    "limit 10 of d.mem",
    "limit 20 of d.mem",
    "limit 45 of d.mem",
    "limit 0 devices where d.a == 0",
    "limit 1 devices where d.a == 1",
    "limit 0 devices where d.?m.orValue('') == 'x'",
    "limit 1 devices of c where d.?m.orValue('') == 'x'",
    "limit 20 of d.mem where d.?u.orValue('').endsWith('1')",
    "deny class k",
    "allow class c",
    "deny admin access",
    "require asked.all(x, x.d.?a.orValue(0) == 1)",
    "require asked.all(x, x.name != 'd0')",
    "require (held + asked).size() <= 2",
    "require (held + asked).all(x, x.d.?m.orValue('x') == 'x')",
    "require asked.map(x, x.d.?m.orValue('')).distinct().size() <= 1",
    "require asked.exists(x, x.name == 'd1') || asked.size() > 1",
)
RULES = Rules(steps=BUDGET)


def a_node(choices: Choices, name: str) -> Document:
    """A node in one of two zones."""
    return node(name, zone=choices.pick("ab"))


def a_device(choices: Choices, name: str, pool: str, *, is_spread: bool = False, draws: bool = False) -> Document:
    """A device with anything that the allocator looks at.

    ``is_spread``: it says itself which nodes see it. ``draws``: its pool has counters.
    """
    more: Document = {}
    unique = f"{pool}-{name}-{choices.number(0, 1)}"
    for attribute, values in (("a", (0, 1, 0, 1, None)), ("m", ("x", "x", "y", None)), ("u", (None, None, unique))):
        value = choices.pick(values)
        if value is not None:
            more[attribute] = value
    odd = choices.number(0, 11)
    if odd < 4:
        mem: Document = {"value": choices.pick(("10", "20", "40"))}
        if odd < 3:
            more["allowMultipleAllocations"] = True
        if odd == 2:
            mem["requestPolicy"] = {"default": "10", "validRange": {"min": "10", "step": "10", "max": "20"}}
        more["capacity"] = {"mem": mem}
    if odd in (3, 4, 5, 6) and draws:
        drawn = {"k": {"value": choices.pick("123")}}
        more["consumesCounters"] = [{"counterSet": "cs", "counters": drawn}]
    if odd in (6, 7):
        more["taints"] = [{"key": "sick", "effect": "NoSchedule"}]
    if odd == 8:
        more["bindingConditions"] = ["ready"]
        more["bindingFailureConditions"] = ["failed"]
    if is_spread:
        more |= _reach(choices)
    return device(name, **more)


def _reach(choices: Choices) -> Document:
    match choices.number(0, 3):
        case 0:
            return {"allNodes": True}
        case 1:
            return {"nodeName": choices.pick(NODES)}
        case 2:
            only = {"key": "metadata.name", "operator": "In", "values": [choices.pick(NODES)]}
            return {"nodeSelector": {"nodeSelectorTerms": [{"matchFields": [only]}]}}
        case _:
            zone = {"key": "zone", "operator": choices.pick(("In", "NotIn")), "values": [choices.pick("ab")]}
            return {"nodeSelector": {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}}


def a_slice(choices: Choices, name: str, size: int = 1, *, has_counters: bool | None = None) -> Document:
    """The first or second slice of a pool of one node, or of a pool that several nodes may see.

    ``size``: so many slices the pool should have. ``has_counters``: its second slice has them; None: it may.
    """
    pool, _, index = name.partition("-")
    has_counters = choices.number(0, 2) == 2 if has_counters is None else has_counters
    where: Document = {"nodeName": pool}
    if pool == "all":
        where = {"perDeviceNodeSelection": True} if choices.truth() else _reach(choices)
    spread = "perDeviceNodeSelection" in where
    common: Document = {
        "node": None,
        "pool": pool,
        "name": name,
        "count": 3 - size if choices.number(0, 15) == 15 else size,
        "generation": 2 if choices.number(0, 15) == 15 else 1,
    }
    if index == "1" and has_counters:
        sets = [{"name": "cs", "counters": {"k": {"value": choices.pick("3450")}}}]
        return slice_(**common, **where, sharedCounters=sets)
    first = 4 if index == "1" and choices.number(0, 5) else 0
    devices = [
        a_device(choices, f"d{first + number}", pool, is_spread=spread, draws=has_counters)
        for number in range(choices.number(1, 4))
    ]
    return slice_(devices, **common, **where)


def a_class(choices: Choices, name: str) -> Document:
    """A class for everything, or one with a selector."""
    return device_class(name, *(() if name == "c" else choices.pick(((), SELECTORS[:1], SELECTORS[1:2]))))


def a_demand(choices: Choices, *, counts: Sequence[int | str] = (1, 1, 1, 1, 2, 2, 3, "all")) -> Document:
    """What a request asks for."""
    more: Document = {}
    if choices.number(0, 7) == 7:
        more["capacity"] = {"requests": {"mem": choices.pick(("5", "10", "15"))}}
    if choices.number(0, 3) == 3:
        more["tolerations"] = [{"key": "sick", "operator": "Exists"}]
    selectors = [choices.pick(SELECTORS)] if choices.number(0, 3) == 3 else []
    return demand(*selectors, count=choices.pick(counts), cls=choices.pick("ccck"), **more)


def a_request(choices: Choices, name: str) -> Document:
    """One thing, with admin access sometimes, or the first of several things."""
    if choices.number(0, 3) == 3:
        alternatives = [{"name": f"a{number}", **a_demand(choices)} for number in range(choices.number(1, 3))]
        return {"name": name, "firstAvailable": alternatives}
    made = a_demand(choices)
    if choices.number(0, 9) == 9:
        made["adminAccess"] = True
    return {"name": name, "exactly": made}


def a_claim(choices: Choices, name: str) -> Document:
    """A claim that waits, or (named ``h…``) holds some devices of any pool, published or not."""
    requests = [a_request(choices, f"r{number}") for number in range(choices.pick((1, 1, 2)))]
    if name in WAITING:
        written = [
            {choices.pick(("matchAttribute", "distinctAttribute")): f"d.io/{choices.pick('aamu')}"}
            for _ in range(choices.pick((0, 0, 0, 0, 1, 2)))
        ]
        return claim(*requests, name=name, constraints=written)
    results = [a_result(choices) for _ in range(choices.number(1, 2))]
    return claim(request("r0", cls="c"), name=name, status={"allocation": {"devices": {"results": results}}})


def a_result(choices: Choices) -> Document:
    """A device that is held as a whole, in part, or looked at."""
    found: Document = {"request": "r0", "driver": "d.io", "pool": choices.pick(tuple(POOLS))}
    found["device"] = f"d{choices.pick((0, 1, 0, 1, 2, 4))}"
    kind = choices.number(0, 5)
    if kind == 5:
        found["adminAccess"] = True
    elif kind > 2:
        found |= {"shareID": SHARE, "consumedCapacity": {"mem": choices.pick(("5", "10"))}}
    return found


def a_taint_rule(choices: Choices, name: str) -> Document:
    """A rule that taints a pool, a driver's devices, or devices of a name."""
    selector = choices.pick(({"pool": "n1"}, {"pool": "all", "driver": "d.io"}, {"driver": "d.io"}, {"device": "d0"}))
    key = choices.pick(("sick", "worn"))
    spec = {"deviceSelector": selector, "taint": {"key": key, "effect": choices.pick(("NoSchedule", "NoExecute"))}}
    return {
        "apiVersion": "resource.k8s.io/v1beta2",
        "kind": "DeviceTaintRule",
        "metadata": {"name": name},
        "spec": spec,
    }


def a_resource_quota(choices: Choices, name: str) -> Document:
    """Limits on what is asked for."""
    most = str(choices.number(1, 6))
    hard = choices.pick(
        (
            {f"{choices.pick('ck')}.deviceclass.resource.k8s.io/devices": most},
            {"count/resourceclaims.resource.k8s.io": most},
        )
    )
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": hard}}


def a_prototype_quota(choices: Choices, name: str) -> Document:
    """A Quota of dra-evolution."""
    spec: Document = {"allowManagementAccess": choices.truth()}
    kind = choices.number(0, 3)
    if kind == 2:
        spec["deviceClassDenyList"] = ["k"]
    if kind == 3:
        spec["deviceLimits"] = choices.pick(
            ("held.size() + asked.size() <= 2", "asked.all(x, x.name != 'd1')", "asked.size() != 1")
        )
    return {"apiVersion": EVOLUTION, "kind": "Quota", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def a_policy_quota(choices: Choices, name: str) -> Document:
    """A ``quota`` of a policy: what it says, which is no document of any API."""
    rules = "  ".join(choices.list_of(lambda own: own.pick(LIMITS), 1, 2))
    return {"kind": "quota", "text": f"quota {name} in default {{ {rules} }}"}


MAKERS: Mapping[str, tuple[Callable[[Choices, str], Document], Sequence[str]]] = {
    "node": (a_node, NODES),
    "slice": (a_slice, [name for names in POOLS.values() for name in names]),
    "class": (a_class, "ck"),
    "claim": (a_claim, (*HELD, *WAITING)),
    "taint rule": (a_taint_rule, ("r1", "r2")),
    "resource quota": (a_resource_quota, ("rq",)),
    "prototype quota": (a_prototype_quota, ("pq",)),
    "policy quota": (a_policy_quota, ("p1", "p2")),
}
QUOTAS = ("resource quota", "prototype quota")


def cluster(choices: Choices, *, quotas: bool = False, waiting: Sequence[int] = (1, 1, 2)) -> Documents:
    """Nodes with their pools, claims that hold, and one or two that wait."""
    nodes = NODES[: choices.number(1, 3)]
    names = [
        *(("node", name) for name in (nodes if choices.number(0, 5) else ())),
        *(("class", name) for name in "ck"),
        *(("claim", name) for name in HELD[: choices.pick((0, 0, 0, 1, 2, 3))]),
        *(("claim", name) for name in WAITING[: choices.pick(waiting)]),
        *(("taint rule", name) for name in ("r1", "r2")[: choices.pick((0, 0, 0, 1, 2))]),
    ]
    if quotas:
        # What policies say is most of it.
        names += [("policy quota", name) for name in ("p1", "p2")[: choices.pick((1, 1, 0, 2))]]
        names += [(kind, name) for kind in QUOTAS for name in MAKERS[kind][1] if choices.number(0, 2) == 2]
    pools = _pools(choices, nodes)
    return {**pools, **{(kind, name): MAKERS[kind][0](choices, name) for kind, name in names}}


def _pools(choices: Choices, nodes: Sequence[str]) -> Documents:
    """The slices of all pools, mostly whole; nodes are alike often."""
    found: Documents = {}
    are_alike = choices.number(0, 2) == 2
    for pool in (*nodes[: 1 if are_alike else 3], *(("all",) if choices.truth() else ())):
        size = choices.number(1, len(POOLS[pool])) if choices.number(0, 7) else 0
        has_counters = size > 1 and choices.truth()
        for name in POOLS[pool][:size]:
            found["slice", name] = a_slice(choices, name, size, has_counters=has_counters)
    for pool, (kind, name) in product(nodes[1:] if are_alike else (), tuple(found)):
        if name.startswith("n1"):
            text = json.dumps(found[kind, name]).replace('"n1', f'"{pool}')
            found[kind, name.replace("n1", pool)] = json.loads(text)
    return found


@lru_cache(maxsize=1024)
def policy_quota(text: str) -> Quota:
    """What the text of a policy says; parsed once."""
    read = read_manifest("q.dra", f'driver d = "d.io"\n{text}', RULES).read
    assert not read.diagnostics, read.diagnostics
    (quota,) = read.objects.quotas
    return quota


def objects_of(documents: Iterable[Document]) -> Objects:
    """Documents as they are read from one file."""
    written: list[Document] = []
    policies: list[Document] = []
    for each in documents:
        (policies if each["kind"] == "quota" else written).append(each)
    found = read_text("w.json", json.dumps({"apiVersion": "v1", "kind": "List", "items": written})).objects
    found.quotas += [policy_quota(each["text"]) for each in policies]
    return found


def world_of(documents: Documents) -> World:
    """The cluster as it is loaded."""
    return World(objects_of(documents.values()), (), RULES)


def waiting(world: World) -> list[Claim]:
    """The claims that wait, in the order of reading: those of one pod."""
    return [each for each in world.objects.claims if each.allocation is None]


def compiled(world: World, claims: Iterable[Claim]) -> list[CompiledClaim]:
    """The claims without what their compilation finds, which needs all devices to be looked through."""
    return [compile_claim(each, world.classes, world.rules.compilation) for each in claims]


def quotas_for(world: World, claims: Sequence[Claim]) -> Quotas:
    """What decides about the claims."""
    return quotas_of(world, claims)


def answers_to(world: World, claims: Sequence[Claim], **options: Any) -> Answers:
    """What every node says, within the quotas."""
    quotas = quotas_for(world, claims)
    asked = compiled(world, claims)
    return allocate_claims(world.fleet, asked, evaluator=world.evaluator, quotas=quotas, budget=BUDGET, **options)


def outcomes(answers: Answers) -> dict[str, object]:
    """Each node's answer, without the steps that it took."""
    return {each.node: each.outcome for each in answers}
