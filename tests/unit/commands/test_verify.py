from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests import packed
from tests.fakes import FakeClock, FakeInstaller, FakePages, FakeRegistry, Said

from release_actions.commands.ports.github import ReleasePage
from release_actions.commands.released import Released, Wanted, find
from release_actions.commands.verify import World, run
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.release import BuiltPackage, Digest, Release
from release_actions.domain.report import Outcome, Table
from release_actions.domain.rollback_record import Record, Way
from release_actions.domain.version import Version
from release_actions.errors import InputError, RefusedError, RegistryError

NAMES = {Ecosystem.NUGET: "Acme.Core", Ecosystem.NPM: "@acme/core", Ecosystem.PYPI: "acme-core"}
VERSION = Version.parse("1.2.3")


class Stage:
    """A release of two packages an ecosystem, on registries in memory."""

    def __init__(self, home: Path) -> None:
        self.clock = FakeClock()
        self.folder, self.work = home / "built", home / "work"
        self.folder.mkdir()
        self.work.mkdir()
        self.packages = [
            packed.package(self.folder, ecosystem, f"{name}{suffix}", "1.2.3", depends_on=[name] if suffix else [])
            for ecosystem, name in NAMES.items()
            for suffix in ("", "-web")
        ]
        self.release = packed.release(self.folder, "1.2.3", *reversed(self.packages))
        self.registries = {ecosystem: FakeRegistry(ecosystem, self.clock) for ecosystem in Ecosystem}
        self.installers = {ecosystem: FakeInstaller(ecosystem, self.clock) for ecosystem in Ecosystem}
        self.smoke: dict[str, Path] = {}

    def publish(self, delay: float = 0) -> None:
        for package in self.packages:
            self.registries[package.ecosystem].hold(package, [self.folder / file.name for file in package.files], "latest", delay)

    @property
    def world(self) -> World:
        smoke = self.smoke
        return World(
            self.registries,
            self.registries,
            self.registries,
            self.installers,
            lambda package: smoke.get(package.name),
            self.work,
            self.clock,
            Said(),
        )

    def verify(self, wait: float = 100, recorded: bool = True) -> Outcome:
        release = self.release
        if not recorded:
            release = replace(release, packages=tuple(replace(package, files=()) for package in release.packages))
        return run(Released(release, is_recorded=recorded), self.world, wait)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def rows(outcome: Outcome) -> dict[str, tuple[str, ...]]:
    """The four answers, by package."""
    (table,) = [block for block in outcome.report.blocks if isinstance(block, Table)]
    return {row[0]: row[3:] for row in table.rows}


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.errors]


def test_a_good_release_is_visible_the_same_installed_and_run(stage: Stage) -> None:
    stage.publish()
    stage.smoke["@acme/core"] = Path("smoke.mjs")
    outcome = stage.verify()
    assert (outcome.errors, outcome.warnings) == ((), ())
    assert set(rows(outcome).values()) == {("yes", "yes", "yes", "it runs")}
    assert (outcome.outputs["verified"], outcome.outputs["failed"], outcome.outputs["version"]) == ("6", "0", "1.2.3")
    assert stage.installers[Ecosystem.NPM].smoked == [Path("smoke.mjs"), None]


def test_a_package_is_installed_after_what_it_depends_on(stage: Stage) -> None:
    stage.publish()
    stage.verify()
    assert stage.installers[Ecosystem.PYPI].installed == ["acme-core", "acme-core-web"]


def test_what_is_visible_late_is_waited_for(stage: Stage) -> None:
    stage.publish(delay=30)
    assert stage.verify(wait=100).errors == ()
    assert stage.clock.now() >= 30


def test_what_is_visible_too_late_is_an_error_that_is_reported_for_each(stage: Stage) -> None:
    stage.publish(delay=500)
    outcome = stage.verify(wait=100)
    assert rules(outcome) == ["not-visible"] * 6
    assert set(rows(outcome).values()) == {("no", "not tried", "not tried", "not tried")}
    assert stage.clock.now() == pytest.approx(100, abs=1)


def test_what_is_installable_late_is_waited_for_and_no_longer_than_allowed(stage: Stage) -> None:
    stage.publish()
    stage.installers[Ecosystem.NPM].late = {"@acme/core": 40}
    assert stage.verify(wait=100).errors == ()
    stage.installers[Ecosystem.NPM].late = {"@acme/core": 10_000}
    stage.work = stage.work / "again"
    stage.work.mkdir()
    outcome = stage.verify(wait=100)
    assert rules(outcome) == ["not-installable"]
    assert rows(outcome)["@acme/core"] == ("yes", "yes", "no", "not tried")


def test_a_package_that_can_not_be_installed_is_not_waited_for_and_the_others_are_tried(stage: Stage) -> None:
    stage.publish()
    stage.installers[Ecosystem.NUGET].broken = {"Acme.Core"}
    outcome = stage.verify()
    assert rules(outcome) == ["install-failed"]
    assert rows(outcome)["Acme.Core"] == ("yes", "yes", "no", "not tried")
    assert rows(outcome)["Acme.Core-web"] == ("yes", "yes", "yes", "it runs")
    assert stage.clock.now() == 0
    assert (outcome.outputs["verified"], outcome.outputs["failed"]) == ("5", "1")


def test_a_package_that_fails_its_smoke_program_is_an_error(stage: Stage) -> None:
    stage.publish()
    stage.installers[Ecosystem.PYPI].failing = {"acme-core"}
    outcome = stage.verify()
    assert rules(outcome) == ["smoke-failed"]
    assert rows(outcome)["acme-core"] == ("yes", "yes", "yes", "no")


def test_other_content_than_was_built_is_an_error_and_is_installed_all_the_same(stage: Stage) -> None:
    stage.publish()
    name = stage.packages[2].files[0].name
    stage.registries[Ecosystem.NPM].tampered = {name: Digest("sha512", "0" * 128), "foreign.tgz": Digest("sha512", "1" * 128)}
    outcome = stage.verify()
    assert set(rules(outcome)) == {"served-content"}
    assert rows(outcome)["@acme/core"] == ("yes", "no", "yes", "it runs")
    assert rows(outcome)["acme-core"] == ("yes", "yes", "yes", "it runs")


def test_a_registry_that_does_not_answer_is_asked_until_the_time_is_over(stage: Stage) -> None:
    stage.publish()
    stage.registries[Ecosystem.NUGET].deaf = [True, True]
    assert stage.verify().errors == ()
    stage.registries[Ecosystem.NUGET].deaf = [True] * 1000
    stage.work = stage.work / "again"
    stage.work.mkdir()
    assert set(rules(stage.verify())) == {"registry-unreachable"}


def test_a_version_that_was_withdrawn_is_worth_a_warning(stage: Stage) -> None:
    stage.publish()
    stage.registries[Ecosystem.NPM].withdrawn["@acme/core", "1.2.3"] = "It eats data."
    outcome = stage.verify()
    assert outcome.errors == ()
    assert [finding.rule for finding in outcome.warnings] == ["withdrawn"]
    assert "It eats data." in outcome.warnings[0].what


def test_without_a_record_the_digest_is_not_known_and_all_the_rest_is_verified(stage: Stage) -> None:
    stage.publish()
    outcome = stage.verify(recorded=False)
    assert outcome.errors == ()
    assert set(rows(outcome).values()) == {("yes", "not recorded", "yes", "it runs")}


def test_without_a_record_what_is_not_there_is_missed(stage: Stage) -> None:
    assert rules(stage.verify(recorded=False)) == ["not-visible"] * 6


def test_no_package_at_all_is_an_error(stage: Stage) -> None:
    outcome = run(Released(replace(stage.release, packages=())), stage.world, 0)
    assert rules(outcome) == ["no-packages"]


def test_the_report_is_machine_readable_too(stage: Stage) -> None:
    stage.publish()
    stage.installers[Ecosystem.NPM].broken = {"@acme/core"}
    document = json.loads(stage.verify().outputs["report"])
    (found,) = [one for one in document["packages"] if one["name"] == "@acme/core"]
    assert (found["installed"], found["errors"], found["registry"]) == ("no", ["install-failed"], "npm memory:npm")


def page(tag: str, latest: bool = False) -> ReleasePage:
    return ReleasePage(tag, tag, "", prerelease=False, latest=latest, address=f"memory:{tag}")


class TestWhichRelease:
    """What the user says, and what it means."""

    def find(self, stage: Stage, wanted: Wanted, pages: FakePages | None = None) -> Released:
        package = Package(Ecosystem.PYPI, "acme-core", "1.2.4b1", ".", "pyproject.toml", depends_on=("x",))
        return find(wanted, pages, lambda: [package, replace(package, name="internal", private=True)])

    def pages(self, stage: Stage) -> FakePages:
        record = Record(VERSION, (Way(Ecosystem.NPM, "@acme/core", "1.2.3", "1.2.2", {"latest": "1.2.2"}),))
        files = {("v1.2.3", "release.json"): stage.release.to_json().encode(), ("v1.2.3", "rollback.json"): record.to_json().encode()}
        return FakePages([page("v1.2.3", latest=True), page("v1.2.2")], files)

    def test_a_folder_is_read(self, stage: Stage) -> None:
        found = self.find(stage, Wanted(stage.folder))
        assert (found.release, found.record, found.page) == (stage.release, None, None)

    def test_a_folder_brings_its_way_back_along(self, stage: Stage) -> None:
        record = Record(VERSION)
        (stage.folder / "rollback.json").write_text(record.to_json())
        assert self.find(stage, Wanted(stage.folder)).record == record

    def test_without_a_word_it_is_githubs_latest(self, stage: Stage) -> None:
        found = self.find(stage, Wanted(only=(Ecosystem.NPM,)), self.pages(stage))
        assert [package.name for package in found.release.packages] == ["@acme/core-web", "@acme/core"]
        assert found.page == page("v1.2.3", latest=True)
        assert found.record
        assert found.record.packages[0].pointers == {"latest": "1.2.2"}

    def test_a_version_is_that_of_its_github_release(self, stage: Stage) -> None:
        assert self.find(stage, Wanted(version=VERSION), self.pages(stage)).release == stage.release

    def test_a_version_without_a_record_is_of_the_repositorys_own_packages(self, stage: Stage) -> None:
        found = self.find(stage, Wanted(version=Version.parse("1.3.0-beta.1")), self.pages(stage))
        assert found.release == Release(
            Version.parse("1.3.0-beta.1"), "", (BuiltPackage(Ecosystem.PYPI, "acme-core", "1.3.0b1", (), ("x",)),)
        )
        assert not found.is_recorded

    def test_no_release_at_all_is_told(self, stage: Stage) -> None:
        with pytest.raises(InputError, match="release-unknown"):
            self.find(stage, Wanted(), FakePages())
        with pytest.raises(InputError, match="release-unknown"):
            self.find(stage, Wanted(), FakePages([page("v1.2.2", latest=True)]))

    def test_a_record_of_another_release_is_refused(self, stage: Stage) -> None:
        pages = FakePages([page("v1.2.2", latest=True)], {("v1.2.2", "release.json"): stage.release.to_json().encode()})
        with pytest.raises(RefusedError, match=r"that of v1\.2\.3"):
            self.find(stage, Wanted(), pages)

    def test_a_record_that_is_no_text_is_refused(self, stage: Stage) -> None:
        for name in ("release.json", "rollback.json"):
            pages = self.pages(stage)
            pages.attached["v1.2.3", name] = b"\xff"
            with pytest.raises(RefusedError, match=rf"{name} is not UTF-8.*\[record-encoding\]"):
                self.find(stage, Wanted(), pages)


def test_a_missing_page_of_the_fake_is_told() -> None:
    with pytest.raises(RegistryError):
        FakePages([page("v1")], refused=True).rewrite(page("v1"))
