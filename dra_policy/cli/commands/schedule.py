"""`drapolicy schedule`: allocate the claims of pods and print the objects with their status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dra_policy.cli import inputs
from dra_policy.cli.options import add_output, add_world, join_value, parser, split_levels
from dra_policy.cli.streams import Streams
from dra_policy.cli.subjects import read_asked

if TYPE_CHECKING:
    from dra_policy.engine.scheduling import Decision
    from dra_policy.engine.world import World
    from dra_policy.render import Style

EXAMPLES = """
  drapolicy schedule pod.yaml -f fleet.yaml -f classes.yaml
  drapolicy schedule pod.yaml -f fleet.yaml -o json > allocated.json
  drapolicy schedule pod/web -n team-a -f cluster.json
  drapolicy schedule pods/ -f fleet.yaml -o table
  drapolicy schedule pods/ -f fleet.yaml -o table --prefer pack
"""


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Exit code 0 if everything was scheduled, 1 if something does not fit, 2 if the input is wrong, 4 if unknown."""
    command = parser(
        "schedule", "Allocate the claims of pods, in order, each on the node that the scheduler takes.", EXAMPLES
    )
    command.add_argument(
        "subjects", nargs="*", metavar="POD", help="files, or KIND/NAME of the world; none: all that wait"
    )
    add_world(command)
    add_output(command, ("yaml", "json", "table"))
    command.add_argument(
        "--prefer",
        default="first",
        metavar="HOW",
        help="first (default), spread or balance: the best node with its first devices; pack: the node and devices that"
        " open fewest unused shared devices, then the node with least left; or CEL over `claims` and `node`, of which"
        " more is better: the best node and devices",
    )
    options = command.parse_args(split_levels(join_value(arguments, "--prefer", command)))
    style = inputs.style_of(options, streams)
    asked = read_asked(options, options.subjects, streams)
    world, subjects = asked.world, asked.subjects
    inputs.print_diagnostics(world.findings, style, streams)
    from dra_policy.engine.preferring import read_wanted
    from dra_policy.engine.scheduling import Scheduled, last_documents, schedule
    from dra_policy.manifests.writing import to_json, to_yaml

    if not subjects:
        streams.warn("nothing to schedule: no pod or claim that asks for devices")
        return 2 if options.subjects or inputs.has_errors(world.diagnostics) else 0
    decisions = schedule(subjects, world, read_wanted(options.prefer, world, subjects))
    documents = last_documents(decisions)
    if options.output != "table":
        streams.print((to_json if options.output == "json" else to_yaml)(documents) if documents else "")
    for decision in decisions:
        is_told = isinstance(decision, Scheduled) and not any(each.error for each in decision.wishes)
        if options.output == "table" or not is_told:
            (streams.print if options.output == "table" else streams.warn)(_line(decision, world, style))
    code = max(map(_code, decisions))
    return 2 if inputs.has_errors(world.diagnostics) else 0 if options.exit_zero and code == 1 else code


def _line(decision: Decision, world: World, style: Style) -> str:
    from dra_policy.engine.scheduling import BadSubject, NotScheduled, Scheduled, Unknown
    from dra_policy.explain.naming import distinct_names, names_on
    from dra_policy.render import on_node, render_diagnostics
    from dra_policy.render.quota import broken_text
    from dra_policy.render.rules import preference_errors
    from dra_policy.render.sentences import reason_clause

    name = f"{decision.subject.kind.lower()} {decision.subject.full_name}"
    match decision:
        case Scheduled(node=node, is_best=is_best, may_abort=error, wishes=wishes):
            known = node in world.fleet.nodes
            names = names_on(world.fleet.view(node), decision.devices) if known else distinct_names(decision.devices)
            best = "" if is_best is None else "; proved best" if is_best else "; the best found, not proved"
            best += "".join(f"; {text}" for text in preference_errors(wishes, style))
            other = f"; Kubernetes may abort it: {style.show(error)}" if error else ""
            return f"{style.symbols.fits} {style.show(name)}  {style.show(on_node(node, names))}{best}{other}"
        case NotScheduled(text=text, broken=(code, rule)):
            group = f"{style.show(text)}; " if decision.subject.group is not None else ""
            return f"{style.symbols.quota} {style.show(name)}  {group}{style.show(broken_text(rule))} ({code})"
        case NotScheduled(text=text, is_error=is_error):
            is_told = is_error or decision.subject.group is not None
            reason = style.show(text) if is_told else "no node serves its claims"
            return f"{style.symbols.never} {style.show(name)}  {reason}; `drapolicy explain` says why"
        case BadSubject(subject=subject, explanation=refusal) if not subject.problems:
            return f"{style.symbols.alert} {style.show(name)}  {reason_clause(refusal.reason)} ({refusal.code})"
        case BadSubject(subject=subject):
            return render_diagnostics(subject.problems, style).rstrip("\n")
        case Unknown(budget=budget):
            return f"{style.symbols.unknown} {style.show(name)}  the search stopped after {budget:,} steps"


def _code(decision: Decision) -> int:
    from dra_policy.engine.scheduling import BadSubject, NotScheduled, Scheduled, Unknown

    match decision:
        case Scheduled():
            return 0
        case NotScheduled():
            return 1
        case BadSubject():
            return 2
        case Unknown():
            return 4
