"""Taking back what is on a NuGet feed: versions are unlisted, and relisted, by the documented protocol.

https://learn.microsoft.com/nuget/api/package-publish-resource#delete-a-package
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from release_actions.adapters.http import Answer, Http, reading, resolved, shown, text, unusable
from release_actions.adapters.registries import client
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.domain.standing import Standing
from release_actions.errors import Finding, RegistryError

_PUBLISH = "PackagePublish/2.0.0"
#: The newest first; the last two leave out versions with build metadata, which are none of ours.
_REGISTRATIONS = ("RegistrationsBaseUrl/3.6.0", "RegistrationsBaseUrl/3.4.0", "RegistrationsBaseUrl")
#: The year in which the gallery says that an unlisted version was published.
_UNLISTED_YEAR = "1900"


class NugetWithdrawals:
    """Packages on the feed of `registry`."""

    ecosystem = Ecosystem.NUGET

    def __init__(self, http: Http, registry: NugetRegistry) -> None:
        self._http = http
        self._registry = registry

    @property
    def address(self) -> str:
        """The feed's address."""
        return self._registry.address

    def check(self, packages: Sequence[BuiltPackage]) -> Sequence[Finding]:  # noqa: ARG002 - one key is for all packages
        """Whether there is a key. What it may do is found out only by doing it, which can be taken back."""
        self._registry.resource(_PUBLISH)
        if self._registry.key() or client.on_loopback(self.address):
            return []
        return [
            Finding(
                "credential-missing",
                f"There is no API key for the NuGet feed {self.address}.",
                "Let NuGet trust the job (`permissions: id-token: write` and the input `nuget-user`), or set `nuget-token` to one that may"
                " unlist; or limit this run with `only`.",
            )
        ]

    def standing(self, package: BuiltPackage) -> Standing:
        """Ask for the package's registration, which says of each version whether it is listed."""
        url = f"{self._registry.resource(*_REGISTRATIONS).rstrip('/')}/{quote(package.name.lower())}/index.json"
        answer = self._http.get(url)
        if answer.status == 404:
            return Standing()
        with reading(url, "registration"):
            entries = [entry for page in self._document(answer)["items"] for entry in self._entries(page, url)]
            versions = {text(entry["version"]).partition("+")[0].lower(): entry for entry in entries}
            return Standing(tuple(versions), {version: "" for version, entry in versions.items() if not _is_listed(entry)})

    def withdraw(self, package: BuiltPackage, words: str) -> None:  # noqa: ARG002 - a feed shows none
        """Unlist the version: searches no longer find it; who asks for exactly it still gets it."""
        self._send("DELETE", package)

    def restore(self, package: BuiltPackage) -> None:
        """List the version again."""
        self._send("POST", package)

    def point(self, package: BuiltPackage, tag: str, version: str) -> None:
        """A feed has no pointers: its latest version is the highest that is listed."""
        raise NotImplementedError

    def page(self, package: BuiltPackage) -> str:
        """The command that lists the version again, as anybody may run it."""
        return f"curl -X POST -H 'X-NuGet-ApiKey: …' {shown(self._address_of(package))}"

    def _send(self, method: str, package: BuiltPackage) -> None:
        url = self._address_of(package)
        key = self._registry.key()
        answer = self._http.send(method, url, {"X-NuGet-ApiKey": key} if key else {})
        if not 200 <= answer.status < 300:
            said = client.without_secrets(answer.body[:500].decode(errors="replace"), [key])
            raise RegistryError(
                "withdrawal-refused",
                f"{shown(url)} answered {answer.status} to {method}: {said}",
                "The key must have the scope to unlist this package; make another one, or do it on the package's page.",
            )

    def _address_of(self, package: BuiltPackage) -> str:
        return f"{self._registry.resource(_PUBLISH).rstrip('/')}/{quote(package.name)}/{quote(package.version)}"

    def _entries(self, page: Mapping[str, Any], base: str) -> Iterator[Mapping[str, Any]]:
        """The catalog entries of a page, which is a document of its own where a package has many versions."""
        found = page if "items" in page else self._document(self._http.get(resolved(base, text(page["@id"]))))
        for leaf in found["items"]:
            yield leaf["catalogEntry"]

    def _document(self, answer: Answer) -> Mapping[str, Any]:
        if answer.status != 200:
            raise unusable(answer.url, f"the feed answered {answer.status}")
        document: Mapping[str, Any] = answer.json()
        return document


def _is_listed(entry: Mapping[str, Any]) -> bool:
    """A feed that does not say so lists everything, but for the year by which the gallery marks what is unlisted."""
    return entry.get("listed", True) is not False and not str(entry.get("published", "")).startswith(_UNLISTED_YEAR)
