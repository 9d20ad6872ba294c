"""Packages as manifests describe them: names, privacy, versions, and who needs whom."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from release_actions.domain.config import Config, PackageSettings
from release_actions.domain.package import Ecosystem, Package
from release_actions.errors import ManifestError
from release_actions.manifests import kinds
from release_actions.manifests.workspace import Workspace, assemble

SDK = '<Project Sdk="Microsoft.NET.Sdk">'


def workspace(files: Mapping[str, str], config: Config | None = None) -> Workspace:
    manifests = [kind.read(path, text.encode()) for path, text in sorted(files.items()) if (kind := kinds.of(path))]
    return assemble(manifests, set(files), config or Config())


def only(files: Mapping[str, str], config: Config | None = None) -> Package:
    (package,) = workspace(files, config).packages
    return package


def project(properties: str, items: str = "", sdk: str = "Microsoft.NET.Sdk") -> str:
    return f'<Project Sdk="{sdk}"><PropertyGroup>{properties}</PropertyGroup><ItemGroup>{items}</ItemGroup></Project>'


def test_each_ecosystem_describes_its_packages() -> None:
    found = workspace(
        {
            "cs/Acme.csproj": project("<Version>1.2.3</Version>"),
            "py/pyproject.toml": '[project]\nname = "Acme_SDK"\nversion = "1.2.3b4"',
            "ts/package.json": '{"name": "@acme/sdk", "version": "1.2.3-beta.4"}',
            "package.json": '{"private": true, "workspaces": ["ts"]}',
            "pyproject.toml": "[tool.ruff]",
            "Directory.Build.props": "<Project />",
            "README.md": "1.2.3",
        }
    )
    assert found.packages == (
        Package(Ecosystem.NUGET, "Acme", "1.2.3", "cs", "cs/Acme.csproj"),
        Package(Ecosystem.PYPI, "Acme_SDK", "1.2.3b4", "py", "py/pyproject.toml"),
        Package(Ecosystem.NPM, "@acme/sdk", "1.2.3-beta.4", "ts", "ts/package.json"),
    )


@pytest.mark.parametrize(
    ("path", "text", "private"),
    [
        ("package.json", '{"name": "a", "private": true}', True),
        ("package.json", '{"name": "a", "private": "true"}', False),
        ("package.json", '{"name": "a", "private": false}', False),
        ("pyproject.toml", '[project]\nname = "a"\nclassifiers = ["Private :: Do Not Upload"]', True),
        ("pyproject.toml", '[tool.poetry]\nname = "a"\npackage-mode = false', True),
        ("pyproject.toml", '[project]\nname = "a"\n[tool.uv]\npackage = false', True),
        ("pyproject.toml", '[project]\nname = "a"\nclassifiers = ["Typing :: Typed"]', False),
        ("A.csproj", project(""), False),
        ("A.csproj", project("<IsPackable>false</IsPackable>"), True),
        ("A.csproj", project("<IsPackable>False</IsPackable>"), True),
        ("A.csproj", project("<Pack>false</Pack><IsPackable>$(Pack)</IsPackable>"), True),
        ("A.csproj", project("<IsTestProject>true</IsTestProject>"), True),
        ("A.csproj", project("", '<PackageReference Include="Microsoft.NET.Test.Sdk" />'), True),
        ("A.csproj", project("<IsPackable>true</IsPackable>", '<PackageReference Include="Microsoft.NET.Test.Sdk" />'), False),
        ("A.csproj", project("<OutputType>Exe</OutputType>"), True),
        ("A.csproj", project("<OutputType>Exe</OutputType><PackAsTool>true</PackAsTool>"), False),
        ("A.csproj", project("<OutputType>Exe</OutputType><PackageId>A</PackageId>"), False),
        ("A.csproj", project("", sdk="Microsoft.NET.Sdk.Web"), True),
        ("A.csproj", project("", sdk="Microsoft.NET.Sdk.Razor/8.0.0"), False),
        ("A.csproj", '<Project><Sdk Name="Microsoft.NET.Sdk" /></Project>', False),
        ("A.csproj", '<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003" ToolsVersion="15.0" />', True),
    ],
)
def test_private_packages_are_known(path: str, text: str, private: bool) -> None:
    assert only({path: text}).private is private


@pytest.mark.parametrize("private", [True, False])
def test_the_configuration_decides_about_privacy(private: bool) -> None:
    config = Config(packages={(Ecosystem.NUGET, "acme"): PackageSettings(private=private)})
    assert only({"Acme.csproj": project("<OutputType>Exe</OutputType>")}, config).private is private


@pytest.mark.parametrize(
    ("properties", "name"),
    [
        ("", "Acme.Core"),
        ("<AssemblyName>Acme</AssemblyName>", "Acme"),
        ("<AssemblyName>Acme</AssemblyName><PackageId>Acme.Sdk</PackageId>", "Acme.Sdk"),
        ("<PackageId>$(MSBuildProjectName).Sdk</PackageId>", "Acme.Core.Sdk"),
        ("<PackageId>$(Unknown)</PackageId>", "Acme.Core"),
        ("<PackageId>$(PackageId)</PackageId>", "Acme.Core"),
    ],
)
def test_a_project_is_named_by_its_id_its_assembly_or_its_file(properties: str, name: str) -> None:
    assert only({"src/Acme.Core.csproj": project(properties)}).name == name


def test_properties_come_from_the_nearest_file_above_and_from_those_that_it_imports() -> None:
    importing = """<Project><Import Project="$([MSBuild]::GetPathOfFileAbove('Directory.Build.props', '$(MSBuildThisFileDirectory)../'))" />
    <PropertyGroup><IsPackable>true</IsPackable></PropertyGroup></Project>"""
    found = workspace(
        {
            "Directory.Build.props": project("<Version>1.2.3</Version><IsPackable>false</IsPackable>"),
            "a/A.csproj": project(""),
            "b/Directory.Build.props": "<Project />",
            "b/B.csproj": project(""),
            "c/Directory.Build.props": importing,
            "c/c/C.csproj": project(""),
            "d/D.csproj": project("<Version>2.0.0</Version>"),
        }
    )
    assert {package.name: (package.version, package.private) for package in found.packages} == {
        "A": ("1.2.3", True),
        "B": ("", False),
        "C": ("1.2.3", False),
        "D": ("2.0.0", True),
    }


@pytest.mark.parametrize(
    ("properties", "version"),
    [
        ("<VersionPrefix>1.2.3</VersionPrefix><VersionSuffix>rc.1</VersionSuffix>", "1.2.3-rc.1"),
        ("<VersionPrefix>1.2.3</VersionPrefix><VersionSuffix></VersionSuffix>", "1.2.3"),
        ("<VersionPrefix>1.0.0</VersionPrefix><Version>1.2.3</Version>", "1.2.3"),
        ("<Version>1.0.0</Version><PackageVersion>1.2.3</PackageVersion>", "1.2.3"),
        ("<VersionPrefix>1.2.3</VersionPrefix><Version>$(VersionPrefix)-rc.1</Version>", "1.2.3-rc.1"),
        ("<Mine>1.2.3</Mine><Version>$(Mine)</Version>", "1.2.3"),
    ],
)
def test_a_project_composes_its_version(properties: str, version: str) -> None:
    assert only({"A.csproj": project(properties)}).version == version


def test_dependencies_are_on_own_packages_by_any_spelling_of_their_names() -> None:
    found = workspace(
        {
            "ts/a/package.json": '{"name": "a", "version": "1.0.0", "devDependencies": {"b": "*"}}',
            "ts/b/package.json": '{"name": "b", "version": "1.0.0", "dependencies": {"x": "npm:a@1.0.0", "left-pad": "1.0.0", "b": "*"}}',
            "ts/c/package.json": '{"name": "c", "version": "1.0.0", "peerDependencies": {"b": "workspace:^"}}',
            "py/a/pyproject.toml": '[project]\nname = "Acme.A"\nversion = "1.0.0"',
            "py/b/pyproject.toml": '[project]\nname = "b"\nversion = "1.0.0"\ndependencies = ["acme_a[x]; python_version>\'3\'"]',
            "py/c/pyproject.toml": '[tool.poetry]\nname = "c"\nversion = "1.0.0"\n[tool.poetry.dependencies]\nACME-a = {path = "../a"}',
            "cs/A/A.csproj": project("<PackageId>Acme.A</PackageId><Version>1.0.0</Version>"),
            "cs/B/B.csproj": project("<Version>1.0.0</Version>", r'<ProjectReference Include="..\A\A.csproj" />'),
            "cs/C/C.csproj": project("<Version>1.0.0</Version>", '<PackageReference Include="acme.a" Version="1.0.0" />'),
            "cs/D/D.csproj": project("", r'<ProjectReference Include="$(MSBuildThisFileDirectory)..\B\B.csproj" />'),
        }
    )
    needs = {(str(package.ecosystem), package.name): package.depends_on for package in found.packages if package.depends_on}
    assert needs == {
        ("npm", "b"): ("a",),
        ("npm", "c"): ("b",),
        ("pypi", "b"): ("Acme.A",),
        ("pypi", "c"): ("Acme.A",),
        ("nuget", "B"): ("Acme.A",),
        ("nuget", "C"): ("Acme.A",),
        ("nuget", "D"): ("B",),
    }


def test_only_own_packages_are_kept_of_what_a_manifest_depends_on() -> None:
    (manifest,) = workspace({"package.json": '{"name": "a", "dependencies": {"b": "1.0.0"}}'}).manifests
    assert manifest.dependencies == ()


def test_all_that_is_wrong_is_said_at_once() -> None:
    twice = '{"name": "a", "version": "1.0.0"}'
    config = Config(files=("none",), packages={(Ecosystem.PYPI, "z"): PackageSettings()})
    with pytest.raises(ManifestError) as error:
        workspace({"a/package.json": twice, "b/package.json": twice}, config)
    assert [finding.rule for finding in error.value.findings] == ["declared-file", "config-package", "package-doubled"]


def test_two_private_packages_may_share_a_name() -> None:
    example = '{"name": "example", "private": true}'
    assert len(workspace({"a/package.json": example, "b/package.json": example}).packages) == 2
