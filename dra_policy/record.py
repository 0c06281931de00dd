"""Value classes as ``dataclasses`` makes them, at a twentieth of their start-up cost.

A frozen, slotted class of the standard library costs 0.5 ms when its module is imported, because six methods are
compiled for it, and the library's own import costs 14 ms; with 150 such classes that is most of a command's time. Here
nothing is compiled before the first object of a class of some shape is made, and the other methods are shared.

Only what this project uses is offered: ``frozen``, ``slots``, ``eq``, ``order``-less classes, fields with ``default``,
``default_factory``, ``compare``, ``hash``, ``repr``; inheritance; ``__post_init__``; ``match``; ``replace``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import Any, TypeVar, dataclass_transform, overload

Class = TypeVar("Class", bound=type)
Instance = TypeVar("Instance")
Value = TypeVar("Value")

_MISSING: Any = object()


class FrozenRecordError(AttributeError):
    """An attempt to change a frozen object."""


class Field:
    """How one field behaves."""

    __slots__ = ("compare", "default", "factory", "hash", "name", "repr")

    def __init__(self, default: Any, factory: Any, *, compare: bool, hash: bool | None, repr: bool) -> None:  # noqa: A002
        """Keep the settings; the name is set by the class."""
        self.name = ""
        self.default = default
        self.factory = factory
        self.compare = compare
        self.hash = compare if hash is None else hash
        self.repr = repr


@overload
def field(*, default: Value, compare: bool = ..., hash: bool | None = ..., repr: bool = ...) -> Value: ...
@overload
def field(
    *, default_factory: Callable[[], Value], compare: bool = ..., hash: bool | None = ..., repr: bool = ...
) -> Value: ...
@overload
def field(*, compare: bool = ..., hash: bool | None = ..., repr: bool = ...) -> Any: ...
def field(
    *,
    default: Any = _MISSING,
    default_factory: Any = _MISSING,
    compare: bool = True,
    hash: bool | None = None,  # noqa: A002 - the names are those of dataclasses
    repr: bool = True,  # noqa: A002
) -> Any:
    """A field with a default, or one that equality, hash or repr leaves out."""
    return Field(default, default_factory, compare=compare, hash=hash, repr=repr)


@dataclass_transform(field_specifiers=(field,))
def dataclass(
    *, frozen: bool = False, slots: bool = False, eq: bool = True, guarded: bool = True
) -> Callable[[Class], Class]:
    """Make a value class of the annotated names; the meaning is that of ``dataclasses.dataclass``.

    A frozen class that is not ``guarded`` leaves it to the type checker to refuse changes: its objects are made in a
    third of the time, which counts where a question makes them by the hundred. What is derived from a guarded class is
    guarded.
    """

    def make(cls: Class) -> Class:
        fields = _fields_of(cls)
        made: Any = _with_slots(cls, fields) if slots else cls
        made.__record_fields__ = fields
        setattr(made, "__match_args__", tuple(fields))  # noqa: B010 - not to be assigned, in mypy's eyes
        for name, each in fields.items():
            if not slots and name in cls.__dict__ and isinstance(cls.__dict__[name], Field):
                if each.default is _MISSING:
                    delattr(made, name)
                else:
                    setattr(made, name, each.default)
        _add_methods(made, fields, frozen=frozen, eq=eq, guarded=guarded)
        return made  # type: ignore[no-any-return]

    return make


def _fields_of(cls: type) -> dict[str, Field]:
    """The fields of the class and its bases, in order; an own field replaces an inherited one in its place."""
    fields: dict[str, Field] = {}
    for base in reversed(cls.__mro__[1:]):
        fields.update(base.__dict__.get("__record_fields__", {}))
    # Not inspect.get_annotations: importing inspect costs more than this whole module saves on a small command.
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():  # noqa: RUF063
        if str(annotation).startswith(("ClassVar", "typing.ClassVar")):
            continue
        found = cls.__dict__.get(name, _MISSING)
        each = found if isinstance(found, Field) else Field(found, _MISSING, compare=True, hash=None, repr=True)
        each.name = name
        fields[name] = each
    return fields


def _with_slots(cls: type, fields: dict[str, Field]) -> type:
    """The class again, with a slot for each of its own fields: slots must be there when a class is made."""
    inherited = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__record_fields__", {})}
    namespace = {name: value for name, value in cls.__dict__.items() if name not in ("__dict__", "__weakref__")}
    for name in fields:
        namespace.pop(name, None)
    namespace["__slots__"] = tuple(name for name in fields if name not in inherited)
    made = type(cls)(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    return made


def _add_methods(cls: Any, fields: dict[str, Field], *, frozen: bool, eq: bool, guarded: bool) -> None:
    own = cls.__dict__
    if "__init__" not in own:
        cls.__init__ = _first_init(cls)
    if "__repr__" not in own:
        cls.__repr__ = _repr
    if frozen:
        if guarded:
            cls.__setattr__ = _refuse_set
            cls.__delattr__ = _refuse_delete
        if own.get("__slots__") is not None and "__getstate__" not in own:
            cls.__getstate__ = _get_state
            cls.__setstate__ = _set_state
    if eq and "__eq__" not in own:
        cls.__eq__ = _equality(tuple(name for name, each in fields.items() if each.compare))
        if "__hash__" not in own or own["__hash__"] is None:
            hashed = tuple(name for name, each in fields.items() if each.compare and each.hash)
            cls.__hash__ = _hash(hashed) if frozen else None


def _first_init(cls: Any) -> Callable[..., None]:
    """An ``__init__`` that compiles the real one when the first object is made."""

    def __init__(self: object, *arguments: Any, **named: Any) -> None:  # noqa: N807 - shown in tracebacks
        if cls.__init__ is __init__:
            cls.__init__ = _compile_init(cls)
        cls.__init__(self, *arguments, **named)

    return __init__


# How an ``__init__`` stores a field: as anybody would, or past the refusal, through the field's slot or by its name.
_PLAINLY, _BY_SLOT, _BY_NAME = range(3)
_STORES = {
    _PLAINLY: "    self.field{index} = {value}",
    _BY_SLOT: "    set{index}(self, {value})",
    _BY_NAME: "    set(self, name{index}, {value})",
}


def _compile_init(cls: Any) -> Callable[..., None]:
    """The real ``__init__``: code shared by all classes of the same shape, with the names of the fields of this one."""
    fields: dict[str, Field] = cls.__record_fields__
    names: dict[str, Any] = {"missing": _MISSING, "set": object.__setattr__}
    is_guarded = cls.__setattr__ is not object.__setattr__
    shape, defaults = [], []
    for index, (name, each) in enumerate(fields.items()):
        slot: Any = getattr(cls, name, None)
        has_slot, is_made = hasattr(slot, "__set__"), each.factory is not _MISSING
        names[f"name{index}"], names[f"make{index}"] = name, each.factory
        if has_slot:
            names[f"set{index}"] = slot.__set__
        if is_made or each.default is not _MISSING:
            defaults.append(_MISSING if is_made else each.default)
        elif defaults:
            raise TypeError(f"{cls.__name__}.{name} has no default and comes after fields that have one")
        shape.append((_PLAINLY if not is_guarded else _BY_SLOT if has_slot else _BY_NAME, is_made))
    code = _code_of(tuple(shape), has_post_init=hasattr(cls, "__post_init__"))
    stored = {f"field{index}": name for index, name in enumerate(fields)}
    used = tuple(stored.get(name, name) for name in code.co_names)
    return FunctionType(code.replace(co_varnames=("self", *fields), co_names=used), names, "__init__", tuple(defaults))


@cache
def _code_of(shape: tuple[tuple[int, bool], ...], *, has_post_init: bool) -> CodeType:
    """The code of an ``__init__``; of each field how it is stored, and whether a call makes its default."""
    body = []
    for index, (way, is_made) in enumerate(shape):
        value = f"make{index}() if value{index} is missing else value{index}" if is_made else f"value{index}"
        body.append(_STORES[way].format(index=index, value=value))
    if has_post_init:
        body.append("    self.__post_init__()")
    parameters = ", ".join(["self", *(f"value{index}" for index in range(len(shape)))])
    made: dict[str, Any] = {}
    # The text is made of numbers alone.
    exec(f"def __init__({parameters}):\n" + ("\n".join(body) or "    pass"), made)
    code: CodeType = made["__init__"].__code__
    return code


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name, each in self.__record_fields__.items() if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _equality(names: tuple[str, ...]) -> Callable[[Any, object], bool]:
    content = attrgetter(*names) if names else type

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return self is other or bool(content(self) == content(other))

    return __eq__


def _hash(names: tuple[str, ...]) -> Callable[[Any], int]:
    content = attrgetter(*names) if names else type

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(content(self))

    return __hash__


def _refuse_set(self: object, name: str, value: object) -> None:
    raise FrozenRecordError(f"cannot assign {name!r} = {value!r}: {type(self).__name__} is frozen")


def _refuse_delete(self: object, name: str) -> None:
    raise FrozenRecordError(f"cannot delete {name!r}: {type(self).__name__} is frozen")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__record_fields__]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__record_fields__, state, strict=True):
        object.__setattr__(self, name, value)


def replace(instance: Instance, **changes: Any) -> Instance:
    """A copy of an object of a value class with some fields changed."""
    kind: Any = type(instance)
    content = dict(zip(kind.__record_fields__, _content_of(kind)(instance), strict=True))
    made: Instance = kind(**(content | changes))
    return made


@cache
def _content_of(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of all fields at once; for a class of one field that is no tuple otherwise."""
    names = tuple(kind.__record_fields__)
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple(getattr(instance, name) for name in names)
