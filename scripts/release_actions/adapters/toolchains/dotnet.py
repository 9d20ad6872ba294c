"""The .NET SDK: restores, builds and packs all projects with one start of MSBuild.

A generated traversal project restores the whole graph once and packs the projects, in parallel where they don't depend on
each other; one start for all is about three times as fast as `dotnet pack` for each. The SDK's own settings for builds on a
server are switched on.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from release_actions.adapters import dotnet_settings, process
from release_actions.adapters.toolchains import packed, reproducible
from release_actions.domain.graph import waves
from release_actions.domain.package import Ecosystem, Package
from release_actions.errors import ToolError

_OLDEST = (3, 1)
#: From here on NuGet packs the same bytes again by itself (NuGet docs, "Deterministic packages").
_PACKS_REPRODUCIBLY = (10, 0, 400)
_REMEDY = "Put a step with actions/setup-dotnet before this one, or install the SDK from https://dotnet.microsoft.com/download."
_KEEP = (
    *("DOTNET_*", "NUGET_PACKAGES", "NUGET_HTTP_CACHE_PATH", "NUGET_PLUGINS_CACHE_PATH", "NUGET_CERT_REVOCATION_MODE"),
    *("LD_LIBRARY_PATH", "MSBuildSDKsPath", *packed.CI),
)
_SETTINGS = {
    **dotnet_settings.SETTINGS,
    "DOTNET_CLI_USE_MSBUILD_SERVER": "0",
    "MSBUILDDISABLENODEREUSE": "1",
    "TZ": "UTC",  # zip archives hold local time
}
_ERROR = re.compile(r": error(?: [A-Z]+[0-9]+)? ?:")
#: What MSBuild and the SDK say when a project targets a framework that is newer than they are.
_UNKNOWN_FRAMEWORK = re.compile(r"\b(?:MSB3644|NETSDK1045)\b")
#: No MSBuild node, and no compiler server, may outlive the build: it would keep this job's environment.
_NOTHING_STAYS = ("-nodeReuse:false", "-p:UseSharedCompilation=false")

_TRAVERSAL = """<Project>
  <ItemGroup>
{items}
  </ItemGroup>
  <Import Project="$(MSBuildToolsPath)/NuGet.targets" />
  <Target Name="Pack">
    <MSBuild Projects="@(RestoreGraphProjectInputItems)" Targets="Pack" BuildInParallel="true" />
  </Target>
</Project>
"""
#: Deterministic paths need the repository as a source root. SDKs before 8 learn of it only from a Source Link package.
_SOURCE_ROOT = """<Project>
  <Target Name="AddRepositoryAsSourceRoot" BeforeTargets="InitializeSourceRootMappedPaths"
          DependsOnTargets="_InitializeSourceRootMappedPathsFromSourceControl">
    <ItemGroup>
      <_RootFromSourceControl Include="@(SourceRoot)" Condition="'%(SourceRoot.SourceControl)' != ''" />
      <SourceRoot Include={top} Condition="'@(_RootFromSourceControl)' == ''" />
    </ItemGroup>
  </Target>
</Project>
"""


class DotnetToolchain:
    """The .NET SDK, for the repository at `top`. `keep` names further environment variables that builds may see."""

    ecosystem = Ecosystem.NUGET

    def __init__(self, top: Path, keep: Sequence[str] = ()) -> None:
        self._top = top.resolve()
        self._keep = (*_KEEP, *keep)

    def require(self) -> str:
        """See `ports.Toolchain`."""
        self._version(self._top)
        return f".NET SDK {self._dotnet(['--version'], self._top, timeout=60).stdout.strip()}"

    def pack(self, packages: Sequence[Package], folder: Path, epoch: int) -> Mapping[str, Sequence[Path]]:
        """See `ports.Toolchain`."""
        for place, group in _by_sdk(packages, self._top).items():
            out = folder / str(len(list(folder.iterdir())))
            self._pack(place, group, out, epoch)
            if self._version(place) < _PACKS_REPRODUCIBLY:
                for path in _packed(out):
                    reproducible.settle_nupkg(path, epoch)
        return packed.by_package([path for out in folder.iterdir() for path in _packed(out)], packages)

    def _pack(self, place: Path, packages: Sequence[Package], folder: Path, epoch: int) -> None:
        with tempfile.TemporaryDirectory(prefix="release-actions-") as aside:
            project = _generate(Path(aside), self._top, packages)
            properties = {
                "PackageOutputPath": str(folder),
                "ContinuousIntegrationBuild": "true",
                "Deterministic": "true",
                "MSBuildUserExtensionsPath": aside,
            }
            words = [f"-p:{name}={_escaped(value)}" for name, value in properties.items()]
            # NU5105 tells of clients before 2017 that can't read `1.2.3-beta.1`, which is every prerelease here.
            options = ["--configuration", "Release", "--verbosity", "quiet", "-nologo", "-warnAsMessage:NU5105", *_NOTHING_STAYS]
            if max(map(len, waves(packages))) == 1:  # each waits for the one before; another process of MSBuild starts for nothing
                options.append("-maxcpucount:1")
            try:
                self._dotnet(["pack", str(project), *options, *words], place, epoch=epoch)
            except ToolError as error:
                raise _explained(error) from None

    def _version(self, place: Path) -> tuple[int, ...]:
        answer = self._dotnet(["--version"], place, timeout=60).stdout
        return packed.new_enough("dotnet", answer, _OLDEST, _REMEDY)

    def _dotnet(self, words: Sequence[str], place: Path, *, epoch: int = 0, timeout: float = packed.TIMEOUT) -> process.Result:
        added = _SETTINGS | {"SOURCE_DATE_EPOCH": str(epoch)}
        return process.run(
            [process.find("dotnet", _REMEDY), *words], folder=place, keep=self._keep, added=added, timeout=timeout, umask=packed.UMASK
        )


def _explained(error: ToolError) -> ToolError:
    """The failure of a pack by what MSBuild calls errors, since the command itself names a project that is gone by now."""
    finding = error.findings[0]
    said = dict.fromkeys(line.strip() for line in finding.what.split("\n") if _ERROR.search(line))
    if finding.rule != "tool-failed" or not said:
        return error
    words = "`dotnet pack` failed:\n" + "\n".join(said) + "\n"
    if any(_UNKNOWN_FRAMEWORK.search(line) for line in said):
        return ToolError("dotnet-framework", words, f"The SDK is older than a framework that is targeted. {_REMEDY}")
    return ToolError("tool-failed", words, "Mend it; `dotnet pack --configuration Release` in the project's folder shows it, too.")


def _by_sdk(packages: Sequence[Package], top: Path) -> dict[Path, list[Package]]:
    """The packages by the folder whose `global.json` decides which SDK builds them; `dotnet` looks upwards from where it is run."""
    found: dict[Path, list[Package]] = {}
    for package in packages:
        folder = top / package.folder
        upwards = [place for place in (folder, *folder.parents) if place.is_relative_to(top)]
        place = next((place for place in upwards if (place / "global.json").exists()), top)
        found.setdefault(place, []).append(package)
    return found


def _generate(folder: Path, top: Path, packages: Sequence[Package]) -> Path:
    """Write the traversal project, and what MSBuild imports into every project, into `folder`; the former's path."""
    names = (quoteattr(_escaped(str(top / package.manifest))) for package in packages)
    items = "\n".join(f"    <RestoreGraphProjectInputItems Include={name} />" for name in names)
    imported = folder / "Current" / "Microsoft.Common.targets" / "ImportAfter"
    imported.mkdir(parents=True)
    imported.joinpath("SourceRoot.targets").write_text(_SOURCE_ROOT.format(top=quoteattr(_escaped(f"{top}/"))), encoding="utf-8")
    project = folder / "pack.proj"
    project.write_text(_TRAVERSAL.format(items=items), encoding="utf-8")
    return project


def _escaped(text: str) -> str:
    """`text` so that MSBuild takes it literally (MSBuild docs, "MSBuild special characters")."""
    return "".join(f"%{ord(char):02X}" if char in "%$@'();?*," else char for char in text)


def _packed(folder: Path) -> list[Path]:
    """The packages in `folder`; NuGet's galleries no longer take symbols as `.symbols.nupkg`."""
    return sorted(path for path in folder.glob("*.*nupkg") if not path.name.endswith(".symbols.nupkg")) if folder.is_dir() else []
