"""The parts that records of both protocols have, and the words for one of the wrong type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dra_policy.model.features import GO_NAMES
from dra_policy.text import nearest
from dra_policy.values import JsonValue, Quantity, QuantityError


class WrongRecordError(ValueError):
    """A record that is no case; the message says which part is wrong."""


def refuse_first(problems: Iterator[str]) -> None:
    """Raise WrongRecordError with the first problem, if there is one."""
    for problem in problems:
        raise WrongRecordError(problem)


def feature_problems(features: JsonValue) -> Iterator[str]:
    """``features``: an object of bools by the names of features. What is null is taken as absent."""
    if features is not None and not isinstance(features, dict):
        yield f"`features` must be an object, not {shown(features)}"
    elif isinstance(features, dict):
        for name, value in features.items():
            if not isinstance(value, bool):
                yield f"feature `{name}` must be a bool, not {shown(value)}"
        for name in features:
            if name not in GO_NAMES:
                best = nearest(name.removeprefix("DRA"), GO_NAMES)
                hint = f"did you mean `{best}`?" if best else f"there are {', '.join(sorted(GO_NAMES))}"
                yield f"feature `{name}` is unknown: {hint}"


def text_problems(record: Mapping[str, JsonValue], part: str) -> Iterator[str]:
    """A part that has to be text if it is there."""
    if not isinstance(record.get(part), str | None):
        yield f"`{part}` must be a string, not {shown(record[part])}"


def quantity_problem(amount: JsonValue) -> str | None:
    """What is wrong with an amount, which may be written as a number too."""
    if isinstance(amount, bool) or not isinstance(amount, str | int | float):
        return f"it is {shown(amount)}"
    try:
        Quantity.parse(amount.strip() if isinstance(amount, str) else str(amount))
    except QuantityError as problem:
        return str(problem)
    return None


def shown(value: JsonValue) -> str:
    """A value as the record has it, shortened."""
    import json

    text = json.dumps(value, ensure_ascii=False)
    return f"`{text}`" if len(text) <= 40 else f"`{text[:39]}…`"
