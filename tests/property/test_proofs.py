"""An explanation is a proof: its numbers, its universal sentences and its conflicts, against trying everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from hypothesis import HealthCheck, given, settings

from dra_policy import as_text
from dra_policy.engine.explaining import explain_subjects
from dra_policy.engine.subjects import subjects_of
from dra_policy.explain.evidence import AllBlocked, Alternatives, BlockingTaints, Counters, MatchGroups, SharedCapacity
from dra_policy.explain.explanation import Explanation, Outcome
from tests.property.effort import examples
from tests.property.small_worlds import (
    COUNTERS_OF_A_POOL,
    Small,
    Values,
    charge,
    drawn_by,
    fits,
    most_together,
    names_of,
    passing,
    small_worlds,
    used_of,
    world_of,
)


def explained(small: Small) -> Explanation:
    world = world_of(small)
    subjects = [each for each in subjects_of(world.objects, world) if each.name == "wanted"]
    return explain_subjects(subjects, world)[0]


class Told:
    """An explanation beside the world that it is about."""

    def __init__(self, small: Small, explanation: Explanation) -> None:
        self.small = small
        self.explanation = explanation
        self.reason = explanation.reason
        self.idle = explanation.outcome is Outcome.NEVER
        name = self.reason.arguments.get("request")
        self.asked: Values = small.requests[int(str(name)[1:])][0] if name else small.requests[0][0]

    def count(self, names: Sequence[str]) -> dict[str, int]:
        """The devices of each node that pass some rows of the request."""
        return {where: len(some) for where, some in self.passing(names).items()}

    def passing(self, names: Sequence[str]) -> dict[str, list[Values]]:
        return passing(self.small, self.asked, names, idle=self.idle)

    def most(self, names: Sequence[str], attributes: Sequence[str] = (), distinct: Sequence[str] = ()) -> int:
        """The most devices of a node that pass some rows and go together."""
        attributes, distinct = [[one.rpartition("/")[2] for one in each] for each in (attributes, distinct)]
        return max(
            min(most_together(some, attributes), most_of(some, distinct)) for some in self.passing(names).values()
        )

    def all_names(self) -> list[str]:
        return names_of(self.asked, idle=self.idle)

    def evidence(self, kind: type[Any]) -> Any:
        return next(each for each in self.explanation.evidence if isinstance(each, kind))


def most_of(some: Sequence[Values], distinct: Sequence[str]) -> int:
    return min((most_together(some, (), [one]) for one in distinct), default=len(some))


def assert_needed(
    told: Told, parts: Sequence[str], attributes: Sequence[str] = (), distinct: Sequence[str] = ()
) -> None:
    """The parts together leave too few devices on every node, and without any of them some node has enough."""
    wanted = told.asked["count"]
    assert told.most(parts, attributes, distinct) < wanted
    for one in parts:
        assert told.most([each for each in parts if each != one], attributes, distinct) >= wanted, one
    for one in attributes:
        assert told.most(parts, [each for each in attributes if each != one], distinct) >= wanted, one
    for one in distinct:
        assert told.most(parts, attributes, [each for each in distinct if each != one]) >= wanted, one


ROWS = {
    "untainted": "untainted",
    "counters": "counters of its pool left",
    "shares": "capacity left",
    "not-held": "not held by other claims",
}


def count_short(told: Told) -> None:
    arguments, row = told.reason.arguments, told.reason.text("row")
    own = told.reason.text("condition") or ROWS.get(row, "")
    parts = [*told.reason.texts("with"), *([own] if own else [])]
    counts = told.count(parts)
    assert arguments["wanted"] == told.asked["count"]
    assert arguments["best"] == max(counts.values())
    if arguments["best"]:
        assert told.reason.texts("nodes") == tuple(where for where, n in counts.items() if n == arguments["best"])
    assert_needed(told, parts)


def too_few_free(told: Told) -> None:
    assert told.reason.number("best") == told.most(told.all_names())
    assert told.reason.number("best") < told.asked["count"]
    _held_is_right(told)


def _held_is_right(told: Told) -> None:
    wanted = [each for each in told.all_names() if each in told.asked["conditions"] or each[0].isdigit()]
    matching = list(chain.from_iterable(told.passing(wanted).values()))
    assert told.reason.number("matching") == len(matching)
    held = sum(each["held"] and not each["shared"] for each in matching)
    assert told.reason.number("held") == (0 if told.idle else held)


def condition(told: Told) -> None:
    assert not any(told.count([told.reason.text("condition")]).values())
    extreme = told.reason.text("extreme")
    if extreme.endswith("Gi"):
        assert int(extreme[:-2]) == max(each["mem"] for _, each in told.small.devices)


def disjoint(told: Told) -> None:
    parts = [told.reason.text("first"), told.reason.text("second")]
    assert told.most(parts) == 0
    assert all(told.most([one]) > 0 for one in parts)


def none_has_all(told: Told) -> None:
    parts = told.reason.texts("parts")
    assert told.most(parts) == 0
    assert all(told.most([each for each in parts if each != one]) >= told.asked["count"] for one in parts)


def capacity(told: Told) -> None:
    name, reason = told.reason.text("capacity"), told.reason
    shown: SharedCapacity = told.evidence(SharedCapacity)
    where, _, bare = shown.device.partition("/")
    device = next(each for each in told.small.nodes[where] if each["name"] == bare)
    used = 0 if told.idle else used_of(device)[name]
    assert [_number(text) for text in (shown.total, shown.used, shown.left)] == [
        device[name],
        used,
        device[name] - used,
    ]
    # What shares leave is asked of devices that could hold the share; what a device is, of every device.
    own = {each for each in told.all_names() if told.idle and each.endswith(f" of {name}")} or {"capacity left"}
    others = [] if told.idle else [each for each in told.all_names() if each not in own]
    rivals = list(chain.from_iterable(told.passing(others).values()))
    assert not any(told.count([*others, *own]).values())
    assert bool(reason.arguments["only"]) is (len(rivals) == 1)
    if reason.arguments["only"] or reason.arguments["alike"]:
        assert _number(reason.text("charged")) == _charged(told.asked, device, name)
        if not reason.arguments["refused"]:
            most = max(each[name] - (0 if told.idle else used_of(each)[name]) for each in rivals)
            assert _number(reason.text("left")) == most


def _charged(asked: Values, device: Values, name: str) -> int:
    found = charge(asked, device)
    if found is not None:
        return found[name]
    return int(-(-asked["capacity"][name] // 10) * 10)


def _number(text: str) -> int:
    return int(text.removesuffix("Gi"))


def taints(told: Told) -> None:
    others = list(told.reason.texts("with"))
    tainted = {
        where: [each["name"] for each in some if each["tainted"]] for where, some in told.passing(others).items()
    }
    number = sum(map(len, tainted.values()))
    assert told.reason.number("tainted") == number
    assert bool(told.reason.arguments["all"]) is (number == sum(told.count(others).values()))
    (taint,) = told.evidence(BlockingTaints).taints
    assert {each.node: list(each.devices) for each in taint.devices} == {w: some for w, some in tainted.items() if some}
    assert_needed(told, [*others, "untainted"])


def group_never(told: Told) -> None:
    others, attributes = told.reason.texts("with"), told.reason.texts("attributes")
    assert told.reason.number("best") == told.most(others, attributes, told.reason.texts("distinct"))
    assert_needed(told, others, attributes, told.reason.texts("distinct"))


def group_short(told: Told) -> None:
    assert told.reason.number("best") == told.most(told.all_names(), told.reason.texts("attributes"))
    _held_is_right(told)


def distinct_short(told: Told) -> None:
    others, attributes = told.reason.texts("with"), told.reason.texts("attributes")
    names = others if told.idle else told.all_names()
    assert told.reason.number("best") == told.most(names, attributes, told.reason.texts("distinct"))
    if told.idle:
        assert_needed(told, others, attributes, told.reason.texts("distinct"))


def counters(told: Told) -> None:
    shown: Counters = told.evidence(Counters)
    device = next(each for each in told.small.nodes[shown.node] if each["name"] == shown.device)
    (counter,) = shown.counters
    used = 0 if told.idle else sum(drawn_by(each) for each in told.small.nodes[shown.node] if each["held"])
    assert (counter.total, counter.used) == (str(COUNTERS_OF_A_POOL), str(used))
    assert (counter.left, counter.needed) == (str(COUNTERS_OF_A_POOL - used), str(drawn_by(device)))
    assert not any(told.count(told.all_names()).values())


def part_of(small: Small, kept: Sequence[str], constraints: Sequence[Values]) -> Small:
    """Some requests of a small world, with some of its constraints."""
    numbers = [int(name[1:]) for name in kept]
    renamed = {f"r{number}": f"r{at}" for at, number in enumerate(numbers)}
    tied = []
    for one in constraints:
        names = tuple(renamed[name] for name in one["requests"] if name in renamed)
        if names or not one["requests"]:
            tied.append({**one, "requests": names})
    return Small(small.nodes, [small.requests[number] for number in numbers], tied)


def together(told: Told) -> None:
    reason, names = told.reason, told.reason.texts("requests")
    limits = set(reason.texts("limits"))
    boundless = frozenset({"counters", "shares"} - limits)
    named = {("match", one.rpartition("/")[2]) for one in reason.texts("attributes")}
    named |= {("distinct", one.rpartition("/")[2]) for one in reason.texts("distinct")}
    written = [one for one in told.small.constraints if (one["kind"], one["attribute"]) in named]
    small = part_of(told.small, names, written)
    assert not fits(small, idle=told.idle, without=boundless)
    for limit in limits:
        assert fits(small, idle=told.idle, without=boundless | {limit}), limit
    for kind, attribute in named:
        fewer = [one for one in written if (one["kind"], one["attribute"]) != (kind, attribute)]
        assert fits(part_of(told.small, names, fewer), idle=told.idle, without=boundless), attribute
    for name in names if len(names) > 1 else ():
        others = [one for one in names if one != name]
        assert fits(part_of(told.small, others, told.small.constraints), idle=told.idle), name


def compete(told: Told) -> None:
    names, counts = told.reason.texts("requests"), told.reason.numbers("counts")
    assert sum(counts) > told.reason.number("best")
    where = told.reason.text("node")
    some: set[str] = set()
    for name in names:
        for asked in told.small.requests[int(name[1:])]:
            rows = names_of(asked, idle=told.idle)
            usable = passing(told.small, asked, rows, idle=told.idle)[where]
            some |= (
                {each["name"] for each in usable} if asked["count"] is None or len(usable) >= asked["count"] else set()
            )
    if len(told.small.requests[0]) == 1:
        assert told.reason.number("best") == len(some)
    assert not fits(part_of(told.small, names, told.small.constraints), idle=told.idle)


def joint_short(told: Told) -> None:
    shown: MatchGroups = told.evidence(MatchGroups)
    attribute = shown.attribute.rpartition("/")[2]
    for group in shown.groups:
        if group.value is None:
            continue
        for one in group.demands:
            asked = told.small.requests[int(one.request[1:])][0]
            left = passing(told.small, asked, names_of(asked, idle=told.idle), idle=told.idle)[group.node]
            assert one.free == sum(str(each[attribute]) == group.value for each in left)
            assert one.wanted == (asked["count"] or 1)
    names = told.reason.texts("requests")
    assert not fits(part_of(told.small, names, told.small.constraints), idle=told.idle)


def different_nodes(told: Told) -> None:
    for number, name in enumerate(told.reason.texts("requests")):
        for where in told.small.nodes:
            alone = part_of(told.small, [name], told.small.constraints)._replace(nodes={where: told.small.nodes[where]})
            listed = where in told.reason.texts(f"nodes_{number}")
            assert listed or not fits(alone, idle=told.idle)


def alternatives(told: Told) -> None:
    shown: Alternatives = told.evidence(Alternatives)
    for one in shown.alternatives:
        number, asked = int(one.request[1:]), told.small.requests[int(one.request[1:])][one.index - 1]
        alone = part_of(told.small, [one.request], told.small.constraints)._replace(requests=[[asked]])
        now, idle = fits(alone, idle=False), fits(alone, idle=True)
        assert one.outcome == ("fits" if now else "not-now" if idle else "never"), (number, one.index)
        if one.outcome == "fits":
            assert one.node is not None
            assert fits(alone._replace(nodes={one.node: told.small.nodes[one.node]}), idle=False)
        elif one.best and not (one.attribute and asked["count"] is None):
            idle = one.outcome == "never"
            assert one.best < one.wanted
            assert one.best == max(n for n in range(one.wanted) if n == 0 or fits(_with_count(alone, n), idle=idle))


def _with_count(small: Small, number: int) -> Small:
    return small._replace(requests=[[{**small.requests[0][0], "count": number}]])


def attribute_absent(told: Told) -> None:
    wanted = [each for each in told.all_names() if each in told.asked["conditions"] or each[0].isdigit()]
    matching = list(chain.from_iterable(told.passing(wanted).values()))
    attribute = told.reason.text("attribute").rpartition("/")[2]
    assert told.reason.number("matching") == len(matching)
    assert told.reason.number("missing") == sum(each[attribute] is None for each in matching)
    assert all(
        sum(each[attribute] is not None for each in some) < told.asked["count"]
        for some in told.passing(wanted).values()
    )


def all_blocked(told: Told) -> None:
    shown: AllBlocked = told.evidence(AllBlocked)
    wanted = [each for each in told.all_names() if each in told.asked["conditions"] or each[0].isdigit()]
    demanded, left = told.count(wanted), told.count(told.all_names())
    for each in shown.nodes:
        for where in each.nodes:
            assert each.demanded == demanded[where]
            assert sum(len(one.devices) for one in each.blocked) == demanded[where] - left[where]
            assert not each.demanded or demanded[where] > left[where]


def nodes_are_right(told: Told) -> None:
    """What nodes have of one request, and that nothing on them meets what is said to be lacking."""
    attributes = [one["attribute"] for one in told.small.constraints if one["kind"] == "match"]
    distinct = [one["attribute"] for one in told.small.constraints if one["kind"] == "distinct"]
    left, wanted = told.passing(told.all_names()), told.asked["count"]
    for group in told.explanation.closest:
        for where in group.nodes:
            most = min(most_together(left[where], attributes), most_of(left[where], distinct))
            assert (group.have, group.wanted) == (min(most, wanted), wanted)
            for missing in group.missing:
                assert missing.kind != "class"
                if missing.kind == "condition":
                    assert not told.passing([missing.what])[where]
                if missing.kind == "devices":
                    assert missing.short == wanted - group.have
                if missing.kind == "value" and missing.what == "mem":
                    assert missing.have in {f"{each['mem']}Gi" for each in told.small.nodes[where]}


CHECKS: dict[str, Callable[[Told], None]] = {
    "count-short": count_short,
    "too-few-free": too_few_free,
    "condition": condition,
    "disjoint-conditions": disjoint,
    "none-has-all": none_has_all,
    "capacity": capacity,
    "taints": taints,
    "group-never": group_never,
    "group-short": group_short,
    "distinct-short": distinct_short,
    "counters": counters,
    "together": together,
    "compete": compete,
    "joint-short": joint_short,
    "different-nodes": different_nodes,
    "alternatives": alternatives,
    "all-blocked": all_blocked,
    "attribute-absent": attribute_absent,
}


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(small_worlds())
def test_what_is_told_can_be_counted(small: Small) -> None:
    explanation = explained(small)

    assert as_text(explanation)
    if explanation.kubernetes.stops_pod:
        return
    fits_now, fits_idle = fits(small, idle=False), fits(small, idle=True)
    verdict = Outcome.FITS if fits_now else Outcome.NOT_NOW if fits_idle else Outcome.NEVER
    assert explanation.outcome is verdict
    check = CHECKS.get(explanation.reason.template)
    if verdict is not Outcome.FITS and check is not None:
        check(Told(small, explanation))
    if verdict is not Outcome.FITS and [len(each) for each in small.requests] == [1] and small.requests[0][0]["count"]:
        nodes_are_right(Told(small, explanation))
