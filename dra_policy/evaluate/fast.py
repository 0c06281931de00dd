"""Answer a typed leaf from the value alone, by static types; whatever is unusual is left to the exact program.

Right for values of the constant's own type: there is nothing special in CEL's equality, order, prefix and suffix of
texts and whole numbers, so they are Python's; quantities and versions are compared by amount and precedence, however
the expression says it; regular expressions are those of ``cel``. Missing values, values of
another type and texts longer than the API admits have their answers from the program, with its errors and its cost
limit.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from operator import eq, ge, gt, le, lt, methodcaller, ne

from dra_policy.ir import AnyLeaf, Comparison, Membership, Path, Presence, TextMatch, Truth
from dra_policy.values import AttributeValue, Quantity, Version

ValueTest = Callable[[Hashable], bool]

# DeviceAttributeMaxValueLength (resource.k8s.io): what is longer may cost more than Kubernetes grants.
LONGEST_TEXT = 64
# Code points are ordered like the bytes of UTF-8, by which CEL orders.
_OPERATORS: dict[str, Callable[..., bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


def value_test(leaf: AnyLeaf) -> tuple[type, ValueTest] | None:
    """The class of values that can be answered alone, and the answers; None where only the program knows.

    The class ``object`` stands for whatever is published. The values are those of the leaf's column
    (``ir.path.column``). The leaf's negation is not in it.
    """
    if len(leaf.paths) != 1 or not _has_one_value(leaf.paths[0]):
        return None
    if isinstance(leaf, Comparison):
        constant = leaf.constant
        if not isinstance(constant, str | int) or isinstance(constant, bool):
            return None
        return constant.__class__, _comparison(leaf.operator, constant)
    match leaf:
        case Membership(constants=constants) if (kind := _kind_of(constants)) is not None:
            return kind, frozenset(constants).__contains__
        case Presence(path=path) if path.field == "attributes":
            return object, lambda _: True
        case TextMatch(function=function, pattern=pattern):
            test = _text_match(function, pattern)
            return None if test is None else (str, test)
    return None


def quick_test(leaf: AnyLeaf) -> Callable[[Hashable], bool | None]:
    """The answer from one value of the leaf's column; None where only the program knows."""
    fast = value_test(leaf)
    if fast is None:
        return _key_test(leaf) or (lambda _: None)
    kind, test = fast
    if kind is object:
        return lambda value: None if value is None else True
    if kind is str:
        return lambda value: test(value) if value.__class__ is str and len(str(value)) <= LONGEST_TEXT else None
    return lambda value: test(value) if value.__class__ is kind else None


def _key_test(leaf: AnyLeaf) -> Callable[[Hashable], bool | None] | None:
    """The answer for bools, quantities and versions, of which a column has keys (``ir.path.exact_key``)."""
    if len(leaf.paths) != 1 or not (_has_one_value(leaf.paths[0]) or _is_one_capacity(leaf.paths[0])):
        return None
    match leaf:
        case Truth():
            return lambda key: key[1] if key in (_YES, _NO) else None
        case Comparison(operator=operator, constant=bool() as constant) if operator in ("==", "!="):
            holds = _OPERATORS[operator]
            return lambda key: holds(key[1], constant) if key in (_YES, _NO) else None
        case Comparison(operator=operator, constant=Quantity() | Version() as constant):
            return _order_test(_OPERATORS[operator], constant)
    return None


_YES, _NO = (bool, True), (bool, False)


def _order_test(holds: Callable[..., bool], constant: Quantity | Version) -> Callable[[Hashable], bool | None]:
    kind = constant.__class__

    def test(key: Hashable) -> bool | None:
        if key.__class__ is not tuple or len(key) != 2 or key[0] is not kind or len(key[1]) > LONGEST_TEXT:
            return None
        return holds(kind.parse(key[1]), constant)

    return test


def _is_one_capacity(path: Path) -> bool:
    return path.field == "capacity" and path.domain is not None and path.name is not None and "/" not in path.name


def _has_one_value(path: Path) -> bool:
    """Whether a text or number in the path's column is what the expression reads there.

    A name with a slash is that of an attribute of another domain, which is not read as one of the driver's own.
    """
    if path.field == "driver":
        return True
    is_attribute = path.field == "attributes" and path.domain is not None
    return is_attribute and path.name is not None and "/" not in path.name


def _kind_of(constants: tuple[AttributeValue, ...]) -> type | None:
    kinds = {each.__class__ for each in constants}
    return kinds.pop() if kinds in ({str}, {int}) else None


def _comparison(operator: str, constant: str | int) -> ValueTest:
    if operator == "==":
        return constant.__eq__
    holds: Callable[[Hashable, Hashable], bool] = _OPERATORS[operator]
    return lambda value: holds(value, constant)


def _text_match(function: str, pattern: str) -> ValueTest | None:
    match function:
        case "startsWith":
            return methodcaller("startswith", pattern)
        case "endsWith":
            return methodcaller("endswith", pattern)
        case "contains":
            return methodcaller("__contains__", pattern)
        case "matches":
            return _pattern(pattern)
    return None


def _pattern(pattern: str) -> ValueTest | None:
    from dra_policy.cel.data import Failure
    from dra_policy.cel.library.patterns import compiled

    expression = compiled(pattern)
    return None if isinstance(expression, Failure) else lambda value: expression.search(str(value)) is not None
