"""`drapolicy compile`: write policies as Kubernetes manifests."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.cli import inputs
from dra_policy.cli.options import DIALECTS, add_output, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.text import STANDARD_INPUT, Diagnostic, Source, Span, unreadable
from dra_policy.values import JsonValue

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
        "--kubernetes",
        metavar="VERSION",
        help="check as this minor version does (default: the newest that serves the target)",
    )
    command.add_argument("--drop", action="store_true", help="leave out what the target cannot say, with a warning")
    add_output(command, ("yaml", "json"))
    options = command.parse_args(split_levels(arguments))
    style = inputs.style_of(options, streams)
    from dra_policy.engine.rules import Rules, checked_rules
    from dra_policy.language import compile_placed
    from dra_policy.model import Dialect

    if options.kubernetes is not None:
        checked_rules(Rules(kubernetes=options.kubernetes))
    sources, wrong = _sources(options.files, streams)
    documents, diagnostics = compile_placed(
        sources, Dialect(options.target), kubernetes=options.kubernetes, drop=options.drop
    )
    found = [*wrong, *diagnostics]
    inputs.print_diagnostics(found, style, streams)
    if inputs.has_errors(found):
        return 2
    streams.print(_text(documents, as_json=options.output == "json"))
    return 0


def _text(documents: Sequence[tuple[JsonValue, Span]], *, as_json: bool) -> str:
    """The objects; in YAML a comment before each says which line of the policy declares it."""
    from dra_policy.manifests.writing import to_json, to_yaml

    placed = [(document, span) for document, span in documents if isinstance(document, dict)]
    if as_json:
        return to_json([document for document, _ in placed]) if placed else ""
    return "---\n".join(
        f"# from {span.source.name}:{span.position.line}\n{to_yaml([document])}" for document, span in placed
    )


def _sources(files: Sequence[str], streams: Streams) -> tuple[list[Source], list[Diagnostic]]:
    from dra_policy.manifests.files import InputFile
    from dra_policy.manifests.malformed import MalformedError

    sources: list[Source] = []
    wrong: list[Diagnostic] = []
    for name in files:
        try:
            file = InputFile(STANDARD_INPUT, data=streams.read_input()) if name == "-" else InputFile(name, name)
            sources.append(Source.of(file.name, file.data.decode()))
        except OSError as error:
            wrong.append(unreadable(name, error))
        except MalformedError as error:
            wrong.append(unreadable(name, error.message))
    return sources, wrong
