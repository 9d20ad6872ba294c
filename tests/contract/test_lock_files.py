"""The ecosystems' own tools find the lock files consistent after a bump, and would write the same bytes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters import process
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump
from release_actions.domain.config import Config

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("with_toolchains")]

OFFLINE = {"npm_config_offline": "true", "npm_config_audit": "false", "npm_config_fund": "false", "UV_OFFLINE": "1"}


def run(repository: Repository, *command: str) -> None:
    process.run(command, folder=repository.folder, keep=("*",), added=OFFLINE, timeout=120)


def bumped(repository: Repository, version: str) -> None:
    repository.git("add", ".")
    outcome = bump.run(bump.Options(version), GitRepository(repository.folder), WorkTree(repository.folder), Config())
    assert outcome.errors == ()


def npm_workspace(folder: Path) -> Repository:
    repository = repositories.made(folder)
    files: dict[str, object] = {
        "package.json": {"name": "root", "version": "1.2.3", "workspaces": ["packages/*"], "dependencies": {"@acme/web": "^1.2.3"}},
        "packages/core/package.json": {"name": "@acme/core", "version": "1.2.3"},
        "packages/web/package.json": {
            "name": "@acme/web",
            "version": "1.2.3",
            "dependencies": {"@acme/core": "^1.2.3"},
            "devDependencies": {"@acme/tools": "1.2.3"},
        },
        "packages/tools/package.json": {
            "name": "@acme/tools",
            "version": "1.2.3",
            "private": True,
            "peerDependencies": {"@acme/core": ">=1.2.3 <2.0.0"},
        },
    }
    for path, document in files.items():
        repository.write(path, json.dumps(document, indent=2) + "\n")
    repository.write(".gitignore", "node_modules\n")
    return repository


@pytest.mark.parametrize("lockfile", ["1", "2", "3"])
@pytest.mark.parametrize("version", ["1.3.0", "1.3.0-beta.4"])
def test_npm_installs_from_the_lock_file_and_would_write_the_same(tmp_path: Path, lockfile: str, version: str) -> None:
    repository = npm_workspace(tmp_path)
    install = ("npm", "install", "--package-lock-only", f"--lockfile-version={lockfile}")
    run(repository, *install)
    bumped(repository, version)
    after = repository.folder.joinpath("package-lock.json").read_bytes()
    run(repository, "npm", "ci", "--ignore-scripts")
    run(repository, *install)
    assert repository.folder.joinpath("package-lock.json").read_bytes() == after
    assert b"1.2.3" not in after


@pytest.mark.parametrize("version", ["1.3.0", "1.3.0-beta.4"])
def test_uv_finds_its_lock_file_up_to_date(tmp_path: Path, version: str) -> None:
    repository = repositories.made(tmp_path)
    table = '[project]\nname = "%s"\nversion = "1.2.3"\nrequires-python = ">=3.11"\n'
    for name, more in {"core": "", "http": 'dependencies = ["acme-core~=1.2.3"]\n'}.items():
        repository.write(f"{name}/pyproject.toml", table % f"acme-{name}" + more)
    needs = 'dependencies = ["acme-http==1.2.3", "acme-core>=1.2.3,<2"]\n[tool.uv.workspace]\nmembers = ["core", "http"]\n'
    sources = "[tool.uv.sources]\nacme-core = { workspace = true }\nacme-http = { workspace = true }\n"
    repository.write("pyproject.toml", table % "root" + needs + sources)
    run(repository, "uv", "lock")
    bumped(repository, version)
    run(repository, "uv", "lock", "--check")
    locked = tomllib.loads(repository.folder.joinpath("uv.lock").read_text(encoding="utf-8"))
    assert {package["version"] for package in locked["package"]} == {version.replace("-beta.", "b")}
