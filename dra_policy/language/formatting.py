"""Write a policy in the one usual form: four spaces, a statement a line, comments where they were.

``parse(format(file))`` is equal to ``file``, and formatting again changes nothing.
"""

from __future__ import annotations

import re

from dra_policy.cel.printer import print_expression
from dra_policy.cel.syntax import Expression
from dra_policy.language import syntax
from dra_policy.language.dialects import terms_of
from dra_policy.language.inline import (
    Node,
    alias_head,
    alternative_name,
    block_head,
    colon_head,
    config_head,
    demand_text,
    expression_parts,
    group_head,
    inline,
    key_text,
    name_text,
    pod_claim_head,
    value_text,
)
from dra_policy.text import Span

_WIDTH = 100
_INDENT = 4


def format_policy(file: syntax.File) -> str:
    """The text of a file that was parsed without mistakes; it ends with a line end unless it is empty."""
    writer = _Writer(file.comments)
    writer.rows(file.statements, 0)
    if file.span is not None:
        writer.comments_before(file.span.end, 0)
    return "".join(f"{line}\n" for line in writer.lines)


class _Writer:
    """Writes lines, and each comment once."""

    def __init__(self, comments: tuple[syntax.Comment, ...]) -> None:
        self.lines: list[str] = []
        self._waiting = list(comments)
        # The source line on which the last thing of this block ended; None at a block's beginning.
        self._last: int | None = None

    # Lines and comments

    def _blank(self, line: int) -> None:
        """Keep one blank line where there was one."""
        if self._last is not None and line - self._last > 1:
            self.lines.append("")

    def comments_before(self, offset: int, indent: int) -> None:
        """Write the comments that stand before an offset, each on a line of its own."""
        while self._waiting and self._waiting[0].span.start < offset:
            comment = self._waiting.pop(0)
            line = comment.span.position.line
            self._blank(line)
            self.lines.append(" " * indent + _comment(comment))
            self._last = line

    def _line(self, text: str, span: Span, indent: int, *, until: int | None = None) -> None:
        """Write a line for a stretch of the source, with what is said of it behind it."""
        self.comments_before(span.start, indent)
        self._blank(span.position.line)
        end = span.end if until is None else until
        trailing = [each for each in self._waiting if _is_behind(each, span, end)]
        for comment in [each for each in self._waiting if each.span.start < end and each not in trailing]:
            self._waiting.remove(comment)
            self.lines.append(" " * indent + _comment(comment))
        for comment in trailing:
            self._waiting.remove(comment)
        said = "".join(f"  {_comment(each)}" for each in trailing[:1])
        for comment in trailing[1:]:
            self.lines.append(" " * indent + _comment(comment))
        self.lines.append(" " * indent + text + said)
        self._last = span.source.position(max(end - 1, span.start)).line

    def _has_comment(self, span: Span) -> bool:
        return any(span.start <= each.span.start < span.end for each in self._waiting)

    # Blocks

    def rows(self, nodes: tuple[Node, ...], indent: int) -> None:
        """Write the statements of a block, one after the other; names of neighbours end at one column."""
        for node, width in zip(nodes, _widths(nodes), strict=True):
            self._node(node, indent, width)

    def _block(self, head: str, span: Span, nodes: tuple[Node, ...], indent: int, tail: str = "") -> None:
        """A head and its block, on one line where it has one statement that fits."""
        inside = self._has_comment(span)
        if not nodes and not inside:
            self._line(f"{head} {{}}{tail}", span, indent)
            return
        if len(nodes) == 1 and not inside:
            text = f"{head} {{ {inline(nodes[0])} }}{tail}"
            if _fits(text, indent) and not _is_long(nodes[0]):
                self._line(text, span, indent)
                return
        first = _span(nodes[0]).start if nodes else span.end - 1
        self._head(f"{head} {{", span, first, indent)
        self._last = None
        self.rows(nodes, indent + _INDENT)
        self.comments_before(span.end, indent + _INDENT)
        self.lines.append(" " * indent + "}" + tail)
        self._last = span.end_position.line
        self._behind_brace(span)

    def _head(self, text: str, span: Span, first: int, indent: int) -> None:
        """The line that opens a block; a comment behind the brace stays there."""
        self.comments_before(span.start, indent)
        self._blank(span.position.line)
        line = span.position.line
        said = [each for each in self._waiting if not each.is_alone and each.span.start < first]
        said = [each for each in said if each.span.position.line == line][:1]
        for comment in said:
            self._waiting.remove(comment)
        self.lines.append(" " * indent + text + "".join(f"  {_comment(each)}" for each in said))

    def _behind_brace(self, span: Span) -> None:
        if self._waiting and _is_behind(self._waiting[0], span, span.end):
            self.lines[-1] += f"  {_comment(self._waiting.pop(0))}"

    def _node(self, node: Node, indent: int, width: int) -> None:
        match node:
            case syntax.Alias(fields=fields) if fields:
                self._block(alias_head(node), node.span, fields, indent)
            case (
                syntax.ClassDeclaration()
                | syntax.ClaimDeclaration()
                | syntax.PodDeclaration()
                | syntax.QuotaDeclaration()
            ):
                self._block(block_head(node), node.span, node.statements, indent)
            case syntax.GroupDeclaration():
                self._group(node, indent)
            case syntax.PodClaim(reference=None):
                self._block(pod_claim_head(node), node.span, node.statements, indent)
            case syntax.Limit() if self._has_comment(node.span):
                self._verbatim("", node.span, indent)
            case syntax.Config(parameters=parameters):
                self._object(config_head(node), node.span, parameters, indent)
            case syntax.Request():
                self._request(node, indent, width)
            case syntax.Alternative():
                head = f"{alternative_name(node.name)}:".ljust(width)
                self._demand(f"{head} {demand_text(node.demand)}", node.span, node.demand.clauses, indent)
            case syntax.Entry(value=syntax.Object() as value):
                self._object(f"{key_text(node.key)}:".ljust(width), _span(node), value, indent)
            case syntax.Let() | syntax.Predicate() | syntax.Where() | syntax.Rule():
                self._expression(node, indent)
            case syntax.Later():
                self._verbatim("", node.span, indent)
            case _:
                self._line(inline(node, width), _span(node), indent)

    def _group(self, node: syntax.GroupDeclaration, indent: int) -> None:
        """A group; without anything in its block it has none."""
        if node.statements or self._has_comment(node.span):
            self._block(group_head(node), node.span, node.statements, indent)
        else:
            self._line(group_head(node), node.span, indent)

    def _object(self, head: str, span: Span, value: syntax.Object, indent: int) -> None:
        """An object stays on one line where it was on one and fits."""
        text = f"{head} {value_text(value)}"
        is_short = value.span.position.line == value.span.end_position.line
        if is_short and _fits(text, indent) and not self._has_comment(span):
            self._line(text, span, indent)
            return
        first = _span(value.entries[0]).start if value.entries else span.end - 1
        self._head(f"{head} {{", span, first, indent)
        self._last = None
        self.rows(value.entries, indent + _INDENT)
        self.comments_before(span.end, indent + _INDENT)
        self.lines.append(" " * indent + "}")
        self._last = span.end_position.line
        self._behind_brace(span)

    def _request(self, node: syntax.Request, indent: int, width: int) -> None:
        head = f"request {name_text(node.name)}:".ljust(width)
        match node.demand:
            case syntax.Demand() as demand:
                self._demand(f"{head} {demand_text(demand)}", node.span, demand.clauses, indent)
            case syntax.FirstOf(alternatives=alternatives, clauses=clauses):
                block = Span(node.span.source, node.span.start, _end_of_block(node, clauses))
                self._block(f"{head} first of", block, alternatives, indent)
                self._clauses(clauses, indent)

    def _demand(self, head: str, span: Span, clauses: tuple[syntax.Clause, ...], indent: int) -> None:
        """``NAME: COUNT of CLASS``; two clauses and more stand on lines of their own."""
        text = " ".join((head, *(inline(clause) for clause in clauses)))
        if len(clauses) < 2 and _fits(text, indent) and not self._has_comment(span):
            self._line(text, span, indent)
            return
        first = clauses[0].span.start if clauses else span.end
        self._line(head, span, indent, until=_last_text(span, first))
        self.rows(clauses, indent + _INDENT)

    def _clauses(self, clauses: tuple[syntax.Clause, ...], indent: int) -> None:
        """The clauses behind a block: one behind the brace, several below."""
        if len(clauses) == 1 and not self._has_comment(clauses[0].span):
            text = f"{self.lines[-1]} {inline(clauses[0])}"
            if "//" not in self.lines[-1] and _fits(text, 0):
                self.lines[-1] = text
                self._last = clauses[0].span.end_position.line
                return
        self.rows(clauses, indent + _INDENT)

    # Expressions

    def _expression(self, node: syntax.Let | syntax.Predicate | syntax.Where | syntax.Rule, indent: int) -> None:
        head, expression = expression_parts(node)
        if self._has_comment(expression.span):
            self._verbatim(head, Span(node.span.source, node.span.start, node.span.end), indent, expression.span)
            return
        text = f"{head} {print_expression(expression)}"
        rows = [text] if _fits(text, indent) else [f"{head} {_broken(expression)[0]}", *_broken(expression)[1:]]
        self._line(rows[0], node.span, indent)
        for row in rows[1:]:
            self.lines.append(" " * (indent + _INDENT) + row)

    def _verbatim(self, head: str, span: Span, indent: int, part: Span | None = None) -> None:
        """Write a stretch as it stands, its comments with it."""
        self.comments_before(span.start, indent)
        self._blank(span.position.line)
        part = part or span
        self._waiting = [each for each in self._waiting if not part.start <= each.span.start < part.end]
        text = f"{head} {part.text}".lstrip()
        self.lines.extend((" " * indent + text).split("\n"))
        self._last = span.end_position.line
        self._behind_brace(span)


# Lines


def _comment(comment: syntax.Comment) -> str:
    text = comment.text
    return f"//{text[1:]}" if text.startswith("#") else text


def _is_behind(comment: syntax.Comment, span: Span, end: int) -> bool:
    """Whether a comment stands on the line where a stretch ends, with nothing of weight between."""
    between = span.source.text[end : comment.span.start]
    return comment.span.start >= end and not between.strip(" \t,)") and not comment.is_alone


def _fits(text: str, indent: int) -> bool:
    return indent + len(text) <= _WIDTH and "\n" not in text


def _is_long(node: Node) -> bool:
    """Whether a statement takes several lines whatever the width."""
    if isinstance(node, syntax.Request):
        if isinstance(node.demand, syntax.FirstOf):
            return True
        return len(node.demand.clauses) > 1
    if isinstance(node, syntax.Alternative):
        return len(node.demand.clauses) > 1
    if isinstance(node, syntax.PodClaim):
        return len(node.statements) > 1 or any(map(_is_long, node.statements))
    if isinstance(node, syntax.Config):
        return node.parameters.span.position.line != node.parameters.span.end_position.line
    return False


def _span(node: Node) -> Span:
    if not isinstance(node, syntax.Entry):
        return node.span
    return Span(node.key.span.source, node.key.span.start, node.value.span.end)


def _widths(nodes: tuple[Node, ...]) -> list[int]:
    """How wide the names of neighbours with a colon are, the colon included; 0 for other statements."""
    widths = [0] * len(nodes)
    start = 0
    while start < len(nodes):
        end = start + 1
        while end < len(nodes) and _are_neighbours(nodes[end - 1], nodes[end]):
            end += 1
        widest = max(len(colon_head(node)) for node in nodes[start:end])
        widths[start:end] = [widest] * (end - start)
        start = end
    return widths


def _are_neighbours(above: Node, below: Node) -> bool:
    if type(above) is not type(below) or not colon_head(above):
        return False
    return _span(below).position.line - _span(above).end_position.line <= 1


def _last_text(span: Span, first: int) -> int:
    """The offset behind the last character before the first clause."""
    text = span.source.text[span.start : first]
    without_comments = re.sub(r"(//|#)[^\n]*", lambda match: " " * len(match.group()), text)
    return span.start + len(without_comments.rstrip())


def _end_of_block(node: syntax.Request, clauses: tuple[syntax.Clause, ...]) -> int:
    return _last_text(node.span, clauses[0].span.start) if clauses else node.span.end


def _broken(expression: Expression) -> list[str]:
    """A long condition, a line for each term; the operator leads."""
    for function, symbol in (("_||_", "||"), ("_&&_", "&&")):
        terms = terms_of(function, expression)
        if len(terms) > 1:
            texts = [_term(term, function) for term in terms]
            broken = [texts[0], *(f"{symbol} {text}" for text in texts[1:])]
            return broken if _same(broken, expression) else [print_expression(expression)]
    return [print_expression(expression)]


def _term(term: Expression, function: str) -> str:
    text = print_expression(term)
    weaker = ("_?_:_",) if function == "_||_" else ("_?_:_", "_||_")
    return f"({text})" if getattr(term, "function", "") in weaker else text


def _same(rows: list[str], expression: Expression) -> bool:
    """Whether the rows are the expression's own text: rows of operators that were bracketed otherwise are not."""
    return " ".join(rows) == print_expression(expression)
