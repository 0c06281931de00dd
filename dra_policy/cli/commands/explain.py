"""`drapolicy explain`: why claims and pods fit, or do not."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.cli.subjects import read_asked
from dra_policy.text import Diagnostic, PolicyError, Severity, nearest

if TYPE_CHECKING:
    from dra_policy.engine.subjects import Subject
    from dra_policy.engine.world import World
    from dra_policy.explain.explanation import Explanation
    from dra_policy.render import Style

EXAMPLES = """
  drapolicy explain claim.yaml -f fleet.yaml -f classes.yaml
  drapolicy explain pod.yaml -f cluster.json -v
  drapolicy explain claim.yaml -f cluster.json --device node-1/gpu-0
  drapolicy explain claim/train -n team-a -f cluster.json --by node
  drapolicy explain -f cluster.json -q            (everything that is not allocated)
"""
# `-vv`: trees and steps.
_LEVEL_OF_TREES = 3


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code: the worst verdict's (0 fits, 1 does not, 2 wrong input, 4 unknown)."""
    options = _options(arguments)
    style = inputs.style_of(options, streams)
    asked = read_asked(options, options.subjects, streams)
    world, subjects, files = asked.world, asked.subjects, asked.files
    if not subjects:
        if options.output == "json":
            from dra_policy.render.document import explanation_json

            streams.print(explanation_json((), world.findings))
        inputs.print_diagnostics(world.findings, style, streams)
        if inputs.has_errors(world.diagnostics):
            return 2
        where = f" in namespace `{options.namespace}`" if options.namespace and not files else ""
        nothing = f"no claim, template or pod in {' '.join(files)}" if files else f"no claim or pod that waits{where}"
        streams.warn(f"nothing to explain: {nothing} asks for devices")
        return 2 if options.subjects else 0
    if options.device:
        return _device(_only(subjects), world, options, style, streams)
    return _explain(subjects, world, options, style, streams)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    command = parser("explain", "Say why claims and pods fit, or do not, and where.", EXAMPLES)
    command.add_argument(
        "subjects", nargs="*", metavar="CLAIM", help="files, or KIND/NAME of the world; none: all that wait"
    )
    command.add_argument("--device", metavar="NODE/DEVICE", help="one device against the claim, condition by condition")
    command.add_argument(
        "--request",
        metavar="NAME",
        help="with --device: against this request only; REQUEST, REQUEST/ALTERNATIVE or CLAIM:REQUEST",
    )
    command.add_argument("--by", choices=("node",), help="one line for each group of like nodes")
    command.add_argument("--idle", action="store_true", help="ask about the hardware only, as if nothing were held")
    add_world(command)
    add_output(command, ("text", "json"))
    options = command.parse_args(split_levels(arguments))
    if options.request is not None and not options.device:
        command.error("--request goes with --device")
    if options.by is not None and options.device:
        command.error("--device asks about one device, --by about all nodes: one of them is wanted")
    return options


def _only(subjects: Sequence[Subject]) -> Subject:
    """The subject that a device is held against; raises PolicyError if there are several."""
    if len(subjects) == 1:
        return subjects[0]
    names = ", ".join(each.full_name for each in subjects[:8])
    message = f"--device is about one claim or pod, and there are {len(subjects)}: {names}"
    more = " …" if len(subjects) > 8 else ""
    hint = "name one: KIND/NAME, with its file given by -f"
    raise PolicyError([Diagnostic("DRA105", Severity.ERROR, message + more, hint=hint)])


def _explain(
    subjects: Sequence[Subject], world: World, options: argparse.Namespace, style: Style, streams: Streams
) -> int:
    from dra_policy.engine.explaining import explain_subjects

    explanations = explain_subjects(subjects, world, idle=options.idle)
    told = {id(each) for explanation in explanations for each in explanation.diagnostics}
    untold = [each for each in world.findings if id(each) not in told]
    inputs.print_diagnostics(untold, style, streams)
    if options.output == "json":
        from dra_policy.render.document import explanation_json

        streams.print(explanation_json(explanations, untold))
    else:
        from dra_policy.render.explanation import render_explanations

        streams.print(render_explanations(explanations, style, by=options.by))
        if style.level >= _LEVEL_OF_TREES:
            _print_nearest(subjects, explanations, world, options, style, streams)
    codes = [explanation.outcome.exit_code for explanation in explanations]
    others = inputs.has_errors([each for each in world.diagnostics if id(each) not in told])
    code = 2 if others else max(codes, key=(0, 1, 4, 2).index)
    return 0 if options.exit_zero and code == 1 else code


def _print_nearest(
    subjects: Sequence[Subject],
    explanations: Sequence[Explanation],
    world: World,
    options: argparse.Namespace,
    style: Style,
    streams: Streams,
) -> None:
    """The device nearest to each request that none meets, with the trees of its conditions."""
    from dra_policy.engine.explaining import nearest_devices
    from dra_policy.render.device import render_device

    for subject, explanation in zip(subjects, explanations, strict=True):
        if explanation.outcome.exit_code == 1:
            for view in nearest_devices(subject, world, idle=options.idle):
                streams.print("\n" + render_device(view, style))


def _device(subject: Subject, world: World, options: argparse.Namespace, style: Style, streams: Streams) -> int:
    from dra_policy.engine.explaining import explain_subject_device

    inputs.print_diagnostics(world.findings, style, streams)
    views = explain_subject_device(subject, world, options.device, options.request, idle=options.idle)
    if views and _say_ambiguous(options.device, world, style, streams):
        return 2
    if not views:
        _say_unknown(options.device, options.request, subject, world, style, streams)
        return 2
    if options.output == "json":
        from dra_policy.render.document import device_json

        streams.print(device_json(views))
    else:
        from dra_policy.render.device import render_devices

        streams.print(render_devices(views, style))
    return 0 if options.exit_zero or any(view.fits for view in views) else 1


def _say_ambiguous(device: str, world: World, style: Style, streams: Streams) -> bool:
    """Say that ``NODE/DEVICE`` means several devices, where several pools of the node publish the name."""
    from dra_policy.explain.naming import devices_named

    node, _, name = device.partition("/")
    meant = devices_named(world.fleet.view(node), name) if node in world.fleet.nodes else ()
    if len(meant) < 2:
        return False
    message = f"`{device}` is the name of {len(meant)} devices"
    hint = f"say which: {', '.join(map(str, meant[:8]))}{' …' if len(meant) > 8 else ''}"
    inputs.print_diagnostics([Diagnostic("DRA111", Severity.ERROR, message, hint=hint)], style, streams)
    return True


def _say_unknown(
    device: str, request: str | None, subject: Subject, world: World, style: Style, streams: Streams
) -> None:
    """Say what of ``--device`` and ``--request`` does not exist."""
    requests = [(claim, each) for claim in subject.claims for each in claim.requests]
    names = [each.name for _, each in requests]
    names += [f"{each.name}/{one.name}" for _, each in requests if each.prioritized for one in each.demands]
    if len(subject.claims) > 1:
        names += [f"{claim.name}:{each.name}" for claim, each in requests]
    names = list(dict.fromkeys(names))
    near: str | None
    if not names:
        message, near, others = f"{subject.full_name} asks for no device", None, None
    elif request is not None and request not in names:
        message, near = f"no request `{request}` in {subject.full_name}", nearest(request, names)
        others = f"there are: {', '.join(names)}"
    else:
        from dra_policy.explain.matching import node_of

        known = [f"{node_of(each)}/{one.name}" for each in world.fleet.current_slices for one in each.frame.devices]
        message, near = f"no device `{device}` (NODE/DEVICE is wanted)", nearest(device, known)
        others = "`drapolicy get devices` lists them"
    hint = f"did you mean `{near}`?" if near else others
    inputs.print_diagnostics([Diagnostic("DRA111", Severity.ERROR, message, hint=hint)], style, streams)
