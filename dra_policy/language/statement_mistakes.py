"""Mistakes known by name in statements: their words, names, counts, blocks, and habits of YAML."""

from __future__ import annotations

import re

from dra_policy.language.mistake import Mistake, found_words, listed, words_allowed
from dra_policy.language.scanning import CLAUSES, STATEMENTS, begins_line
from dra_policy.text import Diagnostic, nearest


def yaml_dash(mistake: Mistake) -> Diagnostic | None:
    """A list of YAML."""
    if mistake.word == "-" and begins_line(mistake.source.text, mistake.offset):
        return mistake.error(
            "found a dash; lists of YAML are statements here", "begin with the statement's word: `request gpu: 1 of …`"
        )
    return None


def config_word(mistake: Mistake) -> Diagnostic | None:
    """A text of a configuration without quotes."""
    previous = mistake.previous
    in_config = bool(mistake.around.open) and mistake.around.open[-1].block == "config"
    in_list = bool(mistake.around.open) and mistake.around.open[-1].piece.text == "["
    if mistake.found is None or mistake.found.kind != "word" or previous is None:
        return None
    if (in_config and previous.text == ":") or (in_list and mistake.around.block == "config"):
        return mistake.error(
            f"found `{mistake.word}`; texts of a configuration stand in quotes", f'write `"{mistake.word}"`'
        )
    return None


def counting(mistake: Mistake) -> Diagnostic | None:
    """What can go wrong in ``NAME: COUNT of CLASS``."""
    around, previous = mistake.around, mistake.previous
    in_request = around.request is not None or around.block in ("claim", "template", "first", "request")
    if not in_request or previous is None or mistake.found is None or around.in_expression:
        return None
    if ("INT" in mistake.expected and "FIRST" in mistake.expected) or {"INT", "ALL", "AT"} <= mistake.expected:
        if mistake.found.kind in ("word", "string"):
            return mistake.error(
                f"found `{mistake.word}`; a request begins with how many devices",
                f"write `1 of {'…' if mistake.word == 'of' else mistake.word}`",
            )
        return None
    if "OF" not in mistake.expected:
        return None
    if re.fullmatch(r"[0-9]+x", previous.text) or re.fullmatch(r"[0-9]+x", mistake.word):
        return mistake.error(
            "found `x`; a count and a class are joined by `of`",
            f"write `{mistake.word.rstrip('x') or previous.text} of …`",
        )
    if mistake.word in ("x", "*", "\u00d7"):
        return mistake.error(f"found `{mistake.word}`; a count and a class are joined by `of`", "write `of`")
    if mistake.found.kind in ("word", "string") and previous.kind == "number":
        return mistake.error(f"found `{mistake.word}`; `of` is missing", f"write `{previous.text} of {mistake.word}`")
    return None


def empty_first(mistake: Mistake) -> Diagnostic | None:
    """`first of` with an empty block."""
    previous = mistake.previous
    if mistake.word == "}" and previous is not None and previous.text == "{" and mistake.around.block == "first":
        return mistake.error("`first of` has no alternative", "write at least one: `big: 1 of h100`", piece=previous)
    return None


def trailing_comma(mistake: Mistake) -> Diagnostic | None:
    """A list of names that ends with a comma."""
    previous = mistake.previous
    if previous is None or mistake.around.in_expression:
        return None
    before = mistake.around.before[-2:]
    if (
        len(before) == 2
        and before[0].text == ","
        and previous.text in STATEMENTS
        and begins_line(mistake.source.text, previous.start)
    ):
        # The next statement's word was taken for the name.
        return mistake.error("a name is missing after this comma", "delete the comma", piece=before[0])
    if previous.text != ",":
        return None
    if mistake.found is None or mistake.word in STATEMENTS or mistake.word in "{}":
        return mistake.error("a name is missing after this comma", "delete the comma", piece=previous)
    return None


def yaml_pair(mistake: Mistake) -> Diagnostic | None:
    """A pair of YAML, or a colon behind a statement's word."""
    previous = mistake.previous
    if mistake.word == ":" and previous is not None and previous.kind == "word":
        if previous.text in STATEMENTS or previous.text in CLAUSES:
            return mistake.error(
                "found `:`; a statement is its word and what it says, without a colon", f"write `{previous.text} …`"
            )
        return None
    at_statement = mistake.found is not None and begins_line(mistake.source.text, mistake.offset)
    if at_statement and re.match(r"[\w-]+:(\s|$)", mistake.rest) and mistake.word not in STATEMENTS:
        near = nearest(mistake.word, words_allowed(mistake))
        hint = (
            f"did you mean the statement `{near}`?"
            if near
            else f"a statement begins with a word: {listed(words_allowed(mistake))}"
        )
        return mistake.error(f"found `{mistake.word}:`; YAML's pairs are statements here", hint)
    return None


def missing_colon(mistake: Mistake) -> Diagnostic | None:
    """A request's name without its colon."""
    statement = mistake.around.statement
    if statement is not None and statement.text == "request" and mistake.expected == {"COLON"}:
        return mistake.error(
            f"found `{mistake.word}`; after a request's name comes `:`", "write `request NAME: 1 of CLASS`"
        )
    return None


def dotted_range(mistake: Mistake) -> Diagnostic | None:
    """A range of numbers as other languages write it."""
    previous, found = mistake.previous, re.match(r"\.\.+=?(\d+)", mistake.rest)
    if found is None or previous is None or previous.kind != "number" or previous.end != mistake.offset:
        return None
    return mistake.error("`..` is no range here", f"write `{previous.text} to {found[1]}`")


def bad_name(mistake: Mistake) -> Diagnostic | None:
    """A name with a character that names lack."""
    previous = mistake.previous
    if (
        mistake.found is None
        or previous is None
        or previous.kind not in ("word", "number")
        or mistake.around.in_expression
    ):
        return None
    if previous.end == mistake.offset and mistake.found.kind == "mark" and mistake.word not in "{}()[]:,=|?;":
        return mistake.error(
            f"a name cannot have `{mistake.word}`",
            "names are made of letters, digits, `-`, `.`, `_` and `/`; others stand in quotes",
        )
    return None


def wrong_block(mistake: Mistake) -> Diagnostic | None:
    """A statement that belongs elsewhere, and a declaration inside a block."""
    if mistake.found is None or mistake.found.kind != "word" or mistake.word not in STATEMENTS or mistake.wants_operand:
        return None
    block = mistake.around.block
    if block in STATEMENTS[mistake.word]:
        return None
    if "NAME" in mistake.expected and mistake.previous is not None and mistake.previous.text not in ("{", "}"):
        return None
    where = "no block" if block == "file" else f"a `{block}`"
    homes = [home for home in STATEMENTS[mistake.word] if home not in ("test", "first")]
    if homes == ["file"]:
        return mistake.error(
            f"found `{mistake.word}` inside {where}; a declaration stands outside of all blocks",
            "close the block before it",
        )
    places = " or ".join(f"a `{home}`" for home in homes if home != "file")
    return mistake.error(f"found `{mistake.word}` in {where}; it belongs in {places}", "move it there")


def misspelt(mistake: Mistake) -> Diagnostic | None:
    """A word that is nearly a statement's."""
    if mistake.found is None or mistake.found.kind != "word" or mistake.wants_operand:
        return None
    near = nearest(mistake.word, words_allowed(mistake))
    if near is None or near == mistake.word:
        return None
    return mistake.error(f"found `{mistake.word}`", f"did you mean `{near}`?")


def missing_name(mistake: Mistake) -> Diagnostic | None:
    """A statement's word without the name that it wants."""
    statement, previous = mistake.around.statement, mistake.previous
    if statement is None or previous is None or "NAME" not in mistake.expected or mistake.around.in_expression:
        return None
    if previous.text == statement.text:
        return mistake.error(f"{found_words(mistake)}; `{statement.text}` wants a name", "a name may stand in quotes")
    return None


def unquoted(mistake: Mistake) -> Diagnostic | None:
    """A text without its quotes."""
    found, previous, statement = mistake.found, mistake.previous, mistake.around.statement
    if found is not None and found.kind == "word" and mistake.expected == {"STRING"}:
        return mistake.error(f"found `{found.text}`; a text in quotes is wanted", f'write `"{found.text}"`')
    is_import = statement is not None and statement.text == "import" and "FROM" in mistake.expected
    if is_import and previous is not None and previous.kind == "word":
        return mistake.error("a path stands in quotes", f'write `"{previous.text}"`', piece=previous)
    return None


def clause_alone(mistake: Mistake) -> Diagnostic | None:
    """A clause of a request that no request stands before."""
    if mistake.around.block in ("claim", "template") and mistake.word in CLAUSES and not mistake.wants_operand:
        return mistake.error(f"`{mistake.word}` belongs to a request", "write it behind `request NAME: 1 of CLASS`")
    return None
