"""The bump's inputs, decisions and report, on real repositories; whole trees are in test_bump_cases.py."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump, locking, workspace
from release_actions.commands.bump import Options
from release_actions.domain.config import Config, Pattern
from release_actions.domain.report import Outcome, Table
from release_actions.domain.version import Channel, Version
from release_actions.errors import InputError, ManifestError, RefusedError

NPM = '{"name": "a", "version": "1.2.3"}\n'
PYTHON = '[project]\nname = "a"\nversion = "1.2.3"\n'


def repository(folder: Path, files: Mapping[str, str]) -> Path:
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    return folder


def run(top: Path, options: Options, config: Config | None = None) -> Outcome:
    return bump.run(options, GitRepository(top), WorkTree(top), config or Config())


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return repository(tmp_path, {"package.json": NPM, "py/pyproject.toml": PYTHON})


@pytest.mark.parametrize(
    ("level", "channel", "expected"),
    [
        ("major", Channel.BETA, "2.0.0"),
        ("minor", Channel.BETA, "1.3.0"),
        ("patch", Channel.BETA, "1.2.4"),
        ("prerelease", Channel.BETA, "1.2.4-beta.1"),
        ("prerelease", Channel.DEV, "1.2.4-0.dev.1"),
    ],
)
def test_a_level_raises_what_all_manifests_bear(top: Path, level: str, channel: Channel, expected: str) -> None:
    outcome = run(top, Options(level, channel))
    assert outcome.outputs["version"] == expected
    assert json.loads(top.joinpath("package.json").read_text(encoding="utf-8"))["version"] == expected


def test_prereleases_count_up(top: Path) -> None:
    versions = [run(top, Options("prerelease")).outputs["version"] for _ in range(3)]
    assert versions == ["1.2.4-beta.1", "1.2.4-beta.2", "1.2.4-beta.3"]
    assert 'version = "1.2.4b3"' in top.joinpath("py/pyproject.toml").read_text(encoding="utf-8")


def test_outputs_and_report_say_what_changed(top: Path) -> None:
    outcome = run(top, Options("1.3.0-beta.4"))
    assert outcome.outputs == {
        "version": "1.3.0-beta.4",
        "previous-version": "1.2.3",
        "changed": "true",
        "changed-files": '["package.json", "py/pyproject.toml"]',
        "decided-by": "",
        "nuget": "1.3.0-beta.4",
        "npm": "1.3.0-beta.4",
        "pypi": "1.3.0b4",
        "branch": "",
        "commit": "",
        "tag": "",
        "pull-request": "",
    }
    assert outcome.report.title == "bump: 1.2.3 → 1.3.0-beta.4"
    (table,) = (block for block in outcome.report.blocks if isinstance(block, Table))
    assert table.rows == (
        ("package.json", "1", "1.2.3", "1.3.0-beta.4", "version"),
        ("py/pyproject.toml", "3", "1.2.3", "1.3.0b4", "project.version"),
    )


def test_a_second_bump_says_that_there_was_nothing_to_do(top: Path) -> None:
    run(top, Options("1.3.0"))
    outcome = run(top, Options("1.3.0"))
    assert outcome.report.title == "bump: all manifests bear 1.3.0 already"
    assert outcome.outputs["changed-files"] == "[]"


@pytest.mark.parametrize("version", ["", "v1.2.3", "V1.2.3"])
def test_a_version_that_is_missing_or_a_tag_is_an_error_of_the_input(top: Path, version: str) -> None:
    with pytest.raises(InputError, match="input-version"):
        run(top, Options(version))


@pytest.mark.parametrize("version", ["1.2", "1.2.3-nightly.1", "1.2.3+build", "01.2.3", "next", "Major"])
def test_a_version_outside_the_grammar_is_refused(top: Path, version: str) -> None:
    with pytest.raises(RefusedError, match="version-grammar"):
        run(top, Options(version))


def test_a_check_takes_no_level(top: Path) -> None:
    with pytest.raises(InputError, match="input-version"):
        run(top, Options("patch", check=True))


def test_a_check_without_a_version_compares_the_manifests_with_each_other(tmp_path: Path) -> None:
    files = {"a/package.json": NPM, "py/pyproject.toml": PYTHON, "b/package.json": '{"name": "b",\n"version": "1.2.4"}'}
    outcome = run(repository(tmp_path, files), Options("", check=True))
    (finding,) = outcome.errors
    assert (finding.rule, str(finding.place)) == ("version-disagrees", "b/package.json:2")
    assert outcome.outputs["version"] == "1.2.3"
    assert outcome.report.title == "bump: 1 place disagrees with 1.2.3"


def test_a_check_without_a_version_names_what_cannot_be_read(tmp_path: Path) -> None:
    only = repository(tmp_path, {"package.json": '{"name": "a", "version": "1.2"}'})
    with pytest.raises(RefusedError, match=r"package\.json:1: `1\.2` is no version"):
        run(only, Options("", check=True))


def test_a_check_finds_a_stale_reference_between_own_packages(tmp_path: Path) -> None:
    files = {"a/package.json": NPM, "b/package.json": '{"name": "b", "version": "1.2.3",\n "dependencies": {"a": "^1.2.2"}}'}
    (finding,) = run(repository(tmp_path, files), Options("", check=True)).errors
    assert str(finding.place) == "b/package.json:2"
    assert "`^1.2.2`, where 1.2.3 is `^1.2.3`" in finding.what


def test_a_downgrade_is_refused_unless_it_is_allowed(top: Path) -> None:
    refused = run(top, Options("1.2.2"))
    assert {finding.rule for finding in refused.errors} == {"version-downgrade"}
    assert top.joinpath("package.json").read_text(encoding="utf-8") == NPM
    assert run(top, Options("1.2.2", allow_downgrade=True)).errors == ()
    assert '"1.2.2"' in top.joinpath("package.json").read_text(encoding="utf-8")


def test_a_file_that_changes_while_it_is_bumped_is_not_overwritten(top: Path) -> None:
    git, tree = GitRepository(top), WorkTree(top)
    plan = bump.decide(workspace.read(git, tree, Config()), Options("1.3.0"))
    top.joinpath("package.json").write_text('{"name": "a", "version": "9.9.9"}', encoding="utf-8")
    with pytest.raises(ManifestError, match="file-changed"):
        tree.replace(locking.contents(plan.changes, tree))
    assert top.joinpath("py/pyproject.toml").read_text(encoding="utf-8") == PYTHON


def test_an_error_in_one_file_writes_none(top: Path) -> None:
    top.joinpath("broken").mkdir()
    repository(top, {"broken/package.json": "{"})
    with pytest.raises(ManifestError, match="manifest-syntax"):
        run(top, Options("1.3.0"))
    assert top.joinpath("package.json").read_text(encoding="utf-8") == NPM


def test_untracked_and_linked_files_are_not_touched(top: Path) -> None:
    top.joinpath("new").mkdir()
    top.joinpath("new/package.json").write_text("{", encoding="utf-8")
    top.joinpath("linked").mkdir()
    top.joinpath("linked/package.json").symlink_to("../package.json")
    subprocess.run(["git", "add", "linked"], cwd=top, check=True)
    assert run(top, Options("1.3.0")).outputs["changed-files"] == '["package.json", "py/pyproject.toml"]'
    assert top.joinpath("linked/package.json").is_symlink()


def test_a_tracked_folder_replaced_by_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "repository"
    inside.mkdir()
    repository(inside, {"a/package.json": NPM})
    inside.joinpath("a/package.json").unlink()
    inside.joinpath("a").rmdir()
    tmp_path.joinpath("outside").mkdir()
    tmp_path.joinpath("outside/package.json").write_text(NPM, encoding="utf-8")
    inside.joinpath("a").symlink_to(tmp_path / "outside")
    with pytest.raises(ManifestError, match="file-outside"):
        run(inside, Options("1.3.0"))
    assert tmp_path.joinpath("outside/package.json").read_text(encoding="utf-8") == NPM


def test_disagreements_name_every_place_that_bears_another_version(top: Path) -> None:
    found = workspace.disagreements(workspace.read(GitRepository(top), WorkTree(top), Config()), Version.parse("1.3.0"))
    assert [str(finding.place) for finding in found] == ["package.json:1", "py/pyproject.toml:3"]
    assert all("Set it everywhere: `bump --version 1.3.0`." in finding.remedy for finding in found)
    assert workspace.disagreements(workspace.read(GitRepository(top), WorkTree(top), Config()), Version.parse("1.2.3")) == ()


def test_two_rules_that_find_different_versions_at_one_place_are_refused(tmp_path: Path) -> None:
    top = repository(tmp_path, {"a.txt": "1.2.3-beta.1 release-actions:version\n"})
    config = Config(patterns=(Pattern("a.txt", r"^(?P<version>[0-9.]+)"),))
    with pytest.raises(ManifestError, match=r"a\.txt:1: .*`1\.2\.3-beta\.1` and `1\.2\.3`.*place-doubled"):
        run(top, Options("1.3.0"), config)


def test_an_excluded_file_may_speak_of_the_marker(tmp_path: Path) -> None:
    top = repository(tmp_path, {"package.json": NPM, "docs/bump.md": "Write `release-actions:version` behind it.\n"})
    with pytest.raises(ManifestError, match="marker-version"):
        run(top, Options("1.3.0"))
    assert run(top, Options("1.3.0"), Config(exclude=("docs/*",))).outputs["changed-files"] == '["package.json"]'


def test_a_pattern_is_a_place_that_drifts_and_is_checked(tmp_path: Path) -> None:
    top = repository(tmp_path, {"package.json": NPM, "VERSION": "1.2.2"})
    config = Config(patterns=(Pattern("VERSION", r"(?P<version>.+)"),))
    with pytest.raises(RefusedError, match="version-drift"):
        run(top, Options("patch"), config)
    (finding,) = run(top, Options("", check=True), config).errors
    assert (finding.rule, str(finding.place)) == ("version-disagrees", "VERSION:1")


POETRY = '[tool.poetry]\nname = "a"\nversion = "1.2.3"\n[tool.poetry.dependencies]\nb = "^1.2.3"\n'
#: Of POETRY, as Poetry makes it.
HASH = "81384411a0d035be3647b36b692cf21112edd22525d67ea3582f3f18d33ad2c1"


def locked(folder: Path, content_hash: str) -> Path:
    lock = f'[metadata]\ncontent-hash = "{content_hash}"\n'
    return repository(folder, {"a/pyproject.toml": POETRY, "a/poetry.lock": lock, "b/pyproject.toml": PYTHON.replace('"a"', '"b"')})


def test_a_lock_file_that_was_out_of_step_is_left_and_named_with_its_command(tmp_path: Path) -> None:
    outcome = run(locked(tmp_path, "0123"), Options("1.3.0"))
    (warning,) = outcome.warnings
    assert (warning.rule, str(warning.place)) == ("lock-stale", "a/poetry.lock:2")
    assert "`poetry lock`" in warning.remedy
    assert str(warning) in str(outcome.report)
    assert json.loads(outcome.outputs["changed-files"]) == ["a/pyproject.toml", "b/pyproject.toml"]


def test_a_lock_file_that_was_in_step_stays_so(tmp_path: Path) -> None:
    outcome = run(locked(tmp_path, HASH), Options("1.3.0"))
    assert outcome.warnings == ()
    assert json.loads(outcome.outputs["changed-files"]) == ["a/poetry.lock", "a/pyproject.toml", "b/pyproject.toml"]
    assert HASH not in tmp_path.joinpath("a/poetry.lock").read_text(encoding="utf-8")


def test_an_excluded_manifest_leaves_the_lock_file_alone(tmp_path: Path) -> None:
    outcome = run(locked(tmp_path, "0123"), Options("1.3.0"), Config(exclude=("a/pyproject.toml",)))
    assert outcome.warnings == ()


@pytest.mark.parametrize(
    ("lock", "text", "expected"),
    [
        ("pdm.lock", '[[package]]\nname = "acme"\n', "pdm lock"),
        ("pdm.lock", '[[package]]\nname = "acme-more"\n', ""),
        ("bun.lock", '"acme": ["acme@workspace:acme"]', ""),
    ],
)
def test_a_lock_file_that_is_not_followed_is_named_where_it_speaks_of_an_own_package(
    tmp_path: Path, lock: str, text: str, expected: str
) -> None:
    top = repository(tmp_path, {"pyproject.toml": PYTHON.replace('"a"', '"acme"'), lock: text})
    remedies = [finding.remedy for finding in run(top, Options("1.3.0")).warnings]
    assert remedies == ([f"Run `{expected}` in its folder, and commit what it changes."] if expected else [])
    assert run(top, Options("1.3.0")).warnings == ()
