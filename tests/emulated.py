"""What the tests about GitHub need from npm: an emulator of GitHub, and GitHub's own description of its API."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from release_actions.adapters import environments, process

HERE = Path(__file__).parent / "emulate"
_FILES = ("package.json", "package-lock.json")
_DESCRIPTION = "node_modules/@octokit/openapi/generated/api.github.com.json"
_OPTIONS = ("--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved", "--loglevel=error")


def installed(variables: Mapping[str, str]) -> Path:
    """The folder with both, fetched by the npm that `variables` lead to, and kept in the cache."""
    key = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in _FILES)).hexdigest()[:16]
    home = environments.cache_folder() / f"emulate-{key}"
    if not home.is_dir():
        environments.place_whole(home, lambda folder: _install(folder, variables))
    return home


def description(home: Path) -> Path:
    """GitHub's description of its API, in OpenAPI 3.0."""
    return home / _DESCRIPTION


def _install(folder: Path, variables: Mapping[str, str]) -> None:
    for name in _FILES:
        shutil.copyfile(HERE / name, folder / name)
    process.run(["npm", "ci", *_OPTIONS], folder=folder, keep=("npm_config_*", "NPM_CONFIG_*"), added=variables, timeout=600)
    for path in (folder / _DESCRIPTION).parent.glob("*.json"):  # 380 MB of other descriptions
        if path.name != Path(_DESCRIPTION).name:
            path.unlink()


@contextmanager
def emulate(home: Path, folder: Path, variables: Mapping[str, str], seed: Mapping[str, object]) -> Iterator[str]:
    """Run the emulator of GitHub with `seed`; its address, which says `localhost` as its own answers do."""
    file = folder / "seed.json"
    file.write_text(json.dumps(seed), encoding="utf-8")
    port = _free_port()
    command = ["node", str(home / "node_modules/emulate/dist/index.js"), "--service", "github", "--port", str(port), "--seed", str(file)]
    with (folder / "emulate.log").open("w") as log:
        child = subprocess.Popen(command, cwd=folder, env=os.environ | dict(variables), stdout=log, stderr=log, start_new_session=True)
        try:
            address = f"http://localhost:{port}"
            _wait(lambda: _answers(address), child)
            yield address
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/rate_limit", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _wait(ready: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if ready():
            return
        assert child.poll() is None, "the emulator ended"
        time.sleep(0.1)
    raise TimeoutError("the emulator does not answer")
