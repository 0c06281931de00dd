"""Dispatch the command line: find the command, run it, turn every ending into an exit code."""

from __future__ import annotations

import os
import sys

from dra_policy.release import __version__

# typing and importlib cost more than all that `drapolicy --version` has to do; checkers take the name as it is.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from dra_policy.cli.streams import Streams

    class Command(Protocol):
        """What a module of ``cli.commands`` offers."""

        def run(self, arguments: Sequence[str], streams: Streams) -> int:
            """Run the command with the arguments after its name; the result is the exit code.

            Raises PolicyError for an input that leaves nothing to answer, with what is wrong with it.
            """


# Command, its module, and what `drapolicy --help` says of it. Only the module that is asked for is imported.
COMMANDS: dict[str, tuple[str, str]] = {
    "explain": ("explain", "why a claim or pod fits, or does not, and where"),
    "eval": ("evaluate", "which devices an expression matches, and why the others do not"),
    "check": ("check", "load, compile and lint policies and manifests"),
    "get": ("get", "tables of devices, nodes, classes or claims"),
    "quota": ("quota", "what namespaces use of their quotas, and what a claim would break"),
    "schedule": ("schedule", "allocate a pod's claims and print the objects with their status"),
    "compile": ("compile", "write a policy (.dra) as Kubernetes manifests"),
    "gen": ("generate", "generate the devices of sample nodes"),
    "repl": ("repl", "ask about a fleet interactively"),
    "batch": ("batch", "answer recorded cases, one JSON line each"),
    "help": ("help", "explain a command or a code (drapolicy help DRA531)"),
}

EXIT_IO = 3
# As a shell counts a program that SIGPIPE ended.
EXIT_PIPE = 141
EXIT_CODES = """exit codes:
  0 yes | 1 no (does not fit, findings) | 2 the input is wrong | 3 cluster or server | 4 budget used up | 70 bug"""

EXAMPLES = """examples:
  drapolicy explain claim.yaml -f fleet.yaml -f classes.yaml
  kubectl get nodes,namespaces,deviceclasses,resourceslices,resourceclaims,pods,resourcequotas -A -o json > cluster.json
  drapolicy explain claim.yaml -f cluster.json
  drapolicy eval 'device.driver == "gpu.example.com"' -f fleet.yaml
  drapolicy repl -f cluster.json"""


def main(arguments: Sequence[str], streams: Streams | None = None) -> int:
    """Run one command line (without the program's name) and give its exit code; never raises for bad input."""
    if streams is None:
        if list(arguments) in (["--version"], ["version"], ["-V"]) and sys.stdout is not None:
            sys.stdout.write(f"drapolicy {__version__}\n")
            return 0
        from dra_policy.cli.streams import Streams

        streams = Streams.of_process()
    try:
        return _dispatch(arguments, streams)
    except KeyboardInterrupt:
        streams.complain("stopped")
        return 130
    except BrokenPipeError:
        # The reader has gone (`| head`) before the answer was whole: neither yes nor no.
        return EXIT_PIPE
    except OSError as error:
        # A full disk, a standard output that is closed: inputs are told where they are read.
        streams.complain(f"drapolicy: {error.strerror or error}")
        return EXIT_IO
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except Exception as error:
        from dra_policy.cli.crash import report_bug

        return report_bug(error, arguments, streams)


def _dispatch(arguments: Sequence[str], streams: Streams) -> int:
    if not arguments:
        streams.print(usage())
        return 2
    first, *rest = arguments
    if first in ("--version", "version", "-V"):
        streams.print(f"drapolicy {__version__}")
        return 0
    if first in ("--help", "-h"):
        streams.print(usage())
        return 0
    if first not in COMMANDS:
        return _unknown(first, streams)
    return _run(COMMANDS[first][0], rest, streams)


def _run(module: str, arguments: Sequence[str], streams: Streams) -> int:
    command = _command(module)
    from dra_policy.cli.options import HelpAsked, UsageError
    from dra_policy.text import PolicyError

    try:
        return command.run(arguments, streams)
    except HelpAsked as asked:
        streams.print(str(asked))
        return 0
    except UsageError as error:
        streams.warn(str(error))
        return 2
    except PolicyError as error:
        from dra_policy.cli.inputs import print_diagnostics
        from dra_policy.render import Style

        print_diagnostics(error.diagnostics, streams.style or Style(width=100), streams)
        return 2


def _command(module: str) -> Command:
    from importlib import import_module
    from typing import cast

    return cast("Command", import_module(f"dra_policy.cli.commands.{module}"))


def _unknown(word: str, streams: Streams) -> int:
    from dra_policy.text import nearest

    if word.startswith("-"):
        streams.warn(f"drapolicy: flags stand after the command: drapolicy explain {word} …")
        return 2
    near = nearest(word, COMMANDS, most=3)
    hint = f"did you mean `{near}`?" if near else "`drapolicy --help` lists the commands"
    streams.warn(f"drapolicy: no command `{word}`; {hint}")
    return 2


def usage() -> str:
    """The text of ``drapolicy --help``."""
    lines = ["usage: drapolicy COMMAND [ARGUMENTS]", "", "Says why device claims of Kubernetes fit or do not fit.", ""]
    lines += ["commands:", *(f"  {name:<10}{summary}" for name, (_, summary) in COMMANDS.items()), ""]
    lines += ["`drapolicy COMMAND --help` says more. --version prints the version.", "", EXAMPLES, "", EXIT_CODES]
    return "\n".join(lines)


def entry_point() -> None:
    """The console scripts ``drapolicy`` and ``kubectl-dra_policy``.

    Where nobody reads the end of the answer any more, its exit code stands all the same.
    """
    code = main([_readable(each) for each in sys.argv[1:]])
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            if stream is sys.stdout and not isinstance(error, BrokenPipeError):
                sys.stderr.write(f"drapolicy: {error.strerror}\n")
                code = EXIT_IO
    sys.exit(code)


def _readable(argument: str) -> str:
    """The argument as text: bytes that the locale cannot read are UTF-8, but for the name of a file, which stays."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return argument if os.path.exists(argument) else os.fsencode(argument).decode("utf-8", "replace")
    return argument
