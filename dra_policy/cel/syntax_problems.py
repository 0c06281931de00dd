"""Say what is wrong with text that is no CEL: found, wanted, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable

from dra_policy.cel.problems import Problem
from dra_policy.cel.tables import END, Parser, Token, UnexpectedTextError
from dra_policy.text import Source, Span

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPENERS = {closer: opener for opener, closer in _PAIRS.items()}
_WORD_OPERATORS = {"and": "&&", "or": "||", "not": "!", "is": "==", "eq": "==", "ne": "!=", "mod": "%"}
_UNITS = (
    "Ki",
    "Mi",
    "Gi",
    "Ti",
    "Pi",
    "Ei",
    "k",
    "m",
    "M",
    "G",
    "T",
    "P",
    "E",
    "K",
    "KB",
    "MB",
    "GB",
    "TB",
    "kb",
    "gb",
)
_TIMES = ("s", "h", "ms", "min")
_STRANGE = {
    ";": "an expression has no `;`: delete it, or join two conditions with `&&`",
    "#": "comments begin with `//`",
    "@": "names are letters, digits and `_`",
    "$": "names are letters, digits and `_`",
    "^": "CEL has no `^`; numbers have no power or exclusive or",
    "~": "match text with `.matches('pattern')`",
    "\\": "a backslash can only stand in a string",
    "\ufeff": "delete the invisible character",
    "\u200b": "delete the invisible character",
    "\u00a0": "replace the no-break space by a plain one",
}
_VALUES = frozenset(("IDENT", "ESCAPED_IDENT", "INT", "UINT", "FLOAT", "STRING", "BYTES", "TRUE", "FALSE", "NULL"))
_SIGNS, _NUMBERS = frozenset(("NOT", "MINUS")), frozenset(("INT", "FLOAT"))
_CURLY = "\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"


MOST_SKIPPED = 256
"""How many tokens cel-go passes over in search of a point where it can go on after a mistake."""


def loses_its_way(text: str, error: UnexpectedTextError, parser: Parser) -> bool:
    """Whether cel-go gives up looking for such a point.

    Outside of brackets, after a whole operand, it looks for the end; inside brackets, or where an operand is missing,
    the next operator or closing bracket will do.
    """
    found = error.found
    if found is None or found.type == END or _wants_operand(error) or _unclosed(error.tokens) is not None:
        return False
    return parser.count_tokens(text, found.start_pos) > MOST_SKIPPED


def earlier_mistake(source: Source, error: UnexpectedTextError) -> Problem | None:
    """What cel-go's grammar refuses before the token at which the grammar here, which is looser, gives up."""
    found = [each for each in (_misplaced_body(source, error), _misplaced_sign(source, error)) if each is not None]
    return min(found, key=lambda problem: problem.span.start, default=None)


def _misplaced_body(source: Source, error: UnexpectedTextError) -> Problem | None:
    """The first `{` before the wrong token that follows a value: only a message's name may have one, as cel-go reads.

    The grammar's own loop takes it for the body of a message, whose fields then look wrong.
    """
    tokens = error.tokens
    for place, token in enumerate(tokens):
        if token.value == "{" and place and _ends_value(tokens[place - 1]) and not _is_name_before(tokens, place):
            span = Span(source, token.start_pos, token.end_pos)
            hint = _hint_of_if(tokens) or "an operator is missing before the map"
            return _problem("mismatched input '{'", token.start_pos, span, "`{` follows an expression", hint)
    return None


def _misplaced_sign(source: Source, error: UnexpectedTextError) -> Problem | None:
    """The first token that cannot follow a sign: `!` behind `-`, and all but a number behind `!-`."""
    tokens = [*error.tokens, *((error.found,) if error.found is not None else ())]
    signs = ""
    for place, token in enumerate(tokens):
        is_sign = token.type in _SIGNS and not (place and _ends_value(tokens[place - 1]))
        if (signs[-1:] == "-" and token.value == "!") or (signs[-2:] == "!-" and token.type not in _NUMBERS):
            span = Span(source, token.start_pos, token.end_pos)
            said = f"no viable alternative at input '{signs[-1]}{token.value}'"
            return _problem(said, token.start_pos, span, "`!` and `-` cannot follow each other", "write parentheses")
        signs = signs + token.value if is_sign else ""
    return None


def _ends_value(token: Token) -> bool:
    return token.value in _OPENERS or token.type in _VALUES


def _is_name_before(tokens: list[Token], place: int) -> bool:
    """Whether the tokens before ``place`` are names with dots, and no selection from a value."""
    place -= 1
    while tokens[place].type == "IDENT" and place >= 2 and tokens[place - 1].value == ".":
        if not _ends_value(tokens[place - 2]):
            return True
        place -= 2
    is_optional = [token.value for token in tokens[max(place - 2, 0) : place]] == [".", "?"]
    return tokens[place].type == "IDENT" and not is_optional


def syntax_problem(source: Source, error: UnexpectedTextError) -> Problem:
    """The problem that stopped the parser, in our words; Kubernetes' text only names the found token."""
    if error.found is None:
        return _unreadable(source, error)
    if error.found.type == END:
        return _ended(source, error)
    return _misplaced(source, error)


def _problem(kubernetes: str, point: int, span: Span, message: str, hint: str | None) -> Problem:
    return Problem("DRA203", f"Syntax error: {kubernetes}", point, span, hint, message)


def _unreadable(source: Source, error: UnexpectedTextError) -> Problem:
    """A character that begins no token."""
    text, start = source.text, error.offset
    character = text[start]
    kubernetes = f"token recognition error at: '{text[start : start + 2].strip() or character}'"

    def problem(length: int, message: str, hint: str | None) -> Problem:
        return _problem(kubernetes, start, Span(source, start, min(start + length, len(text))), message, hint)

    if character in "\"'" or text[start : start + 2].lower() in ("b'", 'b"', "r'", 'r"'):
        quote = character if character in "\"'" else text[start + 1]
        return problem(1, f"the string that begins here has no closing `{quote}`", f"close it with `{quote}`")
    if character == "`":
        return problem(
            1, "this name in backticks is not closed", "backticks enclose letters, digits, `_ . - /` and blanks"
        )
    if character == "=":
        return _wrong_equals(text, start, problem)
    if character in "&|":
        doubled = character * 2
        return problem(1, f"`{character}` is no operator", f"write `{doubled}`; CEL has no operators on bits")
    if character in _CURLY:
        return problem(1, f"`{character}` is no quotation mark of CEL", "write straight quotes: `'` or `\"`")
    hint = _STRANGE.get(character)
    return problem(1, f"`{character}` has no meaning in CEL", hint)


def _wrong_equals(text: str, start: int, problem: Callable[[int, str, str | None], Problem]) -> Problem:
    if text[start : start + 2] == "=~":
        return problem(2, "`=~` is no operator", "match text with `.matches('pattern')`")
    if text[start : start + 2] in ("=>", "=<"):
        return problem(2, f"`{text[start : start + 2]}` is no operator", f"write `{text[start + 1]}=`")
    return problem(1, "`=` is no operator", "compare with `==`")


def _ended(source: Source, error: UnexpectedTextError) -> Problem:
    """The text stops too early."""
    end = error.offset
    kubernetes = "mismatched input '<EOF>'"
    opener = _unclosed(error.tokens)
    if not error.tokens:
        message, hint = "the expression is empty", "`true` matches every device"
        return _problem(kubernetes, end, Span(source, 0, end), message, hint)
    last = error.tokens[-1]
    if opener is not None and not _wants_operand(error):
        closer = _PAIRS[opener.value]
        span = Span(source, opener.start_pos, opener.end_pos)
        return _problem(kubernetes, end, span, f"this `{opener.value}` is never closed", f"add `{closer}`")
    span = Span(source, last.start_pos, last.end_pos)
    return _problem(kubernetes, end, span, f"the expression ends after `{last.value}`; {_wanted(error)}", None)


def _misplaced(source: Source, error: UnexpectedTextError) -> Problem:
    """A token that cannot stand where it does."""
    found = error.found
    assert found is not None
    before = error.tokens[-1] if error.tokens else None
    span = Span(source, found.start_pos, found.end_pos)
    kubernetes = f"mismatched input '{found.value}'"
    known = _known_mistake(error, found, before)
    if known is not None:
        message, hint = known
        return _problem(kubernetes, found.start_pos, span, message, hint)
    opener = _unclosed(error.tokens)
    closes = opener is not None and _PAIRS[opener.value] == found.value
    if found.value in _OPENERS and not closes and not _wants_operand(error):
        message = f"`{found.value}` closes nothing that is open here"
        hint = f"close `{opener.value}` with `{_PAIRS[opener.value]}` first" if opener else "delete it"
        return _problem(kubernetes, found.start_pos, span, message, hint)
    message = f"found `{found.value}`; {_wanted(error)}"
    return _problem(kubernetes, found.start_pos, span, message, _hint_of_if(error.tokens))


def _hint_of_if(tokens: list[Token]) -> str | None:
    words = zip(tokens, [None, *tokens], strict=False)
    has_if = any(word.value == "if" and (last is None or last.value != ".") for word, last in words)
    return "CEL has no `if`: choose with `condition ? this : that`" if has_if else None


def _known_mistake(error: UnexpectedTextError, found: Token, before: Token | None) -> tuple[str, str | None] | None:
    """Mistakes that have a name: words for operators, units, versions, keywords as fields."""
    text = found.value
    if "IDENT" in error.expected and "INT" not in error.expected and text in ("in", "true", "false", "null"):
        return f"`{text}` cannot name a field after `.`", f'write `["{text}"]`'
    if _wants_operand(error):
        if text in ("=", "==") and before is not None and before.value in ("==", "<", ">", "!="):
            return f"`{before.value}{text}` is no operator", f"write `{before.value}`"
        return None
    if text in _WORD_OPERATORS:
        return f"`{text}` is no operator", f"write `{_WORD_OPERATORS[text]}`"
    if before is None:
        return None
    if before.type == "IDENT" and before.value == "not":
        return "`not` is no operator", "write `!`"
    touches = before.end_pos == found.start_pos
    if before.type in ("INT", "FLOAT") and found.type == "IDENT":
        return _unit(before.value, text)
    if touches and before.type == "FLOAT" and found.type == "FLOAT":
        return f"`{before.value}{text}` is no number", f'write a version as `semver("{before.value}{text}")`'
    if text in ("else", "if", "then"):
        return f"`{text}` does not exist in CEL", "choose with `condition ? this : that`"
    return None


def _unit(number: str, unit: str) -> tuple[str, str | None]:
    if unit in _UNITS:
        proper = {"KB": "k", "MB": "M", "GB": "G", "TB": "T", "kb": "k", "gb": "G", "K": "k"}.get(unit, unit)
        return f"`{number}{unit}` is no CEL number", f'write a quantity as `quantity("{number}{proper}")`'
    if unit in _TIMES:
        return f"`{number}{unit}` is no CEL number", f'write a duration as `duration("{number}{unit[0]}")`'
    return f"found `{unit}` after the number `{number}`; an operator is missing between them", None


def _wants_operand(error: UnexpectedTextError) -> bool:
    return "INT" in error.expected


def _wanted(error: UnexpectedTextError) -> str:
    """What could have come, in concepts."""
    before = error.tokens[-1].value if error.tokens else ""
    if _wants_operand(error):
        return (
            f"after `{before}` comes a value, a name or `(`"
            if before
            else "an expression begins with a value or a name"
        )
    if before in (".", "?") and "IDENT" in error.expected:
        return f"after `{before}` comes the name of a field"
    if error.expected == {"COLON"} or ("COLON" in error.expected and "QUESTION" not in error.expected):
        return "a `:` is wanted"
    opener = _unclosed(error.tokens)
    if opener is not None:
        separator = ", `,`" if opener.value != "(" or "COMMA" in error.expected else ""
        return f"after a value comes an operator{separator} or `{_PAIRS[opener.value]}`"
    return "after a value comes an operator such as `&&` or `==`, or the end"


def _unclosed(tokens: list[Token]) -> Token | None:
    """The innermost bracket that is still open."""
    opened: list[Token] = []
    for token in tokens:
        if token.value in _PAIRS:
            opened.append(token)
        elif token.value in _OPENERS and opened:
            opened.pop()
    return opened[-1] if opened else None
