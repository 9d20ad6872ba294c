"""The real npm, uv and .NET SDK: what they pack is what the commit holds, twice the same, and can be installed."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters import process
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.toolchains.dotnet import DotnetToolchain
from release_actions.adapters.toolchains.npm import NpmToolchain
from release_actions.adapters.toolchains.python import PythonToolchain
from release_actions.commands.ports.tools import Toolchain
from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem, Package
from release_actions.errors import RefusedError, ReleaseError, ToolError

pytestmark = [pytest.mark.contract, pytest.mark.usefixtures("with_toolchains")]

VERSION = "1.2.3-beta.4"
EPOCH = 1_760_000_000
PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFrameworks>{frameworks}</TargetFrameworks>
    <PackageId>Acme.{name}</PackageId>
    <Version>1.2.3-beta.4</Version>
    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
    <IncludeSymbols>true</IncludeSymbols>
    <SymbolPackageFormat>snupkg</SymbolPackageFormat>
  </PropertyGroup>
  <ItemGroup>{references}</ItemGroup>
</Project>
"""


def npm_package(name: str, folder: str, depends_on: Sequence[str] = ()) -> Package:
    return Package(Ecosystem.NPM, name, VERSION, folder, f"{folder}/package.json", depends_on=tuple(depends_on))


def write_json(repository: Repository, path: str, document: Mapping[str, object]) -> None:
    repository.write(path, json.dumps(document, indent=2))


def npm_sdk(folder: Path) -> tuple[Repository, list[Package]]:
    """A workspace in which the second package's build needs what the first one's made."""
    repository = repositories.made(folder)
    write_json(repository, "js/package.json", {"private": True, "workspaces": ["core", "client"]})
    core = {"name": "@acme/core", "version": VERSION, "files": ["dist"], "scripts": {"build": "node make.js"}}
    client = {"name": "@acme/client", "version": VERSION, "dependencies": {"@acme/core": VERSION}, "files": ["dist"]}
    write_json(repository, "js/core/package.json", core)
    write_json(repository, "js/client/package.json", {**client, "scripts": {"prepack": "node make.js"}})
    repository.write(
        "js/core/make.js", 'const fs = require("fs"); fs.mkdirSync("dist"); fs.writeFileSync("dist/index.js", "exports.a = 1");\n'
    )
    copied = 'require("fs").cpSync(require.resolve("@acme/core/dist/index.js"), "dist/copy.js");\n'
    repository.write("js/client/make.js", copied)
    links = {f"node_modules/@acme/{name}": {"resolved": name, "link": True} for name in ("core", "client")}
    members = {"core": {"name": "@acme/core", "version": VERSION}, "client": client}
    lock = {"lockfileVersion": 3, "requires": True, "packages": {"": {"workspaces": ["core", "client"]}, **members, **links}}
    write_json(repository, "js/package-lock.json", lock)
    repository.commit()
    return repository, [npm_package("@acme/core", "js/core"), npm_package("@acme/client", "js/client", ["@acme/core"])]


def python_sdk(folder: Path) -> tuple[Repository, list[Package]]:
    """Packages of two build backends, one of which packs times and owners into its source distributions."""
    repository = repositories.made(folder)
    packages = []
    for name, backend in {"acme-core": ("setuptools", "setuptools.build_meta"), "acme-client": ("flit_core", "flit_core.buildapi")}.items():
        module = name.replace("-", "_")
        project = f'[project]\nname = "{name}"\nversion = "1.2.3b4"\ndescription = "A test."\nrequires-python = ">=3.9"\n'
        repository.write(
            f"{name}/pyproject.toml", f'[build-system]\nrequires = ["{backend[0]}"]\nbuild-backend = "{backend[1]}"\n{project}'
        )
        repository.write(f"{name}/{module}/__init__.py", '"""A test."""\n')
        packages.append(Package(Ecosystem.PYPI, name, "1.2.3b4", name, f"{name}/pyproject.toml"))
    repository.commit()
    return repository, packages


def dotnet_sdk(folder: Path) -> tuple[Repository, list[Package]]:
    """Two projects, one of which depends on the other and is built for two frameworks."""
    repository = repositories.made(folder)
    reference = '<ProjectReference Include="../Core/Core.csproj" />'
    frameworks = {"Core": "netstandard2.1", "Client": "netstandard2.1;netcoreapp3.1"}
    for name, references in (("Core", ""), ("Client", reference)):
        repository.write(f"cs/{name}/{name}.csproj", PROJECT.format(name=name, references=references, frameworks=frameworks[name]))
        repository.write(f"cs/{name}/{name}.cs", f"namespace Acme {{ public static class {name} {{ public const int One = 1; }} }}\n")
    repository.write(".gitignore", "bin/\nobj/\n")
    repository.commit()
    packages = [
        Package(Ecosystem.NUGET, f"Acme.{name}", VERSION, f"cs/{name}", f"cs/{name}/{name}.csproj", depends_on=needed)
        for name, needed in (("Core", ()), ("Client", ("Acme.Core",)))
    ]
    return repository, packages


SDKS = {
    "npm": (npm_sdk, NpmToolchain, ["acme-client-1.2.3-beta.4.tgz", "acme-core-1.2.3-beta.4.tgz"]),
    "pypi": (
        python_sdk,
        PythonToolchain,
        [f"acme_{name}-1.2.3b4{ending}" for name in ("client", "core") for ending in ("-py3-none-any.whl", ".tar.gz")],
    ),
    "nuget": (
        dotnet_sdk,
        DotnetToolchain,
        [f"Acme.{name}.1.2.3-beta.4.{ending}" for name in ("Client", "Core") for ending in ("nupkg", "snupkg")],
    ),
}


def packed(toolchain: Toolchain, packages: Sequence[Package], folder: Path) -> dict[str, bytes]:
    folder.mkdir(parents=True)
    made = toolchain.pack(packages, folder, EPOCH)
    for package in packages:
        assert {PackedFiles().identify(path) for path in made[package.name]} == {Identity(package.ecosystem, package.name, package.version)}
    return {path.name: path.read_bytes() for files in made.values() for path in files}


@pytest.mark.parametrize("ecosystem", SDKS)
def test_two_clones_pack_the_same_bytes(ecosystem: str, tmp_path: Path) -> None:
    make, toolchain, names = SDKS[ecosystem]
    repository, packages = make(tmp_path / "origin")
    results = []
    for number, mask in ((1, 0o022), (2, 0o002)):
        before = os.umask(mask)
        try:
            clone = repository.cloned(tmp_path / ("deep/" * number + "clone"))
            results.append(packed(toolchain(clone.folder), packages, tmp_path / f"packed{number}"))
        finally:
            os.umask(before)
        if number == 1:
            time.sleep(2)  # zip counts time in steps of two seconds, which might hide that a tool packs the clock's
    first, second = results
    assert sorted(first) == sorted(second) == names
    assert [name for name in first if first[name] != second[name]] == []


def test_every_tool_says_its_version(tmp_path: Path) -> None:
    said = [toolchain(tmp_path).require() for toolchain in (NpmToolchain, PythonToolchain, DotnetToolchain)]
    assert [words.split()[0] for words in said] == ["npm", "uv", ".NET"]


@pytest.mark.parametrize(("toolchain", "remedy"), [(NpmToolchain, "setup-node"), (DotnetToolchain, "setup-dotnet")])
def test_a_missing_tool_is_an_error_that_says_what_to_install(
    toolchain: type[NpmToolchain] | type[DotnetToolchain], remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=remedy) as caught:
        toolchain(tmp_path).require()
    assert caught.value.findings[0].rule == "tool-missing"


def test_an_old_tool_is_an_error_that_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("node").write_text("#!/bin/sh\necho v18.20.4\n")
    tmp_path.joinpath("node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(ToolError, match=r"v18\.20\.4; 20\.0 or newer"):
        NpmToolchain(tmp_path).require()


def test_uv_is_fetched_when_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join(["/usr/bin", "/bin"]))
    assert PythonToolchain(tmp_path).require().startswith("uv ")


@pytest.mark.parametrize("ecosystem", SDKS)
def test_a_failing_build_shows_what_the_tool_said(ecosystem: str, tmp_path: Path) -> None:
    make, toolchain, _ = SDKS[ecosystem]
    repository, packages = make(tmp_path / "origin")
    broken = {"npm": "js/core/make.js", "pypi": "acme-core/pyproject.toml", "nuget": "cs/Core/Core.cs"}[ecosystem]
    repository.write(broken, "::error::this ## is not\n[valid")
    with pytest.raises(ToolError) as caught:
        packed(toolchain(repository.folder), packages, tmp_path / "packed")
    assert caught.value.findings[0].rule == "tool-failed"
    assert {"npm": "SyntaxError", "pypi": "TOML", "nuget": "error CS"}[ecosystem] in str(caught.value)


def test_builds_see_no_secret_unless_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository, packages = npm_sdk(tmp_path / "origin")
    dump = 'const fs = require("fs"); fs.mkdirSync("dist"); fs.writeFileSync("dist/index.js", JSON.stringify(process.env));\n'
    repository.write("js/core/make.js", dump)
    for name in ("NPM_TOKEN", "NODE_AUTH_TOKEN", "GITHUB_TOKEN", "npm_config__authToken", "NUGET_API_KEY", "FEED_TOKEN", "INPUTS"):
        monkeypatch.setenv(name, "hunter2")
    seen = repository.folder / "js/core/dist/index.js"
    packed(NpmToolchain(repository.folder), packages, tmp_path / "packed")
    assert "hunter2" not in seen.read_text()
    assert json.loads(seen.read_text())["SOURCE_DATE_EPOCH"] == str(EPOCH)
    seen.unlink()
    seen.parent.rmdir()
    packed(NpmToolchain(repository.folder, keep=["FEED_*"]), packages, tmp_path / "again")
    assert [name for name, value in json.loads(seen.read_text()).items() if value == "hunter2"] == ["FEED_TOKEN"]


@pytest.mark.parametrize("wanted", [False, True])
def test_install_scripts_of_dependencies_run_only_when_asked_for(wanted: bool, tmp_path: Path) -> None:
    repository, packages = npm_sdk(tmp_path / "origin")
    root = repository.folder / "js"
    write_json(repository, "js/package.json", {"private": True, "workspaces": ["core", "client"], "scripts": {"postinstall": "touch ran"}})
    packed(NpmToolchain(repository.folder, install_scripts=wanted), packages, tmp_path / "packed")
    assert root.joinpath("ran").exists() is wanted


def test_a_workspace_is_built_by_its_root_when_no_package_builds_itself(tmp_path: Path) -> None:
    repository, packages = npm_sdk(tmp_path / "origin")
    manifest = {"private": True, "workspaces": ["core", "client"], "scripts": {"build": "cd core && node make.js"}}
    write_json(repository, "js/package.json", manifest)
    for name in ("core", "client"):
        path = repository.folder / f"js/{name}/package.json"
        write_json(repository, f"js/{name}/package.json", {**json.loads(path.read_text()), "scripts": {}})
    packed(NpmToolchain(repository.folder), packages, tmp_path / "packed")
    assert repository.folder.joinpath("js/core/dist/index.js").exists()


def test_a_dependency_that_only_the_work_tree_has_is_refused(tmp_path: Path) -> None:
    repository, packages = npm_sdk(tmp_path / "origin")
    write_json(
        repository, "js/client/package.json", {"name": "@acme/client", "version": VERSION, "dependencies": {"@acme/core": "workspace:*"}}
    )
    with pytest.raises(RefusedError, match="npm-local-dependency"):
        NpmToolchain(repository.folder).pack(packages, tmp_path, EPOCH)


def test_a_lock_file_of_another_tool_is_refused_until_that_has_installed(tmp_path: Path) -> None:
    repository, packages = npm_sdk(tmp_path / "origin")
    repository.folder.joinpath("js/package-lock.json").rename(repository.folder / "js/pnpm-lock.yaml")
    with pytest.raises(ToolError, match="pnpm") as caught:
        NpmToolchain(repository.folder).pack(packages, tmp_path / "packed", EPOCH)
    assert caught.value.findings[0].rule == "npm-lock"


def test_a_package_packed_under_another_name_is_refused(tmp_path: Path) -> None:
    repository, packages = dotnet_sdk(tmp_path / "origin")
    project = repository.folder / "cs/Core/Core.csproj"
    repository.write("cs/Core/Core.csproj", project.read_text().replace("Acme.Core", "Acme.Other"))
    with pytest.raises(ReleaseError, match=r"`Acme\.Other`") as caught:
        packed(DotnetToolchain(repository.folder), packages, tmp_path / "packed")
    assert caught.value.findings[0].rule == "artifact-name"


def test_a_path_that_msbuild_could_take_for_code_is_taken_literally(tmp_path: Path) -> None:
    repository, packages = dotnet_sdk(tmp_path / "it's $(a); ours")
    assert len(packed(DotnetToolchain(repository.folder), packages, tmp_path / "packed")) == 4


def test_a_settled_package_depends_on_its_sibling_and_can_be_installed(tmp_path: Path) -> None:
    repository, packages = dotnet_sdk(tmp_path / "origin")
    for name, content in packed(DotnetToolchain(repository.folder), packages, tmp_path / "packed").items():
        tmp_path.joinpath("feed").mkdir(exist_ok=True)
        tmp_path.joinpath("feed", name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "feed/Acme.Client.1.2.3-beta.4.nupkg") as archive:
        assert f'<dependency id="Acme.Core" version="{VERSION}"' in archive.read("Acme.Client.nuspec").decode()
    user = repositories.made(tmp_path / "user")
    reference = f'<PackageReference Include="Acme.Client" Version="{VERSION}" />'
    user.write(
        "User.csproj",
        '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>netstandard2.1</TargetFramework></PropertyGroup>'
        f"<ItemGroup>{reference}</ItemGroup></Project>",
    )
    user.write("User.cs", "public class User { public int Two = Acme.Core.One + Acme.Client.One; }\n")
    user.write(
        "NuGet.Config", '<configuration><packageSources><clear /><add key="feed" value="../feed" /></packageSources></configuration>'
    )
    added = {"NUGET_PACKAGES": str(tmp_path / "cache")}
    built = ["dotnet", "build", "-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"]
    result = process.run(built, folder=user.folder, keep=("DOTNET_*",), added=added, timeout=600)
    assert "0 Error(s)" in result.output
    assert tmp_path.joinpath("cache/acme.core", VERSION, "lib/netstandard2.1/Core.dll").exists()
