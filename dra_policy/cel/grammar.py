"""Find, load and cache the Lark grammars: CEL's for this package, the policy language's for ``language``."""

from __future__ import annotations

import marshal
import os
import stat
import sys
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING
from zlib import crc32

from dra_policy.cel.tables import Parser, Rule, Tables, tables_of
from dra_policy.release import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lark import Lark, Token

# Another number for tables that are read in another way.
_FORMAT = 5
# Paths are strings here: importing pathlib takes longer than reading the tables.
_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def grammar_file(name: str) -> str:
    """The path of a grammar (``cel.lark``): the installed package's own, else the checkout's beside the package."""
    installed = os.path.join(_PACKAGE, "_grammar", name)
    return installed if os.path.isfile(installed) else os.path.join(os.path.dirname(_PACKAGE), "grammar", name)


def load_lark(
    name: str,
    *,
    start: str,
    builder: object,
    lexer_callbacks: Mapping[str, Callable[[Token], Token]] | None = None,
) -> Lark:
    """A Lark parser (LALR, contextual lexer) of a grammar that calls ``builder`` while it parses, as tokens come.

    The tables are kept in the user's cache folder; without a safe folder they are made again.
    """
    from lark import Lark

    path = grammar_file(name)
    folder = cache_folder()
    stem = name.partition(".")[0]
    cache = os.path.join(folder, f"{stem}-{_version_key(path)}.lark") if folder else False
    return Lark.open(
        path,
        parser="lalr",
        lexer="contextual",
        start=start,
        transformer=builder,
        lexer_callbacks=dict(lexer_callbacks or {}),
        maybe_placeholders=False,
        cache=cache,
    )


@lru_cache(maxsize=1)
def cel_parser() -> Parser:
    """The parser of CEL on its own: from the cache, else made by Lark (60 ms) and kept."""
    path = grammar_file("cel.lark")
    folder = cache_folder()
    file = os.path.join(folder, f"cel-{_version_key(path)}.tables") if folder else None
    tables = _read_tables(file) if file else None
    if tables is None:
        tables = make_cel_tables()
        if file:
            _write(file, marshal.dumps(_plain(tables)))  # type: ignore[arg-type]
    return Parser(tables)


def make_cel_tables() -> Tables:
    """Let Lark analyse CEL's grammar."""
    from lark import Lark

    with open(grammar_file("cel.lark"), encoding="utf-8") as text:
        grammar = text.read()
    return tables_of(Lark(grammar, parser="lalr", lexer="basic", start="expr", maybe_placeholders=False), "expr")


def cache_folder() -> str | None:
    """The folder for tables: mode 0700 and the user's own, made if need be; None where there is no such folder.

    A table decides what a parser does, so one that another user could have written is not read.
    """
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = os.path.join(base, "drapolicy")
    try:
        os.makedirs(base, exist_ok=True)
        if not os.path.isdir(folder):
            os.mkdir(folder, mode=0o700)
        status = os.lstat(folder)
    except OSError:
        return None
    is_private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077 and status.st_uid == os.getuid()
    return folder if is_private else None


def _version_key(path: str) -> str:
    """Names what tables depend on: the grammars' texts, this package, Python."""
    # A checksum is enough, because nobody else can write here; hashlib would take 3 ms to import.
    key = f"{__version__}-{_FORMAT}-{sys.implementation.cache_tag}-{sys.hexversion:x}".encode()
    length = 0
    for file in sorted({path, grammar_file("cel.lark")}):
        content = _read(file)
        key, length = b"%x" % crc32(content, crc32(key)), length + len(content)
    return f"{key.decode()}-{length:x}"


def _plain(tables: Tables) -> tuple[object, ...]:
    rules = [
        (rule.origin, rule.size, rule.callback, rule.is_inlined, rule.passes_single, rule.splice, rule.grows)
        for rule in tables.rules
    ]
    return tables.terminals, tables.ignored, tables.states, rules, tables.start, tables.accepting


def _read(file: str) -> bytes:
    with open(file, "rb") as content:
        return content.read()


def _read_tables(file: str) -> Tables | None:
    try:
        terminals, ignored, states, rules, start, accepting = marshal.loads(_read(file))
        return Tables(terminals, ignored, states, tuple(Rule(*rule) for rule in rules), start, accepting)
    except (OSError, ValueError, EOFError, TypeError):
        return None


def _write(file: str, content: bytes) -> None:
    """Put a file in place at once; a full or read-only disk only means that the next process makes it again."""
    partial = f"{file}.{os.getpid()}"
    try:
        with open(partial, "wb") as written:
            written.write(content)
        os.replace(partial, file)
    except OSError:
        with suppress(OSError):
            os.unlink(partial)
