"""The values that CEL expressions compute with, and what their types are called.

Where a Python type is unambiguous it is used as it stands: ``None``, ``bool``, ``int`` (CEL int), ``float``, ``str``,
``bytes``, ``list`` (never changed once an expression can see it), ``values.Version`` and ``values.Quantity``. The
other types are here. An error is a value too: ``&&`` and ``||`` absorb it whichever side it stands on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn, final

from dra_policy.values import Quantity, Version

Value = object
"""Any value of the language: a member of the types below, or a Failure."""

INT_MIN: Final = -(2**63)
INT_MAX: Final = 2**63 - 1
UINT_MAX: Final = 2**64 - 1


@final
class UInt(int):
    """CEL's uint. Equal numbers of different types are equal in CEL as in Python."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{int(self)}u"


@final
class Failure:
    """A run-time error: the text that Kubernetes gives, and the id of the node that failed (None: not known yet)."""

    __slots__ = ("node", "text")

    def __init__(self, text: str, node: int | None = None) -> None:
        self.text = text
        self.node = node

    def __repr__(self) -> str:
        return f"Failure({self.text!r})"


NO_OVERLOAD: Final = "no such overload"


class Interruption(Exception):  # noqa: N818 - not every end is an error of the expression
    """Ends the evaluation whatever surrounds it: no operator absorbs it.

    ``cost`` is what the call that was not made would have cost.
    """

    def __init__(self, text: str, cost: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.cost = cost


@final
class Absent:
    """The type of ABSENT, which stands for no value at all."""

    __slots__ = ()


ABSENT: Final = Absent()


@final
class OptionalValue:
    """``optional.of(value)``, or ``optional.none()`` where the value is ABSENT."""

    __slots__ = ("value",)

    def __init__(self, value: Value) -> None:
        self.value = value

    @property
    def has_value(self) -> bool:
        """Whether there is something inside."""
        return self.value is not ABSENT

    def __repr__(self) -> str:
        return f"optional.of({self.value!r})" if self.has_value else "optional.none()"


NONE: Final = OptionalValue(ABSENT)


@final
class TypeValue:
    """A type as a value (``int``, ``type(x)``); types are compared by name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"type({self.name})"


@final
class MapKey:
    """A key of a map that is no string or int.

    Go keeps keys apart by their type and, where the value is a pointer there, by the very object: ``identity`` is what
    it compares.
    """

    __slots__ = ("identity", "value")

    def __init__(self, value: Value, identity: Value) -> None:
        self.value = value
        self.identity = value.__class__, identity

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MapKey) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)


# Types that Go cannot hash: as keys of a map they end the evaluation. Libraries add their own.
UNHASHABLE: dict[type, str] = {bytes: "types.Bytes", Version: "cel.Semver"}


def refuse_hash(value: Value) -> NoReturn:
    """End the evaluation as Go does for a key that it cannot hash."""
    raise Interruption(f"internal error: runtime error: hash of unhashable type {UNHASHABLE[value.__class__]}")


def map_key(key: Value) -> Value:
    """What a key is stored under. Raises Interruption for what is no key."""
    if key is None or key.__class__ is str or key.__class__ is int:
        return key
    if key.__class__ in UNHASHABLE:
        refuse_hash(key)
    return MapKey(key, _identity(key))


def _identity(key: Value) -> Value:
    match key:
        case bool() | UInt():
            return int(key)
        case float():
            # NaN is no number that could be found again.
            return key if key == key else object()  # noqa: PLR0124
        case TypeValue():
            return key.name
        case Duration():
            return key.nanoseconds
        case Timestamp():
            return key.nanoseconds, key.zone
    # Addresses are compared by value in Go, everything else by where it is.
    return key if key.__class__ in KEYS_BY_VALUE else id(key)


KEYS_BY_VALUE: set[type] = set()


class MapValue:
    """A CEL map, made by an expression or given to it."""

    __slots__ = ("entries",)

    def __init__(self, entries: dict[Value, Value]) -> None:
        self.entries = entries

    @classmethod
    def of(cls, pairs: list[tuple[Value, Value]]) -> MapValue:
        """A map with these pairs; the last of equal keys stands."""
        return cls({map_key(key): value for key, value in pairs})

    def find(self, key: Value) -> Value:
        """The value of a key, or ABSENT; a number finds an equal one of another type, but none finds a double."""
        if key.__class__ is str:
            return self.entries.get(key, ABSENT)
        if not self.entries:
            return ABSENT
        found = self.entries.get(map_key(key), ABSENT)
        if found is ABSENT and isinstance(key, int | float) and not isinstance(key, bool):
            return self._equal_number(key)
        return found

    def _equal_number(self, key: float) -> Value:
        if key.__class__ is float and not key.is_integer():
            return ABSENT
        number = int(key)
        found = ABSENT if key.__class__ is int else self.entries.get(number, ABSENT)
        if found is ABSENT and number >= 0 and key.__class__ is not UInt:
            found = self.entries.get(map_key(UInt(number)), ABSENT)
        return found

    def contains(self, key: Value) -> bool:
        """Whether the key is there: ``key in map``."""
        return self.find(key) is not ABSENT

    def all_keys(self) -> Iterator[Value]:
        """The keys, as CEL values, in the order in which they were given."""
        for key in self.entries:
            yield key.value if isinstance(key, MapKey) else key

    def all_items(self) -> Iterator[tuple[Value, Value]]:
        """The keys with their values."""
        return zip(self.all_keys(), self.entries.values(), strict=True)

    def __len__(self) -> int:
        return len(self.entries)

    def __repr__(self) -> str:
        return f"{{{', '.join(f'{key!r}: {value!r}' for key, value in self.all_items())}}}"


class PublishedMap(MapValue):
    """A map of a device: its keys are strings.

    ``default``, if not ABSENT, is what a look-up of any other key finds; ``in`` does not see it. Kubernetes' maps of
    domains have the empty map as default: ``device.attributes["unknown"]`` is ``{}``.
    """

    __slots__ = ("default",)

    def __init__(self, entries: dict[Value, Value], default: Value = ABSENT) -> None:
        super().__init__(entries)
        self.default = default

    def find(self, key: Value) -> Value:
        """The value of a key, or the default."""
        return self.entries.get(key, self.default) if key.__class__ is str else self.default

    def contains(self, key: Value) -> bool:
        """Whether the key itself is there."""
        return key.__class__ is str and key in self.entries


class GrowingList(list):  # type: ignore[type-arg]
    """The accumulator of a macro: ``accumulator + [x]`` appends in place, as nobody else can see the list."""

    __slots__ = ()


class GrowingMap(MapValue):
    """The accumulator of transformMap and transformMapEntry."""

    __slots__ = ()


@final
class ComputedQuantity:
    """The result of ``add`` or ``sub``.

    Kubernetes returns a pointer there and compares it like no other quantity: ``quantity("2") == q.add(1)`` is the
    error ``no such overload``, turned round it is an answer. The functions on quantities see no difference.
    """

    __slots__ = ("quantity",)

    def __init__(self, quantity: Quantity) -> None:
        self.quantity = quantity

    def __repr__(self) -> str:
        return f"quantity({str(self.quantity)!r})"


@final
class Duration:
    """A span of time in whole nanoseconds; cel-go's lies within 64 bits."""

    __slots__ = ("nanoseconds",)

    def __init__(self, nanoseconds: int) -> None:
        self.nanoseconds = nanoseconds

    def __repr__(self) -> str:
        return f"Duration({self.nanoseconds})"


@final
class Timestamp:
    """A moment in nanoseconds since 1970-01-01T00:00:00Z, with the offset from UTC (seconds) it was written with.

    ``zone`` is what Go compares of the zone where a timestamp is a key: None for UTC.
    """

    __slots__ = ("nanoseconds", "offset", "zone")

    def __init__(self, nanoseconds: int, offset: int = 0, zone: object = None) -> None:
        self.nanoseconds = nanoseconds
        self.offset = offset
        self.zone = zone

    def __repr__(self) -> str:
        return f"Timestamp({self.nanoseconds})"


# CEL's name of each type and the name of cel-go's implementation, which some messages print.
TYPE_NAMES: dict[type, str] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    UInt: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    GrowingList: "list",
    MapValue: "map",
    GrowingMap: "map",
    PublishedMap: "map",
    OptionalValue: "optional_type",
    TypeValue: "type",
    Duration: "google.protobuf.Duration",
    Timestamp: "google.protobuf.Timestamp",
    Quantity: "kubernetes.Quantity",
    ComputedQuantity: "kubernetes.Quantity",
    Version: "kubernetes.Semver",
}
GO_NAMES: dict[type, str] = {
    type(None): "types.Null",
    bool: "types.Bool",
    int: "types.Int",
    UInt: "types.Uint",
    float: "types.Double",
    str: "types.String",
    bytes: "types.Bytes",
    list: "*types.baseList",
    MapValue: "*types.baseMap",
    PublishedMap: "*types.baseMap",
    Failure: "*types.Err",
    OptionalValue: "*types.Optional",
    TypeValue: "*types.Type",
    Duration: "types.Duration",
    Timestamp: "types.Timestamp",
    Quantity: "cel.Quantity",
    ComputedQuantity: "*cel.Quantity",
    Version: "cel.Semver",
}


def type_name(value: Value) -> str:
    """The name of the value's type in CEL."""
    return TYPE_NAMES[value.__class__]


def size_of(value: Value) -> int | None:
    """Code points of a string, length of bytes, list or map, bytes of an address; None for what has no size."""
    if isinstance(value, str | bytes | list | MapValue):
        return len(value)
    measure = SIZES.get(value.__class__)
    return None if measure is None else measure(value)  # type: ignore[operator]


SIZES: dict[type, object] = {}
