"""The rehearsal, as its users start it: with a home that is empty, and nothing of their environment but the PATH."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from release_actions.adapters import environments

pytestmark = pytest.mark.e2e

TOP = Path(__file__).parents[2]
SAMPLE = TOP / "examples" / "sample-sdk"
IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.invalid")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An empty home, a folder of its own for temporary files, and what this machine has fetched already."""
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir()
    cache = {name: os.environ[name] for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP") if os.environ.get(name)}
    cache = cache or {"XDG_CACHE_HOME": str(environments.cache_folder().parent)}
    return {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"], "TMPDIR": str(tmp_path / "temporary"), **cache}


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """Whatever happened: no process that was started is left, and no temporary folder."""
    yield
    assert not processes_of(tmp_path)
    assert not list((tmp_path / "temporary").glob("rehearsal-*"))


def processes_of(folder: Path) -> list[str]:
    """The commands of the running processes that name `folder`."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if (str(folder) in line and "launch.py rehearse" in line) or f"{folder}/temporary" in line]


def rehearse(env: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, TOP / "scripts" / "launch.py", "rehearse", *arguments]
    return subprocess.run([str(word) for word in command], env=env, capture_output=True, text=True, check=False)


def repository(folder: Path) -> Path:
    """A user's own repository: a copy of the sample, committed."""
    ignored = shutil.ignore_patterns("node_modules", "dist", "bin", "obj", "*.tsbuildinfo", "__pycache__")
    shutil.copytree(SAMPLE, folder, ignore=ignored)
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "main"], cwd=folder, check=True)
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    subprocess.run(["git", *IDENTITY, "commit", "--quiet", "--message", "Work"], cwd=folder, check=True)


def rows(shown: str) -> dict[str, str]:
    """The report's rows by package."""
    return {line.split()[0]: line for line in shown.splitlines() if " 1.4.0 " in line and ("acme" in line.lower())}


def test_the_sample_is_published_installed_and_run_and_later_rehearsals_find_it_in_place(tmp_path: Path, env: dict[str, str]) -> None:
    first = rehearse(env, "--keep", tmp_path / "registries")
    assert first.returncode == 0, first.stdout + first.stderr
    table = rows(first.stdout)
    clients = {"AcmeWeather.Client", "@acme-weather/client", "acme-weather-client"}
    assert set(table) == clients | {"AcmeWeather.Types", "@acme-weather/types", "acme-weather-types"}
    for name, row in table.items():
        assert "✓ published" in row
        assert row.rstrip().endswith("= in place")
        assert ("✓ Oslo: 9 °C" in row) == (name in clients), row
    assert "already there, with the very bytes that were built" in first.stdout
    assert "v1.4.0 can be released to NuGet, npm and PyPI" in first.stdout

    second = rehearse(env, "--keep", tmp_path / "registries")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "uploading" not in second.stdout
    assert all("✓ published" not in row and row.count("= in place") == 2 for row in rows(second.stdout).values())


def test_other_content_under_a_version_that_is_there_uploads_nothing(tmp_path: Path, env: dict[str, str]) -> None:
    own = repository(tmp_path / "own")
    assert rehearse(env, own, "--only", "pypi", "--keep", tmp_path / "registries").returncode == 0
    source = own / "sdks/python/types/acme_weather_types/__init__.py"
    source.write_text(source.read_text() + "CHANGED = True\n")
    commit(own)
    done = rehearse(env, own, "--only", "pypi", "--keep", tmp_path / "registries")
    assert done.returncode == 1
    assert "[other-content]" in done.stderr
    assert "uploading" not in done.stdout


def test_a_users_repository_is_rehearsed_as_committed_and_left_as_it_is(tmp_path: Path, env: dict[str, str]) -> None:
    own = repository(tmp_path / "own")
    (own / "README.md").write_text("uncommitted\n")
    (own / "notes.txt").write_text("untracked\n")
    before = subprocess.run(["git", "status", "--porcelain"], cwd=own, capture_output=True, text=True, check=True).stdout
    done = rehearse(env, own / "sdks", "--only", "pypi")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "uncommitted changes in 2 files (README.md, notes.txt)" in done.stdout
    assert "2 packages to publish" in done.stdout
    after = subprocess.run(["git", "status", "--porcelain"], cwd=own, capture_output=True, text=True, check=True).stdout
    assert after == before
    assert not subprocess.run(["git", "tag"], cwd=own, capture_output=True, text=True, check=True).stdout


def test_a_package_that_does_not_work_once_installed_fails_the_rehearsal(tmp_path: Path, env: dict[str, str]) -> None:
    own = repository(tmp_path / "own")
    client = own / "sdks/python/client/pyproject.toml"
    client.write_text(client.read_text().replace('    "acme-weather-types==1.4.0", # the two are released together\n', ""))
    commit(own)
    done = rehearse(env, own, "--only", "pypi")
    assert done.returncode == 1
    assert "✗ failed" in rows(done.stdout)["acme-weather-client"]
    assert "✓ imported" in rows(done.stdout)["acme-weather-types"]
    assert "No module named 'acme_weather_types'" in done.stderr
    assert "[install-failed]" in done.stderr


def test_a_prerelease_is_spelt_as_each_registry_needs_it(tmp_path: Path, env: dict[str, str]) -> None:
    own = repository(tmp_path / "own")
    for path in own.rglob("*"):
        if path.is_file() and ".git/" not in path.as_posix() and b"1.4.0" in path.read_bytes():
            spelt = b"1.5.0b2" if path.name == "pyproject.toml" else b"1.5.0-beta.2"
            path.write_bytes(path.read_bytes().replace(b"1.4.0", spelt))
    commit(own)
    done = rehearse(env, own, "--only", "npm,pypi")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "v1.5.0-beta.2 is a prerelease of the channel beta" in done.stdout
    assert "acme-weather-client   PyPI      1.5.0b2 " in done.stdout


def test_what_a_package_needs_of_others_comes_from_the_users_registries_and_its_own_names_never_do(
    tmp_path: Path, env: dict[str, str]
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    manifest = {"name": "@acme/own", "version": "1.4.0", "main": "index.js", "dependencies": {"semver": "^7.0.0"}}
    (own / "package.json").write_text(json.dumps(manifest))
    (own / "index.js").write_text("module.exports = require('semver')\n")
    (own / ".npmrc").write_text("@acme:registry=http://127.0.0.1:9/\n")  # where nobody answers
    subprocess.run(["git", "init", "--quiet"], cwd=own, check=True)
    commit(own)
    done = rehearse(env, own)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ imported" in rows(done.stdout)["@acme/own"]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (["no-such-folder"], "path-missing"),
        (["home"], "git-repository"),
        (["bare"], "no-commit"),
        (["empty"], "no-packages"),
        (["--only", "maven"], "input-value"),
        (["--tag", "1.4.0"], "tag-grammar"),
        (["--tag", "v1.4"], "tag-grammar"),
        (["--tag", "v1.4.0\n::error::x"], "tag-grammar"),
        (["--tag", "v2.0.0"], "version-disagrees"),
    ],
)
def test_what_can_not_be_rehearsed_is_refused_with_a_remedy(tmp_path: Path, env: dict[str, str], arguments: list[str], rule: str) -> None:
    for name in ("bare", "empty"):
        (tmp_path / name).mkdir()
        subprocess.run(["git", "init", "--quiet"], cwd=tmp_path / name, check=True)
    (tmp_path / "empty" / "README").touch()
    commit(tmp_path / "empty")
    if not arguments[0].startswith("--"):
        arguments = [str(tmp_path / arguments[0])]
    done = rehearse(env, *arguments)
    assert done.returncode == 1
    assert f"[{rule}]" in done.stderr
    assert "→ " in done.stderr
    assert not any(line.startswith("::") for line in (done.stdout + done.stderr).splitlines())


@pytest.mark.parametrize("request_to_end", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_rehearsal_leaves_nothing_behind(env: dict[str, str], request_to_end: signal.Signals) -> None:
    command = [sys.executable, str(TOP / "scripts" / "launch.py"), "rehearse", "--only", "npm"]
    child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert child.stdout
    shown = []
    for line in child.stdout:
        shown.append(line)
        if "packing" in line:
            child.send_signal(request_to_end)
    child.stdout.close()
    assert child.wait() == 130, shown
    assert "Interrupted" in shown[-1]


def test_secrets_of_the_user_are_kept_from_every_step(tmp_path: Path, env: dict[str, str]) -> None:
    own = repository(tmp_path / "own")
    smoke = own / "smoke/weather.py"
    smoke.write_text("import os\nprint(sorted(name for name in os.environ if 'TOKEN' in name or 'KEY' in name))\n")
    commit(own)
    secrets = {"UV_PUBLISH_TOKEN": "real-token", "NUGET_API_KEY": "real-key", "NPM_TOKEN": "real-token"}
    done = rehearse({**env, **secrets}, own, "--only", "pypi")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ []" in rows(done.stdout)["acme-weather-client"]
    assert "real-" not in done.stdout + done.stderr
