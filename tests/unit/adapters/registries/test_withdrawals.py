from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests import packed, scripted
from tests.fakes import FakeClock
from tests.scripted import Reply, Scripted

from release_actions.adapters.http import Http
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.adapters.registries.npm_withdrawal import NpmWithdrawals
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.nuget_withdrawal import NugetWithdrawals
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.registries.pypi_withdrawal import PypiWithdrawals
from release_actions.domain.package import Ecosystem
from release_actions.domain.standing import Standing
from release_actions.errors import RegistryError

JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
HTML = {"Content-Type": "text/html"}
KINDS = {"PackagePublish/2.0.0": "push", "RegistrationsBaseUrl": "old", "RegistrationsBaseUrl/3.6.0": "r"}


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted.serving() as server:
        index = {"resources": [{"@id": f"{server.url}/{path}", "@type": kind} for kind, path in KINDS.items()]}
        server.replies["/index.json"] = [Reply(200, json.dumps(index).encode())]
        yield server


def answers(document: object, headers: dict[str, str] | None = None, status: int = 200) -> list[Reply]:
    return [Reply(status, document.encode() if isinstance(document, str) else json.dumps(document).encode(), headers or {})]


class TestNuget:
    """Registrations, as the gallery and others write them."""

    def site(self, server: Scripted, folder: Path) -> NugetWithdrawals:
        http = Http(FakeClock())
        return NugetWithdrawals(http, NugetRegistry(http, folder, top=folder, token="canary-of-the-key", source=f"{server.url}/index.json"))

    def standing(self, server: Scripted, folder: Path) -> Standing:
        return self.site(server, folder).standing(packed.package(folder, Ecosystem.NUGET, "Acme.Sdk", "1.2.3"))

    def test_versions_are_read_from_pages_inside_and_outside_of_the_document(self, server: Scripted, tmp_path: Path) -> None:
        inside = [{"catalogEntry": {"version": "1.0.0", "listed": True}}, {"catalogEntry": {"version": "1.1.0+build", "listed": False}}]
        outside = {"items": [{"catalogEntry": {"version": "1.2.3-BETA.1"}}]}
        server.replies["/r/acme.sdk/index.json"] = answers({"items": [{"items": inside}, {"@id": "page.json"}]})
        server.replies["/r/acme.sdk/page.json"] = answers(outside)
        standing = self.standing(server, tmp_path)
        assert (standing.versions, dict(standing.withdrawn)) == (("1.0.0", "1.1.0", "1.2.3-beta.1"), {"1.1.0": ""})

    def test_the_year_1900_means_unlisted(self, server: Scripted, tmp_path: Path) -> None:
        entries = [{"catalogEntry": {"version": "1.0.0", "published": "1900-01-01T00:00:00+00:00"}}]
        server.replies["/r/acme.sdk/index.json"] = answers({"items": [{"items": entries}]})
        assert not self.standing(server, tmp_path).offers("1.0.0")

    def test_no_registration_is_no_package_and_anything_else_is_an_error(self, server: Scripted, tmp_path: Path) -> None:
        assert self.standing(server, tmp_path) == Standing()
        bodies: tuple[object, ...] = ({}, {"items": [{"items": [{}]}]}, [], "no JSON")
        for body in bodies:
            server.replies["/r/acme.sdk/index.json"] = answers(body)
            with pytest.raises(RegistryError, match="registry-answer"):
                self.standing(server, tmp_path)
        server.replies["/r/acme.sdk/index.json"] = answers({}, status=403)
        with pytest.raises(RegistryError, match="403"):
            self.standing(server, tmp_path)

    def test_unlisting_and_relisting_are_one_request_each_with_the_key_in_a_header(self, server: Scripted, tmp_path: Path) -> None:
        package = packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", "1.2.3")
        server.replies["/push/Acme.Sdk/1.2.3"] = [Reply(204), Reply(200)]
        self.site(server, tmp_path).withdraw(package, "why")
        self.site(server, tmp_path).restore(package)
        sent = [request for request in server.requests if request.path.startswith("/push")]
        assert [(request.method, request.headers["x-nuget-apikey"]) for request in sent] == [
            ("DELETE", "canary-of-the-key"),
            ("POST", "canary-of-the-key"),
        ]

    def test_a_refusal_repeats_no_key(self, server: Scripted, tmp_path: Path) -> None:
        package = packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", "1.2.3")
        server.replies["/push/Acme.Sdk/1.2.3"] = answers("the key canary-of-the-key may not", status=403)
        with pytest.raises(RegistryError, match="may not") as caught:
            self.site(server, tmp_path).withdraw(package, "why")
        assert "canary" not in str(caught.value)


class TestPypi:
    """Yanked files, in both forms of the simple API."""

    def site(self, server: Scripted, login: str = "") -> PypiWithdrawals:
        def no_client() -> Path:
            raise AssertionError("reading needs no client")

        http = Http(FakeClock())
        index = f"{server.url}/simple".replace("http://", f"http://{login}")
        return PypiWithdrawals(http, PypiRegistry(http, no_client, top=Path(), index=index))

    def test_a_version_is_withdrawn_when_all_of_its_files_are(self, server: Scripted, tmp_path: Path) -> None:
        package = packed.package(tmp_path, Ecosystem.PYPI, "acme-sdk", "1.2.0")
        files: list[dict[str, object]] = [
            {"filename": "acme_sdk-1.0.0-py3-none-any.whl", "yanked": "bad"},
            {"filename": "acme_sdk-1.0.0.tar.gz", "yanked": True},
            {"filename": "acme_sdk-1.1.0-py3-none-any.whl", "yanked": "bad"},
            {"filename": "acme_sdk-1.1.0.tar.gz", "yanked": False},
            {"filename": "acme_sdk-1.2.0.tar.gz"},
            {"filename": "other-1.3.0.tar.gz"},
        ]
        links = "".join(
            f'<a href="../f/{file["filename"]}#sha256=0"{_marked(file.get("yanked", False))}>{file["filename"]}</a>' for file in files
        )
        for reply in (answers({"files": files}, JSON), answers(f"<!DOCTYPE html><html><body>{links}</body></html>", HTML)):
            server.replies["/simple/acme-sdk/"] = reply
            standing = self.site(server).standing(package)
            assert (set(standing.versions), dict(standing.withdrawn)) == ({"1.0.0", "1.1.0", "1.2.0"}, {"1.0.0": "bad"})

    def test_no_page_is_no_project_and_anything_else_is_an_error(self, server: Scripted, tmp_path: Path) -> None:
        package = packed.package(tmp_path, Ecosystem.PYPI, "acme-sdk", "1.2.0")
        assert self.site(server).standing(package) == Standing()
        for reply in (answers({}, JSON), answers({"files": [{}]}, JSON), answers("no", status=403)):
            server.replies["/simple/acme-sdk/"] = reply
            with pytest.raises(RegistryError, match="registry-answer"):
                self.site(server).standing(package)

    def test_a_page_that_pythons_parser_gives_up_on_is_an_error(
        self, server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(HTMLParser, "feed", scripted.give_up)
        server.replies["/simple/acme-sdk/"] = answers("", HTML)
        with pytest.raises(RegistryError, match="registry-answer"):
            self.site(server).standing(packed.package(tmp_path, Ecosystem.PYPI, "acme-sdk", "1.2.0"))

    def test_the_page_for_people_is_on_the_indexs_own_host_and_holds_no_password(self, server: Scripted, tmp_path: Path) -> None:
        package = packed.package(tmp_path, Ecosystem.PYPI, "Acme.SDK", "1.2.0-beta.1")
        assert self.site(server, "me:canary@").page(package) == f"{server.url}/manage/project/acme-sdk/release/1.2.0b1/"

    def test_there_is_no_other_way(self, server: Scripted, tmp_path: Path) -> None:
        package = packed.package(tmp_path, Ecosystem.PYPI, "acme-sdk", "1.2.0")
        site = self.site(server)
        with pytest.raises(NotImplementedError):
            site.withdraw(package, "")
        with pytest.raises(NotImplementedError):
            site.restore(package)
        with pytest.raises(NotImplementedError):
            site.point(package, "latest", "1.0.0")


def _marked(yanked: object) -> str:
    return "" if yanked is False else ' data-yanked=""' if yanked is True else f' data-yanked="{yanked}"'


def test_what_is_no_packument_says_nothing_of_an_npm_package(server: Scripted, tmp_path: Path) -> None:
    http = Http(FakeClock())
    site = NpmWithdrawals(http, NpmRegistry(http, tmp_path, top=tmp_path, registry=server.url), top=tmp_path)
    package = packed.package(tmp_path, Ecosystem.NPM, "@acme/sdk", "1.2.3")
    for reply in (answers([]), answers({"versions": []}), answers("no"), answers({}, status=403)):
        server.replies["/@acme%2Fsdk"] = reply
        with pytest.raises(RegistryError, match="registry-answer"):
            site.standing(package)
    server.replies["/@acme%2Fsdk"] = answers({"versions": {"1.2.3": {"deprecated": "bad"}, "1.2.2": {}}, "dist-tags": {"latest": "1.2.2"}})
    assert site.standing(package) == Standing(("1.2.3", "1.2.2"), {"1.2.3": "bad"}, {"latest": "1.2.2"})
