"""What registries refuse for ever is understood from the words of the real clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests import packed, scripted
from tests.fakes import FakeClock
from tests.scripted import Reply, Scripted

from release_actions.adapters.http import Http
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.toolchains.python import find_uv
from release_actions.commands.ports.registries import FINAL, Registry
from release_actions.domain.package import Ecosystem
from release_actions.errors import RegistryError

pytestmark = pytest.mark.contract


def index(server: Scripted, folder: Path) -> Registry:
    server.replies["/"] = [Reply(400, b"400 Uploading new files to releases older than 14 days is not allowed.")]
    return PypiRegistry(Http(FakeClock()), find_uv, top=folder, token="-", index=f"{server.url}/simple/", upload_url=f"{server.url}/")


def feed(server: Scripted, folder: Path) -> Registry:
    resources = [{"@id": f"{server.url}/push", "@type": "PackagePublish/2.0.0"}]
    server.replies["/index.json"] = [
        Reply(200, json.dumps({"version": "3.0.0", "resources": resources}).encode(), {"Content-Type": "application/json"})
    ]
    server.replies["/push/"] = server.replies["/push"] = [Reply(409, reason="This package ID has been reserved.")]
    return NugetRegistry(Http(FakeClock()), folder, top=folder, source=f"{server.url}/index.json")


@pytest.mark.parametrize(
    ("make", "ecosystem", "rule"),
    [(index, Ecosystem.PYPI, "release-closed"), (feed, Ecosystem.NUGET, "id-reserved")],
    ids=["PyPI", "NuGet"],
)
@pytest.mark.usefixtures("with_toolchains")
def test_a_no_for_ever_is_told_from_one_that_may_pass(
    tmp_path: Path, make: Callable[[Scripted, Path], Registry], ecosystem: Ecosystem, rule: str
) -> None:
    package = packed.package(tmp_path, ecosystem, "acme-sdk", "1.2.3")
    with scripted.serving() as server, pytest.raises(RegistryError) as caught:
        make(server, tmp_path).upload(package, [tmp_path / package.files[0].name], None)
    assert [finding.rule for finding in caught.value.findings] == [rule]
    assert rule in FINAL
