"""The flags that commands share, and how they become settings of the engine and of the renderer."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from dra_policy.cli.streams import Streams
from dra_policy.model.defaults import DEFAULT_BUDGET, NEWEST, OLDEST
from dra_policy.text import nearest

LEVEL = re.compile(r"-(v+|v[0-3]|q)")
# A flag with more slips of the keyboard was meant to be another one.
_MOST_SLIPS = 3
DIALECTS = ("dra-evolution", "k8srm", "v1alpha3", "v1beta1", "v1beta2", "v1")


class UsageError(Exception):
    """A command line that is wrong; the text says what of it, and what helps."""


class HelpAsked(Exception):  # noqa: N818 - no error
    """``--help`` was given; the text is to be printed."""


class Parser(argparse.ArgumentParser):
    """A parser that leaves printing to its caller: a test can run a command without a process."""

    def print_help(self, file: object = None) -> NoReturn:  # noqa: ARG002 - argparse calls it so
        """Raise HelpAsked."""
        raise HelpAsked(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise UsageError: one line that says what is wrong, and one that says where help is."""
        raise UsageError(f"{self.prog}: {message}\n  hint: {self._hint(message)}")

    def has_flag(self, argument: str) -> bool:
        """Whether an argument is a flag, of the command or of all (``-vv``)."""
        name = argument.partition("=")[0]
        return name in self._option_string_actions or name == "--" or LEVEL.fullmatch(name) is not None

    def _hint(self, message: str) -> str:
        is_unknown = message.startswith("unrecognized arguments: ")
        flag = next((word for word in message.split() if word.startswith("--")), "") if is_unknown else ""
        near = nearest(flag.partition("=")[0], self._option_string_actions, most=_MOST_SLIPS) if flag else None
        if near is not None:
            return f"did you mean `{near}`?"
        if is_unknown and "EXPR" in self.format_usage():
            return "an expression is one argument: put it in single quotes"
        return f"`{self.prog} --help` shows what there is"


def _form(prog: str) -> argparse.HelpFormatter:
    # A width of its own spares argparse the import of shutil (2 ms) for each start.
    return argparse.RawDescriptionHelpFormatter(prog, width=100)


def parser(command: str, summary: str, examples: str) -> Parser:
    """An argument parser with the form that all commands have."""
    return Parser(
        prog=f"drapolicy {command}",
        description=summary,
        epilog="examples:\n" + examples.strip("\n"),
        formatter_class=_form,
        allow_abbrev=False,
    )


def add_world(command: argparse.ArgumentParser) -> None:
    """The flags that say which objects there are, and by which rules they are read."""
    world = command.add_argument_group("the world")
    world.add_argument(
        "-f",
        "--filename",
        action="append",
        default=[],
        metavar="FILE",
        help="a file or folder of YAML, JSON or .dra, or - for standard input; may be given more than once",
    )
    world.add_argument("--policy", action="append", default=[], metavar="FILE", help="a policy file (.dra)")
    world.add_argument("--config", metavar="FILE", help="settings file (default: drapolicy.toml here)")
    world.add_argument("--dialect", choices=DIALECTS, help="read every object in this dialect")
    world.add_argument(
        "-n",
        "--namespace",
        metavar="NAME",
        help="only objects of this namespace; that of files' objects which name none",
    )
    add_rules(command)


def add_rules(command: argparse.ArgumentParser) -> None:
    """The flags that say by which rules expressions are compiled and claims allocated."""
    rules = command.add_argument_group("the cluster's rules")
    versions = f"minor version, 1.{OLDEST} to 1.{NEWEST} (default)"
    budget = f"search budget (default {DEFAULT_BUDGET})"
    rules.add_argument("--kubernetes", metavar="VERSION", default=None, help=versions)
    rules.add_argument(
        "--feature-gate", action="append", default=[], metavar="GATE=true|false", help="set a feature gate"
    )
    rules.add_argument(
        "--strict-prototype", action="store_true", help="dra-evolution exactly as its code is, not as documented"
    )
    rules.add_argument("--steps", type=_steps, default=DEFAULT_BUDGET, metavar="N", help=budget)


def add_output(command: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    """The flags that say how the answer looks."""
    output = command.add_argument_group("the answer")
    output.add_argument("-o", "--output", choices=list(formats), default=formats[0], help=f"default: {formats[0]}")
    output.add_argument("--color", choices=("auto", "always", "never"), default="auto")
    output.add_argument("--width", type=_width, metavar="N", help="columns (default: the terminal's, 100 without one)")
    output.add_argument("-v", dest="verbose", action="store_true", help="more: -v all requests, -vv trees and steps")
    output.add_argument("-q", dest="quiet", action="store_true", help="one line per answer; the same as -v0")
    output.add_argument("--exit-zero", action="store_true", help='end with 0 also where the answer is "no"')
    output.add_argument("--level", type=int, default=None, help=argparse.SUPPRESS)


def _steps(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError("a number of steps is wanted, 1 or more")
    return int(text)


def _width(text: str) -> int:
    width = int(text) if text.isascii() and text.isdigit() else 0
    if width < 20:
        raise argparse.ArgumentTypeError("a width of 20 columns is the least")
    return width


def split_levels(arguments: Sequence[str]) -> list[str]:
    """Rewrite ``-v0``…``-v3``, ``-v``, ``-vv``, ``-q`` as ``--level=N``, wherever they stand before ``--``."""
    rewritten: list[str] = []
    for index, argument in enumerate(arguments):
        if argument == "--":
            return rewritten + list(arguments[index:])
        rewritten.append(f"--level={_level(argument)}" if LEVEL.fullmatch(argument) else argument)
    return rewritten


def join_value(arguments: Sequence[str], flag: str, command: Parser) -> list[str]:
    """Write ``FLAG VALUE`` as ``FLAG=VALUE`` where the value begins with ``-`` and is no flag of the command.

    argparse takes whatever begins with ``-`` for a flag, and an expression may.
    """
    joined: list[str] = []
    for argument in arguments:
        is_value = bool(joined) and joined[-1] == flag and "--" not in joined
        if is_value and argument.startswith("-") and not command.has_flag(argument):
            joined[-1] = f"{flag}={argument}"
        else:
            joined.append(argument)
    return joined


def _level(argument: str) -> int:
    if argument == "-q":
        return 0
    if argument[-1].isdigit():
        return int(argument[-1])
    return min(1 + argument.count("v"), 3)


def wants_colour(options: argparse.Namespace, streams: Streams) -> bool:
    """Whether to colour: asked for, or on a terminal that has colours and no NO_COLOR."""
    if options.color != "auto":
        return bool(options.color == "always")
    environment = streams.environment
    if environment.get("NO_COLOR"):
        return False
    if environment.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return streams.terminal_width is not None and environment.get("TERM") != "dumb"


def wants_unicode(streams: Streams) -> bool:
    """Whether marks outside ASCII may be printed: not for TERM=dumb, nor where the locale has no UTF-8.

    It is the same with and without a terminal. The locale is what LC_ALL, LC_CTYPE or LANG say, the first of them that
    is set: Python itself takes C and POSIX for UTF-8. Where none is set, or no character set is named, the encoding of
    standard output decides.
    """
    environment = streams.environment
    if environment.get("TERM") == "dumb":
        return False
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    charset = "ascii" if locale in ("C", "POSIX") else locale.partition("@")[0].partition(".")[2]
    return all(_is_utf8(each) for each in (charset or "utf-8", streams.encoding))


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "") in ("utf8", "utf8sig")


def chosen_width(options: argparse.Namespace, streams: Streams) -> int:
    """The columns to lay out for."""
    if options.width:
        return int(options.width)
    return streams.terminal_width or 100
