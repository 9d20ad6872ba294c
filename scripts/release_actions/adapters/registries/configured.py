"""The three registries as a user's inputs and the official clients' own settings configure them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from release_actions.adapters.http import Http
from release_actions.adapters.identity import JobIdentity
from release_actions.adapters.registries.npm import NpmRegistry, Provenance
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.registries.trusted import Trust, TrustedPublishing
from release_actions.adapters.toolchains.python import find_uv
from release_actions.commands.ports.registries import Registry
from release_actions.commands.ports.waiting import Clock
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience


@dataclass(frozen=True)
class Settings:
    """Tokens, and addresses that override those of the clients' settings; all may be empty.

    `nuget_user` is whoever made the policy by which NuGet trusts this job.
    """

    npm_token: str = ""
    nuget_token: str = ""
    pypi_token: str = ""
    npm_registry: str = ""
    nuget_source: str = ""
    pypi_index: str = ""
    pypi_upload: str = ""
    nuget_user: str = ""
    trust: Trust = Trust.AUTO
    provenance: Provenance = Provenance.AUTO
    patience: Patience = field(default_factory=Patience)

    def __repr__(self) -> str:
        """Nothing of the settings, since they hold secrets."""
        return "Settings(…)"


@dataclass(frozen=True)
class Configured:
    """The three registries, and what asks them."""

    http: Http
    nuget: NugetRegistry
    npm: NpmRegistry
    pypi: PypiRegistry


def registries(
    settings: Settings, folder: Path, top: Path, clock: Clock, mask: Callable[[str], None] = lambda _: None
) -> dict[Ecosystem, Registry]:
    """The registries of `configured` by their ecosystems."""
    made = configured(settings, folder, top, clock, mask)
    return {Ecosystem.NUGET: made.nuget, Ecosystem.NPM: made.npm, Ecosystem.PYPI: made.pypi}


def configured(settings: Settings, folder: Path, top: Path, clock: Clock, mask: Callable[[str], None] = lambda _: None) -> Configured:
    """The registries for the packed files in `folder`; `top` is where the clients look for a project's settings.

    No client is started before it is needed. `mask` hears every secret that is minted before anything else does.
    """
    http = Http(clock, settings.patience)
    trusted = TrustedPublishing(settings.trust, JobIdentity(http, mask), http, clock)
    nuget = NugetRegistry(
        http, folder, top=top, token=settings.nuget_token, source=settings.nuget_source, user=settings.nuget_user, trusted=trusted
    )
    npm = NpmRegistry(
        http,
        folder,
        top=top,
        token=settings.npm_token,
        registry=settings.npm_registry,
        trusted=trusted,
        provenance=settings.provenance,
    )
    pypi = PypiRegistry(
        http,
        find_uv,
        top=top,
        token=settings.pypi_token,
        index=settings.pypi_index,
        upload_url=settings.pypi_upload,
        folder=folder,
        trusted=trusted,
    )
    return Configured(http, nuget, npm, pypi)
