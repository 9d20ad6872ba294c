""".NET: a console project with a PackageReference, restored into an empty folder of packages, built, and run."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

from release_actions.adapters import dotnet_settings, process
from release_actions.adapters.installers import clean
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.errors import RegistryError, ReleaseError

_KEPT = ("DOTNET_*", "LD_LIBRARY_PATH", "DYLD_*")
#: The ways in which NuGet is told of the credentials of a feed; its keys for pushing are not among them.
_CREDENTIALS = ("NuGetPackageSourceCredentials_*", "VSS_NUGET_*", "ARTIFACTS_CREDENTIALPROVIDER_*")
_ABSENT = re.compile(r"\bNU110[123]\b")
_CONFIG = """<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSources>
{clear}    <add key="verified" value={source} protocolVersion="3" {insecure}/>
  </packageSources>
</configuration>
"""
_LOAD_ALL = """using System;
using System.IO;
using System.Reflection;

internal static class Program
{
    private static void Main()
    {
        foreach (var file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll"))
        {
            if (Path.GetFileNameWithoutExtension(file) == typeof(Program).Assembly.GetName().Name) continue;
            try
            {
                var assembly = Assembly.LoadFrom(file);
                Console.WriteLine($"loaded, public types: {assembly.GetExportedTypes().Length}");
            }
            catch (BadImageFormatException) { } // native code
        }
    }
}
"""
#: The framework that the SDK itself brings along needs no download.
_PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net$(BundledNETCoreAppTargetFrameworkVersion)</TargetFramework>
    <TargetFramework Condition="'$(BundledNETCoreAppTargetFrameworkVersion)' == '3.1'">netcoreapp3.1</TargetFramework>
    <OutputType>Exe</OutputType>
    <UseAppHost>false</UseAppHost>
    <UseSharedCompilation>false</UseSharedCompilation>
    <AssemblyName>Installed</AssemblyName>
    <LangVersion>latest</LangVersion>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include={name} Version={version} />
  </ItemGroup>
</Project>
"""


class DotnetInstaller:
    """Installs from the feed whose address `source` says, and from the user's own what that lacks."""

    ecosystem = Ecosystem.NUGET

    def __init__(self, source: Callable[[], str]) -> None:
        self._source = source

    def install(self, package: BuiltPackage, folder: Path) -> None:
        """Restore a project that needs exactly this version."""
        project = folder / "project"
        project.mkdir()
        text = _PROJECT.format(name=quoteattr(package.name), version=quoteattr(f"[{package.version}]"))
        (project / "Installed.csproj").write_text(text, encoding="utf-8")
        try:
            self._restore(package, project, alone=True)
        except RegistryError as lacking:
            if re.search(rf"package {re.escape(package.name)}[. ]", str(lacking), re.IGNORECASE):
                raise
            self._restore_from_all(package, project, lacking)

    def _restore_from_all(self, package: BuiltPackage, project: Path, lacking: RegistryError) -> None:
        """Restore what is `lacking`, a package of others perhaps, from the user's own feeds too."""
        try:
            self._restore(package, project, alone=False)
        except ReleaseError as error:
            raise lacking from error

    def run(self, package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        """Compile the smoke program, else one that loads the package's assemblies, against the package; and run it."""
        project = folder / "project"
        (project / "Program.cs").write_text(smoke.read_text(encoding="utf-8") if smoke else _LOAD_ALL, encoding="utf-8")
        build: list[str | Path] = [_dotnet(), "build", "--no-restore", "--output", folder / "made", "--verbosity", "quiet"]
        clean.run(build, package, project, _KEPT, _settings(folder))
        return clean.run([_dotnet(), folder / "made" / "Installed.dll"], package, project, _KEPT) or clean.NOTHING

    def _restore(self, package: BuiltPackage, project: Path, *, alone: bool) -> None:
        source = self._source()
        insecure = 'allowInsecureConnections="true" ' if source.startswith("http://") else ""
        config = _CONFIG.format(clear="    <clear />\n" if alone else "", source=quoteattr(source), insecure=insecure)
        (project / "NuGet.Config").write_text(config, encoding="utf-8")
        command = [_dotnet(), "restore", "--no-cache", "--verbosity", "quiet"]
        clean.install(command, package, project, _ABSENT, keep=(*_KEPT, *_CREDENTIALS), added=_settings(project.parent))


def _settings(folder: Path) -> dict[str, str]:
    """An empty folder of packages, and no process that outlives the command."""
    return {
        "NUGET_PACKAGES": str(folder / "packages"),
        **dotnet_settings.SETTINGS,
        "DOTNET_CLI_UI_LANGUAGE": "en-US",
        "MSBUILDDISABLENODEREUSE": "1",
        "UseSharedCompilation": "false",
    }


def _dotnet() -> str:
    return process.find("dotnet", "Install the .NET SDK, or add a step with actions/setup-dotnet before this one.")
