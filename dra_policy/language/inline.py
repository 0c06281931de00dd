"""Texts of a policy's nodes on one line."""

from __future__ import annotations

import re

from dra_policy.cel.printer import literal_text, print_expression
from dra_policy.cel.syntax import Expression
from dra_policy.language import syntax
from dra_policy.language.scanning import CLAUSES, STATEMENTS

_NAME = re.compile(r"[A-Za-z0-9_]([-\w]|[./](?=\w))*", re.ASCII)
_BACKTICKS = re.compile(r"[A-Za-z0-9_.\-/ ]+")
# After an alternative's clauses the parser takes these for what they mean elsewhere: as its name they need quotes.
_TAKEN = frozenset((*STATEMENTS, *CLAUSES, "for", "and", "in"))

Node = (
    syntax.Statement
    | syntax.ClassStatement
    | syntax.ClaimStatement
    | syntax.PodStatement
    | syntax.QuotaStatement
    | syntax.Clause
    | syntax.Alternative
    | syntax.SchemaField
    | syntax.Entry
)


def colon_head(node: Node) -> str:
    """The name and colon that a statement begins with; empty for one without."""
    match node:
        case syntax.Request(name=name):
            return f"request {name_text(name)}:"
        case syntax.Alternative(name=name):
            return f"{alternative_name(name)}:"
        case syntax.SchemaField(name=name, perhaps_absent=perhaps):
            return f"{key_text(name)}{'?' * perhaps}:"
        case syntax.Entry(key=key):
            return f"{key_text(key)}:"
    return ""


def inline(node: Node, width: int = 0) -> str:
    """A whole statement on one line; ``width`` is that of its neighbours' names."""
    match node:
        case syntax.Let() | syntax.Predicate() | syntax.Where() | syntax.Rule():
            head, expression = expression_parts(node)
            return f"{head} {print_expression(expression)}"
        case syntax.Request():
            return _inline_request(node)
        case syntax.Alternative(name=name, demand=demand):
            return " ".join(
                (f"{alternative_name(name)}:", demand_text(demand), *(inline(each) for each in demand.clauses))
            )
        case syntax.SchemaField():
            return f"{colon_head(node).ljust(width)} {_type(node.type)}"
        case syntax.Entry(key=key, value=value):
            return f"{f'{key_text(key)}:'.ljust(width)} {value_text(value)}"
        case syntax.Config(parameters=parameters):
            return f"{config_head(node)} {value_text(parameters)}"
        case syntax.Constraint(word=word, attribute=attribute, across=across):
            named = "" if across is None else f" across {_names(across)}"
            return f"{word} {name_text(attribute)}{named}"
        case _:
            return _inline_plain(node)


def _inline_plain(node: Node) -> str:
    match node:
        case syntax.Namespace(name=name):
            return f"namespace {name_text(name)}"
        case syntax.Import(path=path, names=names):
            return f"import {f'{_names(names)} from ' if names else ''}{literal_text(path.text)}"
        case syntax.Alias():
            return alias_head(node) + (" {}" if node.fields is not None else "")
        case syntax.Label(pairs=pairs):
            return f"label {_pairs(pairs)}"
        case syntax.Tolerate():
            return _tolerate(node)
        case syntax.Take(amounts=amounts):
            return "take " + " and ".join(f"{amount.text} of {name_text(name)}" for amount, name in amounts)
        case syntax.Shareable() | syntax.AdminAccess() | syntax.Shared():
            return _FIXED[type(node)]
        case _:
            return _inline_class_part(node)


def _inline_class_part(node: Node) -> str:
    match node:
        case syntax.ExtendedResource(name=name):
            return f"extended resource {name_text(name)}"
        case syntax.AnyOf(classes=classes):
            return f"any of {_names(classes)}"
        case syntax.AnyWithLabel(label=label):
            return f"any with label {_pairs(label.pairs)}"
        case syntax.Permission(word=word, classes=classes):
            return f"{word} class {_names(classes)}" if classes else f"{word} admin access"
        case syntax.Limit():
            return _limit(node)
        case syntax.Container():
            return _container(node)
        case syntax.PodClaim(word=word, reference=reference) if reference is not None:
            return f"{pod_claim_head(node)} from {word} {name_text(reference)}"
        case syntax.PodClaim(statements=statements):
            inside = " ".join(inline(each) for each in statements)
            return f"{pod_claim_head(node)} {{ {inside} }}" if statements else f"{pod_claim_head(node)} {{}}"
        case _:
            raise AssertionError("blocks are written line by line")


def _container(node: syntax.Container) -> str:
    parts = ["init"] if node.is_init else []
    parts += ["container", name_text(node.name)]
    parts += [f"image {literal_text(node.image.text)}"] if node.image is not None else []
    parts += [f"uses {_names(node.uses)}"] if node.uses else []
    if node.limit is not None:
        count, resource = node.limit
        parts.append(f"limits {count.text} of {name_text(resource)}")
    return " ".join(parts)


def _limit(node: syntax.Limit) -> str:
    of = f" of {_names(node.classes)}" if node.classes else ""
    if node.attribute is None:
        text = f"limit {node.most.text} devices{of}"
    else:
        text = f"limit {node.most.text} of {name_text(node.attribute)}" + (f" in devices{of}" if of else "")
    return f"{text} {inline(node.where)}" if node.where else text


_FIXED: dict[type, str] = {
    syntax.Shareable: "shareable",
    syntax.AdminAccess: "with admin access",
    syntax.Shared: "shared",
}


def _inline_request(node: syntax.Request) -> str:
    head = f"request {name_text(node.name)}:"
    match node.demand:
        case syntax.Demand() as demand:
            return " ".join((head, demand_text(demand), *(inline(each) for each in demand.clauses)))
        case syntax.FirstOf(alternatives=alternatives, clauses=clauses):
            inside = ", ".join(inline(each) for each in alternatives)
            return " ".join((head, f"first of {{ {inside} }}", *(inline(each) for each in clauses)))


def expression_parts(node: syntax.Let | syntax.Predicate | syntax.Where | syntax.Rule) -> tuple[str, Expression]:
    """What stands before an expression, and the expression."""
    match node:
        case syntax.Let(name=name, expression=expression):
            return f"let {name_text(name)} =", expression
        case syntax.Predicate(name=name, parameters=parameters, body=body):
            return f"predicate {name_text(name)}({', '.join(map(_parameter, parameters))}) =", body
        case syntax.Where(expression=expression):
            return "where", expression
        case syntax.Rule(word=word, expression=expression):
            return word, expression


def _parameter(parameter: syntax.Parameter) -> str:
    return name_text(parameter.name) + (f": {_type(parameter.type)}" if parameter.type else "")


def alias_head(node: syntax.Alias) -> str:
    """``driver NAME = "…"``."""
    return f"{node.word} {name_text(node.name)} = {literal_text(node.domain.text)}"


Block = syntax.ClassDeclaration | syntax.ClaimDeclaration | syntax.PodDeclaration | syntax.QuotaDeclaration
"""Declarations whose block is all that follows their head."""


def block_head(node: Block) -> str:
    """A declaration before its block."""
    match node:
        case syntax.ClassDeclaration():
            return class_head(node)
        case syntax.ClaimDeclaration(word=word):
            return _placed_head(word, node)
        case syntax.PodDeclaration():
            return _placed_head("pod", node)
        case syntax.QuotaDeclaration():
            return quota_head(node)


def class_head(node: syntax.ClassDeclaration) -> str:
    """A class before its block."""
    parts = [f"class {name_text(node.name)}"]
    parts += [f"from {_names(node.drivers)}"] if node.drivers else []
    parts += [f"extends {name_text(node.extends)}"] if node.extends else []
    parts += [literal_text(node.description.text)] if node.description else []
    return " ".join(parts)


def _placed_head(word: str, node: syntax.ClaimDeclaration | syntax.PodDeclaration) -> str:
    """``WORD NAME [in NAMESPACE] [DESCRIPTION]``."""
    parts = [f"{word} {name_text(node.name)}"]
    parts += [f"in {name_text(node.namespace)}"] if node.namespace else []
    parts += [literal_text(node.description.text)] if node.description else []
    return " ".join(parts)


def group_head(node: syntax.GroupDeclaration) -> str:
    """A group before its block."""
    namespace = f" in {name_text(node.namespace)}" if node.namespace else ""
    return f"group {name_text(node.name)}{namespace}: {node.count.text} of {name_text(node.pod)}"


def pod_claim_head(node: syntax.PodClaim) -> str:
    """A pod's claim before what it is."""
    return f"claim {name_text(node.name)}"


def quota_head(node: syntax.QuotaDeclaration) -> str:
    """A quota before its block."""
    scope = "all namespaces"
    if node.namespace is not None:
        scope = name_text(node.namespace)
    elif node.labels is not None:
        scope = f"namespaces with label {_pairs(node.labels.pairs)}"
    description = f" {literal_text(node.description.text)}" if node.description else ""
    return f"quota {name_text(node.name)} in {scope}{description}"


def config_head(node: syntax.Config) -> str:
    """A configuration before its object."""
    return f"config {name_text(node.driver)}" + (f" for {_names(node.requests)}" if node.requests else "")


def demand_text(demand: syntax.Demand) -> str:
    """``COUNT of CLASS``."""
    return f"{_count(demand.count)} of {name_text(demand.device_class)}"


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


def value_text(value: syntax.ConfigValue) -> str:
    """A configuration's value."""
    match value:
        case syntax.Scalar(value=str() as text, text=written) if written[:1] in "\"'rRbB":
            return literal_text(text)
        case syntax.Scalar(text=written):
            return written
        case syntax.Array(items=items):
            return f"[{', '.join(map(value_text, items))}]"
        case syntax.Object(entries=entries):
            inside = ", ".join(f"{key_text(entry.key)}: {value_text(entry.value)}" for entry in entries)
            return f"{{ {inside} }}" if entries else "{}"


def _pairs(pairs: tuple[tuple[syntax.Name, syntax.Name], ...]) -> str:
    return ", ".join(f"{name_text(key)}={name_text(value)}" for key, value in pairs)


def _names(names: tuple[syntax.Name, ...]) -> str:
    return ", ".join(map(name_text, names))


def name_text(name: syntax.Name) -> str:
    """A name, in quotes where it has characters that names lack."""
    return name.text if _NAME.fullmatch(name.text) else literal_text(name.text)


def alternative_name(name: syntax.Name) -> str:
    """The name of an alternative, in quotes where it would be taken for a clause."""
    first_word = re.split(r"[^A-Za-z0-9_]", name.text, maxsplit=1)[0]
    return literal_text(name.text) if name.text in _TAKEN or first_word == "in" else name_text(name)


def key_text(name: syntax.Name) -> str:
    """A key of a schema or configuration: no word of the language can stand there."""
    if _NAME.fullmatch(name.text):
        return name.text
    return f"`{name.text}`" if _BACKTICKS.fullmatch(name.text) else literal_text(name.text)
