"""`drapolicy compile`: write policies as Kubernetes manifests."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.cli import inputs
from dra_policy.cli.options import DIALECTS, add_output, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.text import Diagnostic, PolicyError, Severity, Source

EXAMPLES = """
  drapolicy compile policy.dra -o yaml | kubectl apply -f -
  drapolicy compile policy.dra --target v1beta1
  drapolicy compile policy.dra --target dra-evolution --drop
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0, or 2 where a policy has an error or says what the target cannot (see --drop)."""
    command = parser("compile", "Write policies (.dra) as manifests, expressions fully expanded.", EXAMPLES)
    command.add_argument("files", nargs="+", metavar="FILE", help="policies, or - for standard input")
    command.add_argument("--target", choices=DIALECTS, default="v1", help="the API to write for (default: v1)")
    command.add_argument(
        "--kubernetes", metavar="VERSION", default="1.37", help="check as this minor version does (default 1.37)"
    )
    command.add_argument("--drop", action="store_true", help="leave out what the target cannot say, with a warning")
    add_output(command, ("yaml", "json"))
    options = command.parse_args(split_levels(arguments))
    style = inputs.style_of(options, streams)
    from dra_policy.engine.rules import Rules, checked_rules
    from dra_policy.language import compile_documents
    from dra_policy.manifests.writing import to_json, to_yaml
    from dra_policy.model import Dialect

    try:
        rules = checked_rules(Rules(kubernetes=options.kubernetes))
    except PolicyError as error:
        inputs.print_diagnostics(error.diagnostics, style, streams)
        return 2
    sources, unreadable = _sources(options.files, streams)
    documents, diagnostics = compile_documents(
        sources, Dialect(options.target), kubernetes=rules.kubernetes, drop=options.drop
    )
    found = [*unreadable, *diagnostics]
    inputs.print_diagnostics(found, style, streams)
    if inputs.has_errors(found):
        return 2
    objects = [document for document in documents if isinstance(document, dict)]
    streams.print((to_json if options.output == "json" else to_yaml)(objects) if objects else "")
    return 0


def _sources(files: Sequence[str], streams: Streams) -> tuple[list[Source], list[Diagnostic]]:
    from dra_policy.manifests.files import InputFile, reason
    from dra_policy.manifests.malformed import MalformedError

    sources: list[Source] = []
    unreadable: list[Diagnostic] = []
    for name in files:
        try:
            file = InputFile("<standard input>", data=streams.read_input()) if name == "-" else InputFile(name, name)
            sources.append(Source.of(file.name, file.data.decode()))
        except OSError as error:
            unreadable.append(Diagnostic("DRA101", Severity.ERROR, f"`{name}` cannot be read: {reason(error)}"))
        except MalformedError as error:
            unreadable.append(Diagnostic("DRA101", Severity.ERROR, f"`{name}` cannot be read: {error.message}"))
    return sources, unreadable
