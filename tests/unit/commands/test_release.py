"""The whole release in one step: how far it comes when something is wrong, and that running again ends it well."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests import packed, repositories
from tests.fakes import FakeClock, FakeGitHub, FakeRegistry, FakeToolchain, Fault, Said
from tests.repositories import Repository

from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import release, tag, workspace
from release_actions.domain.config import Config
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.report import Outcome, markdown, text
from release_actions.domain.tagging import Rules
from release_actions.errors import Finding, ToolError

NPM, PYPI, NUGET = Ecosystem.NPM, Ecosystem.PYPI, Ecosystem.NUGET
TRIES = Patience().tries
ADDRESS = "https://github.com/acme/sdk"
OBSTACLE = Finding("credential-missing", "There is no token.", "Set `npm-token`.")


@dataclass
class Site:
    """A repository of three packages, and everything that it is released to, as it lasts over several runs."""

    folder: Path
    repository: Repository
    registries: dict[Ecosystem, FakeRegistry] = field(default_factory=dict)
    toolchains: dict[Ecosystem, FakeToolchain] = field(default_factory=dict)
    github: FakeGitHub = field(default_factory=FakeGitHub)
    said: Said = field(default_factory=Said)
    runs: int = 0

    def bump(self, version: str, message: str = "Bump") -> None:
        """Set the version everywhere, and commit."""
        self.repository.write("js/package.json", json.dumps({"name": "@acme/sdk", "version": version}))
        self.repository.write("py/pyproject.toml", f'[project]\nname = "acme-sdk"\nversion = "{version.replace("-beta.", "b")}"\n')
        properties = f"<PropertyGroup><PackageId>Acme.Sdk</PackageId><Version>{version}</Version></PropertyGroup>"
        self.repository.write("cs/Acme.csproj", f'<Project Sdk="Microsoft.NET.Sdk">{properties}</Project>')
        self.repository.commit(message)

    def tag(self, name: str) -> None:
        """Tag what is checked out, here and on GitHub."""
        self.repository.git("tag", "--", name)
        self.github.tags[name] = self.repository.git("rev-parse", "HEAD")

    def run(self, name: str, *, without_github: bool = False, **changes: object) -> Outcome:
        """Release the tag, built into a new folder as in a new job."""
        self.runs += 1
        git = GitRepository(self.repository.folder)
        built = self.folder / f"built-{self.runs}"
        options = release.Options(tag.Options(name, Rules(branches=("main",))), git.top.resolve(), built, address=ADDRESS)
        world = release.World(
            git=git,
            workspace=lambda: workspace.read(git, WorkTree(git.top), Config()),
            toolchains=self.toolchains,
            archives=PackedFiles(),
            registries=self.registries,
            github=None if without_github else self.github,
            clock=FakeClock(),
            say=self.said,
        )
        return release.run(replace(options, **changes), world)  # type: ignore[arg-type]

    @property
    def uploads(self) -> list[str]:
        """Every file that was ever uploaded."""
        return [name for registry in self.registries.values() for name in registry.uploads]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path, repositories.made(tmp_path / "repository"))
    made.registries = {ecosystem: FakeRegistry(ecosystem) for ecosystem in Ecosystem}
    made.toolchains = {ecosystem: FakeToolchain(ecosystem) for ecosystem in Ecosystem}
    made.bump("1.1.0", "feat: begin")
    made.tag("v1.1.0")
    made.repository.commit("fix(api): mend the thing (#12)")
    made.bump("1.2.0")
    made.tag("v1.2.0")
    return made


def rules(outcome: Outcome) -> list[str]:
    return [finding.rule for finding in outcome.errors]


def steps(outcome: Outcome) -> dict[str, str]:
    """The first table of the report."""
    table = outcome.report.blocks[0]
    assert not isinstance(table, str)
    return dict(table.rows)  # type: ignore[union-attr, arg-type]


def test_a_tag_is_on_every_registry_and_on_github(site: Site) -> None:
    outcome = site.run("v1.2.0")
    assert outcome.errors == outcome.warnings == ()
    assert outcome.report.title == "v1.2.0 is released"
    assert len(site.uploads) == 4
    made = site.github.releases["v1.2.0"]
    assert (made.title, made.prerelease, made.latest) == ("v1.2.0", False, True)
    assert site.github.drafts == set()
    assert site.github.latest == "v1.2.0"
    assert set(site.github.files["v1.2.0"]) == {"release.json", "SHA256SUMS", "rollback.json", *site.uploads}
    assert {key: value for key, value in outcome.outputs.items() if key not in {"report", "commit", "folder"}} == {
        "version": "1.2.0",
        "prerelease": "false",
        "dist-tag": "latest",
        "is-latest": "true",
        "previous-tag": "v1.1.0",
        "published": "3",
        "already-there": "0",
        "release-url": "memory:releases/v1.2.0",
    }


def test_the_notes_tell_what_changed_and_how_to_install(site: Site) -> None:
    site.run("v1.2.0")
    notes = site.github.releases["v1.2.0"].notes
    assert f"## Fixes\n\n- **api:** mend the thing \\([#12]({ADDRESS}/issues/12)\\)" in notes
    assert "feat" not in notes
    for line in ("dotnet add package Acme.Sdk --version 1.2.0", "npm install @acme/sdk@1.2.0", "pip install acme-sdk==1.2.0"):
        assert line in notes
    assert f"{ADDRESS}/compare/v1.1.0...v1.2.0" in notes


def test_the_sums_are_of_the_attached_packages(site: Site) -> None:
    site.run("v1.2.0")
    sums = site.github.files["v1.2.0"]["SHA256SUMS"].decode()
    assert sorted(line.split("  ")[1] for line in sums.splitlines()) == sorted(site.uploads)


def test_the_way_back_is_noted_before_the_release_and_stays_so_when_it_is_resumed(site: Site) -> None:
    before = packed.package(site.folder, NPM, "@acme/sdk", "1.1.0")
    site.registries[NPM].hold(before, [site.folder / file.name for file in before.files], "latest")
    site.registries[PYPI].faults = [Fault.CUT_BEFORE] * TRIES
    assert site.run("v1.2.0").errors
    assert "1.2.0" in site.registries[NPM].look_up(before).versions
    assert site.run("v1.2.0").errors == ()
    noted = json.loads(site.github.files["v1.2.0"]["rollback.json"])
    assert {way["name"]: (way["previous"], way["pointers"]) for way in noted["packages"]} == {
        "Acme.Sdk": (None, {}),
        "@acme/sdk": ("1.1.0", {"latest": "1.1.0"}),
        "acme-sdk": (None, {}),
    }


def test_a_withdrawn_release_is_not_released_again(site: Site) -> None:
    site.run("v1.2.0")
    made = site.github.releases["v1.2.0"]
    site.github.releases["v1.2.0"] = replace(made, title="v1.2.0 (withdrawn)", prerelease=True)
    assert rules(site.run("v1.2.0")) == ["github-withdrawn"]
    assert site.github.releases["v1.2.0"].prerelease


def test_packages_need_not_be_attached(site: Site) -> None:
    site.run("v1.2.0", attach=False)
    assert set(site.github.files["v1.2.0"]) == {"release.json", "SHA256SUMS", "rollback.json"}


def test_a_second_run_publishes_nothing(site: Site) -> None:
    site.run("v1.2.0")
    before = list(site.uploads)
    outcome = site.run("v1.2.0")
    assert outcome.errors == ()
    assert site.uploads == before
    assert (outcome.outputs["published"], outcome.outputs["already-there"]) == ("0", "3")
    assert outcome.outputs["release-url"] == "memory:releases/v1.2.0"


def test_a_prerelease_is_one_everywhere(site: Site) -> None:
    site.run("v1.2.0")
    site.bump("1.3.0-beta.1")
    site.tag("v1.3.0-beta.1")
    site.toolchains[PYPI].said = {"acme-sdk": ("acme-sdk", "1.3.0-beta.1")}
    outcome = site.run("v1.3.0-beta.1")
    assert outcome.errors == ()
    assert site.github.releases["v1.3.0-beta.1"].prerelease
    assert site.github.latest == "v1.2.0"
    assert "acme_sdk-1.3.0b1.tar.gz" in site.uploads
    assert outcome.outputs["dist-tag"] == "beta"


def test_the_notes_of_a_stable_release_span_its_prereleases(site: Site) -> None:
    site.repository.commit("feat: in the beta")
    site.bump("1.3.0-beta.1")
    site.tag("v1.3.0-beta.1")
    site.bump("1.3.0")
    site.tag("v1.3.0")
    site.run("v1.3.0")
    assert "- in the beta" in site.github.releases["v1.3.0"].notes


def test_a_patch_to_an_old_line_is_not_the_latest(site: Site) -> None:
    site.repository.git("tag", "v2.0.0", "v1.1.0")
    outcome = site.run("v1.2.0")
    assert outcome.errors == ()
    assert not site.github.releases["v1.2.0"].latest
    assert outcome.outputs["dist-tag"] == "release-1.2.x"


def test_a_dry_run_changes_nothing_and_shows_everything(site: Site) -> None:
    outcome = site.run("v1.2.0", dry_run=True)
    assert outcome.errors == ()
    assert site.uploads == []
    assert site.github.releases == {}
    assert outcome.report.title == "v1.2.0: a dry run"
    assert steps(outcome)["Registries"] == "A dry run: 3 of 3 packages would be uploaded, and nothing was."
    assert steps(outcome)["GitHub Release"] == "None: a dry run."
    assert "## Fixes" in text(outcome.report)
    assert outcome.outputs["release-url"] == ""


def test_what_a_dry_run_finds_missing_is_a_warning(site: Site) -> None:
    site.github.obstacles = (Finding("github-token", "There is no token for GitHub.", "Set it."),)
    site.registries[NPM].obstacles = (OBSTACLE,)
    outcome = site.run("v1.2.0", dry_run=True)
    assert outcome.errors == ()
    assert {finding.rule for finding in outcome.warnings} == {"github-token", "credential-missing"}


def test_without_a_github_release_only_the_registries_are_served(site: Site) -> None:
    outcome = site.run("v1.2.0", without_github=True)
    assert outcome.errors == ()
    assert site.github.releases == {}
    assert steps(outcome)["GitHub Release"] == "Not wanted."
    assert len(site.uploads) == 4


@pytest.mark.parametrize(
    ("name", "rule"), [("v1.2", "tag-grammar"), ("1.2.0", "tag-grammar"), ("v9.9.9", "tag-missing"), ("v1.1.0", "tag-checkout")]
)
def test_a_tag_that_is_no_release_stops_before_anything_is_built(site: Site, name: str, rule: str) -> None:
    outcome = site.run(name)
    assert rule in rules(outcome)
    assert outcome.report.title == f"{name} is not a release"
    assert steps(outcome) == {"Tag": "Refused.", "Build": "Not reached.", "Registries": "Not reached.", "GitHub Release": "Not reached."}
    assert [toolchain.calls for toolchain in site.toolchains.values()] == [[], [], []]
    assert outcome.outputs == {}


def test_manifests_that_disagree_stop_before_anything_is_built(site: Site) -> None:
    site.repository.git("tag", "v1.2.1")
    outcome = site.run("v1.2.1")
    assert set(rules(outcome)) == {"version-disagrees"}
    assert len(outcome.errors) == 3
    assert site.uploads == []


def test_a_build_that_fails_publishes_nothing(site: Site) -> None:
    site.toolchains[PYPI].fault = ToolError("tool-failed", "`uv build` failed.", "Run it by hand.")
    outcome = site.run("v1.2.0")
    assert rules(outcome) == ["tool-failed"]
    assert steps(outcome)["Build"] == "Failed; nothing was published."
    assert outcome.report.title == "v1.2.0 is not released"
    assert site.uploads == []
    assert site.github.releases == {}


def stopping(site: Site, name: str) -> None:
    match name:
        case "no tag on GitHub":
            site.github.tags.clear()
        case "a moved tag":
            site.github.tags["v1.2.0"] = "d" * 40
        case "no token of a registry":
            site.registries[NPM].obstacles = (OBSTACLE,)
        case "a registry that is out of reach":
            site.registries[PYPI].deaf = [True] * 10
        case "other bytes on a registry":
            package = packed.package(site.folder, NUGET, "Acme.Sdk", "1.2.0", content="other")
            site.registries[NUGET].hold(package, [site.folder / file.name for file in package.files])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("no tag on GitHub", "github-tag"),
        ("a moved tag", "github-tag-moved"),
        ("no token of a registry", "credential-missing"),
        ("a registry that is out of reach", "registry-unreachable"),
        ("other bytes on a registry", "other-content"),
    ],
)
def test_what_is_known_beforehand_stops_before_the_first_upload_and_the_draft(site: Site, name: str, rule: str) -> None:
    stopping(site, name)
    before = list(site.uploads)
    outcome = site.run("v1.2.0")
    assert rule in rules(outcome)
    assert site.uploads == before
    assert site.github.releases == {}
    assert outcome.outputs["release-url"] == ""


def test_everything_that_is_missing_is_told_at_once(site: Site) -> None:
    site.github.tags.clear()
    site.registries[NPM].obstacles = (OBSTACLE,)
    assert set(rules(site.run("v1.2.0"))) == {"github-tag", "credential-missing"}


def test_a_token_that_may_not_write_stops_before_the_first_upload(site: Site) -> None:
    site.github.faults = ["draft"]
    outcome = site.run("v1.2.0")
    assert rules(outcome) == ["github-permission"]
    assert "permissions: contents: write" in outcome.errors[0].remedy
    assert site.uploads == []
    assert outcome.report.title == "v1.2.0 is not released"


def test_a_registry_that_fails_leaves_a_draft_and_the_state_of_each_registry(site: Site) -> None:
    site.registries[NPM].faults = [Fault.CUT_BEFORE] * 20
    outcome = site.run("v1.2.0")
    assert outcome.errors != ()
    assert site.github.drafts == {"v1.2.0"}
    assert outcome.report.title == "v1.2.0 is released only in part"
    assert steps(outcome)["GitHub Release"] == "A draft waits; running again publishes it."
    assert outcome.outputs["release-url"] == ""
    results = {package["name"]: package["result"] for package in json.loads(outcome.outputs["report"])["packages"]}
    assert results["Acme.Sdk"].startswith("published")
    assert not results["@acme/sdk"].startswith("published")


def test_running_again_after_a_failure_ends_it_well(site: Site) -> None:
    site.registries[NPM].faults = [Fault.CUT_BEFORE] * 20
    site.run("v1.2.0")
    site.registries[NPM].faults = []
    outcome = site.run("v1.2.0")
    assert outcome.errors == ()
    assert sorted(site.uploads) == sorted(set(site.uploads))
    assert site.github.drafts == set()
    assert site.github.latest == "v1.2.0"


def test_a_github_that_fails_at_the_end_is_told_apart(site: Site) -> None:
    site.github.faults = ["publish"]
    outcome = site.run("v1.2.0")
    assert outcome.report.title == "v1.2.0 is on every registry, but has no GitHub Release"
    assert rules(outcome) == ["github-permission"]
    assert len(site.uploads) == 4
    assert site.run("v1.2.0").errors == ()
    assert site.github.latest == "v1.2.0"


def test_only_some_ecosystems_can_be_released(site: Site) -> None:
    outcome = site.run("v1.2.0", only=(NPM,))
    assert outcome.errors == ()
    assert site.uploads == ["acme-sdk-1.2.0.tgz"]
    assert "pip install" not in site.github.releases["v1.2.0"].notes


@pytest.fixture
def shallow(site: Site, tmp_path: Path) -> Site:
    return replace(site, repository=repositories.checked_out(site.repository, tmp_path / "shallow", "v1.2.0"))


def test_a_checkout_without_history_gives_notes_without_changes_and_says_what_to_do(shallow: Site) -> None:
    outcome = shallow.run("v1.2.0", tag=tag.Options("v1.2.0", Rules()))
    assert outcome.errors == ()
    [warning] = outcome.warnings
    assert warning.rule == "notes-history"
    assert "fetch-depth: 0" in warning.remedy
    notes = shallow.github.releases["v1.2.0"].notes
    assert notes.startswith("## Install")
    assert "compare/v1.1.0...v1.2.0" in notes


HOSTILE = "feat: @everyone </details><!-- `x` ::error::x ##[error]x %0A [a](b) " + "A" * 10_000


def test_a_hostile_subject_does_nothing_in_notes_report_and_outputs(site: Site) -> None:
    site.repository.commit(f"{HOSTILE}\n\nBREAKING CHANGE: @everyone <script>")
    site.bump("1.3.0")
    site.tag("v1.3.0")
    outcome = site.run("v1.3.0", dry_run=True)
    assert outcome.errors == ()
    notes = markdown(outcome.report)
    assert "@everyone" not in notes
    assert "<script>" not in notes
    assert "</details><!--" not in notes
    assert len(notes) < 5000
    assert all("everyone" not in value for value in outcome.outputs.values())


def test_progress_names_every_step(site: Site) -> None:
    site.run("v1.2.0")
    for words in ("Building", "Asking every registry", "as a draft", "publishing the release"):
        assert any(words in line for line in site.said.lines), words
