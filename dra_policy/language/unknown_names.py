"""Say what is wrong with a name that an expression cannot use here, and which one may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dra_policy.cel.syntax import Expression, Ident, Select
from dra_policy.language.scope import DEVICE_FIELDS, LISTED_FIELDS, Scope
from dra_policy.language.shapes import DEVICE, DEVICES, NODE, NODE_FIELDS, ListOf, Named, Shape
from dra_policy.text import Diagnostic, Severity, Span, nearest

# Functions of lists without arguments: what is written without its brackets looks like a field.
_OF_LISTS = frozenset(("size", "sum", "min", "max", "distinct", "first", "last", "flatten", "sort", "reverse"))


def unknown_identifier(
    node: Ident, known: Mapping[str, Shape | None], scope: Scope, requests: Iterable[str]
) -> Diagnostic:
    """A name that nothing has; ``requests`` are names that only rules over the claim can use."""
    name = node.name
    near = nearest(name, [*known, *scope.names])
    hint = f"did you mean `{near}`?" if near else f'a driver is named first: `driver {name} = "…"`'
    if not near and name[:1] == "v" and name[1:].isdecimal():
        hint = f"a version has two numbers at least: write `{name}.0`"
    odd = next((f'{variable}["{each}"]' for variable, each in _odd_names(known) if each.startswith(f"{name}-")), None)
    if name in requests:
        hint = f"`{name}` is a request; what holds between devices is said by `match`, `distinct` or `require`"
    elif odd is not None:
        hint = f"a name with a dash stands in quotes: write `{odd}`"
    elif name == "device" and _lists(known):
        hint = f"a rule speaks of several devices: {_listed(_lists(known))}"
    return _error("DRA303", f"`{name}` is not declared", node.span, hint)


def unknown_member(node: Select, shape: Shape | None, scope: Scope, *, in_rule: bool) -> Diagnostic | None:
    """A member that the thing before the dot lacks; None where it has it, or where nothing is known of it."""
    fields = (*DEVICE_FIELDS, *LISTED_FIELDS) if in_rule else DEVICE_FIELDS
    aliases = [name for name in scope.names if scope.alias(name)]
    if shape == DEVICE and node.member not in fields:
        near = nearest(node.member, [*fields, *aliases])
        there = "a device has driver, attributes, capacity, and the drivers declared here"
        hint = f"did you mean `{near}`?" if near else there
        return _error("DRA303", f"a device has no `{node.member}`", node.member_span, hint)
    if shape == NODE and node.member not in NODE_FIELDS:
        near = nearest(node.member, NODE_FIELDS)
        hint = f"did you mean `{near}`?" if near else f"a node has {', '.join(NODE_FIELDS)}"
        return _error("DRA303", f"a node has no `{node.member}`", node.member_span, hint)
    if isinstance(shape, ListOf):
        return _member_of_list(node, shape, scope)
    return None if shape is None else unknown_entry(node.member, shape, node.member_span, _text(node.operand))


def _member_of_list(node: Select, shape: ListOf, scope: Scope) -> Diagnostic:
    """A field of a list: one of its devices was meant, or the driver whose short name the request hides."""
    text = _text(node.operand)
    what = "devices" if shape.item == DEVICE else "claims" if isinstance(shape.item, Named) else "values"
    is_hidden = isinstance(node.operand, Ident) and scope.alias(node.operand.name) is not None
    if node.member in _OF_LISTS:
        hint = f"write `{text}.{node.member}()`"
    elif is_hidden:
        hint = f"the driver's view is `{text}[0].{text}`"
    else:
        hint = f"one of them is `{text}[0]`, and `{text}.all(d, …)` asks each"
    return _error("DRA305", f"`{text}` is {shape.said or 'a list'} here, a list of {what}", node.span, hint)


def unknown_entry(key: str, shape: Shape, span: Span, owner: str) -> Diagnostic | None:
    """A claim or request by name that is not there."""
    if not isinstance(shape, Named) or key in shape.entries:
        return None
    odd = next((name for name in shape.entries if name.startswith(f"{key}-")), None)
    near = nearest(key, shape.entries)
    if odd is not None:
        hint: str | None = f'a name with a dash stands in quotes: write `{owner}["{odd}"]`'
    elif near is not None:
        hint = f"did you mean `{near}`?"
    else:
        hint = f"there are: {', '.join(shape.entries)}" if shape.entries else None
    code = "DRA311" if shape.what == "request" else "DRA310"
    return _error(code, f"{shape.owner} has no {shape.what} `{key}`", span, hint)


def no_device(node: Select, alias: str, known: Mapping[str, Shape | None]) -> Diagnostic:
    """A short name for a device's attribute where no device is."""
    devices = [name for name, shape in known.items() if shape == DEVICE]
    lists = _lists(known)
    hint = "a let is the same for every device"
    if devices:
        hint = f"write `{devices[0]}.{alias}.{node.member}`"
    elif lists:
        hint = f"say of which: `{lists[0]}[0].{alias}.{node.member}`"
    return _error("DRA303", f"`{alias}.{node.member}` speaks of a device, and none is here", node.span, hint)


def no_argument(argument: Expression, shape: Shape | None, parameter: str, predicate: str) -> Diagnostic:
    """Something else where a predicate wants a device."""
    text = argument.span.text
    if isinstance(shape, ListOf):
        return _error("DRA304", f"`{text}` is a list, no device", argument.span, f"one of it is `{text}[0]`")
    return _error("DRA304", f"`{text}` is no device", argument.span, f"`{parameter}` of `{predicate}` is a device")


def _lists(known: Mapping[str, Shape | None]) -> list[str]:
    """How the lists of devices are written here."""
    found: list[str] = []
    for name, shape in known.items():
        if shape == DEVICES:
            found.append(name)
        elif isinstance(shape, Named) and shape.what == "claim":
            found += [
                f"{name}{_selected(claim)}{_selected(request)}"
                for claim, inner in shape.entries.items()
                for request in (inner.entries if isinstance(inner, Named) else ())
            ]
    return found


def _selected(name: str) -> str:
    """The selection of an entry, in the way that CEL allows for its name."""
    return f".{name}" if name.isidentifier() and name.isascii() else f'["{name}"]'


def _odd_names(known: Mapping[str, Shape | None]) -> list[tuple[str, str]]:
    return [(name, each) for name, shape in known.items() if isinstance(shape, Named) for each in shape.entries]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:8])


def _text(node: Expression) -> str:
    return node.span.text


def _error(code: str, message: str, span: Span, hint: str | None) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, span, hint=hint)
