"""Write a policy in the one usual form: four spaces, a statement a line, comments where they were.

``parse(format(file))`` is equal to ``file``, and formatting again changes nothing.
"""

from __future__ import annotations

import re

from dra_policy.cel.printer import literal_text, print_expression
from dra_policy.cel.syntax import Expression
from dra_policy.language import syntax
from dra_policy.language.dialects import terms_of
from dra_policy.language.scanning import CLAUSES, STATEMENTS
from dra_policy.text import Span

_WIDTH = 100
_INDENT = 4
_NAME = re.compile(r"[A-Za-z0-9_]([-\w]|[./](?=\w))*", re.ASCII)
_BACKTICKS = re.compile(r"[A-Za-z0-9_.\-/ ]+")
# After an alternative's clauses the parser takes these for what they mean elsewhere: as its name they need quotes.
_TAKEN = frozenset((*STATEMENTS, *CLAUSES, "for", "and", "in"))

Node = (
    syntax.Statement
    | syntax.ClassStatement
    | syntax.ClaimStatement
    | syntax.Clause
    | syntax.Alternative
    | syntax.SchemaField
    | syntax.Entry
)


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
            text = f"{head} {{ {_inline(nodes[0])} }}{tail}"
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
                self._block(_alias_head(node), node.span, fields, indent)
            case syntax.ClassDeclaration():
                self._block(_class_head(node), node.span, node.statements, indent)
            case syntax.ClaimDeclaration():
                self._block(_claim_head(node), node.span, node.statements, indent)
            case syntax.Config(parameters=parameters):
                self._object(_config_head(node), node.span, parameters, indent)
            case syntax.Request():
                self._request(node, indent, width)
            case syntax.Alternative():
                head = f"{_alternative_name(node.name)}:".ljust(width)
                self._demand(f"{head} {_demand(node.demand)}", node.span, node.demand.clauses, indent)
            case syntax.Entry(value=syntax.Object() as value):
                self._object(f"{_key(node.key)}:".ljust(width), _span(node), value, indent)
            case syntax.Let() | syntax.Predicate() | syntax.Where() | syntax.Rule():
                self._expression(node, indent)
            case syntax.Later():
                self._verbatim("", node.span, indent)
            case _:
                self._line(_inline(node, width), _span(node), indent)

    def _object(self, head: str, span: Span, value: syntax.Object, indent: int) -> None:
        """An object stays on one line where it was on one and fits."""
        text = f"{head} {_value(value)}"
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
        head = f"request {_name(node.name)}:".ljust(width)
        match node.demand:
            case syntax.Demand() as demand:
                self._demand(f"{head} {_demand(demand)}", node.span, demand.clauses, indent)
            case syntax.FirstOf(alternatives=alternatives, clauses=clauses):
                block = Span(node.span.source, node.span.start, _end_of_block(node, clauses))
                self._block(f"{head} first of", block, alternatives, indent)
                self._clauses(clauses, indent)

    def _demand(self, head: str, span: Span, clauses: tuple[syntax.Clause, ...], indent: int) -> None:
        """``NAME: COUNT of CLASS``; two clauses and more stand on lines of their own."""
        text = " ".join((head, *(_inline(clause) for clause in clauses)))
        if len(clauses) < 2 and _fits(text, indent) and not self._has_comment(span):
            self._line(text, span, indent)
            return
        first = clauses[0].span.start if clauses else span.end
        self._line(head, span, indent, until=_last_text(span, first))
        self.rows(clauses, indent + _INDENT)

    def _clauses(self, clauses: tuple[syntax.Clause, ...], indent: int) -> None:
        """The clauses behind a block: one behind the brace, several below."""
        if len(clauses) == 1 and not self._has_comment(clauses[0].span):
            text = f"{self.lines[-1]} {_inline(clauses[0])}"
            if "//" not in self.lines[-1] and _fits(text, 0):
                self.lines[-1] = text
                self._last = clauses[0].span.end_position.line
                return
        self.rows(clauses, indent + _INDENT)

    # Expressions

    def _expression(self, node: syntax.Let | syntax.Predicate | syntax.Where | syntax.Rule, indent: int) -> None:
        head, expression = _expression_parts(node)
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
        widest = max(len(_colon_head(node)) for node in nodes[start:end])
        widths[start:end] = [widest] * (end - start)
        start = end
    return widths


def _are_neighbours(above: Node, below: Node) -> bool:
    if type(above) is not type(below) or not _colon_head(above):
        return False
    return _span(below).position.line - _span(above).end_position.line <= 1


def _colon_head(node: Node) -> str:
    match node:
        case syntax.Request(name=name):
            return f"request {_name(name)}:"
        case syntax.Alternative(name=name):
            return f"{_alternative_name(name)}:"
        case syntax.SchemaField(name=name, perhaps_absent=perhaps):
            return f"{_key(name)}{'?' * perhaps}:"
        case syntax.Entry(key=key):
            return f"{_key(key)}:"
    return ""


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


# Texts of nodes on one line


def _inline(node: Node, width: int = 0) -> str:
    match node:
        case syntax.Let() | syntax.Predicate() | syntax.Where() | syntax.Rule():
            head, expression = _expression_parts(node)
            return f"{head} {print_expression(expression)}"
        case syntax.Request():
            return _inline_request(node)
        case syntax.Alternative(name=name, demand=demand):
            return " ".join(
                (f"{_alternative_name(name)}:", _demand(demand), *(_inline(each) for each in demand.clauses))
            )
        case syntax.SchemaField():
            return f"{_colon_head(node).ljust(width)} {_type(node.type)}"
        case syntax.Entry(key=key, value=value):
            return f"{f'{_key(key)}:'.ljust(width)} {_value(value)}"
        case syntax.Config(parameters=parameters):
            return f"{_config_head(node)} {_value(parameters)}"
        case syntax.Constraint(word=word, attribute=attribute, across=across):
            named = "" if across is None else f" across {_names(across)}"
            return f"{word} {_name(attribute)}{named}"
        case _:
            return _inline_plain(node)


def _inline_plain(node: Node) -> str:
    match node:
        case syntax.Namespace(name=name):
            return f"namespace {_name(name)}"
        case syntax.Import(path=path, names=names):
            return f"import {f'{_names(names)} from ' if names else ''}{literal_text(path.text)}"
        case syntax.Alias():
            return _alias_head(node) + (" {}" if node.fields is not None else "")
        case syntax.Label(pairs=pairs):
            return f"label {_pairs(pairs)}"
        case syntax.Tolerate():
            return _tolerate(node)
        case syntax.Take(amounts=amounts):
            return "take " + " and ".join(f"{amount.text} of {_name(name)}" for amount, name in amounts)
        case syntax.Shareable() | syntax.AdminAccess() | syntax.Shared():
            return _FIXED[type(node)]
        case _:
            return _inline_class_part(node)


def _inline_class_part(node: Node) -> str:
    match node:
        case syntax.ExtendedResource(name=name):
            return f"extended resource {_name(name)}"
        case syntax.AnyOf(classes=classes):
            return f"any of {_names(classes)}"
        case syntax.AnyWithLabel(label=label):
            return f"any with label {_pairs(label.pairs)}"
        case _:
            raise AssertionError("blocks are written line by line")


_FIXED: dict[type, str] = {
    syntax.Shareable: "shareable",
    syntax.AdminAccess: "with admin access",
    syntax.Shared: "shared",
}


def _inline_request(node: syntax.Request) -> str:
    head = f"request {_name(node.name)}:"
    match node.demand:
        case syntax.Demand() as demand:
            return " ".join((head, _demand(demand), *(_inline(each) for each in demand.clauses)))
        case syntax.FirstOf(alternatives=alternatives, clauses=clauses):
            inside = ", ".join(_inline(each) for each in alternatives)
            return " ".join((head, f"first of {{ {inside} }}", *(_inline(each) for each in clauses)))


def _expression_parts(node: syntax.Let | syntax.Predicate | syntax.Where | syntax.Rule) -> tuple[str, Expression]:
    match node:
        case syntax.Let(name=name, expression=expression):
            return f"let {_name(name)} =", expression
        case syntax.Predicate(name=name, parameters=parameters, body=body):
            return f"predicate {_name(name)}({', '.join(map(_parameter, parameters))}) =", body
        case syntax.Where(expression=expression):
            return "where", expression
        case syntax.Rule(word=word, expression=expression):
            return word, expression


def _parameter(parameter: syntax.Parameter) -> str:
    return _name(parameter.name) + (f": {_type(parameter.type)}" if parameter.type else "")


def _alias_head(node: syntax.Alias) -> str:
    return f"{node.word} {_name(node.name)} = {literal_text(node.domain.text)}"


def _class_head(node: syntax.ClassDeclaration) -> str:
    parts = [f"class {_name(node.name)}"]
    parts += [f"from {_names(node.drivers)}"] if node.drivers else []
    parts += [f"extends {_name(node.extends)}"] if node.extends else []
    parts += [literal_text(node.description.text)] if node.description else []
    return " ".join(parts)


def _claim_head(node: syntax.ClaimDeclaration) -> str:
    parts = [f"{node.word} {_name(node.name)}"]
    parts += [f"in {_name(node.namespace)}"] if node.namespace else []
    parts += [literal_text(node.description.text)] if node.description else []
    return " ".join(parts)


def _config_head(node: syntax.Config) -> str:
    return f"config {_name(node.driver)}" + (f" for {_names(node.requests)}" if node.requests else "")


def _demand(demand: syntax.Demand) -> str:
    return f"{_count(demand.count)} of {_name(demand.device_class)}"


def _count(count: syntax.Count) -> str:
    if count.minimum is None:
        return "all"
    if count.open_ended:
        return f"at least {count.minimum}"
    return f"{count.minimum} to {count.maximum}" if count.maximum is not None else str(count.minimum)


def _tolerate(node: syntax.Tolerate) -> str:
    taint = node.taint
    text = "all"
    if taint is not None:
        text = taint.key.text
        text += f"={taint.value.text}" if taint.value else ""
        text += f":{taint.effect.text}" if taint.effect else ""
    return f"tolerate {text}" + (f" for {node.duration.text}" if node.duration else "")


def _type(kind: syntax.TypeName | syntax.Choice) -> str:
    match kind:
        case syntax.Choice(values=values):
            return " | ".join(literal_text(value) for value in values)
        case syntax.TypeName(name=name, item=item):
            return name if item is None else f"{name}({_type(item)})"


def _value(value: syntax.ConfigValue) -> str:
    match value:
        case syntax.Scalar(value=str() as text, text=written) if written[:1] in "\"'rRbB":
            return literal_text(text)
        case syntax.Scalar(text=written):
            return written
        case syntax.Array(items=items):
            return f"[{', '.join(map(_value, items))}]"
        case syntax.Object(entries=entries):
            inside = ", ".join(f"{_key(entry.key)}: {_value(entry.value)}" for entry in entries)
            return f"{{ {inside} }}" if entries else "{}"


def _pairs(pairs: tuple[tuple[syntax.Name, syntax.Name], ...]) -> str:
    return ", ".join(f"{_name(key)}={_name(value)}" for key, value in pairs)


def _names(names: tuple[syntax.Name, ...]) -> str:
    return ", ".join(map(_name, names))


def _name(name: syntax.Name) -> str:
    """A name, in quotes where it has characters that names lack."""
    return name.text if _NAME.fullmatch(name.text) else literal_text(name.text)


def _alternative_name(name: syntax.Name) -> str:
    first_word = re.split(r"[^A-Za-z0-9_]", name.text, maxsplit=1)[0]
    return literal_text(name.text) if name.text in _TAKEN or first_word == "in" else _name(name)


def _key(name: syntax.Name) -> str:
    """A key of a schema or configuration: no word of the language can stand there."""
    if _NAME.fullmatch(name.text):
        return name.text
    return f"`{name.text}`" if _BACKTICKS.fullmatch(name.text) else literal_text(name.text)
