"""Throw-away registries of all three ecosystems, and what a workflow has to be told to publish to them."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal import npm, nuget, pypi

OWN = ("@acme-weather/client", "@acme-weather/types")
_NUGET_KEY = "oy2-a-key-for-the-throw-away-feed"


@dataclass(frozen=True)
class Registries:
    """The three registries."""

    nuget: nuget.Registry
    npm: npm.Registry
    pypi: pypi.Registry

    @property
    def variables(self) -> dict[str, str]:
        """The settings of the official clients, as an organisation sets them on its runners; no secret is among them."""
        return {"npm_config_registry": self.npm.url, "UV_PUBLISH_URL": f"{self.pypi.url}/", "UV_PUBLISH_CHECK_URL": self.pypi.index}

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets that the examples name."""
        return {"NUGET_TOKEN": self.nuget.token, "NPM_TOKEN": self.npm.token, "PYPI_TOKEN": self.pypi.token}

    def configure(self, home: Path) -> None:
        """Write NuGet's user-wide configuration; it takes a feed's address from nowhere else."""
        folder = home / ".nuget" / "NuGet"
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath("NuGet.Config").write_text(self.nuget.config(), encoding="utf-8")

    def contents(self) -> dict[str, set[str]]:
        """Every version of the sample's packages, by package."""
        content = next(resource["@id"] for resource in _get(self.nuget.url)["resources"] if resource["@type"] == "PackageBaseAddress/3.0.0")
        found = {}
        for part in ("Client", "Types"):
            nuget_name, python_name = f"AcmeWeather.{part}", f"acme-weather-{part.lower()}"
            found[nuget_name] = set(_get(f"{content.rstrip('/')}/{nuget_name.lower()}/index.json").get("versions", ()))
            found[f"@acme-weather/{part.lower()}"] = set(self._packument(part).get("versions", ()))
            found[python_name] = set(_get(f"{self.pypi.url}/{python_name}/json").get("releases", ()))
        return found

    def dist_tags(self, part: str = "client") -> dict[str, str]:
        """The npm dist-tags of one of the packages."""
        tags: dict[str, str] = self._packument(part).get("dist-tags", {})
        return tags

    def deprecations(self, part: str = "client") -> dict[str, str]:
        """The deprecated versions of one of the npm packages, with the words that users see."""
        versions = self._packument(part).get("versions", {})
        return {version: entry["deprecated"] for version, entry in versions.items() if entry.get("deprecated")}

    def unlisted(self) -> set[tuple[str, str]]:
        """The NuGet packages and versions that searches don't find."""
        base = next(resource["@id"] for resource in _get(self.nuget.url)["resources"] if resource["@type"] == "RegistrationsBaseUrl")
        found = set()
        for name in ("AcmeWeather.Client", "AcmeWeather.Types"):
            for page in _get(f"{base.rstrip('/')}/{name.lower()}/index.json").get("items", ()):
                found |= {(name, leaf["catalogEntry"]["version"]) for leaf in page["items"] if not leaf["catalogEntry"]["listed"]}
        return found

    def dependencies(self, version: str) -> dict[str, str]:
        """What this version of the npm client depends on."""
        found: dict[str, str] = self._packument("client")["versions"][version]["dependencies"]
        return found

    def sha512(self, version: str) -> str:
        """The digest, in hexadecimal, of the npm client's tarball."""
        integrity: str = self._packument("client")["versions"][version]["dist"]["integrity"]
        return base64.b64decode(integrity.removeprefix("sha512-")).hex()

    def _packument(self, part: str) -> Mapping[str, Any]:
        packument: Mapping[str, Any] = _get(f"{self.npm.url}@acme-weather%2F{part.lower()}")
        return packument


@contextmanager
def running(storage: Path, toolchains: Mapping[str, str]) -> Iterator[Registries]:
    """The registries, until the block ends; what npm needs to build comes through them from the one that is configured."""
    with (
        nuget.registry(storage / "nuget", key=_NUGET_KEY) as feed,
        npm.registry(storage / "npm", toolchains, uplink=npm.upstream(toolchains), own=OWN) as packages,
        pypi.registry(storage / "pypi") as index,
    ):
        yield Registries(feed, packages, index)


def _get(url: str) -> Any:
    """The answer, or an empty object when there is nothing."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return {}
