"""The three registries as a user's inputs and the official clients' own settings configure them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from release_actions.adapters.http import Http
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.toolchains.python import find_uv
from release_actions.commands.ports import Clock, Registry
from release_actions.domain.package import Ecosystem


@dataclass(frozen=True)
class Settings:
    """Tokens, and addresses that override those of the clients' settings; all may be empty."""

    npm_token: str = ""
    nuget_token: str = ""
    pypi_token: str = ""
    npm_registry: str = ""
    nuget_source: str = ""
    pypi_index: str = ""
    pypi_upload: str = ""

    def __repr__(self) -> str:
        """Nothing of the settings, since they hold secrets."""
        return "Settings(…)"


def registries(settings: Settings, folder: Path, top: Path, clock: Clock) -> dict[Ecosystem, Registry]:
    """The registries for the packed files in `folder`; `top` is where the clients look for a project's settings.

    No client is started before it is needed.
    """
    http = Http(clock)
    return {
        Ecosystem.NUGET: NugetRegistry(http, folder, top=top, token=settings.nuget_token, source=settings.nuget_source),
        Ecosystem.NPM: NpmRegistry(http, folder, top=top, token=settings.npm_token, registry=settings.npm_registry),
        Ecosystem.PYPI: PypiRegistry(
            http, find_uv, top=top, token=settings.pypi_token, index=settings.pypi_index, upload_url=settings.pypi_upload
        ),
    }
