"""What the best node and devices are chosen by: a strategy, or an expression over the claims of a pod."""

from __future__ import annotations

from dra_policy.allocate.score import Strategy
from dra_policy.allocate.together import PodRules
from dra_policy.engine.subjects import Subject
from dra_policy.model import Dialect, Preference, Selector
from dra_policy.record import replace
from dra_policy.text import Place, PolicyError, Source, Span, SpanDocument

Wanted = Strategy | Preference


def read_wanted(text: str) -> Wanted:
    """``first``, ``pack``, ``spread`` or ``balance``, or CEL over ``claims`` and ``node``; more is better.

    The expression speaks as ``prefer`` of a ``pod``: ``claims.NAME.REQUEST`` is the list of chosen devices. It comes
    after what the claims and pods prefer themselves. Raises PolicyError for one that is wrong.
    """
    if text in {each.value for each in Strategy}:
        return Strategy(text)
    from dra_policy.cel.rules import POD_VARIABLES, compile_rule

    source = Source.of("--prefer", text)
    place = Place(SpanDocument(Span(source, 0, len(text))))
    preference = Preference(Selector(text, Dialect.V1, place), place=place)
    problems = compile_rule(preference, POD_VARIABLES).diagnostics
    if problems:
        raise PolicyError(problems)
    return preference


def preferring(rules: PodRules | None, subject: Subject, preference: Preference) -> PodRules:
    """What holds across the claims of a subject, and the preference after its own; a claim has its own name here."""
    if rules is not None:
        return replace(rules, preferences=(*rules.preferences, preference))
    entries = subject.pod.claims if subject.pod is not None else ()
    names = [entry.name for entry in entries] or [claim.name for claim in subject.claims]
    named = tuple(zip((claim.full_name for claim in subject.claims), names, strict=False))
    allocated = [(name, each) for name, each in zip(names, subject.claims, strict=False) if each.allocation is not None]
    return PodRules(named, (), (), (preference,), tuple(allocated))
