"""`drapolicy eval`: which devices an expression matches, and why it does not match the others."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.text import PolicyError, Source, unreadable

if TYPE_CHECKING:
    from dra_policy.engine.world import World
    from dra_policy.explain.matching import Matching
    from dra_policy.render import Style

EXAMPLES = """
  drapolicy eval 'device.driver == "gpu.example.com"' -f fleet.yaml
  drapolicy eval 'device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0' -f fleet.yaml -v
  drapolicy eval 'gpu.memory >= 40Gi' -f fleet.yaml --policy drivers.dra
  drapolicy eval class/gpu.example.com -f classes.yaml -f fleet.yaml
  drapolicy eval --file expressions.txt -f fleet.yaml -o json
"""
# A line without the blanks around it.
_LINE = re.compile(r"[^\s](?:.*[^\s])?")


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0 also where nothing matches (1 with --fail), 2 for an expression that does not compile."""
    command = parser("eval", "Say which devices an expression matches, and why not the others.", EXAMPLES)
    command.add_argument(
        "expression", nargs="?", metavar="EXPR", help="CEL, an expression of the policy language, or class/NAME"
    )
    command.add_argument("--file", metavar="FILE", help="a file of expressions, one a line (# begins a comment)")
    command.add_argument("--fail", action="store_true", help="end with 1 if no device matches")
    add_world(command)
    add_output(command, ("text", "json", "name"))
    options = command.parse_args(split_levels(arguments))
    style = inputs.style_of(options, streams)
    if (options.expression is None) is (options.file is None):
        command.error("either EXPR or --file is wanted")
    world, _ = inputs.read_world(options, streams)
    if options.file is None:
        expressions = [Source.of("<expression>", options.expression)]
    else:
        expressions = _expressions(options.file)
    inputs.print_diagnostics(world.findings, style, streams)
    answers = [_answer(expression, world, style, streams) for expression in expressions]
    _print([each.text for each in expressions], answers, options, style, streams, world)
    if inputs.has_errors(world.diagnostics) or any(isinstance(each, str) for each in answers):
        return 2
    return 1 if options.fail and not all(each.devices for each in answers if not isinstance(each, str)) else 0


def _expressions(path: str) -> list[Source]:
    """The expressions of a file, one a line; raises PolicyError if it cannot be read."""
    try:
        with open(path, encoding="utf-8") as file:
            source = Source.of(path, file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([unreadable(path, error)]) from None
    found = [(match.start(), match.end()) for match in _LINE.finditer(source.text)]
    return [source.part(start, end) for start, end in found if not source.text.startswith(("#", "//"), start)]


def _answer(expression: Source, world: World, style: Style, streams: Streams) -> Matching | str:
    """The devices, or why the expression does not compile."""
    from dra_policy.engine.matching import compile_class_condition, compile_expression, match

    text = expression.text
    name = text.removeprefix("class/")
    compiled = compile_expression(expression, world) if name == text else compile_class_condition(name, world)
    inputs.print_diagnostics(compiled.diagnostics, style, streams)
    return compiled.compile_error if compiled.condition is None else match(compiled.condition, world)


def _print(
    expressions: Sequence[str],
    answers: Sequence[Matching | str],
    options: argparse.Namespace,
    style: Style,
    streams: Streams,
    world: World,
) -> None:
    from dra_policy.render import matching as words
    from dra_policy.render.json_text import to_json

    if options.output == "json":
        if options.file is not None:
            items = [
                words.refused_document(expression, each) if isinstance(each, str) else words.matching_document(each)
                for expression, each in zip(expressions, answers, strict=True)
            ]
            streams.print(to_json({"apiVersion": "drapolicy.dev/v1", "kind": "MatchingList", "items": items}))
        elif not isinstance(answers[0], str):
            streams.print(to_json(words.matching_document(answers[0])))
        return
    for expression, answer in zip(expressions, answers, strict=True):
        if isinstance(answer, str):
            continue
        if options.output == "name":
            if options.file is not None:
                streams.print(f"# {expression}")
            streams.print("\n".join(f"{each.node}/{name}" for each in answer.matched for name in each.devices))
            continue
        if options.file is not None:
            streams.print(style.show(answer.condition.text))
        streams.print(words.render_matching(answer, style))
        _print_trees(answer, style, streams, world)


def _print_trees(answer: Matching, style: Style, streams: Streams, world: World) -> None:
    from dra_policy.engine.matching import trees
    from dra_policy.render.device import LEVEL_OF_TREES, render_trees

    if style.level >= LEVEL_OF_TREES:
        streams.print(render_trees(trees(answer.condition, world), style))
