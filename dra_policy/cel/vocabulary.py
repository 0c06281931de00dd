"""Warn about an expression that compiles but does not fit what a fleet publishes, or does not mean what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dra_policy.cel.check import Checked
from dra_policy.cel.environment import Environment
from dra_policy.cel.kinds import BOOL, INT, QUANTITY, SEMVER, STRING, Type
from dra_policy.cel.reads import Domain, Read, domains, reads
from dra_policy.cel.syntax import Call, Expression, Ident, ListLiteral, Literal, children
from dra_policy.model import Vocabulary
from dra_policy.model.vocabulary import AttributeUse
from dra_policy.text import Diagnostic, Severity, Span, nearest

_TYPE_NAMES: dict[Type, str] = {
    BOOL: "bool",
    INT: "int",
    STRING: "string",
    SEMVER: "version",
    QUANTITY: "quantity",
}
_COMPARISONS = frozenset(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"))


def check_names(
    expression: Expression, checked: Checked, environment: Environment, vocabulary: Vocabulary
) -> tuple[Diagnostic, ...]:
    """Warnings: names that no loaded device publishes (none without a fleet), and comparisons that cannot be meant."""
    found = [*_computed_quantities(expression, checked), *_constant_conditions(expression)]
    if environment.strict_prototype:
        found.extend(_prototype_keys(expression))
    if vocabulary.attributes and environment.dialect is not None and environment.dialect.is_kubernetes:
        found.extend(_fleet_findings(expression, checked, vocabulary))
    return tuple(sorted(set(found), key=lambda diagnostic: diagnostic.span.start if diagnostic.span else 0))


def _warning(code: str, message: str, span: Span, hint: str | None) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, hint=hint)


def _nodes(expression: Expression) -> Iterator[Expression]:
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))


# What needs no fleet


def _computed_quantities(expression: Expression, checked: Checked) -> Iterator[Diagnostic]:
    """``==`` on the result of ``add`` or ``sub`` is never true in Kubernetes, or fails (they return pointers there)."""
    for node in _nodes(expression):
        if not (isinstance(node, Call) and node.function in ("_==_", "_!=_", "@in")):
            continue
        sums = [part for part in node.arguments if _is_sum(part, checked)]
        if sums:
            message = "`==` does not work on the result of `add` or `sub` in Kubernetes"
            yield _warning("DRA304", message, node.span, f"write `{sums[0].span.text}.compareTo(…) == 0`")


def _constant_conditions(expression: Expression) -> Iterator[Diagnostic]:
    """Constants beside ``&&`` and ``||``, and equalities that exclude each other."""
    for node in _nodes(expression):
        if not (isinstance(node, Call) and node.name_span.text in ("&&", "||")):
            continue
        for part in node.arguments:
            if isinstance(part, Literal):
                yield _constant_condition(node, part)
            elif not _is_logical(part) and not any(isinstance(each, Ident) for each in _nodes(part)):
                message = f"`{_shortened(part.span.text)}` is the same on every device"
                yield _warning(
                    "DRA314", message, part.span, "leave it out, or ask for something that a device publishes"
                )
    for row in _rows(expression):
        yield from _exclusive(row)


def _constant_condition(node: Call, part: Literal) -> Diagnostic:
    text = part.span.text
    if part.value is (node.name_span.text == "||"):
        code = "DRA314" if part.value else "DRA315"
        return _warning(code, f"`{text}` alone decides this condition; the rest does not matter", part.span, None)
    code = "DRA314" if part.value else "DRA315"
    return _warning(code, f"`{text}` changes nothing here", part.span, "leave it out")


def _is_logical(node: Expression) -> bool:
    return isinstance(node, Call) and node.name_span.text in ("&&", "||")


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _rows(expression: Expression) -> Iterator[list[Expression]]:
    """The terms of each conjunction that is no part of a larger one."""
    waiting: list[tuple[Expression, bool]] = [(expression, False)]
    while waiting:
        node, is_inner = waiting.pop()
        is_row = isinstance(node, Call) and node.name_span.text == "&&"
        if is_row and not is_inner:
            yield _terms(node)
        waiting.extend((child, is_row) for child in children(node))


def _terms(node: Expression) -> list[Expression]:
    if isinstance(node, Call) and node.name_span.text == "&&":
        return [term for part in node.arguments for term in _terms(part)]
    return [node]


def _exclusive(row: list[Expression]) -> Iterator[Diagnostic]:
    """``a == "x" && a == "y"`` is never true."""
    wanted: dict[Expression, Literal] = {}
    for term in row:
        match term:
            case (
                Call(function="_==_", arguments=(Literal() as value, part))
                | Call(function="_==_", arguments=(part, Literal() as value))
            ):
                first = wanted.setdefault(part, value)
                if type(first.value) is type(value.value) and first.value != value.value:
                    message = f"`{part.span.text}` cannot be `{first.span.text}` and `{value.span.text}` at once"
                    hint = f"for either of them write `{part.span.text} in [{first.span.text}, {value.span.text}]`"
                    yield _warning("DRA315", message, term.span, hint)


def _is_sum(node: Expression, checked: Checked) -> bool:
    is_call = isinstance(node, Call) and node.function in ("add", "sub") and node.target is not None
    return is_call and checked.types.get(node.id) == QUANTITY


def _prototype_keys(expression: Expression) -> Iterator[Diagnostic]:
    """The dra-evolution prototype joins names without a dot and the driver's name by a dot in its typed maps."""
    for node in _nodes(expression):
        match node:
            case Call(function="_[_]", arguments=(operand, Literal(value=str() as name, span=span))):
                text = operand.span.text
                if text.startswith("device.") and text.endswith("Attributes") and "." not in name:
                    message = f"the prototype publishes `{name}` as `{name}.DRIVER` in typed maps"
                    yield _warning("DRA301", message, span, f'write `{text}["{name}.DRIVER"]`, or `device.attributes`')


# What the fleet publishes


def _fleet_findings(expression: Expression, checked: Checked, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    known = {(use.is_capacity, use.domain, use.name): use for use in vocabulary.attributes}
    by_node: dict[int, AttributeUse] = {}
    names = {use.domain for use in vocabulary.attributes} | set(vocabulary.devices_of_driver)
    for domain in domains(expression):
        if domain.name not in names:
            yield _unknown_domain(domain, names, vocabulary)
    for read in reads(expression):
        use = known.get((read.is_capacity, read.domain, read.name))
        if use is None:
            if read.domain in names:
                yield _unpublished(read, vocabulary)
            continue
        by_node[read.node.id] = use
        if read.fails and use.devices < _concerned(read, vocabulary):
            yield _unguarded(read, use, vocabulary)
    yield from _no_condition(expression, by_node)
    for node in _nodes(expression):
        if isinstance(node, Call) and node.function in _COMPARISONS:
            yield from _comparison(node, by_node, checked)
        elif isinstance(node, Call) and node.function == "@in":
            yield from _membership(node, by_node)


def _concerned(read: Read, vocabulary: Vocabulary) -> int:
    """How many devices the read may meet."""
    if read.drivers is None or read.domain not in read.drivers:
        return vocabulary.devices  # a domain that several drivers publish in is counted for all of them together
    return sum(vocabulary.devices_of_driver.get(driver, 0) for driver in read.drivers)


def _unknown_domain(domain: Domain, names: set[str], vocabulary: Vocabulary) -> Diagnostic:
    """A misspelt domain, or the name of an attribute where its domain is wanted."""
    best = nearest(domain.name, sorted(names))
    meant = next((use for use in vocabulary.attributes if use.name == domain.name), None)
    hint = f"did you mean `{best}`?" if best else f"there are {_listed(sorted(names))}"
    if meant is not None:
        container = "capacity" if meant.is_capacity else "attributes"
        hint = f'write `device.{container}["{meant.domain}"].{meant.name}`'
    return _warning("DRA303", f"no driver publishes under `{domain.name}`", domain.span, hint)


def _unpublished(read: Read, vocabulary: Vocabulary) -> Diagnostic:
    kind = "capacity" if read.is_capacity else "attribute"
    code = "DRA302" if read.is_capacity else "DRA301"
    message = f"no driver publishes {kind} `{read.name}` of `{read.domain}`"
    return _warning(code, message, read.name_span, _elsewhere(read, vocabulary))


def _elsewhere(read: Read, vocabulary: Vocabulary) -> str | None:
    """Where the name was probably meant to point: the other map, another domain, another spelling."""
    here = [use for use in vocabulary.attributes if use.domain == read.domain]
    for use in here:
        if use.name == read.name:
            kind = "capacity" if use.is_capacity else "attributes"
            return f'write `device.{kind}["{read.domain}"].{read.name}`: {_published(use, vocabulary)}'
    for use in vocabulary.attributes:
        if use.name == read.name and use.is_capacity is read.is_capacity:
            return f"`{read.name}` is published under `{use.domain}`: {_published(use, vocabulary)}"
    names = {use.name: use for use in here if use.is_capacity is read.is_capacity}
    best = nearest(read.name, names)
    if best is None:
        names = {use.name: use for use in here}
        best = nearest(read.name, names)
    if best is None:
        return None
    use = names[best]
    place = (
        "" if use.is_capacity is read.is_capacity else f" of `device.{'capacity' if use.is_capacity else 'attributes'}`"
    )
    return f"did you mean `{best}`{place}? It {_published(use, vocabulary)}"


def _published(use: AttributeUse, vocabulary: Vocabulary) -> str:
    return f"exists on {use.devices:,} of {vocabulary.devices:,} devices"


_DEFAULTS = {"bool": "false", "int": "0", "string": '""', "version": 'semver("0.0.0")', "quantity": 'quantity("0")'}


def _unguarded(read: Read, use: AttributeUse, vocabulary: Vocabulary) -> Diagnostic:
    """A device that lacks it stops the allocation of the whole claim."""
    text = read.node.span.text
    message = f"`{read.name}` is read without a guard; it {_published(use, vocabulary)}"
    container, _, name = text.rpartition(".")
    hint = "use `[?…]` with `orValue`"
    if container and name == read.name:
        default = _DEFAULTS.get(max(use.types, key=lambda kind: use.types[kind], default=""), "…")
        hint = f"write `{container}.?{name}.orValue({default})`, or `has({text}) && …`"
    drivers = vocabulary.devices_of_driver
    if read.drivers != frozenset((read.domain,)) and use.devices >= drivers.get(read.domain, vocabulary.devices):
        hint = f'write `device.driver == "{read.domain}" && …` first: all devices of that driver have it'
    return _warning("DRA308", message, read.name_span, hint)


def _comparison(node: Call, uses: dict[int, AttributeUse], checked: Checked) -> Iterator[Diagnostic]:
    """An attribute beside a value of a type, or a text, that no device publishes."""
    for own, other in (node.arguments, tuple(reversed(node.arguments))):
        use = uses.get(own.id)
        if use is None or not use.types:
            continue
        wanted = _TYPE_NAMES.get(checked.types[other.id])
        if wanted is None:
            continue
        if wanted not in use.types:
            yield _wrong_type(node, own, other, use, wanted)
        elif len(use.types) > 1:
            kinds = " and ".join(f"{name} on {count:,}" for name, count in sorted(use.types.items()))
            message = f"`{use.name}` is published as {kinds} devices; the comparison fits one of them"
            yield _warning("DRA309", message, own.span, "restrict the expression to one driver, or have it mended")
        elif isinstance(other, Literal) and isinstance(other.value, str) and node.function == "_==_":
            yield from _unknown_value(other, other.value, use)


_EXAMPLES = {"int": " == 0", "string": ' == "…"', "version": '.isGreaterThan(semver("1.0.0"))'}


def _no_condition(expression: Expression, uses: dict[int, AttributeUse]) -> Iterator[Diagnostic]:
    """An attribute alone whose values are no bools: the API server cannot know, and the scheduler stops at it."""
    use = uses.get(expression.id)
    if use is None or not use.types or "bool" in use.types:
        return
    kind = max(use.types, key=lambda name: use.types[name])
    message = f"a selector must be true or false; this is {kind}"
    text, example = expression.span.text, _EXAMPLES.get(kind)
    hint = "Kubernetes accepts it, and stops the whole pod at the first device visited"
    yield _warning("DRA307", message, expression.span, hint + (f": did you mean `{text}{example}`?" if example else ""))


def _membership(node: Call, uses: dict[int, AttributeUse]) -> Iterator[Diagnostic]:
    """A version in a list of texts ends the evaluation: cel-go looks for it in a set, and versions have no hash."""
    own, container = node.arguments
    use = uses.get(own.id)
    if use is None or "version" not in use.types or not isinstance(container, ListLiteral):
        return
    if all(isinstance(item, Literal) for item in container.elements):
        message = f"`{use.name}` is published as version; looking for it in a list of constants is an error"
        yield _warning("DRA304", message, node.span, f"compare it: `{own.span.text}.compareTo(semver(…)) == 0`")


def _wrong_type(node: Call, own: Expression, other: Expression, use: AttributeUse, wanted: str) -> Diagnostic:
    published = max(use.types, key=lambda name: use.types[name])
    message = f"`{use.name}` is published as {published}; here it is compared with {_an(wanted)}"
    hint = None
    if published == "version" and wanted == "string":
        hint = f"write `{own.span.text}.compareTo(semver({other.span.text})) == 0`"
    elif published == "string" and wanted in ("int", "bool"):
        hint = f'write `"{other.span.text}"`'
    elif published.startswith("list of "):
        hint = f"ask whether the list has it: `{own.span.text}.includes({other.span.text})`"
    elif published in ("int", "bool") and isinstance(other, Literal) and isinstance(other.value, str):
        hint = f"write `{other.value}` without quotes"
    return _warning("DRA304", message, node.span, hint)


def _an(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _unknown_value(other: Literal, value: str, use: AttributeUse) -> Iterator[Diagnostic]:
    texts = [text.strip('"') for text, _ in use.values]
    # The list of values is cut off; only a complete one tells what is not published.
    if sum(count for _, count in use.values) < use.devices or value in texts:
        return
    best = nearest(value, texts)
    hint = f"did you mean `{best}`?" if best else f"there are {_listed(texts[:6])}"
    yield _warning("DRA316", f"no device publishes `{use.name}` as `{value}`", other.span, hint)


def _listed(names: Iterable[str]) -> str:
    shown = [f"`{name}`" for name in names]
    return ", ".join(shown[:-1]) + (" and " if len(shown) > 1 else "") + shown[-1] if shown else "none"
