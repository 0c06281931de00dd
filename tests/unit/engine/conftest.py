"""The working folder of each test is the small world's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds import write_world


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_world(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path
