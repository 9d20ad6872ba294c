"""The throw-away registries with the faulty proxy before each, a release for them, and what they hold in truth."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha512
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote

import urllib3
from tests import packed
from tests.faults import proxy as proxies
from tests.faults.proxy import Proxy

from rehearsal import npm, nuget, pypi
from release_actions.adapters.registries.configured import Settings
from release_actions.adapters.registries.nupkg import unsigned
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Release

KEY = "a-key-of-the-tests"
NAMES = {Ecosystem.NUGET: "Acme.Sample{}", Ecosystem.NPM: "@acme/sample{}", Ecosystem.PYPI: "acme-sample{}"}

_OPERATIONS = {
    Ecosystem.NUGET: (
        (r"GET /v3/index\.json", "index"),
        (r"GET /v3/content/[^/]+/index\.json", "look-up"),
        (r"GET /v3/content/.*", "download"),
        (r"PUT /api/v2/package/?", "upload"),
        (r"PUT /api/v2/symbolpackage/?", "symbols"),
    ),
    Ecosystem.NPM: (
        (r"GET /-/whoami", "whoami"),
        (r"GET /-/package/.*/collaborators", "rights"),
        (r"GET /-/package/.*/dist-tags", "look-up"),
        (r"(PUT|DELETE|POST) /-/package/.*/dist-tags/.*", "pointer"),
        (r"PUT /[^-].*", "upload"),
        (r"GET /[^-].*", "look-up"),
    ),
    Ecosystem.PYPI: (
        (r"GET /simple/.*", "look-up"),
        (r"POST /", "upload"),
    ),
}


def operations(ecosystem: Ecosystem) -> tuple[str, ...]:
    """The names of what is asked of a registry."""
    return tuple(dict.fromkeys(name for _, name in _OPERATIONS[ecosystem]))


def _operation(ecosystem: Ecosystem, method: str, path: str) -> str:
    return next((name for pattern, name in _OPERATIONS[ecosystem] if re.fullmatch(pattern, f"{method} {path}")), "other")


@dataclass
class Hurried:
    """A clock by which waiting takes almost no time."""

    skipped: float = 0.0

    def now(self) -> float:
        return monotonic() + self.skipped

    def sleep(self, seconds: float) -> None:
        real = min(seconds, 0.02)
        self.skipped += seconds - real
        sleep(real)


@dataclass(frozen=True)
class Truth:
    """What a registry holds of one version in truth: its files' names with whether the bytes are those that were built."""

    files: Mapping[str, bool]
    pointers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Rig:
    """The registries, each with its proxy."""

    storage: Path
    proxies: dict[Ecosystem, Proxy]
    addresses: dict[Ecosystem, str]
    tokens: dict[Ecosystem, str]

    def settings(self) -> Settings:
        """What leads to the registries through their proxies."""
        urls = {ecosystem: self.proxies[ecosystem].url if ecosystem in self.proxies else "http://127.0.0.1:9" for ecosystem in Ecosystem}
        return Settings(
            npm_token=self.tokens.get(Ecosystem.NPM, ""),
            nuget_token=self.tokens.get(Ecosystem.NUGET, ""),
            pypi_token=self.tokens.get(Ecosystem.PYPI, ""),
            npm_registry=f"{urls[Ecosystem.NPM]}/",
            nuget_source=f"{urls[Ecosystem.NUGET]}/v3/index.json",
            pypi_index=f"{urls[Ecosystem.PYPI]}/simple/",
            pypi_upload=f"{urls[Ecosystem.PYPI]}/",
        )

    def inputs(self) -> dict[str, str]:
        """The same as inputs of the action."""
        given = self.settings()
        names = ("npm_token", "nuget_token", "pypi_token", "npm_registry", "nuget_source", "pypi_index", "pypi_upload")
        return {name.replace("_", "-"): getattr(given, name) for name in names}

    def hold_before(self, made: Release, version: str) -> None:
        """Let npm hold an earlier version of the packages, as `latest`, so that its dist-tags have somewhere to come from."""
        for package in made.packages:
            if package.ecosystem is Ecosystem.NPM:
                self._put(package.name, version)

    def _put(self, name: str, version: str) -> None:
        content = version.encode()
        tarball = f"{name.rpartition('/')[2]}-{version}.tgz"
        integrity = "sha512-" + base64.b64encode(sha512(content).digest()).decode()
        address = self.addresses[Ecosystem.NPM].rstrip("/")
        dist = {"integrity": integrity, "tarball": f"{address}/{name}/-/{tarball}"}
        data = {"content_type": "application/octet-stream", "data": base64.b64encode(content).decode(), "length": len(content)}
        document = {
            "_id": name,
            "name": name,
            "dist-tags": {"latest": version},
            "versions": {version: {"name": name, "version": version, "dist": dist}},
            "_attachments": {tarball: data},
        }
        headers = {"Authorization": f"Bearer {self.tokens[Ecosystem.NPM]}"}
        answer = urllib3.request("PUT", f"{address}/{quote(name, safe='@')}", json=document, headers=headers, retries=False)
        assert answer.status == 201, answer.data

    def heal(self) -> None:
        """Take all faults away."""
        for proxy in self.proxies.values():
            proxy.heal()

    def truth(self, package: BuiltPackage, folder: Path) -> Truth:
        """What the registry of `package` holds, asked of the registry itself and not through the proxy."""
        built = {file.name: (folder / file.name).read_bytes() for file in package.files}
        match package.ecosystem:
            case Ecosystem.NPM:
                return self._npm_truth(package, built)
            case Ecosystem.PYPI:
                stem = package.files[0].name.partition("-")[0]
                held = {path.name: path.read_bytes() for path in (self.storage / "pypi").glob(f"{stem}-{package.version}*")}
            case Ecosystem.NUGET:
                home = self.storage / "nuget" / package.name.lower() / package.version.lower()
                names = {name.lower(): name for name in built}
                held = {names.get(path.name, path.name): unsigned(path.read_bytes()) for path in home.glob("*.*nupkg")}
        return Truth({name: content == built.get(name) for name, content in held.items()})

    def _npm_truth(self, package: BuiltPackage, built: Mapping[str, bytes]) -> Truth:
        address = self.addresses[Ecosystem.NPM].rstrip("/")
        packument = _fetched(f"{address}/{quote(package.name, safe='@')}")
        if packument is None:
            return Truth({})
        document = json.loads(packument)
        held = document["versions"].get(package.version)
        if held is None:
            return Truth({}, document["dist-tags"])
        [(name, content)] = built.items()
        tarball = _fetched(f"{address}/{quote(package.name, safe='@')}/-/{package.name.rpartition('/')[2]}-{package.version}.tgz")
        integrity = "sha512-" + base64.b64encode(sha512(content).digest()).decode()
        return Truth({name: tarball == content and held["dist"]["integrity"] == integrity}, document["dist-tags"])


def _fetched(url: str) -> bytes | None:
    answer = urllib3.request("GET", url, retries=False)
    return answer.data if answer.status == 200 else None


@contextmanager
def rig(storage: Path, toolchains: Mapping[str, str], ecosystems: Iterable[Ecosystem] = Ecosystem, latency: float = 0.0) -> Iterator[Rig]:
    """Registries with proxies before them, until the block ends; each request takes `latency` seconds longer."""
    with ExitStack() as stack:
        made = Rig(storage, {}, {}, {})
        for ecosystem in ecosystems:
            match ecosystem:
                case Ecosystem.NPM:
                    verdaccio = stack.enter_context(npm.registry(storage / "npm", toolchains))
                    url, token = verdaccio.url, verdaccio.token
                case Ecosystem.PYPI:
                    index = stack.enter_context(pypi.registry(storage / "pypi", toolchains))
                    url, token = index.url, index.token
                case Ecosystem.NUGET:
                    feed = stack.enter_context(nuget.registry(storage / "nuget", toolchains, key=KEY, signs=True))
                    url, token = feed.url, feed.token
            made.addresses[ecosystem], made.tokens[ecosystem] = url, token
            named = partial(_operation, ecosystem)
            made.proxies[ecosystem] = stack.enter_context(proxies.before(url, named, latency))
        yield made


def release(folder: Path, ecosystems: Iterable[Ecosystem], mark: object = "", version: str = "1.2.3", content: str = "ours") -> Release:
    """A release of packages in each ecosystem, the second of which depends on the first; `mark` ends their names."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = []
    for ecosystem in ecosystems:
        core, client = (NAMES[ecosystem].format(f"{part}{mark}") for part in ("core", "client"))
        symbols = ecosystem is Ecosystem.NUGET
        packages.append(packed.package(folder, ecosystem, core, version, content=content, symbols=symbols))
        packages.append(packed.package(folder, ecosystem, client, version, content=content, symbols=symbols, depends_on=[core]))
        if ecosystem is Ecosystem.PYPI:  # whose client takes several packages at once
            packages.append(packed.package(folder, ecosystem, NAMES[ecosystem].format(f"extra{mark}"), version, content=content))
    return packed.release(folder, version, *packages)
