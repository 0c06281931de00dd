"""`drapolicy batch`: answer recorded cases from standard input, one JSON line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.config import Config
from dra_policy.cli.options import add_rules, parser
from dra_policy.cli.streams import Streams
from dra_policy.model.defaults import DEFAULT_BUDGET

if TYPE_CHECKING:
    from dra_policy.engine.rules import Rules

EXAMPLES = """
  drapolicy batch allocate < cases.jsonl > answers.jsonl
  drapolicy batch cel --kubernetes 1.36 < expressions.jsonl
  drapolicy batch cel --strict-prototype < prototype.jsonl
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0, or 2 if a line was no case (it is answered by ``{"invalid": …}``)."""
    command = parser("batch", "Answer cases from standard input, one JSON object a line, in order.", EXAMPLES)
    command.add_argument("what", choices=("cel", "allocate"))
    add_rules(command)
    command.set_defaults(dialect=None)
    options = command.parse_args(list(arguments))
    if options.what == "cel" and (options.feature_gate or options.steps != DEFAULT_BUDGET):
        command.error("--feature-gate and --steps go with allocate")
    import gc

    from dra_policy.engine.batch import allocate_case, answer_lines, cel_case
    from dra_policy.render.json_text import to_json_line

    rules = inputs.rules_of(options, Config())
    answer = cel_case if options.what == "cel" else allocate_case
    lines = streams.read_lines()
    if options.what == "cel" and options.kubernetes:
        lines = _watched(lines, rules, streams)
    code, threshold = 0, gc.get_threshold()
    # Every line makes thousands of small objects that the next one no longer needs, and few cycles.
    gc.set_threshold(50_000, 50, 1000)
    try:
        for each in answer_lines(lines, lambda line: answer(line, rules)):
            code = 2 if "invalid" in each else code
            streams.out.write(to_json_line(each))
    finally:
        gc.set_threshold(*threshold)
    return code


def _watched(lines: Iterable[bytes], rules: Rules, streams: Streams) -> Iterator[bytes]:
    """The lines; says once that a version of Kubernetes does not count for those of dra-evolution."""
    is_told = False
    for line in lines:
        if not is_told and b'"driverName"' in line:
            is_told = True
            of = "lines with `driverName`: dra-evolution is one version"
            streams.warn(f"DRA128 warning: --kubernetes {rules.kubernetes} does not count for {of}")
        yield line
