"""What the best node and devices are chosen by: a strategy, or an expression over the claims of a pod."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.allocate.score import Strategy
from dra_policy.allocate.together import PodRules
from dra_policy.engine.subjects import Subject
from dra_policy.engine.world import World
from dra_policy.model import Claim, Preference
from dra_policy.record import replace
from dra_policy.text import Diagnostic, PolicyError, Severity, Source, Span, nearest

PREFER = "--prefer"
"""The name of the source that a caller's preference stands in."""

Wanted = Strategy | Preference


def read_wanted(text: str, world: World, subjects: Sequence[Subject]) -> Wanted:
    """``first``, ``pack``, ``spread`` or ``balance``, or CEL over ``claims`` and ``node``; more is better.

    The expression speaks as ``prefer`` of a ``pod``, with the short names of the world's policies:
    ``claims.NAME.REQUEST`` is the list of chosen devices; a claim without a pod has its own name. It comes after what
    the claims and pods prefer themselves. Raises PolicyError for one that is wrong, or that names a claim or request
    which none of the subjects has.
    """
    if text in {each.value for each in Strategy}:
        return Strategy(text)
    source = Source.of(PREFER, text)
    word = text.strip()
    if not word or (word.isidentifier() and word not in ("claims", "node")):
        raise PolicyError([_no_strategy(word, source)])
    from dra_policy.language import read_preference, scope_of_policies

    owner = _owner(subjects)
    preference, diagnostics = read_preference(
        source, scope_of_policies(world.policies), _requests_by_claim(subjects), owner
    )
    if preference is None:
        raise PolicyError(diagnostics)
    return preference


def preferring(rules: PodRules | None, subject: Subject, preference: Preference) -> PodRules:
    """What holds across the claims of a subject, and the preference after its own; a claim has its own name here."""
    if rules is not None:
        return replace(rules, preferences=(*rules.preferences, preference))
    named = _named_claims(subject)
    allocated = tuple([(name, each) for name, each in named if each.allocation is not None])
    return PodRules(tuple([(claim.full_name, name) for name, claim in named]), (), (), (preference,), allocated)


def _named_claims(subject: Subject) -> list[tuple[str, Claim]]:
    """The claims of a subject by the names that its pod has for them."""
    entries = subject.pod.claims if subject.pod is not None else ()
    names = [entry.name for entry in entries] or [claim.name for claim in subject.claims]
    # A claim for extended resources comes after those of the entries, and nothing can name it.
    return list(zip(names, subject.claims, strict=False))


def _requests_by_claim(subjects: Sequence[Subject]) -> dict[str, tuple[str, ...]]:
    """The names of all claims that any subject has, each with the names of its requests."""
    found: dict[str, dict[str, None]] = {}
    for subject in subjects:
        for name, claim in _named_claims(subject):
            found.setdefault(name, {}).update((request.name, None) for request in claim.requests)
    return {name: tuple(requests) for name, requests in found.items()}


def _owner(subjects: Sequence[Subject]) -> str:
    if len(subjects) == 1 and subjects[0].pod is not None:
        return f"{subjects[0].kind.lower()} `{subjects[0].name}`"
    return "what is scheduled"


def _no_strategy(word: str, source: Source) -> Diagnostic:
    names = [each.value for each in Strategy]
    near = nearest(word, names)
    others = f"there are {', '.join(names)}, or CEL over `claims` and `node`"
    hint = f"did you mean `{near}`?" if near else others
    message = f"no way to prefer is called `{word}`" if word else "no way to prefer is given"
    return Diagnostic("DRA105", Severity.ERROR, message, Span(source, 0, len(source.text)), hint=hint)
