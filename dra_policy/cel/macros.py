"""Expand macros: calls that stand for larger expressions, mostly loops (cel-spec, Macros; cel-go's extensions).

A macro is expanded while the tree is built, and only if the environment has it: otherwise it stays a call, which the
checker then reports as an unknown function, as Kubernetes does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dra_policy.cel.syntax import (
    Call,
    Comprehension,
    Expression,
    Ident,
    ListLiteral,
    Literal,
    LiteralValue,
    MapLiteral,
    Select,
    children,
)

if TYPE_CHECKING:
    from dra_policy.text import Span

MacroKey = tuple[str, bool, int]
"""Name, whether it is called on a receiver, number of arguments."""

# The accumulator's name cannot be written in source text, so it never hides a variable of the user.
ACCUMULATOR = "@result"
_OLD_ACCUMULATOR = "__result__"
UNUSED = "#unused"
SORT_INPUT = "@__sortBy_input__"

# An `optMap` copies its receiver, so a chain of them doubles with every link; cel-go would run out of memory.
_MOST_NODES = 50_000


class MacroMisuseError(Exception):
    """The macro's arguments are not of the form that it needs: Kubernetes' words, the argument, our hint."""

    def __init__(self, text: str, argument: Expression, hint: str) -> None:
        """Keep what to say and where."""
        super().__init__(text)
        self.argument = argument
        self.hint = hint


class Expansion:
    """Makes the nodes of one expansion; all of them stand where the macro's opening parenthesis stands."""

    def __init__(self, call: Call, next_id: Callable[[], int], *, is_of_130: bool = False) -> None:
        """Expand ``call``, whose own id the outermost node takes.

        ``is_of_130``: in cel-go 0.17 a loop's variable may have the name of its accumulator, which it then hides.
        """
        self.call = call
        self.is_of_130 = is_of_130
        self.accumulator_name = ACCUMULATOR
        self._next_id = next_id
        self._span: Span = call.name_span

    def literal(self, value: LiteralValue) -> Literal:
        """A constant."""
        return Literal(value, self._next_id(), self._span)

    def ident(self, name: str) -> Ident:
        """A name."""
        return Ident(name, self._next_id(), self._span)

    def accumulator(self) -> Ident:
        """The accumulator."""
        return self.ident(self.accumulator_name)

    def list(self, *elements: Expression) -> ListLiteral:
        """A list."""
        return ListLiteral(elements, self._next_id(), self._span)

    def map(self) -> MapLiteral:
        """The empty map."""
        return MapLiteral((), self._next_id(), self._span)

    def function(self, name: str, *arguments: Expression, target: Expression | None = None) -> Call:
        """A call."""
        return Call(name, target, arguments, self._next_id(), self._span, self._span)

    def outermost(self, name: str, *arguments: Expression) -> Call:
        """The call that the macro's call is replaced by."""
        return Call(name, None, arguments, self.call.id, self.call.span, self._span)

    def fold(
        self,
        over: Expression,
        variables: tuple[str, str | None],
        initial: Expression,
        steps: tuple[Expression, Expression],
        result: Expression,
    ) -> Comprehension:
        """A loop over ``over`` whose accumulator goes through (condition, step) and ends as ``result``."""
        variable, second = variables
        condition, step = steps
        return Comprehension(
            over,
            variable,
            second,
            self.accumulator_name,
            initial,
            condition,
            step,
            result,
            self.call.id,
            self.call.span,
            self.call,
        )

    def binding(self, name: str, value: Expression, body: Expression, *, is_outermost: bool = True) -> Comprehension:
        """A loop that never runs: its accumulator is a variable of ``body``."""
        return Comprehension(
            self.list(),
            UNUSED,
            None,
            name,
            value,
            self.literal(False),
            self.ident(name),
            body,
            self.call.id if is_outermost else self._next_id(),
            self.call.span,
            self.call,
        )


def _name(expansion: Expansion, argument: Expression, text: str) -> str:
    name = _plain_name(argument, text)
    _refuse_accumulator(expansion, argument, name)
    return name


def _plain_name(argument: Expression, text: str) -> str:
    if not isinstance(argument, Ident):
        raise MacroMisuseError(text, argument, "write a plain name here; it is the loop's variable")
    return argument.name


def _refuse_accumulator(expansion: Expansion, argument: Expression, name: str) -> None:
    if expansion.is_of_130:
        if name == _OLD_ACCUMULATOR:
            expansion.accumulator_name = _OLD_ACCUMULATOR
        return
    if name in (ACCUMULATOR, _OLD_ACCUMULATOR):
        raise MacroMisuseError("iteration variable overwrites accumulator variable", argument, "choose another name")


def _names(expansion: Expansion, arguments: tuple[Expression, ...], count: int) -> tuple[str, str | None]:
    if count == 1:
        return _name(expansion, arguments[0], "argument must be a simple name"), None
    first, second = (_plain_name(argument, "argument must be a simple name") for argument in arguments[:2])
    if first == second:
        raise MacroMisuseError(f"duplicate variable name: {first}", arguments[1], "give the two variables two names")
    for argument, name in zip(arguments, (first, second), strict=False):
        _refuse_accumulator(expansion, argument, name)
    return first, second


def _has(expansion: Expansion, target: Expression | None, arguments: tuple[Expression, ...]) -> Expression:
    del target
    match arguments[0]:
        case Select(optional=False) as select:
            call = expansion.call
            return Select(
                select.operand,
                select.member,
                call.id,
                call.span,
                select.member_span,
                test_only=True,
                point=call.name_span.start,
            )
        case wrong:
            raise MacroMisuseError(
                "invalid argument to has() macro", wrong, 'write `has(map.name)`, or `"name" in map` for a computed key'
            )


def _all(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    names = _names(expansion, arguments, len(arguments) - 1)
    condition = expansion.function("@not_strictly_false", expansion.accumulator())
    step = expansion.function("_&&_", expansion.accumulator(), arguments[-1])
    return expansion.fold(target, names, expansion.literal(True), (condition, step), expansion.accumulator())


def _exists(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    names = _names(expansion, arguments, len(arguments) - 1)
    negated = expansion.function("!_", expansion.accumulator())
    condition = expansion.function("@not_strictly_false", negated)
    step = expansion.function("_||_", expansion.accumulator(), arguments[-1])
    return expansion.fold(target, names, expansion.literal(False), (condition, step), expansion.accumulator())


def _exists_one(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    names = _names(expansion, arguments, len(arguments) - 1)
    more = expansion.function("_+_", expansion.accumulator(), expansion.literal(1))
    step = expansion.function("_?_:_", arguments[-1], more, expansion.accumulator())
    result = expansion.function("_==_", expansion.accumulator(), expansion.literal(1))
    return expansion.fold(target, names, expansion.literal(0), (expansion.literal(True), step), result)


def _if_wanted(expansion: Expansion, step: Expression, wanted: Expression | None) -> Expression:
    if wanted is None:
        return step
    return expansion.function("_?_:_", wanted, step, expansion.accumulator())


def _map(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    name = _name(expansion, arguments[0], "argument is not an identifier")
    wanted = arguments[1] if len(arguments) == 3 else None
    step = expansion.function("_+_", expansion.accumulator(), expansion.list(arguments[-1]))
    steps = expansion.literal(True), _if_wanted(expansion, step, wanted)
    return expansion.fold(target, (name, None), expansion.list(), steps, expansion.accumulator())


def _filter(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    name = _name(expansion, arguments[0], "argument is not an identifier")
    step = expansion.function("_+_", expansion.accumulator(), expansion.list(arguments[0]))
    steps = expansion.literal(True), _if_wanted(expansion, step, arguments[1])
    return expansion.fold(target, (name, None), expansion.list(), steps, expansion.accumulator())


def _transform_list(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    names = _names(expansion, arguments, 2)
    wanted = arguments[2] if len(arguments) == 4 else None
    step = expansion.function("_+_", expansion.accumulator(), expansion.list(arguments[-1]))
    steps = expansion.literal(True), _if_wanted(expansion, step, wanted)
    return expansion.fold(target, names, expansion.list(), steps, expansion.accumulator())


def _transform_map(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    names = _names(expansion, arguments, 2)
    wanted = arguments[2] if len(arguments) == 4 else None
    accumulator = expansion.accumulator()
    step = expansion.function("cel.@mapInsert", accumulator, expansion.ident(names[0]), arguments[-1])
    steps = expansion.literal(True), _if_wanted(expansion, step, wanted)
    return expansion.fold(target, names, expansion.map(), steps, expansion.accumulator())


def _transform_map_entry(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    names = _names(expansion, arguments, 2)
    wanted = arguments[2] if len(arguments) == 4 else None
    step = expansion.function("cel.@mapInsert", expansion.accumulator(), arguments[-1])
    steps = expansion.literal(True), _if_wanted(expansion, step, wanted)
    return expansion.fold(target, names, expansion.map(), steps, expansion.accumulator())


def _bind(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression | None:
    if not _is_cel(target):
        return None
    if not isinstance(arguments[0], Ident):
        text = "cel.bind() variable names must be simple identifiers"
        raise MacroMisuseError(text, arguments[0], "write `cel.bind(name, value, expression)`")
    return expansion.binding(arguments[0].name, arguments[1], arguments[2])


def _optional_map(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    is_flat = expansion.call.function == "optFlatMap"
    if not isinstance(arguments[0], Ident):
        text = f"{expansion.call.function}() variable name must be a simple identifier"
        raise MacroMisuseError(text, arguments[0], "write a plain name here; it is the value's variable")
    if _is_huge(target):
        raise MacroMisuseError("expression is too large", target, "bind the parts with `cel.bind` first")
    value = expansion.function("value", target=target)
    mapped: Expression = expansion.binding(arguments[0].name, value, arguments[1], is_outermost=False)
    if not is_flat:
        mapped = expansion.function("optional.of", mapped)
    present = expansion.function("hasValue", target=target)
    return expansion.outermost("_?_:_", present, mapped, expansion.function("optional.none"))


def _sort_by(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression:
    if not isinstance(target, ListLiteral | Select | Ident | Comprehension | Call):
        text = "sortBy can only be applied to a list, identifier, comprehension, call or select expression"
        raise MacroMisuseError(text, target, "only lists can be sorted; sort a map's keys as `map.map(key, key)`")
    name = _name(expansion, arguments[0], "argument is not an identifier")
    step = expansion.function("_+_", expansion.accumulator(), expansion.list(arguments[1]))
    keys = Comprehension(
        expansion.ident(SORT_INPUT),
        name,
        None,
        ACCUMULATOR,
        expansion.list(),
        expansion.literal(True),
        step,
        expansion.accumulator(),
        expansion.ident(SORT_INPUT).id,
        expansion.call.span,
        expansion.call,
    )
    body = expansion.function("@sortByAssociatedKeys", keys, target=expansion.ident(SORT_INPUT))
    return expansion.binding(SORT_INPUT, target, body)


def _block(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression | None:
    """``cel.block([first, second], body)``: ``cel.index(0)`` is ``first`` in ``second`` and in ``body``, and so on."""
    if not _is_cel(target):
        return None
    if not isinstance(arguments[0], ListLiteral):
        raise MacroMisuseError("cel.block() first argument must be a list literal", arguments[0], "write a list here")
    body = arguments[1]
    values = arguments[0].elements
    for place in reversed(range(len(values))):
        body = expansion.binding(f"@index{place}", values[place], body, is_outermost=place == 0)
    return body


def _block_name(expansion: Expansion, target: Expression, arguments: tuple[Expression, ...]) -> Expression | None:
    """``cel.index(0)``, ``cel.iterVar(0, 1)``, ``cel.accuVar(0, 1)``: names that no user can write."""
    if not _is_cel(target):
        return None
    numbers = [argument.value for argument in arguments if isinstance(argument, Literal)]
    if len(numbers) < len(arguments) or any(type(number) is not int or number < 0 for number in numbers):
        raise MacroMisuseError(f"cel.{expansion.call.function}() takes numbers from 0", arguments[0], "write a number")
    prefix = {"index": "@index", "iterVar": "@it:", "accuVar": "@ac:"}[expansion.call.function]
    return Ident(prefix + ":".join(map(str, numbers)), expansion.call.id, expansion.call.span)


def _is_cel(target: Expression) -> bool:
    return isinstance(target, Ident) and target.name == "cel"


def _is_huge(expression: Expression) -> bool:
    # A node that is in the tree many times is looked at once.
    sizes: dict[int, int] = {}
    waiting = [expression]
    while waiting:
        below = children(waiting[-1])
        unknown = [part for part in below if part.id not in sizes]
        if unknown:
            waiting.extend(unknown)
            continue
        size = 1 + sum(sizes[part.id] for part in below)
        if size > _MOST_NODES:
            return True
        sizes[waiting.pop().id] = size
    return False


_EXPANDERS: dict[MacroKey, Callable[[Expansion, Expression, tuple[Expression, ...]], Expression | None]] = {
    ("has", False, 1): _has,
    ("all", True, 2): _all,
    ("exists", True, 2): _exists,
    ("exists_one", True, 2): _exists_one,
    ("existsOne", True, 2): _exists_one,
    ("map", True, 2): _map,
    ("map", True, 3): _map,
    ("filter", True, 2): _filter,
    ("optMap", True, 2): _optional_map,
    ("optFlatMap", True, 2): _optional_map,
    ("bind", True, 3): _bind,
    ("all", True, 3): _all,
    ("exists", True, 3): _exists,
    ("exists_one", True, 3): _exists_one,
    ("existsOne", True, 3): _exists_one,
    ("transformList", True, 3): _transform_list,
    ("transformList", True, 4): _transform_list,
    ("transformMap", True, 3): _transform_map,
    ("transformMap", True, 4): _transform_map,
    ("transformMapEntry", True, 3): _transform_map_entry,
    ("transformMapEntry", True, 4): _transform_map_entry,
    ("sortBy", True, 2): _sort_by,
}

ALL_MACROS: frozenset[MacroKey] = frozenset(_EXPANDERS)
"""The macros of Kubernetes' newest version."""

_BLOCK_EXPANDERS: dict[MacroKey, Callable[[Expansion, Expression, tuple[Expression, ...]], Expression | None]] = {
    ("block", True, 2): _block,
    ("index", True, 1): _block_name,
    ("iterVar", True, 2): _block_name,
    ("accuVar", True, 2): _block_name,
}

BLOCK_MACROS: frozenset[MacroKey] = frozenset(_BLOCK_EXPANDERS)
"""Macros of cel-spec's tests that no environment of Kubernetes has: what optimisers make of common parts."""

_EXPANDERS |= _BLOCK_EXPANDERS


def expand(call: Call, next_id: Callable[[], int], *, is_of_130: bool = False) -> Expression | None:
    """What a macro's call stands for; None if the call is none after all (``x.bind(…)``).

    Raises MacroMisuseError where the arguments are not of the macro's form.
    """
    key = (call.function, call.target is not None, len(call.arguments))
    # Only `has` has no receiver, and it does not look at the target.
    target = call.arguments[0] if call.target is None else call.target
    return _EXPANDERS[key](Expansion(call, next_id, is_of_130=is_of_130), target, call.arguments)
