"""What sentences are made of: a reason in two lengths, and the turns that many sentences share."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.explain.explanation import Reason
from dra_policy.record import dataclass
from dra_policy.render.names import count, plural, plural_noun, short_attribute

# What people call a value of these attributes, where it is not the attribute's own name.
_VALUE_NOUNS = {"pcieRoot": "root"}


@dataclass(frozen=True, slots=True)
class Wording:
    """A reason in words: for the answer about one claim, and as one clause without a full stop for a list."""

    long: Callable[[Reason], str]
    short: Callable[[Reason], str]


def from_sentence(sentence: Callable[[Reason], str]) -> Wording:
    """A sentence whose clause is itself, begun in lower case and without its full stop."""

    def clause(reason: Reason) -> str:
        text = sentence(reason).rstrip(".")
        return text[:1].lower() + text[1:] if text[:2].istitle() or text[1:2] == " " else text

    return Wording(sentence, clause)


def one_of(attribute: str) -> str:
    """``on one numaNode`` for a place, ``of one pcieRoot`` for another attribute."""
    short = short_attribute(attribute)
    return f"on one {short}" if "node" in short.lower() or "numa" in short.lower() else f"of one {short}"


def value_noun(attribute: str) -> str:
    """What a value of an attribute is called: ``root`` of pcieRoot, else the attribute's last part."""
    short = short_attribute(attribute)
    return _VALUE_NOUNS.get(short, short)


def things(reason: Reason, number: str = "wanted") -> str:
    """``4 GPUs``: a count of the reason with its noun."""
    return plural(reason.number(number), reason.text("noun"))


def are(number: int) -> str:
    """The verb for so many things."""
    return "is" if number == 1 else "are"


def held_sentence(reason: Reason) -> str:
    """``Other claims hold 19 of the 32 H100s.``; empty where they hold none."""
    held, matching = reason.number("held"), reason.number("matching")
    if not held:
        return ""
    noun = reason.text("model") or reason.text("noun")
    if held == matching:
        return f" Other claims hold {'it' if held == 1 else f'all {plural(held, noun)}'}."
    return f" Other claims hold {count(held)} of the {count(matching)} {plural_noun(noun)}."


def held_clause(reason: Reason) -> str:
    """``; other claims hold 19``; empty where they hold none."""
    held = reason.number("held")
    return f"; other claims hold {count(held)}" if held else ""


def more_than_best(reason: Reason) -> str:
    """``more than 3``, or ``any`` where there is none."""
    best = reason.number("best")
    return f"more than {count(best)}" if best else "any"
