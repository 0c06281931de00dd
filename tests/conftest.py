"""Settings that all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# `make test` asks the same examples every time, so that a red run can be repeated; `make properties` asks new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("new", derandomize=False, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the expected outputs; read the diff")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether a golden test is to write its output instead of comparing it."""
    return bool(request.config.getoption("--update-golden"))
