"""Turn the flags of a command into the world that it asks about, and its answer into text."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli.config import Config, read_config
from dra_policy.cli.options import chosen_width, wants_colour, wants_unicode
from dra_policy.cli.streams import Streams
from dra_policy.model.defaults import DEFAULT_KUBERNETES
from dra_policy.text import Diagnostic, PolicyError, Severity

if TYPE_CHECKING:
    from dra_policy.engine.rules import Rules
    from dra_policy.engine.world import World
    from dra_policy.manifests import ReadResult
    from dra_policy.render import Style

# Findings of one severity that commands other than `check` print.
MOST_FINDINGS = 20
NO_WORLD = "nothing to ask about: name files with -f, or list them in drapolicy.toml"


def style_of(options: argparse.Namespace, streams: Streams) -> Style:
    """How the answer is laid out."""
    from dra_policy.render import Style

    level = options.level if options.level is not None else 1
    streams.style = Style(chosen_width(options, streams), wants_colour(options, streams), wants_unicode(streams), level)
    return streams.style


def rules_of(options: argparse.Namespace, config: Config) -> Rules:
    """The rules that flags and settings file give; raises PolicyError for a wrong one."""
    from dra_policy.engine.rules import Rules, checked_rules
    from dra_policy.model import Dialect

    dialect = options.dialect or config.dialect
    if dialect is not None and dialect not in [each.value for each in Dialect]:
        raise PolicyError([Diagnostic("DRA105", Severity.ERROR, f"no dialect `{dialect}`")])
    gates = {**config.feature_gates, **dict(_gate(each) for each in options.feature_gate)}
    return checked_rules(
        Rules(
            dialect=Dialect(dialect) if dialect else None,
            kubernetes=options.kubernetes or config.kubernetes or DEFAULT_KUBERNETES,
            feature_gates=gates,
            strict_prototype=options.strict_prototype,
            steps=options.steps,
        )
    )


def _gate(text: str) -> tuple[str, bool]:
    name, _, value = text.partition("=")
    if value not in ("true", "false"):
        message = f"`--feature-gate {text}`: `{name}=true` or `{name}=false` is wanted"
        raise PolicyError([Diagnostic("DRA105", Severity.ERROR, message)])
    return name, value == "true"


def world_paths(options: argparse.Namespace, config: Config) -> list[str]:
    """The files of the world: those of the flags, else those of the settings file; policies always."""
    files = options.filename or config.files
    return [*files, *config.policy, *options.policy]


def read_world(
    options: argparse.Namespace, streams: Streams, *, subjects: Sequence[str] = ()
) -> tuple[World, ReadResult]:
    """Read the world and the subjects' files, which belong to it; warnings and errors go to standard error.

    The second result has what the subjects' files alone declare. Raises PolicyError where there is nothing to read.
    """
    from dra_policy.engine import world as engine
    from dra_policy.engine.namespaces import in_namespace

    config = read_config(options.config)
    rules = rules_of(options, config)
    is_said = options.namespace is not None
    if not is_said:
        options.namespace = config.namespace
    paths = world_paths(options, config)
    if not paths and not subjects:
        raise PolicyError([Diagnostic("DRA101", Severity.ERROR, NO_WORLD)])
    # A file that is subject and world at once (`explain a.yaml -f .`) is read once: what it declares stands once.
    seen: set[str] = set()
    own = engine.as_question(engine.read_files(subjects, rules, stdin=streams.read_input, seen=seen))
    if options.namespace is not None:
        own = in_namespace(own, options.namespace, refuse_others=is_said)
    rest = engine.read_files(paths, rules, stdin=streams.read_input, seen=seen)
    return engine.with_question(rest, own, rules), own.read


def print_diagnostics(diagnostics: Sequence[Diagnostic], style: Style, streams: Streams) -> None:
    """Print findings on inputs to standard error; of many, the first of the errors and of the warnings."""
    if not diagnostics:
        return
    from dra_policy.render import plural, render_diagnostics

    errors = [each for each in diagnostics if each.severity is Severity.ERROR]
    warnings = [each for each in diagnostics if each.severity is not Severity.ERROR]
    most = max(len(diagnostics), 1) if style.level >= 2 else MOST_FINDINGS
    shown = {id(each) for each in (*errors[:most], *warnings[:most])}
    streams.warn(render_diagnostics([each for each in diagnostics if id(each) in shown], style))
    if len(shown) < len(diagnostics):
        streams.warn(f"and {plural(len(diagnostics) - len(shown), 'more finding')}; `drapolicy check` shows all")


def has_errors(diagnostics: Sequence[Diagnostic]) -> bool:
    """Whether one of them makes the input wrong."""
    return any(each.severity is Severity.ERROR for each in diagnostics)
