"""Tokens reach the registries, and nothing else: no argument, log, output, summary or file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from tests import packed

from rehearsal import npm, nuget, pypi
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.http import Http
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.domain.package import Ecosystem
from release_actions.errors import RegistryError

pytestmark = pytest.mark.contract

TOP = Path(__file__).parents[2]
KEY = "canary-key-of-the-nuget-feed"
DEFAULTS = {
    name: "" if "${{" in declared.get("default", "") else declared.get("default", "")
    for name, declared in yaml.safe_load(TOP.joinpath("actions/publish/action.yml").read_text(encoding="utf-8"))["inputs"].items()
}


_LOOKS = 400


@contextmanager
def watched_arguments() -> Iterator[set[str]]:
    """The command lines of all processes, looked at again and again until the block ends."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        looks: Counter[str] = Counter()  # whoever is there for long has shown all its arguments
        while not done.wait(0.005):
            there = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - path objects would take most of a processor
            for gone in looks.keys() - set(there):  # another process may get its number
                del looks[gone]
            for process in there:
                if looks[process] > _LOOKS:
                    continue
                looks[process] += 1
                try:
                    seen.add(Path("/proc", process, "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def run_publish(workspace: Path, home: Path, toolchains: dict[str, str], inputs: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the action as its step does, with a home and a workspace that nothing else writes to."""
    ambient = ("npm_config", "UV_", "NUGET", "XDG_", "GITHUB_", "RUNNER_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ambient)}
    environment |= toolchains | {"HOME": str(home), "TMPDIR": str(home), "GITHUB_ACTIONS": "true", "INPUTS": json.dumps(inputs)}
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        workspace.joinpath(name).touch()
        environment[name] = str(workspace / name)
    command = [sys.executable, "-I", str(TOP / "scripts" / "launch.py"), "--inside", "publish"]
    return subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True, check=False)


def release(folder: Path, version: str) -> None:
    names = {Ecosystem.NUGET: "Acme.Sdk", Ecosystem.NPM: "@acme/sdk", Ecosystem.PYPI: "acme-sdk"}
    packages = [packed.package(folder, ecosystem, name, version, symbols=True) for ecosystem, name in names.items()]
    packed.release(folder, version, *packages)


def shown(done: subprocess.CompletedProcess[str]) -> str:
    """What a run prints, without the commands that tell the runner what to mask."""
    return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("::add-mask::"))


def test_tokens_appear_in_nothing_that_a_publish_leaves_behind_or_shows(tmp_path: Path, with_toolchains: dict[str, str]) -> None:
    built, home, workspace = (tmp_path / name for name in ("built", "home", "workspace"))
    for folder in (built, home, workspace):
        folder.mkdir()
    with (
        npm.registry(tmp_path / "npm", with_toolchains) as npm_registry,
        pypi.registry(tmp_path / "pypi") as index,
        nuget.registry(tmp_path / "nuget", key=KEY) as feed,
        watched_arguments() as arguments,
    ):
        tokens = {"npm-token": npm_registry.token, "pypi-token": index.token, "nuget-token": feed.token}
        wrong = {"nuget-token": "canary-of-nuget", "npm-token": f"canary{npm_registry.token[6:]}", "pypi-token": "canary-of-pypi"}
        where = {"npm-registry": npm_registry.url, "nuget-source": feed.url, "pypi-upload": f"{index.url}/", "pypi-index": index.index}
        inputs = DEFAULTS | where | {"folder": str(built), "wait": "60", "retries": "0"}
        release(built, "1.2.3")
        good = run_publish(workspace, home, with_toolchains, inputs | tokens)
        release(built, "1.2.4")
        refused = [run_publish(workspace, home, with_toolchains, inputs | tokens | {name: token}) for name, token in wrong.items()]
    assert good.returncode == 0, good.stdout + good.stderr
    assert [done.returncode for done in refused] == [1, 1, 1], [done.stdout + done.stderr for done in refused]
    assert any("publish" in line and "acme_sdk-1.2.3.tar.gz" in line for line in arguments), "the watch saw no client"
    places = {"arguments": "\n".join(arguments), "log": "\n".join(map(shown, (good, *refused)))}
    for folder in (home, workspace, built):
        places |= {str(path): path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
    secrets = {*tokens.values(), *wrong.values()}
    assert [place for place, words in places.items() if any(secret in words for secret in secrets)] == []


@pytest.mark.parametrize(("version", "by_client"), [("5.11.0.1", False), ("7.5.0.9", False), ("7.6.0.2", True), ("10.0.0.1", True)])
def test_the_nuget_key_goes_to_the_client_by_the_environment_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, by_client: bool
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    stand_in = tools / "dotnet"  # for SDKs that can't be had from a package registry
    stand_in.write_text(
        f'#!/bin/sh\nif [ "$2" = --version ]; then printf "NuGet Command Line\\n{version}\\n"; exit; fi\n'
        f'echo "$@" >>{tmp_path}/arguments; echo "$NUGET_API_KEY" >>{tmp_path}/key\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    package = packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", "1.2.3")
    with nuget.registry(tmp_path / "nuget", key=KEY) as feed:
        registry = NugetRegistry(Http(SystemClock()), tmp_path, top=tmp_path, token=KEY, source=feed.url)
        registry.upload(package, [tmp_path / file.name for file in package.files], None)
        assert bool(registry.look_up(package).files) is not by_client
    assert tmp_path.joinpath("arguments").exists() is by_client
    if by_client:
        assert KEY not in tmp_path.joinpath("arguments").read_text()
        assert tmp_path.joinpath("key").read_text().strip() == KEY


def test_a_client_that_repeats_its_secret_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    stand_in = tools / "dotnet"
    stand_in.write_text(
        '#!/bin/sh\nif [ "$2" = --version ]; then echo 7.6.0.1; exit; fi\n'
        'echo "the key is $NUGET_API_KEY; see http://someone:canary-password@127.0.0.1/x"; exit 1\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    package = packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", "1.2.3")
    registry = NugetRegistry(Http(SystemClock()), tmp_path, top=tmp_path, token=KEY, source="http://127.0.0.1:9/index.json")
    with pytest.raises(RegistryError) as caught:
        registry.upload(package, [tmp_path / "Acme.Sdk.1.2.3.nupkg"], None)
    assert "the key is ***" in str(caught.value)
    assert "canary" not in str(caught.value)
