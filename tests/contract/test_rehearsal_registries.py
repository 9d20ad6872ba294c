"""The throw-away registries, driven by the official clients."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from rehearsal import npm, nuget, nuget_storage, origin, pypi
from release_actions.adapters.registries.nupkg import content_hash

pytestmark = pytest.mark.contract


def run(*command: str | Path, folder: Path, env: Mapping[str, str], check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run an official client in an environment of only its own settings, beside `folder`: a log in it would be packed while it grows."""
    base = {"HOME": str(folder.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run([str(word) for word in command], cwd=folder, env=base | dict(env), capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


class TestNpm:
    """The npm registry, by npm."""

    @pytest.fixture
    def package(self, tmp_path: Path) -> Path:
        return self.make(tmp_path / "package", "1.2.3")

    def make(self, folder: Path, version: str) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"name": "@acme/sample", "version": version, "main": "index.js"}))
        (folder / "index.js").write_text("module.exports = 'sample'\n")
        return folder

    def test_what_npm_publishes_npm_installs(self, tmp_path: Path, package: Path, toolchains: dict[str, str]) -> None:
        with npm.registry(tmp_path / "storage", toolchains) as registry:
            env = toolchains | registry.environment()
            run("npm", "publish", "--access=public", folder=package, env=env)
            (tmp_path / "project").mkdir()
            (tmp_path / "project" / "package.json").write_text("{}")
            run("npm", "install", "@acme/sample@1.2.3", folder=tmp_path / "project", env=env)
            said = run("node", "-p", "require('@acme/sample')", folder=tmp_path / "project", env=env).stdout
        assert said.strip() == "sample"

    def test_a_version_is_never_overwritten_not_even_after_a_restart(
        self, tmp_path: Path, package: Path, toolchains: dict[str, str]
    ) -> None:
        for expected in (0, 1):
            with npm.registry(tmp_path / "storage", toolchains) as registry:
                done = run("npm", "publish", folder=package, env=toolchains | registry.environment(), check=False)
            assert (done.returncode != 0) == expected, done.stderr
        assert "cannot publish over" in done.stderr or "EPUBLISHCONFLICT" in done.stderr

    def test_nobody_publishes_without_the_token(self, tmp_path: Path, package: Path, toolchains: dict[str, str]) -> None:
        with npm.registry(tmp_path / "storage", toolchains) as registry:
            env = toolchains | {"npm_config_registry": registry.url}
            done = run("npm", "publish", folder=package, env=env, check=False)
        assert done.returncode != 0
        assert "ENEEDAUTH" in done.stderr

    def test_packages_of_others_come_from_the_uplink_but_own_names_never_do(self, tmp_path: Path, toolchains: dict[str, str]) -> None:
        with npm.registry(tmp_path / "upstream", toolchains) as upstream:
            for name in ("other", "own"):
                folder = self.make(tmp_path / name, "1.0.0")
                (folder / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0"}))
                run("npm", "publish", folder=folder, env=toolchains | upstream.environment())
            with npm.registry(tmp_path / "storage", toolchains, uplink=npm.Uplink(upstream.url), own=["own"]) as registry:
                env = toolchains | registry.environment()
                assert run("npm", "view", "other", "version", folder=tmp_path, env=env).stdout.strip() == "1.0.0"
                assert "E404" in run("npm", "view", "own", "version", folder=tmp_path, env=env, check=False).stderr
                run("npm", "publish", folder=tmp_path / "own", env=env)

    def test_the_uplink_is_the_registry_that_npm_is_configured_for_with_its_certificates(
        self, toolchains: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("npm_config_registry", "https://npm.example.invalid/")
        monkeypatch.setenv("npm_config_cafile", "/company.pem")
        assert npm.upstream(toolchains) == npm.Uplink("https://npm.example.invalid/", "/company.pem")

    def test_no_child_outlives_the_block(self, tmp_path: Path, toolchains: dict[str, str]) -> None:
        with npm.registry(tmp_path / "storage", toolchains) as registry:
            url = registry.url
        assert (
            "ECONNREFUSED"
            in run("npm", "ping", "--registry", url, "--fetch-retries=0", folder=tmp_path, env=toolchains, check=False).stderr
        )


class TestPypi:
    """The Python index, by uv."""

    @pytest.fixture
    def wheel(self, tmp_path: Path) -> Path:
        return self.make(tmp_path, "VALUE = 1\n")

    def make(self, folder: Path, code: str) -> Path:
        wheel = folder / "acme_sample-1.2.3-py3-none-any.whl"
        about = "acme_sample-1.2.3.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("acme_sample.py", code)
            archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: acme-sample\nVersion: 1.2.3\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", f"acme_sample.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
        return wheel

    def test_what_uv_publishes_uv_installs(self, tmp_path: Path, wheel: Path, toolchains: dict[str, str]) -> None:
        with pypi.registry(tmp_path / "storage", toolchains) as registry:
            run("uv", "publish", wheel, folder=tmp_path, env=toolchains | registry.environment())
            env = toolchains | {"UV_DEFAULT_INDEX": registry.index, "UV_CACHE_DIR": str(tmp_path / "cache")}
            run("uv", "venv", "--no-project", "venv", folder=tmp_path, env=env)
            run("uv", "pip", "install", "--python", "venv", "acme-sample==1.2.3", folder=tmp_path, env=env)
            said = run(tmp_path / "venv" / "bin" / "python", "-c", "import acme_sample; print(acme_sample.VALUE)", folder=tmp_path, env=env)
        assert said.stdout.strip() == "1"

    def test_a_file_is_never_overwritten_not_even_after_a_restart(self, tmp_path: Path, wheel: Path, toolchains: dict[str, str]) -> None:
        with pypi.registry(tmp_path / "storage", toolchains) as registry:
            run("uv", "publish", wheel, folder=tmp_path, env=toolchains | registry.environment())
        first = (tmp_path / "storage" / wheel.name).read_bytes()
        self.make(tmp_path, "VALUE = 2\n")
        with pypi.registry(tmp_path / "storage", toolchains) as registry:
            settings = {name: value for name, value in registry.environment().items() if name != "UV_DEFAULT_INDEX"}
            done = run("uv", "publish", wheel, folder=tmp_path, env=toolchains | settings, check=False)
        assert done.returncode != 0
        assert "409" in done.stderr
        assert (tmp_path / "storage" / wheel.name).read_bytes() == first

    def test_nobody_uploads_without_the_token(self, tmp_path: Path, wheel: Path, toolchains: dict[str, str]) -> None:
        with pypi.registry(tmp_path / "storage", toolchains) as registry:
            env = toolchains | registry.environment() | {"UV_PUBLISH_TOKEN": "another"}
            done = run("uv", "publish", wheel, folder=tmp_path, env=env, check=False)
        assert done.returncode != 0
        assert "403" in done.stderr
        assert not list((tmp_path / "storage").iterdir())

    def test_an_unknown_project_is_asked_of_nobody_else(self, tmp_path: Path, toolchains: dict[str, str]) -> None:
        with pypi.registry(tmp_path / "storage", toolchains) as registry:
            env = toolchains | {"UV_DEFAULT_INDEX": registry.index}
            done = run("uv", "pip", "install", "--dry-run", "--target", "x", "packaging", folder=tmp_path, env=env, check=False)
        assert "not found in the package registry" in done.stderr


def nupkg(file: Path, version: str = "1.2.3", *, symbols: bool = False) -> Path:
    """A package without an assembly, as NuGet needs it to take it for one."""
    kind = '<packageTypes><packageType name="SymbolsPackage" /></packageTypes>' if symbols else ""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "Acme.Sample.nuspec",
            '<?xml version="1.0"?><package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>'
            f"<id>Acme.Sample</id><version>{version}</version><authors>Acme</authors><description>A sample.</description>{kind}"
            '<dependencies><group targetFramework=".NETStandard2.1" /></dependencies></metadata></package>',
        )
        archive.writestr("lib/netstandard2.1/_._", "")
        archive.writestr("content/words.txt", "words " * 100)
    return file


class TestNuget:
    """The NuGet feed, by dotnet."""

    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "project.csproj").write_text(
            '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>netcoreapp3.1</TargetFramework></PropertyGroup></Project>'
        )
        return folder

    def push(self, file: Path, registry: nuget.Registry, env: Mapping[str, str], *options: str) -> subprocess.CompletedProcess[str]:
        return run("dotnet", "nuget", "push", file, "--source", registry.url, *options, folder=file.parent, env=env, check=False)

    def settle(self, folder: Path, registry: nuget.Registry) -> None:
        (folder / "NuGet.Config").write_text(registry.config())

    def test_what_dotnet_pushes_dotnet_adds_and_restores(self, tmp_path: Path, project: Path, toolchains: dict[str, str]) -> None:
        with nuget.registry(tmp_path / "storage") as registry:
            done = self.push(nupkg(tmp_path / "a.nupkg"), registry, toolchains)
            assert done.returncode == 0, done.stdout
            self.settle(project, registry)
            run("dotnet", "add", "package", "Acme.Sample", folder=project, env=toolchains)
            run("dotnet", "restore", "--no-cache", folder=project, env=toolchains)
        assert '"Acme.Sample/1.2.3"' in (project / "obj" / "project.assets.json").read_text()

    def test_the_address_of_the_feed_may_come_from_a_nuget_config(self, tmp_path: Path, toolchains: dict[str, str]) -> None:
        file = nupkg(tmp_path / "a.nupkg")
        with nuget.registry(tmp_path / "storage") as registry:
            self.settle(tmp_path, registry)
            run("dotnet", "nuget", "push", file, folder=tmp_path, env=toolchains)
        assert (tmp_path / "storage/acme.sample/1.2.3/acme.sample.1.2.3.nupkg").read_bytes() == file.read_bytes()

    def test_a_version_is_never_overwritten_not_even_after_a_restart(self, tmp_path: Path, toolchains: dict[str, str]) -> None:
        file = nupkg(tmp_path / "a.nupkg")
        for expected in ("was pushed", "409"):
            with nuget.registry(tmp_path / "storage") as registry:
                done = self.push(file, registry, toolchains)
            assert expected in done.stdout + done.stderr

    def test_nobody_pushes_without_the_key(self, tmp_path: Path, toolchains: dict[str, str]) -> None:
        file = nupkg(tmp_path / "a.nupkg")
        with nuget.registry(tmp_path / "storage", key="the-right-key") as registry:
            wrong = self.push(file, registry, toolchains, "--api-key", "another")
            assert "403" in wrong.stdout + wrong.stderr
            assert not list((tmp_path / "storage").iterdir())
            assert self.push(file, registry, toolchains, "--api-key", registry.token).returncode == 0

    def test_an_unlisted_version_can_still_be_restored_but_is_not_found(
        self, tmp_path: Path, project: Path, toolchains: dict[str, str]
    ) -> None:
        with nuget.registry(tmp_path / "storage") as registry:
            for version in ("1.2.3", "1.3.0"):
                assert self.push(nupkg(tmp_path / f"{version}.nupkg", version), registry, toolchains).returncode == 0
            self.settle(project, registry)
            delete = ("dotnet", "nuget", "delete", "Acme.Sample", "1.3.0", "--source", registry.url, "--non-interactive")
            run(*delete, folder=tmp_path, env=toolchains)
            run("dotnet", "add", "package", "Acme.Sample", "--version", "1.3.0", folder=project, env=toolchains)
        feed = nuget_storage.Packages(tmp_path / "storage", signs=False, lag=0)
        assert not feed.metadata("Acme.Sample", "1.3.0").listed
        feed.set_listed("Acme.Sample", "1.3.0", listed=True)
        assert feed.metadata("Acme.Sample", "1.3.0").listed

    def test_symbols_are_taken_only_beside_their_package(self, tmp_path: Path, toolchains: dict[str, str]) -> None:
        package, symbols = nupkg(tmp_path / "a.nupkg"), nupkg(tmp_path / "a.snupkg", symbols=True)
        with nuget.registry(tmp_path / "storage") as registry:
            assert "404" in self.push(symbols, registry, toolchains).stdout
            assert self.push(package, registry, toolchains).returncode == 0
        assert {file.suffix for file in (tmp_path / "storage/acme.sample/1.2.3").iterdir()} == {".nupkg", ".snupkg"}

    def test_a_signature_is_added_as_the_gallery_does_and_all_else_stays(self, tmp_path: Path) -> None:
        plain = nupkg(tmp_path / "a.nupkg").read_bytes()
        signed = nuget_storage.signed(plain)
        with zipfile.ZipFile(io.BytesIO(signed)) as archive:
            assert archive.testzip() is None
            assert archive.namelist()[-1] == ".signature.p7s"
        assert content_hash(signed) == content_hash(plain)

    def test_a_lagging_feed_hides_a_new_version_for_some_look_ups(self, tmp_path: Path) -> None:
        feed = nuget_storage.Packages(tmp_path / "storage", signs=False, lag=2)
        feed.add(nupkg(tmp_path / "a.nupkg").read_bytes())
        with pytest.raises(nuget_storage.Refused):
            feed.read("Acme.Sample", "1.2.3", "acme.sample.1.2.3.nupkg")
        with pytest.raises(nuget_storage.Refused):
            feed.add(nupkg(tmp_path / "a.nupkg").read_bytes())
        assert [feed.look_up("acme.sample") for _ in range(3)] == [[], [], ["1.2.3"]]

    @pytest.mark.parametrize("name", ["../../etc", "a/b", ".."])
    def test_a_hostile_name_leaves_the_folder_alone(self, tmp_path: Path, name: str) -> None:
        feed = nuget_storage.Packages(tmp_path / "storage", signs=False, lag=0)
        with pytest.raises(nuget_storage.Refused):
            feed.read(name, "1.2.3", "x")
        assert feed.versions(name) == []

    def test_versions_are_listed_oldest_first(self, tmp_path: Path) -> None:
        feed = nuget_storage.Packages(tmp_path / "storage", signs=False, lag=0)
        for version in ("1.10.0", "1.9.0", "1.10.0-beta.10", "1.10.0-beta.9", "1.10.0-0.dev.1"):
            feed.add(nupkg(tmp_path / "a.nupkg", version).read_bytes())
        assert feed.versions("Acme.Sample") == ["1.9.0", "1.10.0-0.dev.1", "1.10.0-beta.9", "1.10.0-beta.10", "1.10.0"]


class TestOrigin:
    """The git origin, by git."""

    @pytest.fixture
    def made(self, tmp_path: Path) -> Iterator[origin.Origin]:
        (tmp_path / "folder" / "sub").mkdir(parents=True)
        (tmp_path / "folder" / "sub" / "file").write_text("words")
        with origin.of_folder(tmp_path / "folder") as made:
            yield made

    def test_a_folder_becomes_one_commit_on_main(self, made: origin.Origin) -> None:
        assert made.git("branch", "--show-current").strip() == "main"
        assert (made.clone / "sub" / "file").read_text() == "words"

    def test_a_tag_is_annotated_and_pushed(self, made: origin.Origin) -> None:
        made.tag("v1.2.3")
        assert made.git("cat-file", "-t", "v1.2.3").strip() == "tag"
        assert "refs/tags/v1.2.3" in made.git("ls-remote", "--tags", "origin")

    def test_uncommitted_work_of_the_user_is_neither_seen_nor_touched(self, made: origin.Origin) -> None:
        (made.clone / "sub" / "file").write_text("changed")
        with origin.of_repository(made.clone) as copy:
            assert (copy.clone / "sub" / "file").read_text() == "words"
        assert (made.clone / "sub" / "file").read_text() == "changed"
