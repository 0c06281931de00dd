"""Recognise expressions so plain that nothing can go wrong after the type check, however large the device.

Most selectors are: comparisons of attributes and capacities with constants, joined by ``&& || ! ?:``. Their constants
need no trial, their programs can always be planned, and no evaluation comes near the cost limit; so none of that has to
be looked at before somebody wants to know.
"""

from __future__ import annotations

from dra_policy.cel.environment import Environment
from dra_policy.cel.syntax import Call, Expression, Ident, ListLiteral, Literal, Select, SuffixedLiteral

# With at most this many characters, comparisons with constants cost a few thousand units.
_LONGEST = 1_000
_LOGIC = frozenset(("_&&_", "_||_", "!_", "_?_:_"))
_COMPARISONS = frozenset(("_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_"))
_INDICES = frozenset(("_[_]", "_[?_]"))
# Not ``contains``: it costs by the length of the value, which nothing in the expression bounds.
_METHODS = frozenset(("compareTo", "isGreaterThan", "isLessThan", "orValue", "hasValue", "startsWith", "endsWith"))
_CONSTANTS = frozenset(("quantity", "semver"))


def is_elementary(expression: Expression, environment: Environment) -> bool:
    """Whether a type-checked expression is one of them. False says nothing."""
    if environment.dialect is None or not environment.dialect.is_kubernetes:
        return False
    return len(expression.span.text) <= _LONGEST and _is_elementary(expression)


def _is_elementary(node: Expression) -> bool:
    match node:
        case Literal(value=value):
            return not isinstance(value, SuffixedLiteral)
        case Ident(name=name):
            return name == "device"
        case Select(operand=operand):
            return _is_elementary(operand)
        case Call(target=None):
            return _is_elementary_call(node)
        case Call(function=function, target=target, arguments=arguments):
            return function in _METHODS and target is not None and all(map(_is_elementary, (target, *arguments)))
        case _:
            return False


def _is_elementary_call(node: Call) -> bool:
    function, arguments = node.function, node.arguments
    if function in _LOGIC:
        return all(map(_is_elementary, arguments))
    if function in _COMPARISONS:
        # Two values of unknown size could be long lists.
        return any(isinstance(each, Literal) for each in arguments) and all(map(_is_elementary, arguments))
    if function in _INDICES:
        return _is_text(arguments[1]) and _is_elementary(arguments[0])
    if function in _CONSTANTS:
        return len(arguments) == 1 and _is_text(arguments[0])
    if function == "@in":
        return _is_elementary(arguments[0]) and _is_list_of_texts(arguments[1])
    return False


def _is_text(node: Expression) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str)


def _is_list_of_texts(node: Expression) -> bool:
    return isinstance(node, ListLiteral) and not node.optional_indices and all(map(_is_text, node.elements))
