"""Every major version of npm in use is driven alike: by its libraries in one process, and as a command where that can't be."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import npms, packed

from rehearsal import npm
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.http import Http
from release_actions.adapters.registries import npm_package
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.domain.package import Ecosystem
from release_actions.errors import RegistryError

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("by_command", [False, True], ids=["by its libraries", "as a command"])
@pytest.mark.parametrize("version", npms.VERSIONS)
def test_it_publishes_refuses_and_moves_tags(
    verdaccio: npm.Registry, toolchains: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, by_command: bool
) -> None:
    for name, value in npms.provide(version, toolchains).items():
        monkeypatch.setenv(name, value)
    if by_command:
        monkeypatch.setattr(npm_package, "home", lambda *_: None)
    registry = NpmRegistry(Http(SystemClock()), tmp_path, top=tmp_path, token=verdaccio.token, registry=verdaccio.url)
    name = f"@acme/npm-{version.partition('.')[0]}-{'command' if by_command else 'libraries'}"
    old, new = (packed.package(tmp_path, Ecosystem.NPM, name, number) for number in ("1.2.2", "1.2.3"))
    assert registry.check([old]) == []
    assert (registry._session() is None) is by_command
    registry.upload(old, [tmp_path / old.files[0].name], "latest")
    registry.upload(new, [tmp_path / new.files[0].name], "staged")
    assert dict(registry.look_up(new).pointers) == {"latest": "1.2.2", "staged": "1.2.3"}
    registry.point(new, "latest", "1.2.3")
    found = registry.look_up(new)
    assert dict(found.pointers) == {"latest": "1.2.3", "staged": "1.2.3"}
    assert dict(found.files) == {new.files[0].name: new.files[0].digest("sha512")}
    with pytest.raises(RegistryError) as caught:
        registry.upload(new, [tmp_path / new.files[0].name], "staged")
    assert [finding.rule for finding in caught.value.findings] == ["already-exists"]
