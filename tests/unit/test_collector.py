"""What is made in bulk without the cyclic collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from dra_policy.collector import collector_off

MANY = 150_000


@pytest.fixture(autouse=True)
def _nothing_frozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def made_in_bulk() -> list[list[object]]:
    with collector_off():
        return [[] for _ in range(MANY)]


def is_young(found: object) -> bool:
    return any(each is found for each in gc.get_objects(generation=0))


def test_the_collector_is_on_afterwards_as_it_was_before() -> None:
    with collector_off():
        assert not gc.isenabled()
        with collector_off():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


def test_what_is_made_in_bulk_is_old_at_once_and_stays_in_reach_of_the_collector() -> None:
    made = made_in_bulk()

    assert not is_young(made[-1])
    assert gc.get_freeze_count() == 0


def test_what_a_program_has_frozen_stays_frozen() -> None:
    own: list[object] = []
    gc.freeze()

    made_in_bulk()

    assert not any(each is own for each in gc.get_objects())
