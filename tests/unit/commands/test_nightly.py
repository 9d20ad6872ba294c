"""A nightly from the decision to the prerelease on GitHub: on real git with an origin, and registries in memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests import repositories
from tests.fakes import FakeClock, FakeGitHub, FakePages, FakeRegistry, FakeToolchain, Fault, Said
from tests.repositories import Repository

from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.adapters.workbench import GitWorkbench
from release_actions.commands import nightly, workspace
from release_actions.commands.ports.github import ReleasePage
from release_actions.domain.config import Config
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.release import BuiltPackage
from release_actions.domain.report import Outcome, Table, markdown, text
from release_actions.domain.retention import Rules
from release_actions.domain.version import Channel, Level
from release_actions.errors import Finding, ToolError

NPM, PYPI, NUGET = Ecosystem.NPM, Ecosystem.PYPI, Ecosystem.NUGET
TRIES = Patience().tries
OBSTACLE = Finding("credential-missing", "There is no token.", "Set `npm-token`.")


class Pages(FakePages):
    """The pages of those releases that are published on the double of GitHub."""

    def __init__(self, github: FakeGitHub) -> None:
        super().__init__()
        self._github = github

    def pages(self) -> list[ReleasePage]:
        there = [made for tag, made in self._github.releases.items() if tag not in self._github.drafts]
        return [ReleasePage(one.tag, one.title, one.notes, one.prerelease, one.latest, "") for one in there]

    def remove(self, tag: str) -> None:
        del self._github.releases[tag]


class Bench(GitWorkbench):
    """The real one; what another run does right before the number is claimed is done by `meanwhile`; right after, the run may die."""

    meanwhile: Callable[[], object] | None = None
    dies: bool = False

    def claim(self, tag: str, commit: str) -> bool:
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()
        claimed = super().claim(tag, commit)
        if self.dies:
            raise KeyboardInterrupt
        return claimed


@dataclass
class Site:
    """An origin, and everything that is released to, as they last over several runs; each run has a clone of its own."""

    folder: Path
    origin: Repository
    work: Repository
    registries: dict[Ecosystem, FakeRegistry] = field(default_factory=lambda: {one: FakeRegistry(one) for one in Ecosystem})
    toolchains: dict[Ecosystem, FakeToolchain] = field(default_factory=lambda: {one: FakeToolchain(one) for one in Ecosystem})
    github: FakeGitHub = field(default_factory=FakeGitHub)
    said: Said = field(default_factory=Said)
    runs: int = 0

    def bump(self, version: str) -> None:
        """Set the version everywhere, commit and push."""
        self.work.write("js/package.json", json.dumps({"name": "@acme/sdk", "version": version}))
        spelt = version.replace("-beta.", "b").replace("-rc.", "rc")
        self.work.write("py/pyproject.toml", f'[project]\nname = "acme-sdk"\nversion = "{spelt}"\n')
        properties = f"<PropertyGroup><PackageId>Acme.Sdk</PackageId><Version>{version}</Version></PropertyGroup>"
        self.work.write("cs/Acme.csproj", f'<Project Sdk="Microsoft.NET.Sdk">{properties}</Project>')
        self.commit(f"Version {version}")

    def commit(self, message: str, path: str = "", content: str = "") -> str:
        """Commit, with a change of the file if one is named, and push."""
        if path:
            self.work.write(path, content or message)
        made = self.work.commit(message)
        self.work.git("push", "--quiet", "origin", "HEAD")
        return made

    def release(self, version: str) -> None:
        """Bump, tag and push, as for a release by a pushed tag."""
        self.bump(version)
        self.work.git("tag", f"v{version}")
        self.work.git("push", "--quiet", "origin", f"v{version}")

    def run(self, *, at: str = "", **changes: Any) -> Outcome:
        """Run in a fresh clone, as in a new job."""
        self.runs += 1
        clone = self.origin.cloned(self.folder / f"clone-{self.runs}")
        if at:
            clone.git("checkout", "--quiet", "--detach", at)
        return self.run_in(clone, **changes)

    def run_in(
        self,
        clone: Repository,
        *,
        without_github: bool = False,
        meanwhile: Callable[[], object] | None = None,
        dies: bool = False,
        **changes: Any,
    ) -> Outcome:
        """Run in this clone."""
        git, tree = GitRepository(clone.folder), WorkTree(clone.folder)
        bench = Bench(git)
        bench.meanwhile, bench.dies = meanwhile, dies
        built = self.folder / f"built-{clone.folder.name}"
        built.mkdir()
        github = self._synced(bench)
        world = nightly.World(
            git=git,
            tree=tree,
            bench=bench,
            workspace=lambda: workspace.read(git, tree, Config()),
            toolchains=self.toolchains,
            archives=PackedFiles(),
            registries=self.registries,
            withdrawals=self.registries,
            github=None if without_github else github,
            pages=None if without_github else Pages(github),
            clock=FakeClock(),
            say=self.said,
        )
        options = nightly.Options(git.top.resolve(), built, address="https://github.com/acme/sdk")
        before = clone.git("status", "--porcelain", "--branch")
        outcome = nightly.run(replace(options, **changes), world)
        assert clone.git("status", "--porcelain", "--branch") == before
        return outcome

    def _synced(self, bench: GitWorkbench) -> FakeGitHub:
        """GitHub shows a tag as soon as it is pushed."""
        site = self

        class Tags(dict[str, str]):
            def __contains__(self, name: object) -> bool:
                return str(name) in site.tags

            def __getitem__(self, name: str) -> str:
                return site.origin.git("rev-parse", f"{name}^{{commit}}")

        self.github.tags = Tags()
        return self.github

    @property
    def tags(self) -> list[str]:
        return self.origin.git("tag").split()

    @property
    def versions(self) -> dict[Ecosystem, list[str]]:
        """Every version that each registry has, in the order of publication."""
        return {one: [version for (_, version), files in registry._stored.items() if files] for one, registry in self.registries.items()}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    origin = repositories.made(tmp_path / "origin.git", bare=True)
    work = origin.cloned(tmp_path / "work")
    work.git("switch", "--quiet", "--create", "main")
    made = Site(tmp_path, origin, work)
    made.release("1.4.0")
    made.commit("feat(js): add a thing (#12)", "js/index.js")
    return made


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.errors]


def made(outcome: Outcome) -> str:
    """The version that was made or completed, with nothing wrong."""
    assert outcome.errors == (), outcome.errors
    assert outcome.outputs["due"] == "true", outcome.outputs["reason"]
    return outcome.outputs["version"]


def test_a_nightly_is_on_every_registry_and_a_prerelease_on_github(site: Site) -> None:
    branch = site.origin.git("rev-parse", "main")
    outcome = site.run()
    assert made(outcome) == "1.5.0-beta.1"
    assert site.versions == {NUGET: ["1.5.0-beta.1"], NPM: ["1.5.0-beta.1"], PYPI: ["1.5.0b1"]}
    assert site.registries[NPM]._tags["@acme/sdk"]["nightly"] == "1.5.0-beta.1"
    page = site.github.releases["v1.5.0-beta.1"]
    assert (page.prerelease, page.latest, site.github.latest, site.github.drafts) == (True, False, None, set())
    assert site.origin.git("rev-parse", "main") == branch
    assert site.origin.git("rev-parse", "v1.5.0-beta.1^") == branch
    shown = {name: outcome.outputs[name] for name in ("tag", "nuget", "npm", "pypi", "previous-tag", "source", "published", "release-url")}
    assert shown == {
        "tag": "v1.5.0-beta.1",
        "nuget": "1.5.0-beta.1",
        "npm": "1.5.0-beta.1",
        "pypi": "1.5.0b1",
        "previous-tag": "v1.4.0",
        "source": branch,
        "published": "3",
        "release-url": "memory:releases/v1.5.0-beta.1",
    }
    assert outcome.report.title == "nightly: 1.5.0-beta.1 is out"


def test_the_tagged_commit_bears_the_version_in_every_manifest(site: Site) -> None:
    outcome = site.run()
    commit = outcome.outputs["commit"]
    for path, spelt in (("js/package.json", "1.5.0-beta.1"), ("py/pyproject.toml", "1.5.0b1"), ("cs/Acme.csproj", "1.5.0-beta.1")):
        assert f'"{spelt}"' in site.origin.git("show", f"{commit}:{path}") or f">{spelt}<" in site.origin.git("show", f"{commit}:{path}")


def test_the_notes_tell_what_changed_since_the_last_nightly_and_how_to_install(site: Site) -> None:
    site.run()
    site.commit("fix: mend the thing", "py/acme.py")
    assert made(site.run()) == "1.5.0-beta.2"
    notes = site.github.releases["v1.5.0-beta.2"].notes
    assert "## Fixes\n\n- mend the thing" in notes
    assert "add a thing" not in notes
    assert "Version 1.5.0" not in notes
    assert "compare/v1.5.0-beta.1...v1.5.0-beta.2" in notes
    for line in (
        "dotnet add package Acme.Sdk --version 1.5.0-beta.2",
        "npm install @acme/sdk@1.5.0-beta.2",
        "pip install acme-sdk==1.5.0b2",
    ):
        assert line in notes


def test_none_is_made_while_nothing_that_ships_has_changed(site: Site) -> None:
    site.run()
    site.commit("docs: a word", "docs/guide.md")
    before = site.versions
    outcome = site.run()
    assert (outcome.errors, outcome.outputs["due"], outcome.outputs["reason"]) == (
        (),
        "false",
        "Nothing that ships has changed since v1.5.0-beta.1.",
    )
    assert "version" not in outcome.outputs
    assert (site.versions, site.tags) == (before, ["v1.4.0", "v1.5.0-beta.1"])
    assert outcome.report.title == "nightly: not due"


def test_none_is_made_of_what_the_last_release_holds(site: Site) -> None:
    site.release("1.5.0")
    assert site.run().outputs["due"] == "false"
    site.bump("1.6.0-beta.1")
    assert site.run().outputs["due"] == "false"


def test_a_change_that_was_undone_again_makes_none(site: Site) -> None:
    site.run()
    before = (site.work.folder / "js/index.js").read_text()
    site.commit("feat: try", "js/index.js", "something else")
    site.commit("feat: give up", "js/index.js", before)
    assert site.run().outputs["due"] == "false"


def test_one_can_be_asked_for(site: Site) -> None:
    site.run()
    assert made(site.run(force=True)) == "1.5.0-beta.2"
    assert site.github.releases["v1.5.0-beta.2"].notes.startswith("No changes since v1.5.0-beta.1")


def test_what_ships_can_be_said(site: Site) -> None:
    site.run()
    site.commit("docs: a word", "api/openapi.yaml")
    assert site.run().outputs["due"] == "false"
    assert made(site.run(paths=("api/*",))) == "1.5.0-beta.2"


def test_betas_that_people_tag_count(site: Site) -> None:
    site.release("1.5.0-beta.7")
    site.commit("fix: more", "js/index.js", "more")
    assert made(site.run()) == "1.5.0-beta.8"


def test_the_dev_channel_is_below_every_other(site: Site) -> None:
    assert made(site.run(channel=Channel.DEV)) == "1.5.0-0.dev.1"
    assert site.versions[PYPI] == ["1.5.0.dev1"]
    site.commit("fix: more", "js/index.js", "more")
    assert made(site.run(channel=Channel.BETA)) == "1.5.0-beta.1"
    site.commit("fix: yet more", "js/index.js", "yet more")
    outcome = site.run(channel=Channel.DEV)
    assert rules(outcome) == ["nightly-order"]
    assert outcome.report.title == "nightly: refused"


@pytest.mark.parametrize(("base", "version"), [(Level.PATCH, "1.4.1"), (Level.MINOR, "1.5.0"), (Level.MAJOR, "2.0.0")])
def test_the_base_can_be_set(site: Site, base: Level, version: str) -> None:
    assert made(site.run(base=base)) == f"{version}-beta.1"


def test_a_change_that_no_commit_calls_a_release_is_a_patch(site: Site) -> None:
    site.release("1.5.0")
    site.commit("chore: tidy up", "js/index.js", "tidy")
    assert made(site.run()) == "1.5.1-beta.1"


def test_a_repository_without_any_release_begins_with_what_its_manifests_bear(tmp_path: Path) -> None:
    origin = repositories.made(tmp_path / "origin.git", bare=True)
    work = origin.cloned(tmp_path / "work")
    work.git("switch", "--quiet", "--create", "main")
    site = Site(tmp_path, origin, work)
    site.bump("0.1.0")
    assert made(site.run()) == "0.1.0-beta.1"


def test_a_number_that_was_once_published_is_not_taken_again_though_its_tag_is_gone(site: Site) -> None:
    site.run()
    site.origin.git("tag", "--delete", "v1.5.0-beta.1")
    assert made(site.run()) == "1.5.0-beta.2"
    assert site.github.releases["v1.5.0-beta.2"].notes.startswith("## Install")


def test_two_runs_at_once_of_the_same_files_make_one_version(site: Site) -> None:
    outcome = site.run(meanwhile=lambda: made(site.run()))
    assert made(outcome) == "1.5.0-beta.1"
    assert site.tags == ["v1.4.0", "v1.5.0-beta.1"]
    assert {name for names in site.versions.values() for name in names} == {"1.5.0-beta.1", "1.5.0b1"}


def test_two_runs_at_once_of_different_files_take_different_numbers(site: Site) -> None:
    def other() -> None:
        old = site.work.git("rev-parse", "HEAD^")
        site.work.git("switch", "--quiet", "--create", "side", old)
        site.work.write("py/acme.py", "other")
        side = site.work.commit("feat: on the side")
        site.work.git("push", "--quiet", "origin", "side")
        assert made(site.run(at=side)) == "1.5.0-beta.1"

    assert made(site.run(meanwhile=other)) == "1.5.0-beta.2"
    assert site.versions[NPM] == ["1.5.0-beta.1", "1.5.0-beta.2"]
    assert any("Looking again" in line for line in site.said.lines)


def test_a_run_that_was_overtaken_by_a_newer_commit_stands_back(site: Site) -> None:
    def newer() -> None:
        site.commit("fix: newer", "py/acme.py")
        made(site.run())

    outcome = site.run(meanwhile=newer)
    assert outcome.outputs["reason"] == "v1.5.0-beta.1 was made of a later commit than this one."
    assert site.tags == ["v1.4.0", "v1.5.0-beta.1"]


def test_two_runs_at_once_for_different_channels_keep_the_order(site: Site) -> None:
    outcome = site.run(channel=Channel.DEV, meanwhile=lambda: made(site.run()))
    assert outcome.outputs["reason"] == "Nothing that ships has changed since v1.5.0-beta.1."
    assert site.tags == ["v1.4.0", "v1.5.0-beta.1"]


def test_a_lower_number_is_not_taken_once_a_higher_one_is(site: Site) -> None:
    def higher() -> None:
        made(site.run(base=Level.MAJOR))

    assert site.run(meanwhile=higher).outputs["due"] == "false"
    assert made(site.run(meanwhile=lambda: made(site.run(force=True, base=Level.MAJOR)), force=True)) == "2.0.0-beta.2"


def test_a_run_that_is_always_overtaken_gives_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "claim", lambda *_: False)
    assert rules(site.run()) == ["nightly-taken"]
    assert site.versions == {NUGET: [], NPM: [], PYPI: []}


def test_a_run_that_ended_after_the_tag_is_completed(site: Site) -> None:
    with pytest.raises(KeyboardInterrupt):
        site.run(dies=True)
    assert (site.tags, site.versions[NUGET]) == (["v1.4.0", "v1.5.0-beta.1"], [])
    outcome = site.run()
    assert made(outcome) == "1.5.0-beta.1"
    assert "is not complete: Acme.Sdk is not on NuGet, @acme/sdk is not on npm, acme-sdk is not on PyPI" in outcome.outputs["reason"]
    assert outcome.report.title == "nightly: 1.5.0-beta.1 is completed"
    assert "add a thing" in site.github.releases["v1.5.0-beta.1"].notes
    assert site.run().outputs["due"] == "false"


def test_it_is_completed_as_it_was_though_words_about_it_have_changed_since(site: Site) -> None:
    with pytest.raises(KeyboardInterrupt):
        site.run(dies=True)
    source = site.work.git("rev-parse", "HEAD")
    site.commit("docs: a word", "docs/guide.md")
    outcome = site.run()
    assert made(outcome) == "1.5.0-beta.1"
    assert outcome.outputs["source"] == source
    assert "a word" not in site.github.releases["v1.5.0-beta.1"].notes


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.HALF])
@pytest.mark.parametrize("ecosystem", list(Ecosystem))
def test_what_a_failed_upload_left_is_completed(site: Site, ecosystem: Ecosystem, fault: Fault) -> None:
    site.registries[ecosystem].faults = [fault] * TRIES
    outcome = site.run()
    site.registries[ecosystem].faults = []
    if outcome.errors:
        assert outcome.report.title == "nightly: 1.5.0-beta.1 is not complete; running again completes it"
        assert made(site.run()) == "1.5.0-beta.1"
    assert site.run().outputs["due"] == "false"
    uploads = [name for registry in site.registries.values() for name in registry.uploads]
    assert len(uploads) == len(set(uploads)) == 4


@pytest.mark.parametrize("step", ["draft", "publish"])
def test_what_github_did_not_take_is_completed(site: Site, step: str) -> None:
    site.github.faults = [step]
    assert rules(site.run()) == ["github-permission"]
    assert made(site.run()) == "1.5.0-beta.1"
    assert site.github.drafts == set()
    assert site.run().outputs["due"] == "false"


def test_a_change_leaves_an_incomplete_one_behind(site: Site) -> None:
    site.registries[NPM].faults = [Fault.CUT_BEFORE] * TRIES
    assert site.run().errors
    site.registries[NPM].faults = []
    site.commit("fix: more", "js/index.js", "more")
    assert made(site.run()) == "1.5.0-beta.2"
    assert site.versions[NPM] == ["1.5.0-beta.2"]


def test_a_failed_build_takes_no_number(site: Site) -> None:
    site.toolchains[NPM].fault = ToolError("tool-failed", "It does not compile.", "Mend it.")
    outcome = site.run()
    assert rules(outcome) == ["tool-failed"]
    assert site.tags == ["v1.4.0"]
    assert outcome.report.title == "nightly: 1.5.0-beta.1 is not made, and its number is still free"


def test_manifests_that_can_not_bear_the_version_are_told_before_anything_is_built(site: Site) -> None:
    site.commit("feat: forget the version", "js/package.json", '{"name": "@acme/sdk"}')
    assert rules(site.run()) == ["version-missing"]
    assert (site.tags, site.toolchains[NPM].calls) == (["v1.4.0"], [])


def test_a_missing_credential_takes_no_number(site: Site) -> None:
    site.registries[NPM].obstacles = (OBSTACLE,)
    assert rules(site.run()) == ["credential-missing"]
    assert (site.tags, site.versions[NUGET]) == (["v1.4.0"], [])


def test_a_registry_that_does_not_answer_is_told(site: Site) -> None:
    site.registries[NPM].deaf = [True] * 9
    assert rules(site.run()) == ["registry-unreachable"]


def test_a_dry_run_shows_all_and_changes_nothing(site: Site) -> None:
    site.registries[NPM].obstacles = (OBSTACLE,)
    outcome = site.run(dry_run=True)
    assert (made(outcome), [finding.rule for finding in outcome.warnings]) == ("1.5.0-beta.1", ["credential-missing"])
    assert (site.tags, site.versions[NUGET], site.github.releases) == (["v1.4.0"], [], {})
    assert outcome.report.title == "nightly: 1.5.0-beta.1 would be made"
    assert "npm install @acme/sdk@1.5.0-beta.1" in markdown(outcome.report)
    assert "npm install @acme/sdk@1.5.0-beta.1" in text(outcome.report)


def test_there_need_not_be_a_prerelease_on_github(site: Site) -> None:
    assert made(site.run(without_github=True)) == "1.5.0-beta.1"
    assert site.run(without_github=True).outputs["due"] == "false"
    assert site.github.releases == {}


def test_ecosystems_can_be_left_out(site: Site) -> None:
    assert site.run(only=(PYPI,)).outputs["due"] == "false"
    site.commit("feat: py", "py/acme.py")
    assert made(site.run(only=(PYPI,))) == "1.5.0-beta.1"
    assert site.versions == {NUGET: [], NPM: [], PYPI: ["1.5.0b1"]}
    site.commit("fix: js", "js/index.js", "js")
    assert site.run(only=(PYPI,)).outputs["due"] == "false"


def test_latest_is_no_dist_tag_for_nightlies(site: Site) -> None:
    assert rules(site.run(dist_tag="latest")) == ["input-value"]


def test_a_checkout_that_is_not_whole_is_refused(site: Site) -> None:
    shallow = site.origin.cloned(site.folder / "shallow", "--depth=1")
    shallow.write("js/package.json", "{}")
    assert sorted(rules(site.run_in(shallow))) == ["dirty-tree", "nightly-history"]


def test_a_repository_with_nothing_to_release_is_refused(tmp_path: Path) -> None:
    origin, bare = (
        repositories.made(tmp_path / "origin"),
        Site(tmp_path, repositories.made(tmp_path / "a"), repositories.made(tmp_path / "b")),
    )
    assert rules(bare.run_in(origin)) == ["no-commit"]
    clone = repositories.made(tmp_path / "other")
    clone.commit()
    assert rules(bare.run_in(clone)) == ["no-packages"]


def three(site: Site) -> None:
    """Three nightlies, whose dates are those of the commits in `repositories`."""
    for number in (1, 2, 3):
        assert made(site.run(force=True)) == f"1.5.0-beta.{number}"


LATER: dict[str, Any] = {"now": 1_800_000_000, "retention": Rules(keep=1, days=30)}


def pruned(outcome: Outcome) -> list[tuple[str, ...]]:
    """The last table of the report."""
    return list([block for block in outcome.report.blocks if isinstance(block, Table)][-1].rows)


def test_old_nightlies_are_withdrawn_as_far_as_each_registry_allows(site: Site) -> None:
    three(site)
    outcome = site.run(**LATER)
    assert (outcome.errors, outcome.warnings, outcome.outputs["due"]) == ((), (), "false")
    # The first publication of a package is where npm puts `latest`: that one stays.
    assert site.registries[NUGET].withdrawn == {("Acme.Sdk", "1.5.0-beta.2"): ""}
    assert site.registries[NPM].withdrawn == {("@acme/sdk", "1.5.0-beta.2"): "This is an old nightly; use a newer one."}
    assert site.registries[PYPI].withdrawn == {}
    assert list(site.github.releases) == ["v1.5.0-beta.1", "v1.5.0-beta.3"]
    assert site.tags == ["v1.4.0", "v1.5.0-beta.1", "v1.5.0-beta.2", "v1.5.0-beta.3"]


def test_a_number_of_a_withdrawn_nightly_is_not_taken_again(site: Site) -> None:
    three(site)
    site.run(**LATER)
    assert made(site.run(force=True, **LATER)) == "1.5.0-beta.4"


def test_what_is_withdrawn_already_is_left(site: Site) -> None:
    three(site)
    site.run(**LATER)
    before = [list(registry.taken_back) for registry in site.registries.values()]
    outcome = site.run(**LATER)
    assert [list(registry.taken_back) for registry in site.registries.values()] == before
    assert outcome.warnings == ()


def test_a_dry_run_shows_what_would_be_withdrawn(site: Site) -> None:
    three(site)
    outcome = site.run(dry_run=True, **LATER)
    assert ("1.5.0-beta.2", "NuGet Acme.Sdk", "would be unlisted") in pruned(outcome)
    assert ("1.5.0-beta.2", "GitHub", "would be removed; the tag stays") in pruned(outcome)
    assert any(row[1] == "PyPI acme-sdk" and "by hand" in row[2] for row in pruned(outcome))
    assert site.registries[NUGET].taken_back == []
    assert len(site.github.releases) == 3


def test_what_may_not_be_withdrawn_is_said_and_fails_nothing(site: Site) -> None:
    three(site)
    site.registries[NPM].obstacles = (OBSTACLE,)
    site.registries[NUGET].refused = {"withdraw Acme.Sdk 1.5.0-beta.2"}
    outcome = site.run(**LATER)
    assert (outcome.errors, [finding.rule for finding in outcome.warnings]) == ((), ["withdrawal-refused"])
    assert ("1.5.0-beta.2", "NuGet Acme.Sdk", "left: it was refused") in pruned(outcome)
    assert any(row[1] == "npm @acme/sdk" and row[2].startswith("left: There is no token.") for row in pruned(outcome))


def test_nothing_is_withdrawn_when_the_nightly_failed(site: Site) -> None:
    three(site)
    site.toolchains[NPM].fault = ToolError("tool-failed", "It does not compile.", "Mend it.")
    assert rules(site.run(force=True, **LATER)) == ["tool-failed"]
    assert site.registries[NUGET].taken_back == []


def test_after_the_dist_tag_was_put_back_the_next_nightly_takes_it_again(site: Site) -> None:
    three(site)
    package = BuiltPackage(NPM, "@acme/sdk", "1.5.0-beta.3", ())
    site.registries[NPM].point(package, "nightly", "1.5.0-beta.2")
    assert site.run().outputs["due"] == "false"
    assert site.registries[NPM]._tags["@acme/sdk"]["nightly"] == "1.5.0-beta.2"
    site.commit("fix: mend", "js/index.js", "mended")
    assert made(site.run()) == "1.5.0-beta.4"
    assert site.registries[NPM]._tags["@acme/sdk"]["nightly"] == "1.5.0-beta.4"
