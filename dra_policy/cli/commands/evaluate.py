"""`drapolicy eval`: which devices an expression matches, and why it does not match the others."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.text import PolicyError

EXAMPLES = """
  drapolicy eval 'device.driver == "gpu.example.com"' -f fleet.yaml
  drapolicy eval 'device.capacity["gpu.example.com"].memory.compareTo(quantity("40Gi")) >= 0' -f fleet.yaml -v
  drapolicy eval 'gpu.memory >= 40Gi' -f fleet.yaml --policy drivers.dra
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0 also where nothing matches (1 with --fail), 2 for an expression that does not compile."""
    command = parser("eval", "Say which devices an expression matches, and why not the others.", EXAMPLES)
    command.add_argument("expression", metavar="EXPR", help="a CEL expression, or one of the policy language")
    command.add_argument("--fail", action="store_true", help="end with 1 if no device matches")
    add_world(command)
    add_output(command, ("text", "json", "name"))
    options = command.parse_args(split_levels(arguments))
    style = inputs.style_of(options, streams)
    try:
        world, _ = inputs.read_world(options, streams)
    except PolicyError as error:
        inputs.print_diagnostics(error.diagnostics, style, streams)
        return 2
    inputs.print_diagnostics(world.diagnostics, style, streams)
    from dra_policy.engine.matching import compile_expression, match
    from dra_policy.render import matching as words
    from dra_policy.render.json_text import to_json

    compiled = compile_expression(options.expression, world)
    inputs.print_diagnostics(compiled.diagnostics, style, streams)
    if compiled.condition is None:
        return 2
    answer = match(compiled.condition, world)
    if options.output == "json":
        streams.print(to_json(words.matching_document(answer)))
    elif options.output == "name":
        streams.print("\n".join(f"{each.node}/{name}" for each in answer.matched for name in each.devices))
    else:
        streams.print(words.render_matching(answer, style))
    if inputs.has_errors(world.diagnostics):
        return 2
    return 1 if options.fail and not answer.devices else 0
