"""The workflows of `examples/`: they name what the actions declare, and keep to the rules that keep secrets safe."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.workflows import (
    CHECKS,
    TOP,
    Workflow,
    caches,
    careless,
    injections,
    loose_pins,
    read,
    secrets_outside_jobs,
    steps,
    unguarded_secrets,
    unknown_inputs,
    unknown_outputs,
)

from release_actions.domain.package import Ecosystem

WORKFLOWS = sorted((TOP / "examples" / "workflows").glob("*.yml"))


def test_there_are_examples() -> None:
    assert "release.yml" in {path.name for path in WORKFLOWS}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_example_keeps_the_rule(path: Path, check: Callable[[Workflow], list[str]]) -> None:
    assert check(read(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_of_others_are_pinned_to_a_commit_with_its_version_beside_it(path: Path) -> None:
    assert loose_pins(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["release.yml", "release-jobs.yml", "one-step.yml"])
@pytest.mark.parametrize("tag", ["v1.2.3", "v1.5.0-beta.1", "v1.2", "1.2.3", "v01.2.3", "v1.2.3-nightly.1"])
def test_a_tag_that_means_a_release_starts_one_also_if_it_is_misspelt(name: str, tag: str) -> None:
    workflow: dict[Any, Any] = read((TOP / "examples" / "workflows" / name).read_text(encoding="utf-8"))
    assert any(fnmatchcase(tag, pattern) for pattern in workflow[True]["push"]["tags"])  # YAML 1.1 takes `on` for a boolean


def test_jobs_for_one_registry_each_come_in_the_order_in_which_they_can_be_taken_back_and_the_pointers_last() -> None:
    workflow = read((TOP / "examples" / "workflows" / "release-jobs.yml").read_text(encoding="utf-8"))
    publishing = {
        name: step["with"]
        for name, job in workflow["jobs"].items()
        for step in job["steps"]
        if "release-actions/publish" in step.get("uses", "")
    }
    assert list(publishing) == ["check", *Ecosystem, "finish"]
    for before, after in pairwise(publishing):
        assert before in workflow["jobs"][after]["needs"]
        assert "if" not in workflow["jobs"][after]
    assert (publishing["check"]["dry-run"], publishing["check"]["strict"]) == (True, True)
    assert {name: given.get("only", "") for name, given in publishing.items()} == {
        "check": "",
        "finish": "",
        **{one: one for one in Ecosystem},
    }
    assert publishing["npm"]["npm-latest"] == "later"


def test_every_example_is_described() -> None:
    words = (TOP / "examples" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in WORKFLOWS if f"(workflows/{path.name})" not in words] == []


def test_every_example_has_a_guide_that_leads_to_it() -> None:
    guides = "".join(path.read_text(encoding="utf-8") for path in [TOP / "README.md", *TOP.glob("docs/*.md")])
    assert [path.name for path in WORKFLOWS if f"examples/workflows/{path.name})" not in guides] == []


def release() -> Workflow:
    return read((TOP / "examples" / "workflows" / "release.yml").read_text(encoding="utf-8"))


def step_of(workflow: Workflow, uses: str) -> dict[str, Any]:
    return next(step for _, step in steps(workflow) if uses in step.get("uses", ""))


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        (unknown_inputs, lambda flow: step_of(flow, "release-actions/tag").setdefault("with", {}).update({"branch": "main"})),
        (unknown_outputs, lambda flow: flow["jobs"]["tag"]["outputs"].update({"x": "${{ steps.tag.outputs.versoin }}"})),
        (unknown_outputs, lambda flow: flow["jobs"]["build"].update({"env": {"X": "${{ needs.tag.outputs.versoin }}"}})),
        (unknown_outputs, lambda flow: flow["jobs"]["build"].update({"needs": []})),
        (unguarded_secrets, lambda flow: flow["jobs"]["publish"].pop("environment")),
        (unguarded_secrets, lambda flow: flow["jobs"]["build"].update({"env": {"X": "${{ secrets.NPM_TOKEN }}"}})),
        (secrets_outside_jobs, lambda flow: flow.update({"env": {"X": "${{ secrets.NPM_TOKEN }}"}})),
        (injections, lambda flow: flow["jobs"]["build"]["steps"].append({"run": "echo ${{ github.ref_name }}"})),
        (careless, lambda flow: flow.pop("permissions")),
        (careless, lambda flow: flow.pop("concurrency")),
        (careless, lambda flow: flow["jobs"]["build"].pop("permissions")),
        (careless, lambda flow: flow["jobs"]["build"].pop("timeout-minutes")),
        (careless, lambda flow: step_of(flow, "actions/checkout")["with"].pop("persist-credentials")),
        (caches, lambda flow: step_of(flow, "setup-uv")["with"].update({"enable-cache": True})),
        (caches, lambda flow: step_of(flow, "setup-node")["with"].pop("package-manager-cache")),
    ],
)
def test_a_careless_workflow_is_found(check: Callable[[Workflow], list[str]], spoil: Callable[[Workflow], object]) -> None:
    workflow = deepcopy(release())
    spoil(workflow)
    assert check(workflow) != []


@pytest.mark.parametrize(
    "line",
    [
        "uses: actions/checkout@v6",
        "uses: actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10",
        "uses: actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10 # v6",
        "uses: actions/checkout@df4cb1c # v6.0.3",
        "uses: org/release-actions/tag@main",
        "uses: organised/release-actions/tag@v1",
    ],
)
def test_a_loose_pin_is_found(line: str) -> None:
    assert loose_pins(f"steps:\n  - {line}\n") == [line]
