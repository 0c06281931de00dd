"""Variables and what is selected from them: ``device.attributes["a.b"].name``, ``x[0].?y``, ``has(x.y)``.

cel-go calls a variable, or any operand, with the selections that follow it an attribute, and charges one unit for each
selection that it tries and one for the whole; a conditional as the operand is free, and ``has`` gives one unit back.
"""

from __future__ import annotations

from dra_policy.cel.data import (
    ABSENT,
    GO_NAMES,
    NONE,
    Failure,
    MapValue,
    OptionalValue,
    PublishedMap,
    UInt,
    Value,
    type_name,
)
from dra_policy.cel.frame import Frame, SlotReader, Step, stop
from dra_policy.cel.printing import quoted_value

KEY_TYPES = (str, bool, int, float)


class Selection:
    """One selection: a constant ``key``, or a ``step`` that computes it.

    ``is_test`` is the last selection inside ``has()``; ``is_optional`` that of ``.?name`` and ``[?index]``.
    """

    __slots__ = ("is_optional", "is_test", "key", "node", "step")

    def __init__(
        self, node: int, key: Value, step: Step | None = None, *, is_optional: bool = False, is_test: bool = False
    ) -> None:
        self.node = node
        self.key = key
        self.step = step
        self.is_optional = is_optional
        self.is_test = is_test


class Attribute:
    """A root and its selections, while the program is being planned.

    ``root`` gives the operand's value without the attribute's own charge. With ``branches`` (condition, then, else)
    the root is a conditional, and selections go to both branches. ``variable`` names a variable that is no loop's.
    ``is_strict``: an optional selection from what is no list or map is an error, as cel-spec wants it. ``is_apart``:
    each reading of a map or list of a device is an object of its own, as cel-go wraps it anew.
    """

    __slots__ = ("branches", "is_apart", "is_strict", "is_test", "node", "root", "selections", "variable")

    def __init__(
        self, node: int, root: Step | None, variable: str = "", *, is_strict: bool = False, is_apart: bool = False
    ) -> None:
        self.is_strict = is_strict
        self.is_apart = is_apart
        self.node = node
        self.root = root
        self.variable = variable
        self.selections: list[Selection] = []
        self.branches: tuple[Step, Attribute, Attribute] | None = None
        self.is_test = False

    def select(self, selection: Selection) -> None:
        """Add a selection."""
        self.is_test = self.is_test or selection.is_test
        if self.branches is None:
            self.selections.append(selection)
        else:
            self.branches[1].select(selection)
            self.branches[2].select(selection)


def resolve_step(attribute: Attribute) -> Step:
    """The attribute's value without its own charge; that of its selections is made."""
    if attribute.branches is not None:
        return _conditional(attribute)
    root = attribute.root
    assert root is not None
    if not attribute.selections:
        return root
    selections = tuple(attribute.selections)
    is_strict = attribute.is_strict
    select = _select_apart if attribute.is_apart else _select

    def resolve(frame: Frame) -> Value:
        value = root(frame)
        if value.__class__ is Failure:
            return value
        is_optional = False
        if isinstance(value, OptionalValue):
            if not value.has_value:
                return value
            value, is_optional = value.value, True
        for selection in selections:
            is_optional = is_optional or selection.is_optional
            if is_strict and is_optional and not isinstance(value, list | MapValue):
                return Failure(f"no such key: {quoted_value(selection.key)}", selection.node)
            value = select(frame, value, selection, is_optional)
            if value.__class__ is Failure:
                return value
            if value is ABSENT:
                return NONE
        return OptionalValue(value) if is_optional else value

    return resolve


def _conditional(attribute: Attribute) -> Step:
    assert attribute.branches is not None
    condition, *branches = attribute.branches
    then, otherwise = resolve_step(branches[0]), resolve_step(branches[1])
    node = attribute.node

    def choose(frame: Frame) -> Value:
        value = condition(frame)
        if value is True:
            return then(frame)
        if value is False:
            return otherwise(frame)
        return value if value.__class__ is Failure else Failure("no such overload", node)

    return choose


def _select(frame: Frame, value: Value, selection: Selection, is_optional: bool) -> Value:
    """One selection and its charge; ABSENT where an optional one finds nothing (which costs nothing)."""
    key = selection.key
    found: Value
    if selection.step is not None:
        key = selection.step(frame)
        if key.__class__ is Failure:
            found = key
        elif not isinstance(key, KEY_TYPES):
            found = Failure(f"invalid qualifier type: {GO_NAMES.get(key.__class__, 'ref.Val')}", selection.node)
        else:
            found = qualify(value, key, presence=is_optional or selection.is_test)
    else:
        found = qualify(value, key, presence=is_optional or selection.is_test)
    if is_optional and (found is ABSENT or found.__class__ is Failure):
        return _labelled(found, selection.node)
    frame.cost += 1
    if frame.cost > frame.limit:
        stop(frame)
    if selection.is_test and not is_optional and found.__class__ is not Failure:
        return found is not ABSENT
    return _labelled(found, selection.node)


def _select_apart(frame: Frame, value: Value, selection: Selection, is_optional: bool) -> Value:
    found = _select(frame, value, selection, is_optional)
    return wrapped_anew(found) if isinstance(value, PublishedMap) else found


def wrapped_anew(value: Value) -> Value:
    """A map or list of a device as another object; Kubernetes has one object for the map of domains, and for no map."""
    if isinstance(value, PublishedMap):
        return PublishedMap(value.entries) if value.default is ABSENT and value.entries else value
    return list(value) if isinstance(value, list) else value


def variable_apart(root: Step, *, is_local: bool) -> Step:
    """A variable's value as each reader gets it in cel-go: a device's in a new object, and so an optional of a loop."""

    def read(frame: Frame) -> Value:
        value = root(frame)
        if is_local:
            return OptionalValue(value.value) if isinstance(value, OptionalValue) and value.has_value else value
        return wrapped_anew(value)

    return read


def _labelled(value: Value, node: int) -> Value:
    if isinstance(value, Failure) and value.node is None:
        value.node = node
    return value


def qualify(value: Value, key: Value, *, presence: bool) -> Value:
    """``value[key]``; where ``presence`` is asked for, ABSENT instead of an error for a missing one."""
    if isinstance(value, MapValue):
        found = value.find(key)
        if found is ABSENT and not presence:
            return Failure(f"no such key: {quoted_value(key)}")
        return found
    if isinstance(value, list):
        index = list_index(key)
        if isinstance(index, Failure):
            return index
        if 0 <= index < len(value):
            return value[index]
        return ABSENT if presence else Failure(f"index out of bounds: {quoted_value(key)}")
    return ABSENT if presence else Failure(f"no such key: {quoted_value(key)}")


def list_index(key: Value) -> int | Failure:
    """A key as the index of a list: whole numbers of any type."""
    match key:
        case bool():
            return Failure("unsupported index type 'bool' in list")
        case UInt() if key >= 2**63:
            return Failure(f"unsupported index value {quoted_value(key)} in list")
        case int():
            return int(key)
        case float() if key.is_integer() and -(2.0**63) < key < 2.0**63:
            return int(key)
        case float():
            return Failure(f"unsupported index value {quoted_value(key)} in list")
    return Failure(f"unsupported index type '{type_name(key)}' in list")


def attribute_step(attribute: Attribute) -> Step:
    """The attribute's value with all that it costs."""
    fast = _published_step(attribute)
    if fast is not None:
        return fast
    resolve = resolve_step(attribute)
    if attribute.root is resolve:
        return _variable_step(resolve, attribute.node)
    charge = (0 if attribute.branches is not None else 1) - (1 if attribute.is_test else 0)
    node, is_test = attribute.node, attribute.is_test

    def step(frame: Frame) -> Value:
        value = resolve(frame)
        if is_test and isinstance(value, OptionalValue):
            value = value.has_value
        frame.cost += charge
        if frame.cost < 0:
            # cel-go counts without sign: the unit that ``has`` of a free conditional gives back wraps round.
            frame.cost += 2**64
        if frame.cost > frame.limit:
            stop(frame)
        if value.__class__ is Failure:
            return _labelled(value, node)
        return value

    return step


def _variable_step(root: Step, node: int) -> Step:
    """A variable, or a value in parentheses, from which nothing is selected."""
    if isinstance(root, SlotReader):
        return _slot_step(root.place, node)

    def step(frame: Frame) -> Value:
        value = root(frame)
        frame.cost += 1
        if frame.cost > frame.limit:
            stop(frame)
        return _labelled(value, node) if value.__class__ is Failure else value

    return step


def _slot_step(place: int, node: int) -> Step:
    """As ``_variable_step``, for the variables of loops, which loops read most."""

    def step(frame: Frame) -> Value:
        value = frame.slots[place]
        frame.cost += 1
        if frame.cost > frame.limit:
            stop(frame)
        return _labelled(value, node) if value.__class__ is Failure else value

    return step


def _published_step(attribute: Attribute) -> Step | None:
    """``device.attributes["domain"].name`` of Kubernetes in one go: what selectors mostly consist of."""
    selections = attribute.selections
    if attribute.variable != "device" or attribute.is_test or attribute.is_apart or len(selections) != 3:
        return None
    if any(selection.is_optional or not isinstance(selection.key, str) for selection in selections):
        return None
    part, domain, name = (selection.key for selection in selections)
    if part not in ("attributes", "capacity"):
        return None
    is_capacity, node, missing = part == "capacity", selections[2].node, f"no such key: {name}"

    def step(frame: Frame) -> Value:
        frame.cost += 4
        if frame.cost > frame.limit:
            stop(frame, 4)
        inner = (frame.capacity if is_capacity else frame.attributes).get(domain)
        value = ABSENT if inner is None else inner.entries.get(name, ABSENT)  # type: ignore[attr-defined]
        return Failure(missing, node) if value is ABSENT else value

    return step
