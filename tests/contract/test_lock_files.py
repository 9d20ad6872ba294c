"""The ecosystems' own tools find the lock files consistent after a bump, and would write the same bytes."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters import environments, process
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump
from release_actions.domain.config import Config

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("with_toolchains")]

OFFLINE = {
    "npm_config_offline": "true",
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "UV_OFFLINE": "1",
    "POETRY_VIRTUALENVS_CREATE": "false",
    "COMPOSER_ALLOW_SUPERUSER": "1",
    "COMPOSER_DISABLE_NETWORK": "1",
    "COMPOSER_NO_INTERACTION": "1",
    "GOFLAGS": "-mod=mod",
    "GOPROXY": "off",
    "GOTOOLCHAIN": "local",
    "CGO_ENABLED": "0",
}
VERSIONS = pytest.mark.parametrize("version", ["1.3.0", "1.3.0-beta.4"])


@pytest.fixture(scope="session")
def poetry() -> tuple[str, ...]:
    """The command of Poetry, in an environment of its own."""
    python = environments.ensure(Path(__file__).parents[1] / "requirements-poetry.txt", say=print)
    return str(python), "-m", "poetry", "--no-interaction"


def require(tool: str) -> None:
    """Skip the test where the tool is missing; in CI it may not be."""
    if not shutil.which(tool) and not os.environ.get("CI"):
        pytest.skip(f"{tool} is not on the PATH, so it can't be asked")


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
@VERSIONS
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


@VERSIONS
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


def poetry_projects(folder: Path) -> Repository:
    """Projects that require each other in each syntax that Poetry reads; the lock file of `app` repeats it."""
    repository = repositories.made(folder)
    poetry_table = '[tool.poetry]\nname = "acme-%s"\nversion = "1.2.3"\ndescription = ""\nauthors = []\n[tool.poetry.dependencies]\n'
    project_table = '[project]\nname = "acme-%s"\nversion = "1.2.3"\nrequires-python = ">=3.11"\n'
    extra = "[project.optional-dependencies]\nall = [\"acme-core~=1.2.3; python_version > '3'\"]\n"
    paths = '[tool.poetry.dependencies]\nacme-core = {path = "../core"}\nacme-http = {path = "../http", develop = true}\n'
    for name, content in {
        "core": poetry_table % "core" + 'python = ">=3.11"\n',
        "http": poetry_table % "http" + 'python = ">=3.11"\nacme-core = "~1.2.3"\n',
        "auth": project_table % "auth" + 'dependencies = ["acme-core~=1.2.3"]\n' + extra,
        "app": project_table % "app"
        + 'dependencies = ["acme-core==1.2.3", "acme-http (>=1.2.3,<2)", "acme-auth"]\n[dependency-groups]\ndev = ["acme-core>=1.2.3"]\n'
        + paths
        + 'acme-auth = {path = "../auth"}\n',
    }.items():
        repository.write(f"{name}/pyproject.toml", content)
        repository.write(f"{name}/acme_{name}/__init__.py", "")
    return repository


def test_poetry_finds_its_lock_file_in_step_and_would_write_the_same(tmp_path: Path, poetry: tuple[str, ...]) -> None:
    repository = poetry_projects(tmp_path)
    app = ("--directory", "app")
    run(repository, *poetry, *app, "lock")
    bumped(repository, "1.3.0-beta.4")
    after = repository.folder.joinpath("app/poetry.lock").read_bytes()
    run(repository, *poetry, *app, "check", "--lock")
    run(repository, *poetry, *app, "lock", "--regenerate")
    assert repository.folder.joinpath("app/poetry.lock").read_bytes() == after
    assert b"1.2.3" not in after


def composer_projects(folder: Path) -> Repository:
    """Packages from paths, and a root whose every hashed key has something that PHP writes in its own way."""
    repository = repositories.made(folder)
    paths = [{"type": "path", "url": "../core", "options": {"symlink": False}}, {"type": "path", "url": "../http"}]
    extra = {"é/": [1.5, 1e3, 12345678901234567890, {}, [], True, None], "rocket": "\U0001f680<&>'"}
    packages = {
        "core": {"name": "acme/core", "version": "1.2.3"},
        "http": {"name": "acme/http", "version": "1.2.3", "require": {"acme/core": "^1.2.3"}},
        "app": {
            "name": "acme/app",
            "description": "1.2.3",
            "license": "MIT",
            "version": "1.2.3",
            "config": {"platform": {"php": "8.1.0"}},
            "require": {"acme/http": "^1.2.3"},
            "require-dev": {"acme/core": "1.2.3"},
            "repositories": [*paths, {"packagist": False}],
            "extra": extra,
        },
    }
    for name, document in packages.items():
        repository.write(f"{name}/composer.json", json.dumps(document, indent=4, ensure_ascii=False) + "\n")
    return repository


@VERSIONS
def test_composer_installs_from_the_lock_file_and_would_write_the_same(tmp_path: Path, version: str) -> None:
    require("composer")
    repository = composer_projects(tmp_path)
    app = "--working-dir=app"
    run(repository, "composer", app, "update", "--no-install")
    bumped(repository, version)
    lock = repository.folder / "app/composer.lock"
    after = lock.read_bytes()
    run(repository, "composer", app, "validate", "--no-check-all", "--no-check-publish", "--check-lock")
    run(repository, "composer", app, "install", "--dry-run")
    lock.unlink()
    run(repository, "composer", app, "update", "--no-install")
    assert lock.read_bytes() == after
    assert b"1.2.3" not in after


def test_go_builds_the_modules_of_another_major_version(tmp_path: Path) -> None:
    require("go")
    repository = repositories.made(tmp_path)
    files = {
        "go.mod": "module example.com/acme\n\ngo 1.19\n\n"
        "require example.com/acme/tools v1.2.3\n\nreplace example.com/acme/tools => ./tools\n",
        "acme.go": 'package acme\n\nimport (\n\t"example.com/acme/internal/http"\n\tt "example.com/acme/tools"\n)\n\n'
        "var Name = http.Name + t.Name\n",
        "internal/http/http.go": 'package http\n\nconst Name = "example.com/acme"\n',
        "acme_test.go": 'package acme_test\n\nimport "example.com/acme"\n\nvar _ = acme.Name\n',
        "tools/go.mod": "module example.com/acme/tools\n\ngo 1.19\n",
        "tools/tools.go": 'package tools\n\nconst Name = "tools"\n',
        "package.json": '{"name": "acme", "version": "1.2.3"}\n',
    }
    for path, content in files.items():
        repository.write(path, content)
    run(repository, "go", "vet", "./...")
    bumped(repository, "2.0.0")
    run(repository, "go", "vet", "./...")
    found = process.run(("go", "list", "-m", "all"), folder=repository.folder, keep=("*",), added=OFFLINE).stdout.split("\n")
    assert found[:2] == ["example.com/acme/v2", "example.com/acme/tools/v2 v2.0.0 => ./tools"]
