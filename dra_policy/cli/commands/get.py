"""`drapolicy get`: tables of devices, nodes, classes or claims."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.text import nearest
from dra_policy.values import JsonValue

EXAMPLES = """
  drapolicy get devices -f fleet.yaml
  drapolicy get nodes -f cluster.json
  drapolicy get claims -n team-a -f cluster.json -o json

-o json:
  {"apiVersion": "drapolicy.dev/v1", "kind": "Listing", "of": KIND, "items": [{COLUMN: TEXT, ...}, ...]}
  The columns are those of the table, in lower case with _ for blanks; no rows are an empty list.
-o name:
  NODE/DEVICE, NODE, CLASS or NAMESPACE/CLAIM, one a line"""
KINDS = ("devices", "nodes", "classes", "claims")


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0, or 2 where the input is wrong (what could be read is shown all the same)."""
    command = parser("get", "List devices, nodes, device classes or claims.", EXAMPLES)
    command.add_argument(
        "kind", type=_kind, metavar="KIND", help=f"{', '.join(KINDS)} (one of them, or kubectl's names)"
    )
    add_world(command)
    add_output(command, ("table", "json", "name"))
    options = command.parse_args(split_levels(arguments))
    if options.namespace is not None and options.kind != "claims":
        command.error(f"-n goes with claims: {options.kind} belong to no namespace")
    style = inputs.style_of(options, streams)
    world, _ = inputs.read_world(options, streams)
    inputs.print_diagnostics(world.findings, style, streams)
    from dra_policy.engine.listing import LISTINGS
    from dra_policy.render.json_text import to_json
    from dra_policy.render.listing import render_listing

    listing = LISTINGS[options.kind](world, options.namespace)
    if options.output == "json":
        keys = [name.lower().replace(" ", "_") for name in listing.columns]
        items: list[JsonValue] = [dict(zip(keys, row, strict=True)) for row in listing.rows]
        streams.print(
            to_json({"apiVersion": "drapolicy.dev/v1", "kind": "Listing", "of": options.kind, "items": items})
        )
    elif options.output == "name":
        streams.print(
            "\n".join(f"{row[0]}/{row[1]}" if options.kind in ("devices", "claims") else row[0] for row in listing.rows)
        )
    elif not listing.rows:
        streams.warn(f"no {options.kind} found")
    else:
        streams.print(render_listing(listing.columns, listing.rows, style))
    return 2 if inputs.has_errors(world.diagnostics) else 0


def _kind(word: str) -> str:
    from dra_policy.engine.kinds import list_named

    found = list_named(word)
    if found is None:
        near = nearest(word, KINDS, most=1)
        known = f"did you mean `{near}`?" if near else f"there are {', '.join(KINDS)}"
        raise argparse.ArgumentTypeError(f"no list `{word}`; {known}")
    return found
