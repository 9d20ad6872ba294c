"""The registries as those use them who install from them, or take something back: the same ones that are published to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from release_actions.adapters.installers.dotnet import DotnetInstaller
from release_actions.adapters.installers.npm import NpmInstaller
from release_actions.adapters.installers.python import PythonInstaller
from release_actions.adapters.registries.configured import Settings, configured
from release_actions.adapters.registries.npm_withdrawal import NpmWithdrawals
from release_actions.adapters.registries.nuget_withdrawal import NugetWithdrawals
from release_actions.adapters.registries.pypi_withdrawal import PypiWithdrawals
from release_actions.adapters.toolchains.python import find_uv
from release_actions.commands.ports.registries import Downloads, Registry, Withdrawals
from release_actions.commands.ports.tools import Installer
from release_actions.commands.ports.waiting import Clock
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage


@dataclass(frozen=True)
class Sites:
    """Each registry by what is asked of it."""

    registries: Mapping[Ecosystem, Registry]
    downloads: Mapping[Ecosystem, Downloads]
    withdrawals: Mapping[Ecosystem, Withdrawals]
    installers: Mapping[Ecosystem, Installer]


def sites(settings: Settings, folder: Path, top: Path, clock: Clock, mask: Callable[[str], None] = lambda _: None) -> Sites:
    """The registries that `settings` and the official clients' own settings name; `folder` may hold the packed files."""
    made = configured(settings, folder, top, clock, mask)

    def npm_settings(package: BuiltPackage) -> dict[str, str]:
        registry = made.npm.registry_of(package)
        return {f"npm_config_{registry.partition(':')[2]}:_authToken": settings.npm_token} if settings.npm_token else {}

    return Sites(
        registries={Ecosystem.NUGET: made.nuget, Ecosystem.NPM: made.npm, Ecosystem.PYPI: made.pypi},
        downloads={Ecosystem.NUGET: made.nuget, Ecosystem.NPM: made.npm, Ecosystem.PYPI: made.pypi},
        withdrawals={
            Ecosystem.NUGET: NugetWithdrawals(made.http, made.nuget),
            Ecosystem.NPM: NpmWithdrawals(made.http, made.npm, top=top, token=settings.npm_token),
            Ecosystem.PYPI: PypiWithdrawals(made.http, made.pypi),
        },
        installers={
            Ecosystem.NUGET: DotnetInstaller(lambda: made.nuget.source),
            Ecosystem.NPM: NpmInstaller(made.npm.registry_of, npm_settings),
            Ecosystem.PYPI: PythonInstaller(find_uv, lambda: made.pypi.index),
        },
    )
