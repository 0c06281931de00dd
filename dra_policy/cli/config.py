"""The settings file: what a folder's questions are about when the command line does not say."""

from __future__ import annotations

import os

from dra_policy.record import dataclass, field
from dra_policy.text import Diagnostic, PolicyError, Severity, Source, Span, nearest, unreadable

DEFAULT = "drapolicy.toml"
KEYS = ("files", "policy", "namespace", "kubernetes", "feature-gates", "dialect")


@dataclass(frozen=True, slots=True)
class Config:
    """What ``drapolicy.toml`` can say; paths are relative to its folder and joined with it here."""

    files: tuple[str, ...] = ()
    policy: tuple[str, ...] = ()
    namespace: str | None = None
    kubernetes: str | None = None
    feature_gates: dict[str, bool] = field(default_factory=dict)
    dialect: str | None = None


def read_config(path: str | None) -> Config:
    """Read the named settings file, or ``drapolicy.toml`` of the working folder if there is one.

    Raises PolicyError if it cannot be read, is no TOML, or has an unknown key or a value of the wrong type.
    """
    # os.path, not pathlib: that costs 4 ms of each start.
    file = path or DEFAULT
    if path is None and not os.path.exists(file):
        return Config()
    import tomllib

    try:
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
        values = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([unreadable(file, error)]) from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([_wrong(file, "", "", f"no TOML: {str(error)[:1].lower()}{str(error)[1:]}")]) from None
    _check_keys(file, text, values)
    folder = os.path.dirname(file)
    return Config(
        files=tuple(os.path.join(folder, each) for each in _texts(file, text, values, "files")),
        policy=tuple(os.path.join(folder, each) for each in _texts(file, text, values, "policy")),
        namespace=_text(file, text, values, "namespace"),
        kubernetes=_text(file, text, values, "kubernetes"),
        feature_gates=_gates(file, text, values),
        dialect=_text(file, text, values, "dialect"),
    )


def _check_keys(file: str, text: str, values: dict[str, object]) -> None:
    for key in values:
        if key not in KEYS:
            near = nearest(key, KEYS)
            hint = f"did you mean `{near}`?" if near else f"the settings are {', '.join(KEYS)}"
            raise PolicyError([_wrong(file, text, key, f"no setting `{key}`", hint)])


def _texts(file: str, text: str, values: dict[str, object], key: str) -> list[str]:
    found = values.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise PolicyError([_wrong(file, text, key, f"`{key}` is to be a list of texts")])
    return found


def _text(file: str, text: str, values: dict[str, object], key: str) -> str | None:
    found = values.get(key)
    if found is not None and not isinstance(found, str):
        raise PolicyError([_wrong(file, text, key, f"`{key}` is to be a text in quotes")])
    return found


def _gates(file: str, text: str, values: dict[str, object]) -> dict[str, bool]:
    found = values.get("feature-gates", {})
    if not isinstance(found, dict) or not all(isinstance(each, bool) for each in found.values()):
        raise PolicyError([_wrong(file, text, "feature-gates", "`feature-gates` is to be a table of true and false")])
    return found


def _wrong(file: str, text: str, key: str, message: str, hint: str | None = None) -> Diagnostic:
    start = text.find(key) if key else -1
    span = Span(Source.of(file, text), start, start + len(key)) if start >= 0 else None
    message = message if span else f"`{file}`: {message}"
    return Diagnostic("DRA105", Severity.ERROR, message, span, hint=hint)
