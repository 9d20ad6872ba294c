"""The workflows of `examples/`: they name what the actions declare, and keep to the rules that keep secrets safe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from release_actions.domain.package import Ecosystem

TOP = Path(__file__).parents[2]
WORKFLOWS = sorted((TOP / "examples" / "workflows").glob("*.yml"))
SUITE = re.compile(r"org/release-actions(?:/(?P<name>[a-z-]+))?@v\d+")
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

Workflow = dict[str, Any]


def read(text: str) -> Workflow:
    loaded: Workflow = yaml.safe_load(text)
    return loaded


def action(name: str) -> Mapping[str, Any]:
    """The description of one of our actions; the whole release has no name of its own."""
    return read((TOP / (f"actions/{name}/action.yml" if name else "action.yml")).read_text(encoding="utf-8"))


def steps(workflow: Workflow) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each step, after its job."""
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            yield job, step


def ours(step: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The action of this suite that the step uses, if it does."""
    match = SUITE.fullmatch(step.get("uses", ""))
    return action(match["name"] or "") if match else None


def unknown_inputs(workflow: Workflow) -> list[str]:
    found = []
    for _, step in steps(workflow):
        declared = ours(step)
        if declared:
            found += [f"{step['uses']}: {name}" for name in step.get("with", {}) if name not in declared["inputs"]]
    return found


def unknown_outputs(workflow: Workflow) -> list[str]:
    """The outputs that are read and that nobody sets: of steps in the same job, and of jobs that are waited for."""
    found = []
    for job in workflow["jobs"].values():
        known = {step["id"]: set((ours(step) or {}).get("outputs", {})) for step in job["steps"] if "id" in step}
        waited = [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", [])
        for kind, name, output in re.findall(r"\b(steps|needs)\.([\w-]+)\.outputs\.([\w-]+)", str(job)):
            set_there = known.get(name, set()) if kind == "steps" else workflow["jobs"][name].get("outputs", {}) if name in waited else {}
            if output not in set_there:
                found.append(f"{kind}.{name}.outputs.{output}")
    return found


def loose_pins(text: str) -> list[str]:
    """The lines that use somebody else's action by anything but a commit, with its version beside it."""
    lines = [line.strip().removeprefix("- ") for line in text.splitlines() if re.match(r"\s*(- )?uses:", line)]
    return [line for line in lines if not (SUITE.fullmatch(line.removeprefix("uses: ")) or PINNED.fullmatch(line))]


def unguarded_secrets(workflow: Workflow) -> list[str]:
    """The jobs that see a secret without an environment, whose rules decide who may."""
    jobs = workflow["jobs"].items()
    return [name for name, job in jobs if re.search(r"\bsecrets\b", str(job)) and "environment" not in job]


def secrets_outside_jobs(workflow: Workflow) -> list[str]:
    return [str(key) for key, value in workflow.items() if key != "jobs" and re.search(r"\bsecrets\b", str(value))]


def injections(workflow: Workflow) -> list[str]:
    return [step["run"] for _, step in steps(workflow) if "${{" in step.get("run", "")]


def careless(workflow: Workflow) -> list[str]:
    """What a job may do, and for how long, is said; nothing keeps the token of a checkout."""
    found = [] if workflow.get("permissions") == {} else ["the workflow's permissions are not {}"]
    for name, job in workflow["jobs"].items():
        found += [f"{name}: no {key}" for key in ("permissions", "timeout-minutes") if key not in job]
    for _, step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@") and step.get("with", {}).get("persist-credentials") is not False:
            found.append("a checkout keeps its credentials")
    return found


def caches(workflow: Workflow) -> list[str]:
    """The set-up steps by which a cache, which other workflows can write, could reach what is published."""
    off = {"actions/setup-node": "package-manager-cache", "astral-sh/setup-uv": "enable-cache"}
    found = []
    for _, step in steps(workflow):
        switch = off.get(step.get("uses", "").partition("@")[0])
        if switch and step.get("with", {}).get(switch) is not False:
            found.append(step["uses"])
    return found


CHECKS: tuple[Callable[[Workflow], list[str]], ...] = (
    unknown_inputs,
    unknown_outputs,
    unguarded_secrets,
    secrets_outside_jobs,
    injections,
    careless,
    caches,
)


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
