"""`drapolicy check`: load, compile and lint; findings are the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.text import Diagnostic, Span
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    from dra_policy.engine.checking import CheckReport
    from dra_policy.engine.new_objects import ExpressionCost

EXAMPLES = """
  drapolicy check -f claims/
  drapolicy check claims/ -f fleet.yaml -f classes.yaml     (against what the fleet publishes)
  drapolicy check -f policy.dra --kubernetes 1.34 -o github
  drapolicy check claims/ -v                                (with the cost of each expression)
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0 without findings, 1 with warnings only, 2 with errors."""
    command = parser("check", "Load, compile and lint manifests and policies.", EXAMPLES)
    command.add_argument("files", nargs="*", metavar="FILE", help="what to check; without it all of the world")
    command.add_argument(
        "--fail-on",
        choices=("warning", "error"),
        default="warning",
        help="which findings end with 1 (default: warning)",
    )
    add_world(command)
    add_output(command, ("text", "json", "github"))
    options = command.parse_args(split_levels(arguments))
    style = inputs.style_of(options, streams)
    world, own = inputs.read_world(options, streams, subjects=options.files)
    from dra_policy.engine.checking import check_world
    from dra_policy.render import render_diagnostics
    from dra_policy.render.json_text import to_json

    report = check_world(world, own.objects if options.files else world.objects)
    if options.output == "json":
        streams.print(to_json(_document(report)))
    elif options.output == "github":
        streams.print("\n".join(map(_github, report.findings)))
    else:
        streams.print(render_diagnostics(report.findings, style))
        if options.level is not None and options.level > 1:
            streams.print(_costs(report))
        streams.print(_summary(report))
    if report.errors:
        return 2
    return 1 if report.warnings and options.fail_on == "warning" and not options.exit_zero else 0


def _summary(report: CheckReport) -> str:
    from dra_policy.render import plural

    parts = [
        (report.classes, "class"),
        (report.claims, "claim"),
        (report.pods, "pod"),
        (report.slices, "slice"),
        (report.quotas, "quota"),
    ]
    looked_at = ", ".join(plural(number, noun) for number, noun in parts if number) or "nothing"
    expressions = f" with {plural(report.expressions, 'expression')}" if report.expressions else ""
    skipped = f"; {plural(report.skipped, 'object')} of other kinds skipped" if report.skipped else ""
    found = ", ".join(
        plural(number, noun) for number, noun in ((report.errors, "error"), (report.warnings, "warning")) if number
    )
    dearest = max(report.costs, key=lambda cost: cost.estimated, default=None)
    cost = f", at most {dearest.estimated:,} of {dearest.limit:,} cost units" if dearest is not None else ""
    return f"{found or 'no findings'}: {looked_at}{expressions} checked{cost}{skipped}"


def _costs(report: CheckReport) -> str:
    """Each expression with its estimated cost and its share of the limit, dearest first."""
    ordered = sorted(report.costs, key=lambda cost: -cost.estimated)
    rows = [(_where(cost.span), f"{cost.estimated:,}", f"{cost.share:.1%}") for cost in ordered]
    place, number, share = (max((len(row[column]) for row in rows), default=0) for column in range(3))
    lines = [f"  {row[0]:<{place}}  {row[1]:>{number}}  {row[2]:>{share}}" for row in rows]
    return "\n".join(["estimated cost of expressions, and the share of Kubernetes' limit", *lines]) if rows else ""


def _where(span: Span) -> str:
    outermost = span.outermost()
    return f"{outermost.source.name}:{outermost.position.line}:{outermost.position.column}"


def _document(report: CheckReport) -> JsonValue:
    from dra_policy.render.document import diagnostic_document

    return {
        "apiVersion": "drapolicy.dev/v1",
        "kind": "CheckReport",
        "errors": report.errors,
        "warnings": report.warnings,
        "expressions": report.expressions,
        "costs": [_cost(each) for each in report.costs],
        "findings": [diagnostic_document(each) for each in report.findings],
    }


def _cost(cost: ExpressionCost) -> JsonValue:
    from dra_policy.render.document import span_document

    return {"span": span_document(cost.span), "estimated": cost.estimated, "limit": cost.limit}


def _github(finding: Diagnostic) -> str:
    """A workflow command: its properties and its message have escapes of their own."""
    where = ""
    if finding.span is not None:
        span = finding.span.outermost()
        name = span.source.name.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
        where = f" file={name},line={span.position.line},col={span.position.column},title={finding.code}"
    message = finding.message + (f" (hint: {finding.hint})" if finding.hint else "")
    message = message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{'error' if finding.severity.value == 'error' else 'warning'}{where}::{message}"
