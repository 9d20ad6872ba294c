"""A NuGet V3 feed: written by `dotnet nuget push`, read from its package content resource.

https://learn.microsoft.com/nuget/api/overview
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from release_actions.adapters import dotnet_settings, process
from release_actions.adapters.http import LARGEST_PACKAGE, Http, reading, shown, split, text, unusable
from release_actions.adapters.identity import PERMISSION
from release_actions.adapters.registries import client, nuget_config
from release_actions.adapters.registries.nupkg import content_hash
from release_actions.adapters.registries.trusted import TrustedPublishing
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Digest, File, OnRegistry, is_symbols
from release_actions.errors import Finding, InputError, RegistryError

_CONTENT = "PackageBaseAddress/3.0.0"
_PUBLISH = "PackagePublish/2.0.0"
_PUBLISH_SYMBOLS = "SymbolPackagePublish/4.9.0"
_KEPT = ("DOTNET_*", "NUGET_*", "NuGet*", "LD_LIBRARY_PATH", "DYLD_*", "MSBUILD*", "VSS_NUGET_*", "ARTIFACTS_CREDENTIALPROVIDER_*")
_TAKEN = re.compile(r"\b409\b|already exists", re.IGNORECASE)
#: The first NuGet that reads the key from the environment (NuGet.Client pull request 7087).
_READS_KEY_FROM_ENVIRONMENT = (7, 6)


def _reserved(what: str) -> RegistryError:
    remedy = (
        "Somebody else has reserved the beginning of this name: take another name, or ask to become an owner of the prefix"
        " (https://learn.microsoft.com/nuget/nuget-org/id-prefix-reservation)."
    )
    return RegistryError("id-reserved", what, remedy)


#: The gallery says it with the status of a version that is there.
_RESERVED = client.Refusal(re.compile(r"\bID has been reserved\b|\breserved\b.{0,40}\bprefix\b", re.IGNORECASE), _reserved)


class NugetRegistry:
    """A feed: `source` is its address, or its name in NuGet's configuration as seen from `top`.

    Its key never becomes an argument, where every process of the machine could read it. NuGet before 7.6 takes it in
    no other way; then the package is pushed by the documented protocol, without the client
    (https://learn.microsoft.com/nuget/api/package-publish-resource).
    """

    ecosystem = Ecosystem.NUGET

    def __init__(
        self,
        http: Http,
        folder: Path,
        *,
        top: Path,
        token: str = "",
        source: str = "",
        user: str = "",
        trusted: TrustedPublishing | None = None,
    ) -> None:
        self._http = http
        self._folder = folder
        self._top = top
        self._token = token or os.environ.get("NUGET_API_KEY", "")
        self._given_source = source
        self._user = user
        self._trusted = trusted
        self._tokens = trusted.tokens(lambda _: trusted.nuget(self._resource(_PUBLISH), user)) if trusted else None

    @property
    def address(self) -> str:
        """The feed's address."""
        return shown(self._source)

    def check(self, packages: Sequence[BuiltPackage], *, dry_run: bool = False) -> Sequence[Finding]:  # noqa: ARG002 - one key is for all
        """Whether the client and a key are there. A feed on this machine's loopback may need none.

        For trusted publishing a key is minted; a feed tells nobody what a key may do.
        """
        _dotnet()
        self._resource(_PUBLISH)
        if self._key() or client.on_loopback(self._source):
            return []
        return [
            Finding(
                "credential-missing",
                f"There is no API key for the NuGet feed {self.address}.",
                f"{PERMISSION} and set the input `nuget-user`; or set `nuget-token`, for a feed that asks for no key to any text.",
            )
        ]

    def look_up(self, package: BuiltPackage) -> OnRegistry:
        """Fetch the package, and take its digest as it was before the feed signed it."""
        name, version = quote(package.name.lower()), package.version.lower()
        base = f"{self._resource(_CONTENT).rstrip('/')}/{name}/"
        versions = self._versions(f"{base}index.json")
        if version not in versions:
            return OnRegistry(versions=versions)
        answer = self._http.get(f"{base}{version}/{name}.{version}.nupkg", limit=LARGEST_PACKAGE)
        if answer.status == 404:  # listed before it can be fetched
            return OnRegistry(versions=versions)
        if answer.status != 200:
            raise unusable(answer.url, f"the feed answered {answer.status}")
        built = next(file for file in package.files if not is_symbols(file))
        return OnRegistry({built.name: self._digest(built, answer.body)}, versions)

    def served(self, package: BuiltPackage) -> Mapping[str, Digest]:
        """The same as `look_up`, which fetches the package."""
        return self.look_up(package).files

    def upload(self, package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:  # noqa: ARG002 - npm's matter
        """Push each file by itself, so that a package that is already there never keeps its symbols from being pushed."""
        for file in files:
            key = self._key()
            try:
                if not key or self._client_reads_key:
                    self._push_by_client(file, key)
                else:
                    self._push_by_protocol(file, key)
            except RegistryError as error:
                if self._tokens and error.findings[0].rule != "already-exists":
                    self._tokens.forget()
                raise

    def resource(self, *kinds: str) -> str:
        """The address of the feed's resource of the first of `kinds` that it offers. Raises RegistryError when there is none."""
        return self._resource(next((kind for kind in kinds if kind in self._resources), kinds[0]))

    def key(self) -> str:
        """The key for writing, or nothing."""
        return self._key()

    @property
    def source(self) -> str:
        """The address of the feed's service index."""
        return self._source

    def _key(self) -> str:
        """The key: minted for this job, given by the user, or none.

        Raises:
            InputError: trusted publishing is required, and nobody says whose policy it goes by (rule `nuget-user`).
        """
        if self._trusted is None or self._tokens is None or not self._trusted.is_for(self._token):
            return self._token
        if self._user:
            return self._tokens.get().token
        if not self._trusted.is_required:
            return self._token
        raise InputError(
            "nuget-user",
            "NuGet wants to know whose trusted-publishing policy a job goes by, and `nuget-user` is empty.",
            "Set the input `nuget-user` to the profile name of whoever made the policy; no e-mail address, no organization.",
        )

    def _push_by_client(self, file: Path, key: str) -> None:
        client.upload(
            [
                _dotnet(),
                "nuget",
                "push",
                file.resolve(),
                "--source",
                self._source,
                "--no-symbols",
                "--force-english-output",
                f"--timeout={self._http.patience.upload_timeout:.0f}",
            ],
            self._top,
            keep=_KEPT,
            settings=dotnet_settings.SETTINGS,
            secrets={"NUGET_API_KEY": key, "NUGET_SYMBOL_API_KEY": key} if key else {},
            taken=_TAKEN,
            timeout=self._http.patience.upload_timeout,
            remedy="See what the feed says; the key must be allowed to push this package.",
            refusals=[_RESERVED],
        )

    def _push_by_protocol(self, file: Path, key: str) -> None:
        url = self._resource(_PUBLISH_SYMBOLS if file.suffix == ".snupkg" else _PUBLISH)
        answer = self._http.put_file(url, file, {"X-NuGet-ApiKey": key, "X-NuGet-Protocol-Version": "4.1.0"})
        if 200 <= answer.status < 300:
            return
        words = client.without_secrets(f"{answer.reason} {answer.body[:500].decode(errors='replace')}".strip(), [key])
        what = f"{shown(url)} answered {answer.status} to {file.name}: {words}"
        raise client.refused(what, words, answer.status == 409, "The key must be allowed to push this package.", [_RESERVED])

    def _versions(self, url: str) -> tuple[str, ...]:
        answer = self._http.get(url)
        if answer.status == 404:
            return ()
        if answer.status != 200:
            raise unusable(url, f"the feed answered {answer.status}")
        with reading(url, "list of versions"):
            return tuple(text(version).lower() for version in answer.json()["versions"])

    def _digest(self, built: File, served: bytes) -> Digest:
        """The built file's own digest if the served one differs by signatures only, else that of what is served."""
        if hashlib.sha512(served).hexdigest() == built.sha512:
            return built.digest("sha512")
        content = content_hash(served)
        path = self._folder / built.name
        if path.is_file() and content_hash(path.read_bytes()) == content:
            return built.digest("sha512")
        return Digest("sha512", content)

    def _resource(self, kind: str) -> str:
        try:
            return self._resources[kind]
        except KeyError:
            raise unusable(self._source, f"the feed offers no {kind}") from None

    @cached_property
    def _resources(self) -> Mapping[str, str]:
        """The addresses of the feed's resources by their types."""
        answer = self._http.get(self._source)
        if answer.status != 200:
            raise unusable(self._source, f"the feed answered {answer.status}")
        with reading(self._source, "service index"):
            offered = ((resource["@type"], resource["@id"]) for resource in answer.json()["resources"])
            return {kind: split(text(address)).geturl() for kind, address in offered if isinstance(kind, str)}

    @cached_property
    def _source(self) -> str:
        return client.without_credentials(self._found_source(), "`nuget-source` or NuGet.Config")

    def _found_source(self) -> str:
        if self._given_source.startswith(("http://", "https://")):
            return self._given_source
        sources = self._client_sources() or nuget_config.sources(self._top)
        wanted = self._given_source or nuget_config.default_push_source(self._top)
        found = [address for name, address in sources.items() if not wanted or wanted.lower() in {name.lower(), address.lower()}]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"`{name}`" for name in sources) or "none"
        raise InputError(
            "nuget-source",
            f"It is not clear which NuGet feed to push to: {f'`{wanted}` is not configured' if wanted else 'several are, or none is'}.",
            f"Set the input `nuget-source` to a feed's address or name; NuGet knows of these: {known}.",
        )

    def _client_sources(self) -> dict[str, str]:
        """What NuGet lists (SDK 3.1.200 or newer)."""
        english = dotnet_settings.SETTINGS | {"DOTNET_CLI_UI_LANGUAGE": "en-US"}
        command = [_dotnet(), "nuget", "list", "source", "--format", "Detailed"]
        listed = process.run(command, folder=self._top, keep=_KEPT, added=english, check=False)
        return nuget_config.listed(listed.stdout) if listed.code == 0 else {}

    @cached_property
    def _client_reads_key(self) -> bool:
        words = process.run([_dotnet(), "nuget", "--version"], folder=self._top, keep=_KEPT, added=dotnet_settings.SETTINGS).stdout
        match = re.search(r"^(\d+)\.(\d+)\.", words, re.MULTILINE)
        return match is not None and (int(match[1]), int(match[2])) >= _READS_KEY_FROM_ENVIRONMENT


def _dotnet() -> str:
    return process.find("dotnet", "Install the .NET SDK, or add a step with actions/setup-dotnet before this one.")
