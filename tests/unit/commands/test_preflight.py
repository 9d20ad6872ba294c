"""What keeps a built release from going out, besides its registries: before the first upload, and all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests import packed, repositories
from tests.fakes import FakeClock, FakeRegistry, Said

from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.git import GitRepository
from release_actions.adapters.source import OriginSource
from release_actions.commands.preflight import Demands, Source
from release_actions.commands.publish import Options, publish
from release_actions.domain.package import Ecosystem
from release_actions.domain.readiness import Check, Verdict, oversized
from release_actions.errors import Finding, InputError, RefusedError, RegistryError

VERSION, OTHER = "1.2.3", "e" * 40
GREEN, RED = Check("test", Verdict.PASSED), Check("lint", Verdict.FAILED, "https://ci.example/1")


@dataclass
class FakeSource:
    """Says what the test says."""

    tags: dict[str, str] = field(default_factory=dict)
    found: Sequence[Check] = ()
    broken: bool = False

    def leads_to(self, tag: str) -> str | None:
        if self.broken:
            raise RegistryError("github-unreachable", "No answer.", "Run again.")
        return self.tags.get(tag)

    def checks(self, commit: str) -> Sequence[Check]:
        return self.found


@dataclass
class World:
    """A release of one package, that could go out."""

    folder: Path
    registry: FakeRegistry
    commit: str

    def publish(self, source: Source | None, *, dry_run: bool = False, **demands: object) -> tuple[set[str], set[str]]:
        options = Options(self.folder, dry_run=dry_run, demands=Demands(**demands))  # type: ignore[arg-type]
        done = publish(options, PackedFiles(), {Ecosystem.NPM: self.registry}, FakeClock(), Said(), source)
        return {finding.rule for finding in done.errors}, {finding.rule for finding in done.warnings}


@pytest.fixture
def world(tmp_path: Path) -> World:
    release = packed.release(tmp_path, VERSION, packed.package(tmp_path, Ecosystem.NPM, "sdk", VERSION))
    return World(tmp_path, FakeRegistry(Ecosystem.NPM), release.commit)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_tag_that_moved_stops_everything_also_what_is_there_already(world: World, dry_run: bool) -> None:
    source = FakeSource({"v1.2.3": OTHER})
    assert world.publish(source, dry_run=dry_run)[0] == {"tag-moved"}
    assert world.registry.uploads == []
    assert world.publish(FakeSource({"v1.2.3": world.commit}), pushed="v1.2.3") == (set(), set())
    assert world.publish(source, dry_run=dry_run)[0] == {"tag-moved"}


def test_a_tag_that_was_taken_back_stops_what_it_started_and_nothing_else(world: World) -> None:
    assert world.publish(FakeSource(), pushed="v1.2.3")[0] == {"tag-gone"}
    assert world.registry.uploads == []
    assert world.publish(FakeSource(), pushed="nightly")[0] == set()


def test_a_source_that_cant_be_asked_stops_everything(world: World) -> None:
    assert world.publish(FakeSource(broken=True))[0] == {"github-unreachable"}
    assert world.registry.uploads == []


def test_a_tag_that_somebody_else_holds_to_its_commit_is_not_asked_for(world: World) -> None:
    assert world.publish(FakeSource(broken=True), tag=False) == (set(), set())


@pytest.mark.parametrize(
    ("found", "wanted", "rules"),
    [
        ([GREEN, RED], ("test",), set()),
        ([GREEN, RED], ("test", "lint"), {"check-not-passed"}),
        ([GREEN, RED], ("all",), {"check-not-passed"}),
        ([GREEN], ("all",), set()),
        ([], ("all",), {"check-missing"}),
        ([GREEN], ("test", "build"), {"check-missing"}),
        ([replace(GREEN, verdict=Verdict.RUNNING)], ("test",), {"check-not-passed"}),
        ([GREEN, replace(GREEN, verdict=Verdict.FAILED)], ("test",), {"check-not-passed"}),
        ([RED], (), set()),
    ],
)
def test_demanded_checks_must_have_passed(world: World, found: list[Check], wanted: tuple[str, ...], rules: set[str]) -> None:
    source = FakeSource({"v1.2.3": world.commit}, found)
    assert world.publish(source, dry_run=True, checks=wanted) == (set(), rules)
    assert world.publish(source, checks=wanted)[0] == rules
    assert bool(world.registry.uploads) is not bool(rules)


def test_checks_are_not_demanded_where_nothing_is_to_be_uploaded(world: World) -> None:
    assert world.publish(None)[0] == set()
    assert world.publish(FakeSource(), checks=("all",))[0] == set()


def test_checks_that_nobody_knows_of_stop_everything(world: World) -> None:
    assert world.publish(None, checks=("all",))[0] == {"checks-unknown"}
    assert world.registry.uploads == []


def test_all_that_stands_in_the_way_is_said_at_once(world: World) -> None:
    world.registry.obstacles = (Finding("credential-missing", "None.", "Set it."),)
    source = FakeSource({"v1.2.3": OTHER}, [RED])
    assert world.publish(source, checks=("lint", "gone"))[0] == {"tag-moved", "credential-missing", "check-not-passed", "check-missing"}
    other = FakeRegistry(Ecosystem.PYPI, deaf=[True])
    packages = [packed.package(world.folder, one, "sdk", VERSION) for one in (Ecosystem.NPM, Ecosystem.PYPI)]
    packed.release(world.folder, VERSION, *packages)
    sites = {Ecosystem.NPM: world.registry, Ecosystem.PYPI: other}
    done = publish(Options(world.folder), PackedFiles(), sites, FakeClock(), Said(), source)
    assert {finding.rule for finding in done.errors} == {"tag-moved", "registry-unreachable", "credential-missing"}
    assert (world.registry.uploads, other.uploads) == ([], [])


@pytest.mark.parametrize(
    ("more", "rule"), [({"private": True}, "artifact-private"), ({"dependencies": {"core": "workspace:^"}}, "artifact-dependency")]
)
def test_a_package_that_would_be_refused_or_could_not_be_installed_stops_everything(
    world: World, more: dict[str, object], rule: str
) -> None:
    packed.release(world.folder, VERSION, packed.package(world.folder, Ecosystem.NPM, "sdk", VERSION, settings=more))
    with pytest.raises(RefusedError, match=rule):
        world.publish(None)
    assert world.registry.uploads == []


@pytest.mark.parametrize(
    ("ecosystem", "size", "warned"), [("pypi", 101, True), ("pypi", 99, False), ("nuget", 251, True), ("npm", 999, False)]
)
def test_a_file_that_is_larger_than_usual_is_worth_a_warning(world: World, ecosystem: str, size: int, warned: bool) -> None:
    built = packed.package(world.folder, Ecosystem(ecosystem), "sdk", VERSION)
    large = replace(built, files=(replace(built.files[0], size=size * 1024 * 1024),))
    assert bool(list(oversized(large))) is warned


def test_without_github_the_origin_says_where_the_tag_leads(tmp_path: Path, world: World) -> None:
    origin = repositories.made(tmp_path / "origin")
    built = origin.commit()
    origin.git("tag", "--annotate", "--message=1.2.3", "v1.2.3")
    clone = repositories.checked_out(origin, tmp_path / "clone", "v1.2.3")
    source = OriginSource(GitRepository(clone.folder))
    assert (source.leads_to("v1.2.3"), source.leads_to("v9.9.9")) == (built, None)
    assert world.publish(source)[0] == {"tag-moved"}, "the record's commit is another one"
    moved = origin.commit()
    origin.git("tag", "--force", "v1.2.3")
    assert OriginSource(GitRepository(clone.folder)).leads_to("v1.2.3") == moved
    with pytest.raises(InputError, match="checks-unknown"):
        source.checks(built)
