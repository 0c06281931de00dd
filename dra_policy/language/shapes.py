"""What the parts of an expression are, as far as short names depend on it: devices, lists of them, lists by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dra_policy.cel.syntax import Call, Expression, Ident, ListLiteral, Literal, Select
from dra_policy.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Single:
    """A device, or the node."""

    word: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; ``said`` is what it is called where it has a name of its own (``the request``)."""

    item: Shape | None
    said: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Named:
    """Values by name: ``what`` an entry is (``claim``, ``request``), and whose (``this pod``)."""

    what: str
    owner: str
    entries: Mapping[str, Shape]


Shape = Single | ListOf | Named

DEVICE = Single("device")
NODE = Single("node")
DEVICES = ListOf(DEVICE)

NODE_FIELDS: Mapping[str, Shape | None] = {"name": None, "labels": None, "devices": DEVICES, "free": DEVICES}

Names = Callable[[str], Shape | None]
"""What the names around an expression are; None for what is neither device nor list."""

# Members of lists whose result is such a list again.
_SAME = frozenset(("filter", "distinct", "sort", "sortBy", "slice", "reverse"))

# Macros over a list that bind its elements to their first argument.
_LOOPS = frozenset(("all", "exists", "exists_one", "existsOne", "map", "filter", "sortBy"))


def item_of(shape: Shape | None) -> Shape | None:
    """What a loop over it binds: the element of a list, None for keys and for what is not known."""
    return shape.item if isinstance(shape, ListOf) else None


def key_of(node: Expression) -> str | None:
    """The name by which a constant index selects (``requests["odd-name"]``); None for any other."""
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None


class Shapes:
    """The shapes of one tree's nodes; each is found once, so the same node must always stand among the same names."""

    def __init__(self) -> None:
        # The node is kept beside its shape, so that its id stays its own.
        self._found: dict[int, tuple[Expression, Shape | None]] = {}

    def of(self, node: Expression, names: Names) -> Shape | None:
        """The shape of a node; None for a value, and where it is not known."""
        found = self._found.get(id(node))
        if found is None:
            found = self._found[id(node)] = node, self._of(node, names)
        return found[1]

    def loop_items(self, node: Call, names: Names) -> tuple[Shape | None, ...]:
        """What the names are that a macro binds: an element, or its number and itself."""
        assert node.target is not None
        target = self.of(node.target, names)
        is_double = len(node.arguments) > 2 and node.function not in ("map", "sortBy")
        if not is_double:
            return (item_of(target),) if node.function in _LOOPS else (None,)
        if isinstance(target, Named):
            inner = list(target.entries.values())
            return None, inner[0] if inner and all(each == inner[0] for each in inner) else None
        return None, item_of(target)

    def _of(self, node: Expression, names: Names) -> Shape | None:
        match node:
            case Ident(name=name):
                return names(name)
            case Select(operand=operand, member=member, optional=False):
                return _member(self.of(operand, names), member)
            case ListLiteral(elements=(first, *_)):
                shape = self.of(first, names)
                return None if shape is None else ListOf(shape)
            case Call(target=None):
                return self._of_function(node, names)
            case Call():
                return self._of_method(node, names)
        return None

    def _of_function(self, node: Call, names: Names) -> Shape | None:
        match node.function, node.arguments:
            case "_[_]", (operand, index):
                shape, key = self.of(operand, names), key_of(index)
                return item_of(shape) if key is None else _member(shape, key)
            case "_?_:_", (_, yes, no):
                return self.of(yes, names) or self.of(no, names)
            case "_+_", (left, right):
                shape = self.of(left, names) or self.of(right, names)
                return ListOf(shape.item) if isinstance(shape, ListOf) else None
        return None

    def _of_method(self, node: Call, names: Names) -> Shape | None:
        assert node.target is not None
        if node.function == "bind" and len(node.arguments) == 3:
            name, value, body = node.arguments
            bound = self.of(value, names)
            return self.of(body, _with(names, name, bound))
        target = self.of(node.target, names)
        if node.function in _SAME:
            return ListOf(target.item) if isinstance(target, ListOf) else None
        if node.function == "map" and len(node.arguments) in (2, 3):
            made = self.of(node.arguments[-1], _with(names, node.arguments[0], item_of(target)))
            return None if made is None else ListOf(made)
        if node.function == "flatten" and isinstance(target, ListOf) and isinstance(target.item, ListOf):
            return ListOf(target.item.item)
        return None


def _member(shape: Shape | None, name: str) -> Shape | None:
    if shape == NODE:
        return NODE_FIELDS.get(name)
    return shape.entries.get(name) if isinstance(shape, Named) else None


def _with(names: Names, node: Expression, shape: Shape | None) -> Names:
    bound = node.name if isinstance(node, Ident) else ""
    return lambda name: shape if name == bound else names(name)
