"""Settings that all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.shared_data import NOT_HERE, SHARED

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


# The outermost wrapper: its line stands behind the list of what was skipped.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """One line about the tests that had nothing to compare with: a green run without them proves less."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    missing = [each for each in skipped if NOT_HERE in str(each.longrepr)]
    if missing:
        groups = len({each.nodeid.partition("::")[0] for each in missing})
        text = f"{groups} groups of tests were skipped: the shared data beside the project ({SHARED.name}/) is not here"
        terminalreporter.write_line(text, yellow=True, bold=True)
