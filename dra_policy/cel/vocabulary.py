"""Warn about an expression that compiles but does not fit what a fleet publishes, or does not mean what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dra_policy.cel.check import Checked
from dra_policy.cel.conditions import constant_conditions, nodes
from dra_policy.cel.environment import Environment
from dra_policy.cel.hints import SYMBOLS
from dra_policy.cel.kinds import BOOL, DOUBLE, INT, QUANTITY, SEMVER, STRING, UINT, Type
from dra_policy.cel.printer import literal_text
from dra_policy.cel.reads import Domain, Read, domains, reads
from dra_policy.cel.syntax import Call, Expression, Ident, ListLiteral, Literal, Select
from dra_policy.cel.unreadable_constants import unreadable_constants
from dra_policy.model import Dialect, Vocabulary
from dra_policy.model.vocabulary import AttributeUse
from dra_policy.record import replace
from dra_policy.text import Diagnostic, Severity, Span, nearest

_TYPE_NAMES: dict[Type, str] = {
    BOOL: "bool",
    INT: "int",
    STRING: "string",
    SEMVER: "version",
    QUANTITY: "quantity",
    DOUBLE: "double",
    UINT: "uint",
}
_NUMBERS = frozenset(("int", "double", "uint"))
_MOST = 50
_COMPARISONS = frozenset(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"))


def check_names(
    expression: Expression, checked: Checked, environment: Environment, vocabulary: Vocabulary
) -> tuple[Diagnostic, ...]:
    """Warnings: names that no loaded device publishes (none without a fleet), and what cannot be meant."""
    found = [*_computed_quantities(expression, checked), *constant_conditions(expression, checked)]
    found.extend(unreadable_constants(nodes(expression), checked, environment))
    if environment.dialect is Dialect.EVOLUTION:
        from dra_policy.cel.prototype_names import check_keys

        found.extend(check_keys(expression, vocabulary, strict=environment.strict_prototype))
    is_kubernetes = environment.dialect is not None and environment.dialect.is_kubernetes
    if is_kubernetes:
        found.extend(_names_with_domain(expression))
    if vocabulary.attributes and is_kubernetes:
        found.extend(_fleet_findings(expression, checked, vocabulary))
    # A policy's shorthand may stand for two reads of one name: that is one mistake.
    once = {(each.code, each.message, each.span and each.span.outermost()): each for each in reversed(found)}
    return _first(sorted(once.values(), key=lambda diagnostic: diagnostic.span.start if diagnostic.span else 0))


def _first(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """As many as somebody may read, the last with the number of those that are left out."""
    if len(found) <= _MOST:
        return tuple(found)
    *shown, last = found[:_MOST]
    note = f"{len(found) - _MOST:,} more findings in this expression"
    return (*shown, replace(last, notes=(*last.notes, note)))


def _warning(code: str, message: str, span: Span, hint: str | None, *notes: str) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, span, hint=hint, notes=notes)


# What needs no fleet


def _computed_quantities(expression: Expression, checked: Checked) -> Iterator[Diagnostic]:
    """Comparisons with the result of ``add`` or ``sub`` on the right: Kubernetes has a pointer there.

    ``q == p.add(1)`` is an error, ``q != p.add(1)`` always true, ``q in [p.add(1)]`` always false; turned round they
    are answers.
    """
    for node in nodes(expression):
        match node:
            case Call(function="_==_" | "_!=_" as function, arguments=(left, right)) if _is_sum(right, checked):
                symbol = SYMBOLS[function]
                message = f"`{symbol}` does not work on the result of `add` or `sub` in Kubernetes"
                hint = f"write `{right.span.text}.compareTo({left.span.text}) {symbol} 0`"
                yield _warning("DRA304", message, right.span, hint, _SUM_NOTES[function])
            case Call(function="@in", arguments=(element, ListLiteral(elements=elements))):
                for part in elements:
                    if _is_sum(part, checked):
                        message = "`in` does not find the result of `add` or `sub` in Kubernetes"
                        hint = f"write `{part.span.text}.compareTo({element.span.text}) == 0`"
                        yield _warning("DRA304", message, part.span, hint)


_SUM_NOTES = {
    "_==_": "with the sum on the right it fails: no such overload",
    "_!=_": "with the sum on the right it is true whatever the amounts are",
}


def _names_with_domain(expression: Expression) -> Iterator[Diagnostic]:
    """``device.attributes["gpu.example.com/model"]``: an attribute's full name where only its domain is wanted."""
    for domain in domains(expression):
        prefix, slash, name = domain.name.partition("/")
        if slash:
            message = f"`{domain.name}` is a domain and a name; domains and names are looked up one after the other"
            hint = f'write `device.{domain.kind}["{prefix}"].{name}`'
            if not name.isidentifier():
                hint = f'write `device.{domain.kind}["{prefix}"]["{name}"]`'
            yield _warning("DRA303", message, domain.span, hint)


def _is_sum(node: Expression, checked: Checked) -> bool:
    is_call = isinstance(node, Call) and node.function in ("add", "sub") and node.target is not None
    return is_call and checked.types.get(node.id) == QUANTITY


# What the fleet publishes


def _fleet_findings(expression: Expression, checked: Checked, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    known = {(use.is_capacity, use.domain, use.name): use for use in vocabulary.attributes}
    by_node: dict[int, AttributeUse] = {}
    names = {use.domain for use in vocabulary.attributes} | set(vocabulary.devices_of_driver)
    for domain in domains(expression):
        if domain.name not in names and "/" not in domain.name:
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
    yield from _drivers(expression, vocabulary)
    for node in nodes(expression):
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
        if wanted is None or (wanted in _NUMBERS and "int" in use.types and len(use.types) == 1):
            # CEL compares numbers of all types with each other.
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
        yield _warning("DRA304", message, container.span, f"compare it: `{own.span.text}.compareTo(semver(…)) == 0`")


def _wrong_type(node: Call, own: Expression, other: Expression, use: AttributeUse, wanted: str) -> Diagnostic:
    published = max(use.types, key=lambda name: use.types[name])
    message = f"`{use.name}` is published as {published}; here it is compared with {_an(wanted)}"
    hint = None
    if published == "version" and wanted == "string":
        return _version_and_text(node, own, other, message)
    if published == "version" and wanted in _NUMBERS and isinstance(other, Literal):
        text = ".".join((*other.span.text.rstrip("u").split("."), "0", "0")[:3])
        hint = f"write `{_ordered(node, own, literal_text(text))}`"
    elif published == "string" and wanted in (*_NUMBERS, "bool"):
        hint = f'write `"{other.span.text}"`'
    elif published.startswith("list of "):
        hint = f"ask whether the list has it: `{own.span.text}.includes({other.span.text})`"
    elif published in ("int", "bool") and isinstance(other, Literal) and isinstance(other.value, str):
        hint = f"write `{other.value}` without quotes"
    return _warning("DRA304", message, other.span, hint)


_TURNED = {"_<_": ">", "_<=_": ">=", "_>_": "<", "_>=_": "<="}


def _version_and_text(node: Call, own: Expression, other: Expression, message: str) -> Diagnostic:
    """Which order fails and which is wrong without a word: Kubernetes asks the left side whether the two are equal."""
    is_left = node.arguments[0] is own
    if node.function == "_!=_":
        note = "a version and a text always differ: this is true on every device"
    elif node.function == "_==_" and not is_left:
        note = "with the text on the left it is false on every device; turned round it fails: no such overload"
    elif node.function == "_==_":
        note = "with the version on the left it fails: no such overload; turned round it is false on every device"
    else:
        note = "it fails: no such overload"
    return _warning("DRA304", message, other.span, f"write `{_ordered(node, own, other.span.text)}`", note)


def _ordered(node: Call, own: Expression, text: str) -> str:
    """The comparison as one of versions."""
    symbol = SYMBOLS[node.function]
    meant = symbol if node.arguments[0] is own else _TURNED.get(node.function, symbol)
    return f"{own.span.text}.compareTo(semver({text})) {meant} 0"


def _drivers(expression: Expression, vocabulary: Vocabulary) -> Iterator[Diagnostic]:
    """Names of drivers that no loaded device has, and names that no driver publishes in its own domain."""
    known = vocabulary.devices_of_driver
    for node in nodes(expression):
        match node:
            case (
                Call(function="_==_" | "_!=_", arguments=(device_driver, Literal(value=str() as name, span=span)))
                | Call(function="_==_" | "_!=_", arguments=(Literal(value=str() as name, span=span), device_driver))
            ) if _is_driver(device_driver) and known and name not in known:
                yield _warning("DRA303", f"no loaded device has the driver `{name}`", span, _nearest_of(name, known))
            case Select(
                operand=Call(
                    function="_[_]", arguments=(Select(operand=Ident(name="device"), member=kind), device_driver)
                ),
                member=name,
                member_span=span,
            ) if kind in ("attributes", "capacity") and _is_driver(device_driver):
                names = _own_names(vocabulary, is_capacity=kind == "capacity")
                if names and name not in names:
                    code, what = ("DRA302", "capacity") if kind == "capacity" else ("DRA301", "attribute")
                    message = f"no driver publishes {what} `{name}` in its own domain"
                    yield _warning(code, message, span, _nearest_of(name, names))


def _is_driver(node: Expression) -> bool:
    return isinstance(node, Select) and node.member == "driver" and node.operand == Ident("device", 0, node.span)


def _own_names(vocabulary: Vocabulary, *, is_capacity: bool) -> set[str]:
    known = vocabulary.devices_of_driver
    return {use.name for use in vocabulary.attributes if use.is_capacity is is_capacity and use.domain in known}


def _nearest_of(name: str, known: Iterable[str]) -> str:
    best = nearest(name, sorted(known))
    return f"did you mean `{best}`?" if best else f"there are {_listed(sorted(known)[:6])}"


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
