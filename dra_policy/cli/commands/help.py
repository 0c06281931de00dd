"""`drapolicy help`: what a code means and what to do about it, or how a command is used."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dra_policy.cli.streams import Streams
from dra_policy.text import nearest
from dra_policy.text.catalogue import CATALOGUE, Code, code
from dra_policy.text.examples import EXAMPLES

WIDTH = 80
_NUMBER = re.compile(r"(?:DRA)?\d+", re.IGNORECASE)


def run(arguments: Sequence[str], streams: Streams) -> int:
    """Print the page of a code or of a command; without arguments the usage and the families of codes."""
    from dra_policy.cli.main import COMMANDS, main, usage

    if not arguments or arguments[0] in ("-h", "--help"):
        streams.print(usage())
        streams.print("\n`drapolicy help CODE` explains a code (DRA531); `drapolicy help codes` lists them.")
        return 0
    word = arguments[0]
    if word == "codes":
        streams.print("\n".join(f"{page.code}  {page.title}" for page in CATALOGUE))
        return 0
    if word in COMMANDS and word != "help":
        return main([word, "--help"], streams)
    page = code(word)
    if page is None:
        # Of a number that is no code every near one is as good as any other.
        near = (
            None if _NUMBER.fullmatch(word) else nearest(word, [*(each.code for each in CATALOGUE), *COMMANDS], most=2)
        )
        hint = f"did you mean `{near}`?" if near else "`drapolicy help codes` lists the codes"
        streams.warn(f"drapolicy help: no code or command `{word}`; {hint}")
        return 2
    streams.print(_page(page))
    return 0


def _page(page: Code) -> str:
    from dra_policy.render import wrap

    def block(title: str, text: str) -> list[str]:
        first, *rest = wrap(text, WIDTH - 18)
        return [f"{title:<18}{first}", *(" " * 18 + line for line in rest)]

    lines = [f"{page.code}  {page.title}  ({page.family})", ""]
    lines += block("what it means", page.meaning)
    lines += block("an example", EXAMPLES[page.code])
    lines += block("what to do", page.action)
    lines += block("Kubernetes says", page.kubernetes)
    return "\n".join(lines)
