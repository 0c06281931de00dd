from __future__ import annotations

import pytest

from dra_policy.explain.evidence import (
    AllBlocked,
    AllOnNode,
    Alternative,
    Alternatives,
    Apart,
    BlockingTaint,
    BlockingTaints,
    BrokenRule,
    BrokenRules,
    CelStop,
    Choice,
    Choices,
    Counter,
    Counters,
    CounterUse,
    Demanded,
    DeviceValue,
    Evidence,
    IgnoredPool,
    IgnoredPools,
    LatentError,
    MatchGroup,
    MatchGroups,
    NodeDevices,
    PassedOver,
    Preferred,
    Presence,
    SharedCapacity,
    ShareUse,
    SlicePlace,
    Unavailable,
    Undecided,
    UnknownName,
    ValueOfDevices,
    ValuesOfAll,
    Wished,
    WrittenAt,
    WrongObject,
)
from dra_policy.render.evidence import evidence_lines
from dra_policy.render.measure import columns
from dra_policy.render.style import Style
from dra_policy.text import Source, Span

EVIL = "a\x1b[2J\u202e\r"
LONG = "team-of-many-words/" + "long-" * 12 + "name"


def every_evidence(name: str) -> list[Evidence]:
    source = Source.of(name, f"  {name}: {name}\n")
    span = Span(source, 2, 2 + len(name))
    demanded = Demanded(name, "GPU", 1, 1, 2)
    counter = Counter(name, "1", "1", "0", "1", "1")
    alternative = Alternative(name, 1, 2, name, "never", 0, 0, 0, 1, None, name, 0, name)
    apart = Apart(name, DeviceValue(name, name), DeviceValue(name, name), name, name, name, (name,))
    return [
        MatchGroups(
            name, (MatchGroup(name, name, (demanded,), 1), MatchGroup(name, None, (demanded,), 0, (name,))), 2, span
        ),
        UnknownName(name, name, 1, 2, span, span),
        CelStop(name, name, (0, 1), (Presence(name, 2, 1),), 1, "NIC", 1, 1, span),
        LatentError(name, 1, "NIC", name),
        WrongObject(name, (name, name), name, (name,), name, ((name, span),), span),
        IgnoredPools((IgnoredPool(name, "incomplete", "DRA120", 1, 2, 3, places=(SlicePlace(name),)),)),
        IgnoredPools((IgnoredPool(name, "invalid", "DRA124", device=name, counter_set=name, counter=name),)),
        BlockingTaints(name, (BlockingTaint(name, (NodeDevices(name, (name,)),), name),)),
        Counters(name, name, name, (counter,), (CounterUse(name, name, ("1",)),)),
        SharedCapacity(name, name, "1", "1", "0", "1", "1", (ShareUse(name, "1"),)),
        AllBlocked(name, (AllOnNode((name,), 1, (Unavailable((name,), "not-held", name),)),)),
        AllBlocked(name, (AllOnNode((name,), 0, (), ("condition", name)),)),
        Alternatives((alternative,)),
        Choices((Choice(name, (name,), (PassedOver((name,), "held", (name,)),)),), apart),
        ValuesOfAll(name, (ValueOfDevices(name, name, (name,)), ValueOfDevices(None, name, (name,))), span),
        WrittenAt(span),
        BrokenRules((BrokenRule(name, name, span, name),), name, (name,)),
        Preferred((Wished(name, name, span), Wished(name, None, span, name, name)), is_best=True),
        Undecided((name,), (name,), 5),
    ]


@pytest.mark.parametrize("index", range(19))
def test_no_evidence_lets_an_object_command_the_terminal(index: int) -> None:
    for width in (40, 60, 80, 120):
        for level in (1, 2):
            style = Style(width=width, level=level)
            text = "\n".join(line.painted(style) for line in evidence_lines(every_evidence(EVIL)[index], style))
            assert not set(text) & {"\x1b", "\u202e", "\r"}


@pytest.mark.parametrize("index", range(19))
def test_evidence_stays_within_the_page(index: int) -> None:
    for width in (60, 80, 120):
        style = Style(width=width)
        lines = [line.painted(style) for line in evidence_lines(every_evidence(LONG)[index], style)]
        assert [line for line in lines if columns(line) > width] == []
