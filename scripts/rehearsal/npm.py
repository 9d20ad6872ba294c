"""A throw-away npm registry: Verdaccio as a child process."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rehearsal import loopback, toolchains
from release_actions.adapters import process
from release_actions.errors import ToolError

_USER = "rehearsal"
_PATIENCE = 60.0
#: No proxy stands between this process and its own machine.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Registry:
    """The registry's address, with a final slash, and the token that may publish."""

    url: str
    token: str
    npmrc: Path

    def environment(self) -> dict[str, str]:
        """The settings with which npm publishes to this registry, and installs from it."""
        return {
            "npm_config_registry": self.url,
            "npm_config_userconfig": str(self.npmrc),
            f"npm_config_{self.url.partition(':')[2]}:_authToken": self.token,
        }


@dataclass(frozen=True)
class Uplink:
    """The registry that others' packages come from, and the file of certificates that it is trusted by, if npm has one."""

    url: str
    certificates: str = ""


def upstream(env: Mapping[str, str]) -> Uplink:
    """The registry that npm is configured for."""
    listed = process.run(["npm", "config", "list", "--json"], keep=("npm_config_*", "NPM_CONFIG_*"), added=env).stdout
    settings = json.loads(listed)
    return Uplink(settings["registry"], settings.get("cafile") or "")


@contextmanager
def registry(
    storage: Path,
    env: Mapping[str, str],
    *,
    uplink: Uplink | None = None,
    own: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Registry]:
    """A registry that keeps its packages in `storage`, until the block ends.

    `env` is from `toolchains.provide`. Packages that aren't here come from the registry `uplink`, if any; those named
    in `own` never do, as if they were unpublished there.

    Raises:
        ToolError: Verdaccio can't be fetched or does not start (rule `rehearsal-registry`).
    """
    storage.mkdir(parents=True, exist_ok=True)
    npmrc = storage / "npmrc"
    npmrc.touch()
    config = storage / "verdaccio.json"  # YAML reads JSON
    config.write_text(json.dumps(_configuration(storage, uplink, own), indent=2), encoding="utf-8")
    trust = {"NODE_EXTRA_CA_CERTS": uplink.certificates} if uplink and uplink.certificates else {}
    with _running(toolchains.verdaccio(env, say), config, {**env, **trust}) as url:
        known = (storage / "htpasswd").exists() and _USER in (storage / "htpasswd").read_text(encoding="utf-8")
        yield Registry(url, _log_in(url, _password(storage), known=known), npmrc)


def _configuration(storage: Path, uplink: Uplink | None, own: Sequence[str]) -> dict[str, object]:
    rights = {"access": "$all", "publish": "$authenticated", "unpublish": "$authenticated"}
    others = rights | ({"proxy": "upstream"} if uplink else {})
    return {
        "storage": str(storage / "packages"),
        "auth": {"htpasswd": {"file": str(storage / "htpasswd"), "max_users": 1}},
        # A token that is signed; else each request with one would cost the hashing of a password, which blocks all others.
        "security": {"api": {"legacy": False, "jwt": {"sign": {"expiresIn": "7d"}}}},
        "uplinks": {"upstream": {"url": uplink.url, "cache": True, "maxage": "60m"}} if uplink else {},
        "packages": dict.fromkeys(own, rights) | {"@*/*": others, "**": others},
        "publish": {"allow_offline": True},
        "web": {"enable": False},
        "max_body_size": "500mb",
        "log": {"type": "file", "path": str(storage / "verdaccio.log"), "format": "pretty", "level": "warn"},
    }


@contextmanager
def _running(command: Path, config: Path, env: Mapping[str, str]) -> Iterator[str]:
    port = loopback.free_port()
    url = f"http://{loopback.HOST}:{port}/"
    log = config.with_suffix(".out")
    with log.open("wb") as output:
        child = subprocess.Popen(
            ["node", str(command), "--config", str(config), "--listen", f"{loopback.HOST}:{port}"],  # noqa: S607 - the node of `env`
            cwd=config.parent,
            env=process.environment(added=env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(child, url, log)
        yield url
    finally:
        _end(child)


def _wait_until_ready(child: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and child.poll() is None:
        try:
            _DIRECT.open(f"{url}-/ping", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise ToolError(
        "rehearsal-registry",
        f"The throw-away npm registry does not start:\n{log.read_text(errors='replace')[-2000:]}\n",
        "Run again; if it fails again, please report it.",
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started; politely first, so that it can finish what it writes."""
    for request in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, request)
            child.wait(timeout=5)
        except ProcessLookupError:
            child.wait()
        except subprocess.TimeoutExpired:
            continue
        return


def _password(storage: Path) -> str:
    """The one user's password, which lasts as long as the storage."""
    file = storage / "password"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16), encoding="ascii")
    return file.read_text(encoding="ascii")


def _log_in(url: str, password: str, *, known: bool) -> str:
    """A token for the one user, who is made on first use, and later proves by the header that he is the same."""
    body = json.dumps({"name": _USER, "password": password}).encode()
    headers = {"Content-Type": "application/json"}
    if known:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{_USER}:{password}".encode()).decode()
    request = urllib.request.Request(f"{url}-/user/org.couchdb.user:{_USER}", body, headers, method="PUT")  # noqa: S310 - it is ours
    with _DIRECT.open(request, timeout=30) as answer:
        return str(json.load(answer)["token"])
