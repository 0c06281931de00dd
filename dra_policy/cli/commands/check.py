"""`drapolicy check`: load, compile and lint; findings are the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.text import Diagnostic, PolicyError
from dra_policy.values import JsonValue

if TYPE_CHECKING:
    from dra_policy.engine.checking import CheckReport

EXAMPLES = """
  drapolicy check -f claims/
  drapolicy check claims/ -f fleet.yaml -f classes.yaml     (against what the fleet publishes)
  drapolicy check -f policy.dra --kubernetes 1.34 -o github
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
    try:
        world, own = inputs.read_world(options, streams, subjects=options.files)
    except PolicyError as error:
        inputs.print_diagnostics(error.diagnostics, style, streams)
        return 2
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
        streams.print(_summary(report))
    if report.errors:
        return 2
    return 1 if report.warnings and options.fail_on == "warning" and not options.exit_zero else 0


def _summary(report: CheckReport) -> str:
    from dra_policy.render import plural

    parts = [(report.classes, "class"), (report.claims, "claim"), (report.pods, "pod"), (report.slices, "slice")]
    looked_at = ", ".join(plural(number, noun) for number, noun in parts if number) or "nothing"
    expressions = f" with {plural(report.expressions, 'expression')}" if report.expressions else ""
    skipped = f"; {plural(report.skipped, 'object')} of other kinds skipped" if report.skipped else ""
    found = ", ".join(
        plural(number, noun) for number, noun in ((report.errors, "error"), (report.warnings, "warning")) if number
    )
    return f"{found or 'no findings'}: {looked_at}{expressions} checked{skipped}"


def _document(report: CheckReport) -> JsonValue:
    return {
        "apiVersion": "drapolicy.dev/v1",
        "kind": "CheckReport",
        "errors": report.errors,
        "warnings": report.warnings,
        "expressions": report.expressions,
        "findings": [_finding(each) for each in report.findings],
    }


def _finding(finding: Diagnostic) -> JsonValue:
    place: JsonValue = None
    if finding.span is not None:
        span = finding.span.outermost()
        start, end = span.position, span.end_position
        place = {
            "file": span.source.name,
            "line": start.line,
            "column": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "span": place,
        "hint": finding.hint,
        "notes": list(finding.notes),
    }


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
