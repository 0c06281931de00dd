"""Evidence blocks: what stands in place of a funnel, or beside it, where a cause has its own proof."""

from __future__ import annotations

from dra_policy.explain.evidence import (
    AllBlocked,
    Alternatives,
    BlockingTaints,
    BrokenRules,
    CelStop,
    Choices,
    Counters,
    Evidence,
    FailingRule,
    IgnoredPools,
    LatentError,
    MatchGroups,
    MayAbort,
    Preferred,
    SharedCapacity,
    Undecided,
    UnknownName,
    ValuesOfAll,
    WrittenAt,
    WrongObject,
)
from dra_policy.explain.pod_places import PodPlaces
from dra_policy.explain.quota_evidence import QuotaLimits
from dra_policy.render.choosing import alternative_lines, choice_lines
from dra_policy.render.holdings import (
    all_blocked_lines,
    counter_lines,
    match_group_lines,
    pool_lines,
    shared_capacity_lines,
    taint_lines,
    values_of_all_lines,
)
from dra_policy.render.quota import quota_lines
from dra_policy.render.quoting import (
    cel_stop_lines,
    failing_rule_lines,
    latent_error_lines,
    may_abort_lines,
    quoted_line,
    unknown_name_lines,
    wrong_object_lines,
)
from dra_policy.render.rules import broken_rule_lines, pod_place_lines, preferred_lines, undecided_lines
from dra_policy.render.style import Line, Style


def evidence_lines(evidence: Evidence, style: Style) -> list[Line]:  # noqa: C901, PLR0912 - one case per alternative
    """The block of one piece of evidence."""
    match evidence:
        case MatchGroups():
            return match_group_lines(evidence, style)
        case UnknownName():
            return unknown_name_lines(evidence, style)
        case CelStop():
            return cel_stop_lines(evidence, style)
        case LatentError():
            return latent_error_lines(evidence, style)
        case MayAbort():
            return may_abort_lines(evidence, style)
        case FailingRule():
            return failing_rule_lines(evidence, style)
        case WrongObject():
            return wrong_object_lines(evidence, style)
        case IgnoredPools():
            return pool_lines(evidence, style)
        case BlockingTaints():
            return taint_lines(evidence, style)
        case Counters():
            return counter_lines(evidence, style)
        case SharedCapacity():
            return shared_capacity_lines(evidence, style)
        case AllBlocked():
            return all_blocked_lines(evidence, style)
        case Alternatives():
            return alternative_lines(evidence, style)
        case Choices():
            return choice_lines(evidence, style)
        case QuotaLimits():
            return quota_lines(evidence, style)
        case BrokenRules():
            return broken_rule_lines(evidence, style)
        case PodPlaces():
            return pod_place_lines(evidence, style)
        case Preferred():
            return preferred_lines(evidence, style)
        case Undecided():
            return undecided_lines(evidence, style)
        case ValuesOfAll():
            return values_of_all_lines(evidence, style)
        case WrittenAt(span=span):
            return quoted_line(span, None, style)


def is_table(evidence: Evidence) -> bool:
    """Whether a blank line stands before the block in a long answer."""
    return not isinstance(
        evidence,
        WrongObject | Alternatives | Choices | LatentError | MayAbort | FailingRule | Preferred | Undecided | PodPlaces,
    )
