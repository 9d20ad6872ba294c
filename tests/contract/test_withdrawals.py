"""What can be taken back from a registry: the same for the double and for a real one that the official clients drive."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests import packed
from tests.contract.test_registries import NAMES
from tests.fakes import FakeRegistry

from rehearsal import npm, nuget, pypi
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.http import Http
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.adapters.registries.npm_withdrawal import NpmWithdrawals
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.nuget_withdrawal import NugetWithdrawals
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.registries.pypi_withdrawal import PypiWithdrawals
from release_actions.adapters.toolchains.python import find_uv
from release_actions.commands.ports.registries import Registry, Withdrawals
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.errors import RegistryError

pytestmark = pytest.mark.contract


@dataclasses.dataclass
class Site:
    """A registry, what takes back from it, the same without a credential, and the folder that its files come from."""

    registry: Registry
    withdrawals: Withdrawals
    stranger: Withdrawals | None
    folder: Path

    def published(self, version: str, dist_tag: str = "latest") -> BuiltPackage:
        package = packed.package(self.folder, self.registry.ecosystem, NAMES[self.registry.ecosystem], version)
        self.registry.upload(package, [self.folder / file.name for file in package.files], dist_tag)
        return package


def on(*ecosystems: Ecosystem) -> pytest.MarkDecorator:
    """Run on the doubles and the real registries of these ecosystems, which have such a thing."""
    sites = [(kind, ecosystem) for kind in ("double", "real") for ecosystem in ecosystems]
    return pytest.mark.parametrize("site", sites, ids="-".join, indirect=True)


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    kind, ecosystem = request.param
    folder = tmp_path / "built"
    folder.mkdir()
    if kind == "double":
        double = FakeRegistry(ecosystem)
        yield Site(double, double, None, folder)
        return
    variables = request.getfixturevalue("with_toolchains")
    verdaccio = request.getfixturevalue("verdaccio") if ecosystem is Ecosystem.NPM else None
    with ExitStack() as stack:
        yield real(ecosystem, folder, tmp_path, variables, stack, verdaccio)


def real(
    ecosystem: Ecosystem, folder: Path, home: Path, variables: dict[str, str], stack: ExitStack, verdaccio: npm.Registry | None
) -> Site:
    http, top = Http(SystemClock()), home / "top"
    top.mkdir()
    match ecosystem:
        case Ecosystem.NPM:
            assert verdaccio
            packages = NpmRegistry(http, folder, top=top, token=verdaccio.token, registry=verdaccio.url)
            with_token = NpmWithdrawals(http, packages, top=top, token=verdaccio.token)
            return Site(packages, with_token, NpmWithdrawals(http, packages, top=top), folder)
        case Ecosystem.PYPI:
            served = stack.enter_context(pypi.registry(home / "storage", variables))
            index = PypiRegistry(http, find_uv, top=top, token=served.token, index=served.index, upload_url=f"{served.url}/")
            return Site(index, PypiWithdrawals(http, index), None, folder)
        case Ecosystem.NUGET:
            feed = stack.enter_context(nuget.registry(home / "storage", variables, key="a-key-of-the-rehearsal"))
            (top / "NuGet.Config").write_text(feed.config(), encoding="utf-8")
            keyed, wrong = (NugetRegistry(http, folder, top=top, token=token) for token in (feed.token, "another-key"))
            return Site(keyed, NugetWithdrawals(http, keyed), NugetWithdrawals(http, wrong), folder)


@on(*Ecosystem)
def test_what_was_never_published_stands_nowhere(site: Site) -> None:
    package = packed.package(site.folder, site.registry.ecosystem, NAMES[site.registry.ecosystem], "1.2.3")
    standing = site.withdrawals.standing(package)
    assert (standing.versions, dict(standing.withdrawn), dict(standing.pointers)) == ((), {}, {})


@on(*Ecosystem)
def test_what_was_published_is_offered(site: Site) -> None:
    old, new = site.published("1.2.3"), site.published("1.3.0")
    standing = site.withdrawals.standing(new)
    assert standing.offers(old.version)
    assert standing.offers(new.version)
    assert not standing.offers("9.9.9")
    assert list(site.withdrawals.check([new])) == []
    assert new.version in site.withdrawals.page(new)


@on(Ecosystem.NUGET, Ecosystem.NPM)
class TestNugetAndNpm:
    """What has an API for it."""

    def test_a_withdrawn_version_is_offered_no_more_and_the_others_are(self, site: Site) -> None:
        old, new = site.published("1.2.3"), site.published("1.3.0")
        site.withdrawals.withdraw(new, "It eats data. Use 1.2.3.")
        standing = site.withdrawals.standing(new)
        assert not standing.offers(new.version)
        assert standing.offers(old.version)
        assert set(standing.withdrawn) == {new.version}
        assert site.registry.ecosystem is Ecosystem.NUGET or standing.withdrawn[new.version] == "It eats data. Use 1.2.3."

    def test_its_bytes_stay(self, site: Site) -> None:
        package = site.published("1.2.3")
        before = site.registry.look_up(package)
        site.withdrawals.withdraw(package, "No.")
        assert site.registry.look_up(package).files == before.files

    def test_withdrawing_twice_is_withdrawing_once_and_it_can_be_undone(self, site: Site) -> None:
        package = site.published("1.2.3")
        site.withdrawals.withdraw(package, "No.")
        site.withdrawals.withdraw(package, "No.")
        assert not site.withdrawals.standing(package).offers(package.version)
        site.withdrawals.restore(package)
        assert site.withdrawals.standing(package).offers(package.version)

    def test_who_has_no_right_is_refused_and_told_so_without_the_secret(self, site: Site) -> None:
        package = site.published("1.2.3")
        if site.stranger is None:
            double = site.withdrawals
            assert isinstance(double, FakeRegistry)
            double.refused = {f"withdraw {package.name} {package.version}"}
        with pytest.raises(RegistryError) as caught:
            (site.stranger or site.withdrawals).withdraw(package, "No.")
        assert caught.value.findings[0].rule == "withdrawal-refused"
        assert "another-key" not in str(caught.value)
        assert site.withdrawals.standing(package).offers(package.version)


@on(Ecosystem.NPM)
class TestNpm:
    """What only npm has."""

    def test_dist_tags_move_back_and_go(self, site: Site) -> None:
        site.published("1.2.3")
        new = site.published("1.3.0")
        beta = site.published("1.4.0-beta.1", "beta")
        assert site.withdrawals.standing(new).pointers == {"latest": "1.3.0", "beta": "1.4.0-beta.1"}
        site.withdrawals.point(new, "latest", "1.2.3")
        site.withdrawals.point(beta, "beta", "")
        assert site.withdrawals.standing(new).pointers == {"latest": "1.2.3"}

    def test_a_dist_tag_never_goes_to_a_version_that_is_not_there(self, site: Site) -> None:
        package = site.published("1.2.3")
        with pytest.raises(RegistryError):
            site.withdrawals.point(package, "latest", "1.0.0")
        assert site.withdrawals.standing(package).pointers == {"latest": "1.2.3"}

    def test_without_a_token_it_is_said_before_anything_is_done(self, site: Site) -> None:
        package = site.published("1.2.3")
        if site.stranger:
            assert [finding.rule for finding in site.stranger.check([package])] == ["credential-missing"]
