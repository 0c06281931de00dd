"""The wheel is whole: installed elsewhere, it explains a claim."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.shared_data import PROJECT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(PROJECT)]
    subprocess.run(build, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_the_wheel_holds_the_package_and_the_grammars_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert "dra_policy/_grammar/cel.lark" in names
    assert "dra_policy/_grammar/policy.lark" in names
    assert "dra_policy/py.typed" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"dra_policy"}


def test_the_installed_wheel_explains_a_claim(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    run = subprocess.run(
        [sys.executable, "-c", "import dra_policy; print(dra_policy.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith(str(site))

    example = PROJECT / "examples" / "waiting-for-another-claim"
    command = [sys.executable, "-m", "dra_policy", "explain", "train.yaml"]
    run = subprocess.run(command, cwd=example, env=environment, capture_output=True, text=True, check=False)

    assert run.stderr == ""
    assert run.stdout.startswith("NOT NOW  claim ")
    assert run.returncode == 1
