"""What an expression over lists of devices reads of a device: names by which it looks at it, or the device itself."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping

from dra_policy.cel.device_lists import Aliases, ListedDevice
from dra_policy.cel.kinds import Type
from dra_policy.cel.program import Program
from dra_policy.cel.rules import DEVICE
from dra_policy.cel.syntax import Call, Comprehension, Expression, Literal, Select, children
from dra_policy.fleet import Frame
from dra_policy.record import dataclass

_LOOPS = frozenset(("all", "exists", "exists_one", "existsOne", "map", "filter"))
_INDEXING = frozenset(("_[_]", "_[?_]"))
# Fields that no frame has: devices of one frame may differ in them from slice to slice.
_OF_PLACE = frozenset(("node", "pool"))


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """Names of attributes, capacities and fields; ``is_whole``: the device as it is, or names found out by running."""

    names: frozenset[str] = frozenset()
    is_whole: bool = False

    def joined(self, other: DeviceReading) -> DeviceReading:
        """What two expressions read."""
        return DeviceReading(self.names | other.names, self.is_whole or other.is_whole)

    @property
    def tells_claims(self) -> bool:
        """Whether it makes a difference which claim has a device."""
        return self.is_whole or "claim" in self.names

    def kind(self, listed: ListedDevice) -> Hashable:
        """All that can be told of a device beside its claim and request: of one kind one is as good as another."""
        device, fields = listed.device, listed.fields
        if self.is_whole:
            return device.driver, fields.get("pool"), device.name
        place = tuple([fields.get(name) for name in ("node", "pool") if name in self.names])
        return place, device.name if "name" in self.names else None, device.driver, tuple(self._values(listed))

    def _values(self, listed: ListedDevice) -> Iterator[Hashable]:
        device = listed.device
        if "allowMultipleAllocations" in self.names:
            yield device.allow_multiple_allocations
        for name, value in device.attributes.items():
            if _is_named(name, self.names):
                yield name, type(value).__name__, value
        for name, capacity in device.capacity.items():
            if _is_named(name, self.names):
                yield name, "capacity", capacity.value

    def depends_on_node(self, frame: Frame) -> bool:
        """Whether devices of one frame may differ from slice to slice."""
        if self.is_whole or not self.names.isdisjoint(_OF_PLACE):
            return True
        return any(_is_named(name, self.names) for name in frame.unique)


def device_reading(program: Program, aliases: Aliases) -> DeviceReading:
    """What a checked program reads of the devices in its lists."""
    reader = _Reader(program.types, frozenset(name for name, _ in aliases))
    reader.read(program.syntax, is_looked_into=False)
    return DeviceReading(frozenset(reader.names), reader.is_whole)


def _is_named(name: str, names: frozenset[str]) -> bool:
    return name in names or name.rpartition("/")[2] in names


class _Reader:
    """Walks an expression; a device that is used other than by a name read from it is read as a whole."""

    def __init__(self, types: Mapping[int, Type], views: frozenset[str]) -> None:
        self._types = types
        self._maps = views | {"attributes", "capacity"}
        self.names: set[str] = set()
        self.is_whole = False

    def read(self, node: Expression, *, is_looked_into: bool) -> None:
        """``is_looked_into``: only something inside the value counts, not the value itself."""
        if not is_looked_into and (_has_devices(self._types.get(node.id)) or self._is_map(node)):
            self.is_whole = True
        match node:
            case Select(operand=operand, member=member):
                self.names.add(member)
                self.read(operand, is_looked_into=True)
            case Call(function=function, arguments=(operand, index)) if function in _INDEXING:
                self._read_index(operand, index)
            case Call(function="size") if len(children(node)) == 1:
                self.read(children(node)[0], is_looked_into=True)
            case Call(function="_+_" | "_?_:_"):
                self._read_all(children(node), is_looked_into=is_looked_into)
            case Comprehension():
                self._read_loop(node, is_looked_into=is_looked_into)
            case _:
                self._read_all(children(node), is_looked_into=False)

    def _is_map(self, node: Expression) -> bool:
        """Whether it is all that a driver publishes of a device."""
        match node:
            case Select(member=member, test_only=False):
                return member in self._maps
            case Call(function=function, arguments=(operand, _)) if function in _INDEXING:
                return isinstance(operand, Select) and operand.member in ("attributes", "capacity")
        return False

    def _read_index(self, operand: Expression, index: Expression) -> None:
        self.read(operand, is_looked_into=True)
        if isinstance(index, Literal):
            self.names.update([index.value] if isinstance(index.value, str) else [])
            return
        # Which of a map's names it is stands in no text; a place in a list is none.
        found = self._types.get(operand.id)
        self.is_whole = self.is_whole or found is None or found.kind != "list"
        self.read(index, is_looked_into=False)

    def _read_loop(self, loop: Comprehension, *, is_looked_into: bool) -> None:
        macro = loop.macro
        if macro is None or macro.function not in _LOOPS or loop.iteration_variable2 is not None:
            self._read_all(children(loop), is_looked_into=False)
            return
        # What a filter keeps, and what a map makes, is the loop's own value.
        keeps = macro.function in ("filter", "map")
        self.read(loop.iteration_range, is_looked_into=is_looked_into or macro.function != "filter")
        *conditions, last = macro.arguments[1:]
        self._read_all(conditions, is_looked_into=False)
        self.read(last, is_looked_into=is_looked_into and keeps and macro.function == "map")

    def _read_all(self, nodes: Iterable[Expression], *, is_looked_into: bool) -> None:
        for each in nodes:
            self.read(each, is_looked_into=is_looked_into)


def _has_devices(found: Type | None) -> bool:
    return found is not None and (found == DEVICE or any(_has_devices(each) for each in found.parameters))
