"""This repository's own workflows: as careful as the examples, with one gate that nothing passes by."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from copy import deepcopy
from fnmatch import fnmatchcase
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from tests.workflows import CHECKS, LOCAL, TOP, Workflow, careless, loose_pins, ours, read, steps

WORKFLOWS = sorted((TOP / ".github" / "workflows").glob("*.yml"))


def named(name: str) -> dict[Any, Any]:
    return read((TOP / ".github" / "workflows" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_keeps_the_rule(path: Path, check: Callable[[Workflow], list[str]]) -> None:
    assert check(read(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_not_of_this_repository_is_pinned_to_a_commit(path: Path) -> None:
    loose = loose_pins(path.read_text(encoding="utf-8"))
    assert [line for line in loose if not line.removeprefix("uses: ").startswith("./")] == []


def test_a_job_that_calls_a_workflow_says_what_it_may_do() -> None:
    workflow = deepcopy(named("release.yml"))
    workflow["jobs"]["gate"].pop("permissions")
    assert careless(workflow) == ["gate: no permissions"]


def left_out(workflow: Workflow) -> set[str]:
    """The jobs that the last one does not wait for."""
    return set(workflow["jobs"]) - {"passed"} - set(workflow["jobs"]["passed"]["needs"])


def test_the_required_check_waits_for_every_job_and_is_never_skipped() -> None:
    assert left_out(named("ci.yml")) == set()
    assert named("ci.yml")["jobs"]["passed"]["if"] == "always()"
    (step,) = named("ci.yml")["jobs"]["passed"]["steps"]
    assert all(f"contains(needs.*.result, '{result}')" in step["env"]["FAILED"] for result in ("failure", "cancelled", "skipped"))


def test_a_job_that_the_required_check_does_not_wait_for_is_found() -> None:
    workflow = deepcopy(named("ci.yml"))
    workflow["jobs"]["extra"] = {}
    assert left_out(workflow) == {"extra"}


def test_every_supported_python_is_tried_on_every_system() -> None:
    matrix = named("ci.yml")["jobs"]["systems"]["strategy"]["matrix"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    assert {system.partition("-")[0] for system in matrix["system"]} == {"ubuntu", "macos", "windows"}


def test_a_release_is_judged_by_our_own_action_and_waits_for_the_gate() -> None:
    jobs = named("release.yml")["jobs"]
    assert [step["uses"] for _, step in steps(named("release.yml")) if ours(step)] == ["./tag"]
    assert LOCAL.fullmatch("./tag")
    (tag,) = [step for step in jobs["tag"]["steps"] if step.get("id") == "tag"]
    assert tag["with"]["branches"] == "main"
    assert jobs["gate"]["uses"] == "./.github/workflows/ci.yml"
    assert set(jobs["release"]["needs"]) == {"tag", "gate"}
    assert jobs["release"]["environment"] == "release"
    assert [name for name, job in jobs.items() if "write" in str(job["permissions"])] == ["release"]


@pytest.mark.parametrize(("tag", "starts"), [("v1.2.3", True), ("v1.2.3-rc.1", True), ("v1.2", True), ("v1", False), ("main", False)])
def test_a_release_is_started_by_its_tag_and_not_by_the_one_that_moves(tag: str, starts: bool) -> None:
    assert any(fnmatchcase(tag, pattern) for pattern in named("release.yml")[True]["push"]["tags"]) == starts


def release() -> Any:
    spec = spec_from_file_location("own_release", TOP / ".ci" / "release.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-01-31

### Added

- One thing.

## [1.2.0-rc.1] - 2026-01-30

- [unreleased]: is no link here.

## [1.1.0] - 2026-01-01

[Unreleased]: https://example.org/compare/v1.2.0...HEAD
"""


def test_the_notes_are_the_section_of_the_version() -> None:
    assert release().notes(CHANGELOG, "1.2.0") == "### Added\n\n- One thing.\n"
    assert release().notes(CHANGELOG, "1.2.0-rc.1") == "- [unreleased]: is no link here.\n"


@pytest.mark.parametrize("version", ["1.3.0", "1.1.0", "1x2.0"])
def test_a_version_without_entries_is_not_released(version: str) -> None:
    with pytest.raises(LookupError, match=r"CHANGELOG\.md has no entries for"):
        release().notes(CHANGELOG, version)


@pytest.mark.parametrize(
    ("version", "major"),
    [("1.10.0", "v1"), ("1.9.9", None), ("2.0.0", "v2"), ("1.11.0-rc.1", None), ("0.1.0", "v0")],
)
def test_the_tag_of_the_major_version_moves_to_its_highest_stable_version(version: str, major: str | None) -> None:
    tags = ["v1", "v1.9.0", "v1.10.0", "v1.12.0-rc.1", "v2.0.0", "other", f"v{version}"]
    assert release().moved(version, tags) == major


def test_the_gate_runs_the_tests_as_the_readme_says() -> None:
    (command,) = re.findall(r"^(python3 tests/run\.py)\b", TOP.joinpath("README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert command in TOP.joinpath(".ci/run").read_text(encoding="utf-8").splitlines()
