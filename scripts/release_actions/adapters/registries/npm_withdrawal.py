"""Taking back what is on npm: dist-tags moved by `npm dist-tag`, versions deprecated by `npm deprecate`.

Neither works with trusted publishing, whose tokens may only publish: both need a token
(npm docs, "Trusted publishing").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from release_actions.adapters import process
from release_actions.adapters.http import Http, bearer, reading, shown, unusable
from release_actions.adapters.registries import client
from release_actions.adapters.registries.npm import NpmRegistry, pointers
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.domain.standing import Standing
from release_actions.errors import Finding, RegistryError

_KEPT = ("npm_config_*", "NPM_CONFIG_*", "NODE_AUTH_TOKEN", "NPM_TOKEN", "NODE_OPTIONS", "NODE_TLS_*")
_PACKUMENT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"
_LONGEST = 2000


class NpmWithdrawals:
    """Packages on the registries that `registry` finds for them."""

    ecosystem = Ecosystem.NPM

    def __init__(self, http: Http, registry: NpmRegistry, *, top: Path, token: str = "") -> None:
        self._http = http
        self._registry = registry
        self._top = top
        self._token = token

    @property
    def address(self) -> str:
        """The registry of packages that have none of their own."""
        return self._registry.address

    def check(self, packages: Sequence[BuiltPackage]) -> Sequence[Finding]:
        """Whether npm has a credential that each registry accepts: `npm whoami` says so, and never takes a trusted job for a user."""
        registries = sorted({self._registry.registry_of(package) for package in packages})
        return [finding for registry in registries for finding in self._check(registry)]

    def standing(self, package: BuiltPackage) -> Standing:
        """Ask for the packument."""
        registry = self._registry.registry_of(package)
        url = registry + quote(package.name, safe="@")
        answer = self._http.get(url, accept=_PACKUMENT)
        if answer.status in {401, 403, 404} and self._token:
            answer = self._http.get(url, accept=_PACKUMENT, headers=bearer(self._token))
        if answer.status == 404:
            return Standing()
        if answer.status != 200:
            raise unusable(url, f"the registry answered {answer.status}")
        with reading(url, "packument"):
            packument = answer.json()
            versions = packument.get("versions", {})
            withdrawn = {version: str(entry["deprecated"]) for version, entry in versions.items() if entry.get("deprecated")}
            return Standing(tuple(versions), withdrawn, pointers(packument))

    def withdraw(self, package: BuiltPackage, words: str) -> None:
        """Deprecate the version, which npm then shows to whoever installs it."""
        self._run(package, "deprecate", f"{package.name}@{package.version}", words)

    def restore(self, package: BuiltPackage) -> None:
        """Take the deprecation away: npm's way is to deprecate with no words."""
        self._run(package, "deprecate", f"{package.name}@{package.version}", "")

    def point(self, package: BuiltPackage, tag: str, version: str) -> None:
        """Move the dist-tag to `version`, or take it away when that is empty."""
        if version:
            self._run(package, "dist-tag", "add", f"{package.name}@{version}", tag)
        else:
            self._run(package, "dist-tag", "rm", package.name, tag)

    def page(self, package: BuiltPackage) -> str:
        """The command that a person with two factors can run where no token may."""
        return f"npm deprecate {package.name}@{package.version} --registry={shown(self._registry.registry_of(package))}"

    def _check(self, registry: str) -> list[Finding]:
        asked = process.run(
            [_npm(), "whoami", f"--registry={registry}"], folder=self._top, keep=_KEPT, added=self._secrets(registry), check=False
        )
        if asked.code == 0:
            return []
        if self._token:
            return [
                Finding(
                    "credential-refused",
                    f"The npm registry {shown(registry)} does not accept the token.",
                    "Make a granular token that may write to these packages, and put it where `npm-token` is taken from.",
                )
            ]
        return [
            Finding(
                "credential-missing",
                f"There is no token for the npm registry {shown(registry)}, and a trusted job may neither move dist-tags nor deprecate.",
                "Set the input `npm-token` to a granular token with write access; or limit this run with `only`.",
            )
        ]

    def _run(self, package: BuiltPackage, verb: str, *words: str) -> None:
        registry = self._registry.registry_of(package)
        options = ["--no-update-notifier", f"--registry={registry}"]
        if package.name.startswith("@"):
            options.append(f"--{package.name.partition('/')[0]}:registry={registry}")
        secrets = self._secrets(registry)
        command = [_npm(), verb, *options, "--", *words]
        result = process.run(command, folder=self._top, keep=_KEPT, added=secrets, timeout=self._http.patience.timeout, check=False)
        if result.code != 0:
            said = client.without_secrets(result.output, secrets.values())[-_LONGEST:]
            raise RegistryError(
                "withdrawal-refused",
                f"`npm {verb}` of {package.name} {package.version} failed with exit code {result.code}:\n{said}\n",
                f"The token must have write access to the package, and be allowed without a second factor; else run `npm {verb}` by hand.",
            )

    def _secrets(self, registry: str) -> Mapping[str, str]:
        return {f"npm_config_{registry.partition(':')[2]}:_authToken": self._token} if self._token else {}


def _npm() -> str:
    return process.find("npm", "Install Node.js, which brings npm, or add a step with actions/setup-node before this one.")
