"""Uploads that go wrong on their way to real registries: whatever happens, the release ends there whole, with our bytes."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from tests import faulty, packed
from tests.fakes import Said
from tests.faulty import Spoil

from rehearsal import npm, nuget, pypi
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.registries.configured import Settings, registries
from release_actions.commands.publish import Options, publish
from release_actions.domain.package import Ecosystem

pytestmark = pytest.mark.contract

NAMES = {Ecosystem.NUGET: "Acme.Sample", Ecosystem.NPM: "@acme/sample", Ecosystem.PYPI: "acme-sample"}


def settings(ecosystem: Ecosystem, storage: Path, variables: dict[str, str], stack: ExitStack) -> tuple[Settings, faulty.Faulty]:
    """A registry with the faulty proxy before it, and the settings that lead there."""
    match ecosystem:
        case Ecosystem.NPM:
            verdaccio = stack.enter_context(npm.registry(storage, variables))
            proxy = stack.enter_context(faulty.before(verdaccio.url))
            return Settings(npm_token=verdaccio.token, npm_registry=proxy.url), proxy
        case Ecosystem.PYPI:
            index = stack.enter_context(pypi.registry(storage, variables))
            proxy = stack.enter_context(faulty.before(index.url))
            return Settings(pypi_token=index.token, pypi_index=f"{proxy.url}/simple/", pypi_upload=f"{proxy.url}/"), proxy
        case Ecosystem.NUGET:
            feed = stack.enter_context(nuget.registry(storage, variables, key="a-key-of-the-tests", signs=True))
            proxy = stack.enter_context(faulty.before(feed.url))
            return Settings(nuget_token=feed.token, nuget_source=f"{proxy.url}/v3/index.json"), proxy


@pytest.mark.parametrize("spoil", Spoil)
@pytest.mark.parametrize("ecosystem", Ecosystem)
def test_a_spoilt_upload_ends_with_every_file_there_once_and_an_empty_plan(
    tmp_path: Path, with_toolchains: dict[str, str], ecosystem: Ecosystem, spoil: Spoil
) -> None:
    built, top = tmp_path / "built", tmp_path / "top"
    built.mkdir()
    top.mkdir()
    package = packed.package(built, ecosystem, NAMES[ecosystem], "1.2.3")
    packed.release(built, "1.2.3", package)
    with ExitStack() as stack:
        given, proxy = settings(ecosystem, tmp_path / "storage", with_toolchains, stack)
        sites = registries(given, built, top, SystemClock())
        proxy.next = [spoil]
        runs = [publish(Options(built, wait=2), PackedFiles(), sites, SystemClock(), Said()) for _ in range(2)]
        last = publish(Options(built, wait=2), PackedFiles(), sites, SystemClock(), Said())
        assert proxy.next == []
        assert (last.errors, last.plan.is_empty) == ((), True)
        if spoil is Spoil.CONFLICT_BEFORE or spoil is Spoil.LIE:
            assert runs[0].errors or runs[0].count("published, visible") == 1
        else:
            assert runs[0].errors == (), "one run is enough"
        found = sites[ecosystem].look_up(package)
        assert found.files == {file.name: file.digest(found.files[file.name].algorithm) for file in package.files}
        if ecosystem is Ecosystem.NPM:
            assert dict(found.pointers) == {"latest": "1.2.3"}
