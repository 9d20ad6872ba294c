"""The npm registry: written by `npm publish`, read as packuments over HTTP.

https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from release_actions.adapters import process
from release_actions.adapters.http import Answer, Http, bearer, resolved, same_origin, shown, unusable
from release_actions.adapters.registries import client
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Digest, OnRegistry
from release_actions.errors import Finding

#: The short form of a packument, which holds all that is needed here, and the long form where there is no short one.
_PACKUMENT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
#: Variables that npm, or a user's .npmrc, reads.
_KEPT = ("npm_config_*", "NPM_CONFIG_*", "NODE_AUTH_TOKEN", "NPM_TOKEN", "NODE_OPTIONS", "NODE_TLS_*")
_TAKEN = re.compile(r"cannot publish over|EPUBLISHCONFLICT|previously staged version", re.IGNORECASE)
_CREDENTIAL = re.compile(r"^(//\S+?):(?:_authToken|_auth|username|certfile) = ", re.MULTILINE)
_LARGEST_MANIFEST = 4 * 1024 * 1024


class NpmRegistry:
    """The registry that npm is configured for, which may differ by scope and by the packages' own publishConfig.

    `folder` holds the packed files, `top` is where npm reads the project's .npmrc. `registry` overrides all settings.
    """

    ecosystem = Ecosystem.NPM

    def __init__(self, http: Http, folder: Path, *, top: Path, token: str = "", registry: str = "") -> None:
        self._http = http
        self._folder = folder
        self._top = top
        self._token = token
        self._registry = registry

    @property
    def address(self) -> str:
        """The registry of packages that have none of their own."""
        return shown(self._registry or self._settings.get("registry", ""))

    def registry_of(self, package: BuiltPackage) -> str:
        """The address of the registry that the package belongs to, found as npm finds it, with a final slash."""
        return client.without_credentials(self._where(package), "`npm-registry` or .npmrc").rstrip("/") + "/"

    def check(self, packages: Sequence[BuiltPackage]) -> Sequence[Finding]:
        """Whether npm is there, has a credential for the packages' registries, and whether these accept the token."""
        _npm()
        registries = sorted({self.registry_of(package) for package in packages})
        return [finding for registry in registries for finding in self._check(registry)]

    def look_up(self, package: BuiltPackage) -> OnRegistry:
        """Ask for the packument; the integrity in it is that of the tarball as uploaded."""
        registry = self.registry_of(package)
        answer = self._get(registry + quote(package.name, safe="@"), registry)
        if answer.status == 404:
            return OnRegistry()
        if answer.status != 200:
            raise unusable(answer.url, f"the registry answered {answer.status}")
        try:
            packument = answer.json()
            versions = packument.get("versions", {})
            files = {}
            if package.version in versions:
                digest = self._digest(versions[package.version]["dist"], answer.url)
                files = {package.files[0].name: Digest("sha512", digest)}
            return OnRegistry(files, tuple(versions), dict(packument.get("dist-tags", {})))
        except (AttributeError, KeyError, TypeError, binascii.Error) as error:
            raise unusable(answer.url, f"the answer is no packument ({type(error).__name__}: {error})") from None

    def upload(self, package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:
        """Run `npm publish` on the tarball, which it sends as it is."""
        registry = self.registry_of(package)
        options = ["--ignore-scripts", "--fetch-retries=0", "--no-update-notifier", f"--registry={registry}"]
        if package.name.startswith("@"):
            options.append(f"--{package.name.partition('/')[0]}:registry={registry}")
        for file in files:
            client.upload(
                [_npm(), "publish", file.resolve(), f"--tag={dist_tag or 'latest'}", *options],
                self._top,
                keep=_KEPT,
                secrets=self._secrets(registry),
                taken=_TAKEN,
                remedy="See what npm says; for a scoped package's first publication set `publishConfig.access` in its package.json.",
            )

    def _where(self, package: BuiltPackage) -> str:
        if self._registry:
            return self._registry
        scope = f"{package.name.partition('/')[0]}:registry" if package.name.startswith("@") else ""
        own = _publish_config(self._folder / package.files[0].name)
        found = own.get(scope) or self._settings.get(scope) or own.get("registry") or self._settings.get("registry")
        if not isinstance(found, str) or urlsplit(found).scheme not in {"http", "https"}:
            raise unusable(str(found), f"npm is configured with no usable registry for {package.name}")
        return found

    def _check(self, registry: str) -> list[Finding]:
        if not self._token and not self._has_credential(registry):
            return [
                Finding(
                    "credential-missing",
                    f"There is no credential for the npm registry {shown(registry)}.",
                    "Set the input `npm-token`, or put an `_authToken` for this registry into .npmrc.",
                )
            ]
        answer = self._http.get(f"{registry}-/whoami", headers=bearer(self._token)) if self._token else None
        if answer is not None and answer.status in {401, 403}:
            return [
                Finding(
                    "credential-refused",
                    f"The npm registry {shown(registry)} does not accept the token.",
                    "Make a new token that may publish, and put it where `npm-token` is taken from.",
                )
            ]
        return []

    def _has_credential(self, registry: str) -> bool:
        listed = process.run([_npm(), "config", "list"], folder=self._top, keep=_KEPT).stdout
        return registry.partition(":")[2] in {match[1].rstrip("/") + "/" for match in _CREDENTIAL.finditer(listed)}

    def _secrets(self, registry: str) -> dict[str, str]:
        """The token by the one way that is neither an argument nor a file: npm reads any setting from the environment."""
        return {f"npm_config_{registry.partition(':')[2]}:_authToken": self._token} if self._token else {}

    def _get(self, url: str, registry: str) -> Answer:
        """Ask without the token first: public packages need none. Private ones hide behind 401, 403 or 404."""
        answer = self._http.get(url, accept=_PACKUMENT)
        if answer.status in {401, 403, 404} and self._token and same_origin(url, registry):
            return self._http.get(url, accept=_PACKUMENT, headers=bearer(self._token))
        return answer

    def _digest(self, dist: Mapping[str, str], url: str) -> str:
        """The tarball's SHA-512; packages of before 2017 have no `integrity`, and are fetched."""
        for part in dist.get("integrity", "").split():
            if part.startswith("sha512-"):
                return base64.b64decode(part.removeprefix("sha512-").partition("?")[0], validate=True).hex()
        tarball = resolved(url, dist["tarball"])
        return self._http.digest(tarball, "sha512", bearer(self._token) if same_origin(tarball, url) else None)

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        """What all of npm's files and variables say together; npm leaves secrets out."""
        listed = process.run([_npm(), "config", "list", "--json"], folder=self._top, keep=_KEPT).stdout
        settings = json.loads(listed)
        return settings if isinstance(settings, dict) else {}


def _npm() -> str:
    return process.find("npm", "Install Node.js, which brings npm, or add a step with actions/setup-node before this one.")


def _publish_config(tarball: Path) -> Mapping[str, Any]:
    """`publishConfig` of the package.json inside the tarball."""
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                if (
                    member.isfile()
                    and member.name.count("/") == 1
                    and member.name.endswith("/package.json")
                    and member.size < _LARGEST_MANIFEST
                ):
                    file = archive.extractfile(member)
                    manifest = json.loads(file.read()) if file else {}
                    found = manifest.get("publishConfig", {})
                    return found if isinstance(found, dict) else {}
    except (OSError, tarfile.TarError, ValueError, AttributeError):
        pass  # what the file is worth is for others to say
    return {}
