"""Each folder of tests/cases/bump: what the manifests say before and after, checked and bumped in a real repository."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from release_actions.adapters import config
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump
from release_actions.domain.report import Bullets, Outcome
from release_actions.errors import Finding, ReleaseError

CASES = Path(__file__).parents[2] / "cases" / "bump"
NAMES = sorted(path.name for path in CASES.iterdir())
DONE = [name for name in NAMES if not name.startswith("refused_")]
REFUSED = [name for name in NAMES if name.startswith("refused_")]


def settings(name: str) -> dict[str, Any]:
    return tomllib.loads(CASES.joinpath(name, "case.toml").read_text(encoding="utf-8"))


def options(name: str) -> bump.Options:
    case = settings(name)
    return bump.Options(case["version"], files=tuple(case.get("files", ())))


def repository(name: str, folder: Path) -> Path:
    shutil.copytree(CASES / name / "before", folder / "repository")
    subprocess.run(["git", "init", "--quiet"], cwd=folder / "repository", check=True)
    subprocess.run(["git", "-c", "core.autocrlf=false", "add", "."], cwd=folder / "repository", check=True)
    return folder / "repository"


def run(top: Path, wanted: bump.Options) -> Outcome:
    tree = WorkTree(top)
    return bump.run(wanted, GitRepository(top), tree, config.load(tree))


def contents(top: Path) -> dict[str, bytes]:
    files = (path for path in top.rglob("*") if path.is_file())
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in files if ".git" not in path.relative_to(top).parts}


def before(name: str) -> dict[str, bytes]:
    return contents(CASES / name / "before")


def after(name: str) -> dict[str, bytes]:
    return contents(CASES / name / "after")


@pytest.mark.parametrize("name", DONE)
def test_a_bump_changes_what_the_case_says_and_no_other_byte(name: str, tmp_path: Path) -> None:
    top = repository(name, tmp_path)
    outcome = run(top, options(name))
    assert outcome.errors == ()
    assert contents(top) == after(name)


@pytest.mark.parametrize("name", DONE)
def test_a_check_changes_nothing_and_names_the_places_that_a_bump_would_change(name: str, tmp_path: Path) -> None:
    top = repository(name, tmp_path)
    checked = run(top, replace(options(name), check=True))
    assert contents(top) == before(name)
    bumped = run(top, options(name))
    assert checked.outputs["changed-files"] == bumped.outputs["changed-files"]
    assert {finding.rule for finding in checked.errors} == {"version-disagrees"}
    assert all(finding.place and finding.place.line for finding in checked.errors)
    assert run(top, replace(options(name), check=True)).errors == ()


@pytest.mark.parametrize("name", DONE)
def test_a_bump_to_the_same_version_does_nothing(name: str, tmp_path: Path) -> None:
    top = repository(name, tmp_path)
    run(top, options(name))
    assert run(top, options(name)).outputs["changed-files"] == "[]"
    assert contents(top) == after(name)


@pytest.mark.parametrize("name", [name for name in DONE if "previous" in settings(name)])
def test_there_and_back_again_restores_every_byte(name: str, tmp_path: Path) -> None:
    top = repository(name, tmp_path)
    previous = settings(name)["previous"]
    outcome = run(top, options(name))
    assert outcome.outputs["previous-version"] == previous
    run(top, replace(options(name), version=previous, allow_downgrade=True))
    assert contents(top) == before(name)


@pytest.mark.parametrize("name", [name for name in DONE if "left-alone" in settings(name)])
def test_what_is_left_alone_is_named(name: str, tmp_path: Path) -> None:
    outcome = run(repository(name, tmp_path), options(name))
    bullets = next(block for block in outcome.report.blocks if isinstance(block, Bullets))
    assert sorted(item.partition(": ")[0] for item in bullets.items) == settings(name)["left-alone"]


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_every_place_and_writes_nothing(name: str, tmp_path: Path) -> None:
    top = repository(name, tmp_path)
    findings = refusal(top, options(name))
    assert sorted(f"{finding.place or ''} {finding.rule}" for finding in findings) == sorted(settings(name)["errors"])
    assert all(finding.what.endswith(".") and finding.remedy.endswith(".") for finding in findings)
    assert contents(top) == before(name)


def refusal(top: Path, wanted: bump.Options) -> tuple[Finding, ...]:
    try:
        return run(top, wanted).errors
    except ReleaseError as error:
        return error.findings


def test_every_case_says_what_it_is_about() -> None:
    assert all(settings(name)["what"] for name in NAMES)
