"""Toolchains on a machine that has none of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from rehearsal import npm, toolchains
from release_actions.domain.package import Ecosystem

pytestmark = pytest.mark.contract

#: What any system has, and the scripts among the tools ask for.
SYSTEM = ("env", "git", "gzip", "sh", "tar", "uname")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with neither node nor uv nor dotnet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in SYSTEM:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def answer(env: Mapping[str, str], *command: str) -> str:
    """What the tool says in an environment of only the PATH, as a child of an allow-list may be started."""
    only = {"PATH": env["PATH"], "HOME": os.environ["HOME"]}
    return subprocess.run(command, env=only, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.usefixtures("bare")
def test_all_of_them_are_fetched_and_run_in_whatever_environment() -> None:
    env = toolchains.provide(Ecosystem, print)
    assert answer(env, "node", "--version").startswith("v")
    assert int(answer(env, "npm", "--version").split(".")[0]) >= 10
    assert answer(env, "uv", "--version").startswith("uv ")
    assert answer(env, "dotnet", "--version").startswith("3.1.")


@pytest.mark.usefixtures("bare")
def test_nothing_is_fetched_for_ecosystems_that_are_not_wanted() -> None:
    env = toolchains.provide([Ecosystem.PYPI], print)
    assert shutil.which("uv", path=env["PATH"])
    assert not shutil.which("node", path=env["PATH"])
    assert not shutil.which("dotnet", path=env["PATH"])


def test_the_fetched_npm_publishes_to_the_registry_that_runs_on_the_fetched_node(bare: Path, tmp_path: Path) -> None:
    env = toolchains.provide([Ecosystem.NPM], print)
    assert not (bare / "node").exists()
    package = tmp_path / "package"
    package.mkdir()
    (package / "package.json").write_text('{"name": "sample", "version": "1.0.0"}')
    with npm.registry(tmp_path / "storage", env) as registry:
        added = {"HOME": str(tmp_path), **env, **registry.environment(), "npm_config_userconfig": "/dev/null"}
        subprocess.run(["npm", "publish"], cwd=package, env=added, capture_output=True, check=True)
        assert answer(env, "npm", "view", "sample", "version", "--registry", registry.url) == "1.0.0"
