"""The value classes mean what the standard library's mean."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest

from dra_policy import record


@record.dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    label: str = record.field(default="", compare=False)
    tags: tuple[str, ...] = record.field(default=(), hash=False)
    notes: list[str] = record.field(default_factory=list, compare=False, repr=False)


@record.dataclass(frozen=True, slots=True)
class Point3(Point):
    z: int = 0


@record.dataclass(frozen=True, slots=True, guarded=False)
class Mark:
    place: int
    name: str = "here"
    notes: list[str] = record.field(default_factory=list, compare=False)


@record.dataclass(slots=True)
class Box:
    items: list[int] = record.field(default_factory=list)


def test_equality_and_hash_go_by_compared_fields_of_the_same_class() -> None:
    assert Point(1, 2, "a") == Point(1, 2, "b")
    assert hash(Point(1, 2, "a")) == hash(Point(1, 2, "b"))
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2) != Point3(1, 2)
    assert Point(1, 2).__eq__(3) is NotImplemented


def test_a_frozen_object_refuses_changes() -> None:
    with pytest.raises(AttributeError, match="frozen"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="frozen"):
        del Point(1).x


def test_an_unguarded_object_differs_only_in_that_nothing_refuses_a_change() -> None:
    mark = Mark(1)

    assert repr(mark) == "Mark(place=1, name='here', notes=[])"
    assert mark == Mark(1, notes=["other"])
    assert hash(mark) == hash(Mark(1))
    assert record.replace(mark, place=2) == Mark(2)
    assert pickle.loads(pickle.dumps(mark)) == mark
    mark.place = 3  # type: ignore[misc]
    assert mark == Mark(3)


def test_factories_give_each_object_its_own_value() -> None:
    left, right = Box(), Box()
    left.items.append(1)

    assert (left.items, right.items) == ([1], [])


def test_fields_are_inherited_in_order() -> None:
    assert repr(Point3(1, 2, "l", z=4)) == "Point3(x=1, y=2, label='l', tags=(), z=4)"
    assert Point3.__match_args__ == ("x", "y", "label", "tags", "notes", "z")
    assert not hasattr(Point3(1), "__dict__")


def test_missing_and_unknown_arguments_are_type_errors() -> None:
    make: Any = Point
    with pytest.raises(TypeError, match="x"):
        make()
    with pytest.raises(TypeError, match="nothing"):
        make(1, nothing=2)


def test_replace_and_pickle_keep_the_rest() -> None:
    point = Point3(1, 2, "l", z=4)

    assert record.replace(point, y=9) == Point3(1, 9, z=4)
    assert pickle.loads(pickle.dumps(point)) == point


def test_mutable_objects_have_no_hash_as_in_the_standard_library() -> None:
    standard = dataclasses.make_dataclass("Standard", ["x"])
    assert standard.__hash__ is None
    assert Box.__hash__ is None


def test_a_class_matches_by_position_and_name() -> None:
    match Point3(1, 2, z=3):
        case Point(x, y):
            assert (x, y) == (1, 2)
