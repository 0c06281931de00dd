"""What is loaded when: heavy libraries only where they are needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("celpy", "lark", "msgspec", "pendulum", "prompt_toolkit", "re2", "yaml", "argparse", "dataclasses", "asyncio")


def loaded_after(code: str) -> set[str]:
    shown = f"{code}\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split()) if run.stdout.strip() else set()


@pytest.mark.parametrize(
    "code",
    ["import dra_policy", "from dra_policy.cli.main import main; main(['--version'])"],
    ids=["import dra_policy", "drapolicy --version"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str) -> None:
    assert loaded_after(code) == set()


def test_explaining_loads_neither_celpy_nor_the_shell() -> None:
    from tests.shared_data import PROJECT

    folder = PROJECT / "examples" / "waiting-for-another-claim"
    code = (
        f"import os; os.chdir({str(folder)!r})\n"
        "from dra_policy.cli.main import main; main(['explain', 'train.yaml', '--width', '80'])\nprint()"
    )

    assert loaded_after(code) & {"celpy", "pendulum", "prompt_toolkit", "asyncio"} == set()
