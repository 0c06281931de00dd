"""Evaluate an expression with cel-python instead of our evaluator, to compare the two."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from dra_policy.values import JsonValue


@contextmanager
def _undisturbed() -> Iterator[None]:
    """cel-python changes the recursion limit, and fails when it logs some of its own errors."""
    limit, disabled = sys.getrecursionlimit(), logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(disabled)
        sys.setrecursionlimit(limit)


@lru_cache(maxsize=1)
def _environment() -> Any:
    import celpy

    return celpy.Environment()


def second_opinion(text: str, variables: Mapping[str, JsonValue]) -> bool | str | None:
    """What cel-python says about a condition: the answer, ``error``, or None where it has no opinion.

    It follows cel-spec for values of one type, lists, maps, strings and the usual macros; it is known to differ for
    numbers of different types, operands of logic that are no bools, negative indexes and parts of seconds, and it has
    neither optional values nor Kubernetes' functions.
    """
    with _undisturbed():
        environment = _environment()
        from celpy.adapter import json_to_cel
        from celpy.celparser import CELParseError
        from celpy.celtypes import BoolType
        from celpy.evaluation import CELEvalError

        try:
            program = environment.program(environment.compile(text))
            found = program.evaluate(json_to_cel(dict(variables)))
        except CELEvalError:
            return "error"
        except (CELParseError, IndexError):
            return None
        return bool(found) if isinstance(found, BoolType | bool) else None
