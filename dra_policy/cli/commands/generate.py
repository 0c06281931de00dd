"""`drapolicy gen`: the devices of sample nodes, as manifests."""

from __future__ import annotations

from collections.abc import Sequence

from dra_policy.cli.options import DIALECTS, parser
from dra_policy.cli.streams import Streams

EXAMPLES = """
  drapolicy gen gpu-nic-8 --nodes 4 > fleet.yaml
  drapolicy gen dgxa100 --nodes 2 --dialect dra-evolution
  drapolicy gen foozer-1000-small --dialect k8srm -o json
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0, or 2 for an unknown shape."""
    from dra_policy.generate import SHAPES

    shapes = "\n".join(f"  {name:<20}{text}" for name, text in SHAPES.items())
    command = parser("gen", f"Generate the devices of sample nodes.\n\nshapes:\n{shapes}", EXAMPLES)
    command.add_argument("shape", metavar="SHAPE")
    command.add_argument("--nodes", type=int, default=2, metavar="N", help="how many nodes (default 2)")
    command.add_argument("--seed", type=int, default=0, metavar="S", help="other serial numbers (default 0)")
    command.add_argument("--dialect", choices=DIALECTS, default="v1", help="default: v1")
    command.add_argument("-o", "--output", choices=("yaml", "json"), default="yaml")
    options = command.parse_args(list(arguments))
    if options.nodes < 1:
        streams.warn("drapolicy gen: --nodes must be 1 or more")
        return 2
    from dra_policy.generate import generate_objects
    from dra_policy.manifests.writing import to_json, to_yaml
    from dra_policy.model import Dialect

    documents = generate_objects(options.shape, options.nodes, options.seed, Dialect(options.dialect))
    objects = [document for document in documents if isinstance(document, dict)]
    streams.print(to_json(objects) if options.output == "json" else to_yaml(objects))
    return 0
