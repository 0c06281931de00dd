"""Find the shared data beside the project; tests that need it skip where it is absent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"
NOT_HERE = "shared data not here"


def shared(relative: str) -> Path:
    """The path of a shared file or folder; skips the test where it does not exist."""
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"{NOT_HERE}: {relative}", allow_module_level=True)
    return path


def shared_lines(relative: str) -> list[dict[str, Any]]:
    """The records of a shared JSON Lines file."""
    with shared(relative).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
