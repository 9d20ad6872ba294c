from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import packed
from tests.fakes import FakeBranch, FakeClock, FakePages, FakeRegistry, Said

from release_actions.adapters.archives import PackedFiles
from release_actions.commands import publish as publishing
from release_actions.commands.ports.github import ReleasePage
from release_actions.commands.publish import publish
from release_actions.commands.released import Released
from release_actions.commands.rollback import Options, RolledBack, World, rollback
from release_actions.commands.rolled_back import outcome
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import Release
from release_actions.domain.report import Bullets, Outcome, Table, markdown
from release_actions.domain.rollback_record import Record, Way
from release_actions.domain.version import Version
from release_actions.errors import Finding

NAMES = {Ecosystem.NUGET: "Acme.Core", Ecosystem.NPM: "@acme/core", Ecosystem.PYPI: "acme-core"}
REASON = "It eats data."


def page(tag: str, latest: bool = False, prerelease: bool = False) -> ReleasePage:
    return ReleasePage(tag, tag, f"What is new in {tag}", prerelease, latest, f"memory:{tag}")


class Stage:
    """1.2.2 and 1.3.0 are released everywhere; 1.3.0 is the bad one."""

    def __init__(self, home: Path) -> None:
        self.clock, self.home = FakeClock(), home
        self.registries = {ecosystem: FakeRegistry(ecosystem, self.clock) for ecosystem in Ecosystem}
        self.publish("1.2.2")
        self.release = self.publish("1.3.0")
        self.pages = FakePages([page("v1.3.0", latest=True), page("v1.2.2")])
        self.branch = FakeBranch({"go.mod": b"module example.com/sdk\n"})
        self.modules: tuple[str, ...] = ()
        self.record: Record | None = None
        self.with_github = True

    def publish(self, version: str) -> Release:
        packages = []
        for ecosystem, name in NAMES.items():
            package = packed.package(self.home, ecosystem, name, version)
            self.registries[ecosystem].hold(package, [self.home / file.name for file in package.files], "latest")
            packages.append(package)
        return packed.release(self.home, version, *packages)

    def rollback(self, reason: str = REASON, dry_run: bool = False, previous: str = "") -> RolledBack:
        pages = self.pages if self.with_github else None
        mine = next((one for one in self.pages.found if one.tag == "v1.3.0"), None) if pages else None
        released = Released(self.release, self.record, mine)
        world = World(self.registries, pages, self.branch if pages else None, self.modules, self.clock, Said())
        return rollback(released, Options(reason, Version.parse(previous) if previous else None, dry_run), world)

    @property
    def done(self) -> list[str]:
        return [what for registry in self.registries.values() for what in registry.taken_back]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def results(made: RolledBack) -> dict[tuple[str, str], str]:
    return {(line.subject, line.what): line.result for line in made.lines}


EVERYTHING = ["withdraw Acme.Core 1.3.0", "point @acme/core latest 1.2.2", "withdraw @acme/core 1.3.0"]


def test_everything_that_can_be_taken_back_is(stage: Stage) -> None:
    made = stage.rollback()
    assert made.errors == []
    assert stage.done == EVERYTHING
    assert stage.registries[Ecosystem.NPM].withdrawn == {("@acme/core", "1.3.0"): "It eats data. Use @acme/core@1.2.2 instead."}
    assert results(made) == {
        ("Acme.Core 1.3.0", "unlist"): "done",
        ("@acme/core 1.3.0", "move `latest` to 1.2.2"): "done",
        ("@acme/core 1.3.0", "deprecate"): "done",
        ("acme-core 1.3.0", "yank, by hand"): "by hand",
        ("v1.2.2", "make it `latest`"): "done",
        ("v1.3.0", "mark as withdrawn"): "done",
    }


def test_a_dry_run_says_what_would_be_done_and_does_nothing(stage: Stage) -> None:
    made = stage.rollback(dry_run=True)
    assert made.errors == []
    assert (stage.done, stage.pages.written) == ([], [])
    assert list(results(made).values()) == ["would be done"] * 3 + ["by hand"] + ["would be done"] * 2


def test_a_second_run_does_nothing_and_says_so(stage: Stage) -> None:
    stage.rollback()
    before, written = list(stage.done), list(stage.pages.written)
    made = stage.rollback()
    assert made.errors == []
    assert (stage.done, stage.pages.written) == (before, written)
    assert set(results(made).values()) == {"already so", "by hand"}


def test_what_failed_keeps_nothing_else_from_being_done_and_a_second_run_does_it(stage: Stage) -> None:
    stage.registries[Ecosystem.NUGET].refused = {"withdraw Acme.Core 1.3.0"}
    made = stage.rollback()
    assert rules(made.errors) == ["withdrawal-refused"]
    assert results(made)["Acme.Core 1.3.0", "unlist"] == "failed"
    assert stage.done == EVERYTHING[1:]
    assert stage.pages.written
    stage.registries[Ecosystem.NUGET].refused = set()
    assert stage.rollback().errors == []
    assert sorted(stage.done) == sorted(EVERYTHING)


@pytest.mark.parametrize("ecosystem", [Ecosystem.NUGET, Ecosystem.NPM])
def test_a_missing_credential_is_told_before_anything_is_done(stage: Stage, ecosystem: Ecosystem) -> None:
    stage.registries[ecosystem].obstacles = (Finding("credential-missing", "There is no token.", "Set one."),)
    made = stage.rollback()
    assert rules(made.errors) == ["credential-missing"]
    assert (stage.done, stage.pages.written) == ([], [])
    dry = stage.rollback(dry_run=True)
    assert (dry.errors, rules(dry.warnings)) == ([], ["credential-missing", "yank-by-hand"][::-1])


def test_a_credential_that_nothing_needs_is_not_asked_for(stage: Stage) -> None:
    stage.rollback()
    stage.registries[Ecosystem.NPM].obstacles = (Finding("credential-missing", "There is no token.", "Set one."),)
    assert stage.rollback().errors == []


def test_what_github_would_refuse_is_told_before_anything_is_done(stage: Stage) -> None:
    stage.pages.obstacles = (Finding("github-token", "There is no token.", "Set one."),)
    assert rules(stage.rollback().errors) == ["github-token"]
    assert stage.done == []


def test_where_pointers_were_before_the_release_is_where_they_go(stage: Stage) -> None:
    stage.publish("1.2.1")
    stage.registries[Ecosystem.NPM]._tags["@acme/core"]["latest"] = "1.3.0"
    stage.record = Record(Version.parse("1.3.0"), (Way(Ecosystem.NPM, "@acme/core", "1.3.0", "1.2.2", {"latest": "1.2.1"}),))
    stage.rollback()
    assert "point @acme/core latest 1.2.1" in stage.done


def test_going_back_to_what_is_not_there_is_refused_and_nothing_is_done(stage: Stage) -> None:
    made = stage.rollback(previous="1.1.0")
    assert set(rules(made.errors)) == {"rollback-target-missing"}
    assert (stage.done, stage.pages.written) == ([], [])
    assert "not done" in results(made).values()


def test_going_back_to_what_is_itself_withdrawn_is_refused_and_nothing_is_done(stage: Stage) -> None:
    stage.registries[Ecosystem.NPM].withdrawn["@acme/core", "1.2.2"] = "bad"
    made = stage.rollback(previous="1.2.2")
    assert rules(made.errors) == ["rollback-target-withdrawn"]
    assert stage.done == []


def test_a_version_that_was_never_published_is_refused(stage: Stage) -> None:
    stage.release = replace(stage.release, packages=tuple(replace(one, version="9.9.9") for one in stage.release.packages))
    stage.with_github = False
    assert rules(stage.rollback().errors) == ["rollback-unpublished"]


def test_a_half_published_release_is_taken_back_as_far_as_it_came(stage: Stage) -> None:
    del stage.registries[Ecosystem.NPM]._stored["@acme/core", "1.3.0"]
    stage.registries[Ecosystem.NPM]._tags["@acme/core"]["latest"] = "1.2.2"
    assert stage.rollback().errors == []
    assert stage.done == EVERYTHING[:1]


def test_a_registry_that_does_not_answer_stops_everything(stage: Stage) -> None:
    stage.registries[Ecosystem.PYPI].deaf = [True]
    made = stage.rollback()
    assert rules(made.errors) == ["registry-unreachable"]
    assert stage.done == []


def test_what_was_done_though_the_answer_was_lost_is_done(stage: Stage) -> None:
    registry = stage.registries[Ecosystem.NUGET]
    registry.refused = {"withdraw Acme.Core 1.3.0"}
    registry.withdrawn_anyway = True
    made = stage.rollback()
    assert made.errors == []
    assert results(made)["Acme.Core 1.3.0", "unlist"] == "done"


def test_what_does_not_show_in_time_is_worth_a_warning(stage: Stage) -> None:
    stage.registries[Ecosystem.NUGET].deaf = [False] + [True] * 1000
    made = stage.rollback()
    assert made.errors == []
    assert results(made)["Acme.Core 1.3.0", "unlist"] == "done, not shown yet"
    assert "not-shown" in rules(made.warnings)


def test_publishing_the_withdrawn_release_again_does_not_bring_latest_back(stage: Stage) -> None:
    stage.rollback()
    again = publish(publishing.Options(stage.home), PackedFiles(), stage.registries, stage.clock, Said())
    assert again.errors == ()
    assert stage.registries[Ecosystem.NPM]._tags["@acme/core"]["latest"] == "1.2.2"
    assert [finding.rule for finding in again.warnings] == []


@given(st.lists(st.sets(st.sampled_from(EVERYTHING)), max_size=4))
def test_whatever_fails_and_however_often_running_again_ends_with_everything_taken_back_once(faults: list[set[str]]) -> None:
    with TemporaryDirectory() as home:
        stage = Stage(Path(home))
        for refused in (*faults, set[str]()):
            for registry in stage.registries.values():
                registry.refused = refused
            made = stage.rollback()
            assert bool(made.errors) == bool(made.count("failed"))
        assert sorted(stage.done) == sorted(EVERYTHING)
        assert stage.rollback().count("done") == 0
        assert [one.tag for one in stage.pages.found if one.latest] == ["v1.2.2"]


class TestGitHub:
    """The page of the release, and `latest`."""

    def test_the_page_is_marked_and_keeps_its_notes_and_the_one_before_becomes_latest_first(self, stage: Stage) -> None:
        stage.rollback(reason="It <b>eats</b> @everyone")
        heir, marked = stage.pages.written
        assert (heir.tag, heir.latest, heir.notes) == ("v1.2.2", True, "What is new in v1.2.2")
        assert (marked.title, marked.prerelease, marked.latest) == ("v1.3.0 (withdrawn)", True, False)
        assert marked.notes.startswith("> [!CAUTION]\n> **This release was withdrawn.** It \\<b\\>")
        assert "@everyone" not in marked.notes
        assert marked.notes.endswith(" Use v1.2.2 instead.\n\nWhat is new in v1.3.0")

    def test_a_release_that_is_not_the_latest_leaves_latest_alone(self, stage: Stage) -> None:
        stage.pages.found = [page("v1.4.0", latest=True), page("v1.3.0"), page("v1.2.2")]
        stage.rollback()
        assert [one.tag for one in stage.pages.written] == ["v1.3.0"]

    def test_latest_never_goes_to_a_prerelease_or_to_a_withdrawn_one(self, stage: Stage) -> None:
        stage.pages.found = [
            page("v1.3.0", latest=True),
            page("v1.4.0-beta.1", prerelease=True),
            replace(page("v1.2.9"), title="v1.2.9 (withdrawn)", prerelease=True),
            page("not-a-version"),
            page("v1.2.2"),
        ]
        stage.rollback()
        assert [one.tag for one in stage.pages.written] == ["v1.2.2", "v1.3.0"]

    def test_a_named_release_that_is_not_there_is_refused(self, stage: Stage) -> None:
        stage.pages.found = [page("v1.3.0", latest=True)]
        assert "rollback-target-missing" in rules(stage.rollback(previous="1.2.2").errors)
        assert stage.done == []

    def test_what_github_refuses_is_reported_and_the_registries_are_done(self, stage: Stage) -> None:
        stage.pages.refused = True
        made = stage.rollback()
        assert set(rules(made.errors)) == {"github-permission"}
        assert stage.done == EVERYTHING

    def test_without_github_only_registries_are_touched(self, stage: Stage) -> None:
        stage.with_github = False
        assert stage.rollback().errors == []
        assert stage.pages.written == []


class TestGo:
    """A retraction is a pull request."""

    def test_released_modules_get_a_pull_request(self, stage: Stage) -> None:
        stage.modules = ("go.mod",)
        made = stage.rollback()
        (change,) = stage.branch.proposed
        assert (change.branch, change.title) == ("retract-v1.3.0", "Retract v1.3.0")
        assert change.files == {"go.mod": b"module example.com/sdk\n\nretract v1.3.0 // It eats data.\n"}
        assert (made.pull_request, results(made)["go.mod", "pull request that retracts it"]) == ("memory:pull/1", "done")

    def test_what_is_retracted_already_needs_none(self, stage: Stage) -> None:
        stage.modules = ("go.mod", "gone/go.mod")
        stage.branch.files["go.mod"] = b"module example.com/sdk\n\nretract v1.3.0\n"
        stage.rollback()
        assert stage.branch.proposed == []

    def test_a_dry_run_opens_none(self, stage: Stage) -> None:
        stage.modules = ("go.mod",)
        made = stage.rollback(dry_run=True)
        assert (stage.branch.proposed, results(made)["go.mod", "pull request that retracts it"]) == ([], "would be done")

    def test_a_file_that_is_no_text_is_told_before_anything_is_done(self, stage: Stage) -> None:
        stage.modules = ("go.mod",)
        stage.branch.files["go.mod"] = b"\xff"
        assert rules(stage.rollback().errors) == ["manifest-encoding"]
        assert stage.done == []

    def test_a_refused_pull_request_is_reported_and_the_rest_is_done(self, stage: Stage) -> None:
        stage.modules = ("go.mod",)
        stage.branch.refused = True
        assert rules(stage.rollback().errors) == ["github-pull-request"]
        assert stage.done == EVERYTHING


class TestReport:
    """What is said of it."""

    def test_pypis_page_and_reason_are_there_for_a_person(self, stage: Stage) -> None:
        made: Outcome = outcome(stage.rollback(), REASON, dry_run=False)
        (hands,) = [block for block in made.report.blocks if isinstance(block, Bullets)]
        assert hands.items == ("acme-core 1.3.0: memory:pypi/acme-core/1.3.0",)
        assert [finding.rule for finding in made.warnings] == ["yank-by-hand"]
        assert REASON in markdown(made.report)

    def test_the_way_forward_is_named(self, stage: Stage) -> None:
        made = outcome(stage.rollback(), REASON, dry_run=False)
        assert made.outputs["roll-forward"] == "1.3.1"
        assert "git push origin v1.3.1" in markdown(made.report)

    def test_the_outputs_count_what_became_of_the_steps(self, stage: Stage) -> None:
        made = outcome(stage.rollback(), REASON, dry_run=False)
        assert {name: made.outputs[name] for name in ("version", "done", "already", "by-hand", "failed", "pull-request")} == {
            "version": "1.3.0",
            "done": "5",
            "already": "0",
            "by-hand": "1",
            "failed": "0",
            "pull-request": "",
        }
        assert {step["result"] for step in json.loads(made.outputs["report"])["steps"]} == {"done", "by hand"}

    def test_the_summary_tells_a_dry_run_a_failure_and_a_success_apart(self, stage: Stage) -> None:
        assert "5 of 6 steps would be done" in str(outcome(stage.rollback(dry_run=True), REASON, dry_run=True).report.blocks[0])
        stage.registries[Ecosystem.NPM].refused = {"withdraw @acme/core 1.3.0"}
        assert "1 of 6 steps failed" in str(outcome(stage.rollback(), REASON, dry_run=False).report.blocks[0])
        stage.registries[Ecosystem.NPM].refused = set()
        assert "1 of 4 steps were done; 2 were so already. Left to people: 1" in str(
            outcome(stage.rollback(), REASON, False).report.blocks[0]
        )
        assert "Nothing was done" in str(outcome(stage.rollback(previous="9.0.0"), REASON, dry_run=False).report.blocks[0])

    def test_a_table_has_a_row_for_every_step(self, stage: Stage) -> None:
        made = stage.rollback(dry_run=True)
        (table,) = [block for block in outcome(made, REASON, dry_run=True).report.blocks if isinstance(block, Table)]
        assert len(table.rows) == len(made.lines) == 6
