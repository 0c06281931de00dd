"""What a plain YAML scalar means to kubectl: YAML 1.1 without dates and sexagesimals.

The rules are those of sigs.k8s.io/yaml (goyaml.v2, ``resolve``), which kubectl and the API server's clients read
manifests with: ``yes`` and ``on`` are booleans, ``0777`` is octal, ``1e3`` is a number, ``2026-01-01`` and
``12:30:45`` are texts.
"""

from __future__ import annotations

import re

from dra_policy.manifests.malformed import MalformedError

Scalar = None | bool | int | float | str

_TRUE = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_NULL = ("", "~", "null", "Null", "NULL")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL, None),
    ".nan": float("nan"),
    ".NaN": float("nan"),
    ".NAN": float("nan"),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}

# Go's strconv.ParseInt with base 0, after underscores were dropped.
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING = frozenset("0123456789+-.")


def plain_value(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar."""
    if text in _WORDS:
        value = _WORDS[text]
        if type(value) is float:
            raise MalformedError(f"`{text}` is no value of an API object", 0, "JSON has finite numbers only")
        return value
    # INVARIANT: whatever starts with none of these is a text; most scalars leave here.
    if text[0] not in _LEADING:
        return text
    digits = text.replace("_", "") if text[0] != "." else text
    found = _INTEGER.fullmatch(digits)
    if found:
        return _integer(found)
    if _FLOAT.fullmatch(digits) and len(digits) < 400:
        return _number(float(digits), text)
    return text


def _number(value: float, text: str) -> Scalar:
    # Go's ParseFloat refuses what is out of range; the scalar then stays a text.
    if value in (float("inf"), float("-inf")):
        return text
    # Go prints a whole float64 in JSON without a fraction, so `1e3` is good for an integer field.
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _integer(found: re.Match[str]) -> int:
    sign, hexadecimal, binary, octal, decimal = found.groups()
    digits = hexadecimal or binary or octal or decimal
    if len(digits) > 4000:
        raise MalformedError("a number of more than 4,000 digits", 0, "write it as a quoted text")
    base = 16 if hexadecimal else 2 if binary else 8 if octal else 10
    return int(sign + digits, base)


def tagged_value(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag (``!!str 5``); unknown tags leave the text as it is."""
    if tag in ("tag:yaml.org,2002:str", "!", "tag:yaml.org,2002:binary"):
        return text
    value = plain_value(text)
    if tag == "tag:yaml.org,2002:float" and type(value) is int:
        return float(value)
    expected = {
        "tag:yaml.org,2002:int": int,
        "tag:yaml.org,2002:float": float,
        "tag:yaml.org,2002:bool": bool,
        "tag:yaml.org,2002:null": type(None),
    }.get(tag)
    if expected is None:
        return text
    if type(value) is not expected:
        raise MalformedError(f"`{text}` is no {tag.rpartition(':')[2]}", 0)
    return value


def key_text(value: Scalar) -> str:
    """A mapping key as the JSON key that kubectl makes of it."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            raise MalformedError("a key is empty (null)", 0, "write a name before the colon")
        case float():
            return float_text(value)
        case int():
            return str(value)


def float_text(value: float) -> str:
    """A number as Go prints it in JSON: whole ones without a fraction."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
