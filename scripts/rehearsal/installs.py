"""Installs of what was published, each from its registry into a clean environment, where it is then run.

A package is run by its smoke program (see `domain.config`), else by importing or loading it.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import quoteattr

from packaging.version import Version

from rehearsal import npm, nuget, pypi
from release_actions.adapters import process
from release_actions.domain.release import BuiltPackage

_TIMEOUT = 600
_NOTHING = "nothing to import"
#: What the clients may be told by the user's environment about how to reach others' packages.
_NPM = ("npm_config_*", "NPM_CONFIG_*", "NODE_*")
_UV = ("UV_*",)
_DOTNET = ("DOTNET_*", "NUGET_*", "LD_LIBRARY_PATH")

#: Installs a package in a clean folder and runs it, by the smoke program if there is one; what it printed.
Install = Callable[[BuiltPackage, Path | None, Path], str]

_IMPORT_ALL = """
import importlib, importlib.metadata, re, sys
wanted = re.sub("[-_.]+", "-", sys.argv[1]).lower()
owners = importlib.metadata.packages_distributions().items()
names = sorted(name for name, found in owners if wanted in {re.sub("[-_.]+", "-", one).lower() for one in found})
for name in names:
    importlib.import_module(name)
print("imported" if names else "nothing to import")
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
                Console.WriteLine($"loaded, {assembly.GetExportedTypes().Length} public types");
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
    <AssemblyName>Rehearsal</AssemblyName>
    <LangVersion>latest</LangVersion>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include={name} Version={version} />
  </ItemGroup>
</Project>
"""


def from_npm(registry: npm.Registry) -> Install:
    """`npm install` into an empty project, then node."""

    def install(package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        added = registry.environment() | {"npm_config_cache": str(folder / "cache"), "npm_config_update_notifier": "false"}
        project = folder / "project"
        project.mkdir()
        (project / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        scope = [f"--{package.name.partition('/')[0]}:registry={registry.url}"] if package.name.startswith("@") else []
        command = ["npm", "install", "--no-audit", "--no-fund", f"--registry={registry.url}", *scope, f"{package.name}@{package.version}"]
        process.run(command, folder=project, keep=_NPM, added=added, timeout=_TIMEOUT)
        if smoke:
            program = [shutil.copy(smoke, project / f"smoke{smoke.suffix}")]
        elif _can_be_imported(project / "node_modules" / package.name):
            code = f"await import({json.dumps(package.name)}); console.log('imported')"
            program = ["--input-type=module", "--eval", code]
        else:
            return _NOTHING
        return process.run(["node", *program], folder=project, keep=_NPM, timeout=_TIMEOUT).stdout

    return install


def _can_be_imported(folder: Path) -> bool:
    """Whether node finds a module in the package: one of types or of commands alone has none."""
    manifest = json.loads((folder / "package.json").read_bytes())
    return any(manifest.get(key) for key in ("exports", "main", "module")) or (folder / "index.js").exists()


def from_pypi(registry: pypi.Registry) -> Install:
    """`uv pip install` into a new virtual environment, then its Python."""

    def install(package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        added = registry.installing() | {"UV_NO_CACHE": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        home, python = folder / "venv", folder / "venv" / "bin" / "python"
        process.run(["uv", "venv", "--no-project", "--python", sys.executable, home], folder=folder, keep=_UV, added=added)
        # uv takes the prerelease of a dependency only when it is told to.
        prereleases = ["--prerelease=allow"] if Version(package.version).is_prerelease else []
        options = ["--no-config", "--python", str(python), *prereleases]
        wanted = f"{package.name}=={package.version}"
        process.run(["uv", "pip", "install", *options, wanted], folder=folder, keep=_UV, added=added, timeout=_TIMEOUT)
        program = [str(smoke)] if smoke else ["-c", _IMPORT_ALL, package.name]
        return process.run([python, "-I", *program], folder=folder, timeout=_TIMEOUT).stdout

    return install


def from_nuget(registry: nuget.Registry) -> Install:
    """A console project with a PackageReference, restored from that feed, then `dotnet run`."""

    def install(package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        added = {
            "NUGET_PACKAGES": str(folder / "packages"),
            "DOTNET_CLI_TELEMETRY_OPTOUT": "1",
            "MSBUILDDISABLENODEREUSE": "1",
            "UseSharedCompilation": "false",
        }
        project = folder / "project"
        project.mkdir()
        text = _PROJECT.format(name=quoteattr(package.name), version=quoteattr(f"[{package.version}]"))
        (project / "Rehearsal.csproj").write_text(text, encoding="utf-8")
        (project / "Program.cs").write_text(smoke.read_text(encoding="utf-8") if smoke else _LOAD_ALL, encoding="utf-8")
        _restore(registry, project, added)
        command = ["dotnet", "run", "--no-restore"]
        return process.run(command, folder=project, keep=_DOTNET, added=added, timeout=_TIMEOUT).stdout or _NOTHING

    return install


def _restore(registry: nuget.Registry, project: Path, added: Mapping[str, str]) -> None:
    """Restore from the throw-away feed alone; when a package of others is lacking, from the user's own feeds too."""
    config, command = project / "NuGet.Config", ["dotnet", "restore"]
    config.write_text(registry.config(), encoding="utf-8")
    alone = process.run(command, folder=project, keep=_DOTNET, added=added, timeout=_TIMEOUT, check=False)
    if alone.code != 0:
        config.write_text(registry.config(alone=False), encoding="utf-8")
        process.run(command, folder=project, keep=_DOTNET, added=added, timeout=_TIMEOUT)
