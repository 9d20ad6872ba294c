"""Where the official clients' own settings lead, as the clients themselves say."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import packed
from tests.fakes import FakeClock

from release_actions.adapters.http import Http
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.toolchains.python import find_uv
from release_actions.domain.package import Ecosystem
from release_actions.errors import InputError

pytestmark = pytest.mark.contract


@pytest.fixture(autouse=True)
def no_settings(with_toolchains: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home without settings, and no settings in the environment."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("UV_PUBLISH_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "UV_PUBLISH_CHECK_URL", "UV_PUBLISH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "NUGET_API_KEY", "npm_config_registry", "npm_config_userconfig", "APPDATA"):
        monkeypatch.delenv(name, raising=False)


class TestNpm:
    """`npm config`, .npmrc and publishConfig."""

    def where(self, folder: Path, name: str, *, override: str = "", **settings: object) -> str:
        package = packed.package(folder, Ecosystem.NPM, name, "1.2.3", settings=settings)
        return NpmRegistry(Http(FakeClock()), folder, top=folder, registry=override).registry_of(package)

    def test_the_project_s_npmrc_is_obeyed_by_scope(self, tmp_path: Path) -> None:
        tmp_path.joinpath("package.json").write_text("{}")
        tmp_path.joinpath(".npmrc").write_text("registry=http://127.0.0.1:1/all\n@acme:registry=http://127.0.0.1:2/acme/\n")
        assert self.where(tmp_path, "sdk") == "http://127.0.0.1:1/all/"
        assert self.where(tmp_path, "@acme/sdk") == "http://127.0.0.1:2/acme/"
        assert self.where(tmp_path, "@other/sdk") == "http://127.0.0.1:1/all/"

    def test_publish_config_comes_before_the_general_registry_and_an_input_before_all(self, tmp_path: Path) -> None:
        tmp_path.joinpath("package.json").write_text("{}")
        tmp_path.joinpath(".npmrc").write_text("registry=http://127.0.0.1:1/\n")
        own = {"registry": "http://127.0.0.1:3/"}
        assert self.where(tmp_path, "sdk", publishConfig=own) == "http://127.0.0.1:3/"
        assert self.where(tmp_path, "sdk", publishConfig=own, override="http://127.0.0.1:4") == "http://127.0.0.1:4/"

    def test_an_address_with_a_password_would_be_an_argument_and_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="address-credentials") as caught:
            self.where(tmp_path, "sdk", override="http://someone:canary@127.0.0.1:1/")
        assert "canary" not in str(caught.value)

    def test_the_default_registry_is_npm_s_own(self, tmp_path: Path) -> None:
        assert self.where(tmp_path, "sdk").startswith("https://")

    def test_a_credential_is_missing_unless_an_npmrc_has_one_for_this_registry(self, tmp_path: Path) -> None:
        tmp_path.joinpath("package.json").write_text("{}")
        package = packed.package(tmp_path, Ecosystem.NPM, "sdk", "1.2.3")

        def rules() -> list[str]:
            registry = NpmRegistry(Http(FakeClock()), tmp_path, top=tmp_path, registry="http://127.0.0.1:9/npm")
            return [finding.rule for finding in registry.check([package])]

        assert rules() == ["credential-missing"]
        user = tmp_path / "home" / ".npmrc"
        user.write_text("//127.0.0.1:9/other/:_authToken=canary\n")
        assert rules() == ["credential-missing"]
        user.write_text("//127.0.0.1:9/npm/:_authToken=canary\n")
        assert rules() == []


class TestPypi:
    """uv's settings; what pip says of indexes matters only where uv uploads to one of the user's own."""

    def registry(self, top: Path, index: str = "", upload: str = "", token: str = "") -> PypiRegistry:
        return PypiRegistry(Http(FakeClock()), find_uv, top=top, token=token, index=index, upload_url=upload)

    def test_uv_s_default_upload_is_read_at_uv_s_default_index_and_not_at_a_mirror(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        default = self.registry(tmp_path).address
        assert default.startswith("https://")
        monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/mirror")
        monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:1/mirror")
        assert self.registry(tmp_path).address == default

    @pytest.mark.parametrize("name", ["UV_PUBLISH_CHECK_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"])
    def test_an_upload_address_of_one_s_own_is_read_where_the_variables_say(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv("UV_PUBLISH_URL", "http://127.0.0.1:1/legacy/")
        monkeypatch.setenv(name, "http://user:canary@127.0.0.1:1/simple/")
        assert self.registry(tmp_path).address == "http://127.0.0.1:1/simple/"

    @pytest.mark.parametrize("where", ["input", "variable", "project"])
    def test_an_upload_address_of_one_s_own_without_an_index_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        own = "http://127.0.0.1:1/legacy/"
        if where == "variable":
            monkeypatch.setenv("UV_PUBLISH_URL", own)
        if where == "project":
            tmp_path.joinpath("uv.toml").write_text(f'publish-url = "{own}"\n')
        with pytest.raises(InputError, match="pypi-index-unknown"):
            _ = self.registry(tmp_path, upload=own if where == "input" else "").address

    def test_a_credential_is_missing_except_on_loopback(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert [finding.rule for finding in self.registry(tmp_path).check([])] == ["credential-missing"]
        assert self.registry(tmp_path, token="canary").check([]) == []
        assert self.registry(tmp_path, index="http://x/", upload="http://127.0.0.1:1/").check([]) == []
        monkeypatch.setenv("UV_PUBLISH_TOKEN", "canary")
        assert self.registry(tmp_path).check([]) == []


class TestNuget:
    """NuGet's configured sources."""

    def address(self, top: Path, source: str = "") -> str:
        return NugetRegistry(Http(FakeClock()), top, top=top, source=source).address

    def configure(self, top: Path, default: str = "") -> None:
        push = f'<config><add key="defaultPushSource" value="{default}" /></config>' if default else ""
        top.joinpath("NuGet.Config").write_text(
            '<configuration><packageSources><clear /><add key="one" value="http://127.0.0.1:1/index.json" />'
            f'<add key="two" value="http://127.0.0.1:2/index.json" /></packageSources>{push}</configuration>'
        )

    def test_the_feed_is_the_named_one_or_the_default_push_source(self, tmp_path: Path) -> None:
        self.configure(tmp_path)
        assert self.address(tmp_path, "Two") == "http://127.0.0.1:2/index.json"
        self.configure(tmp_path, default="one")
        assert self.address(tmp_path) == "http://127.0.0.1:1/index.json"
        self.configure(tmp_path, default="http://127.0.0.1:2/index.json")
        assert self.address(tmp_path) == "http://127.0.0.1:2/index.json"

    def test_an_address_with_a_password_would_be_an_argument_and_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="address-credentials") as caught:
            self.address(tmp_path, "http://someone:canary@127.0.0.1:1/index.json")
        assert "canary" not in str(caught.value)

    def test_which_of_several_feeds_is_never_guessed(self, tmp_path: Path) -> None:
        self.configure(tmp_path)
        with pytest.raises(InputError, match="`one`, `two`"):
            self.address(tmp_path)
        with pytest.raises(InputError, match="`three` is not configured"):
            self.address(tmp_path, "three")
