"""What the workflows of the examples and of this repository are held to, so that they keep secrets safe and name what there is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).parents[1]
SUITE = re.compile(r"org/release-actions(?:/(?P<name>[a-z-]+))?@v\d+")
#: An action of this suite as its own repository uses it.
LOCAL = re.compile(r"\./(?P<name>[a-z-]+)")
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

Workflow = dict[str, Any]


def read(text: str) -> Workflow:
    loaded: Workflow = yaml.safe_load(text)
    return loaded


def action(name: str) -> Mapping[str, Any]:
    """The description of one of our actions; the whole release has no name of its own."""
    return read((TOP / (f"actions/{name}/action.yml" if name else "action.yml")).read_text(encoding="utf-8"))


def steps(workflow: Workflow) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each step, after its job; a job that calls a workflow has none."""
    for job in workflow["jobs"].values():
        for step in job.get("steps", ()):
            yield job, step


def ours(step: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The action of this suite that the step uses, if it does."""
    match = SUITE.fullmatch(step.get("uses", "")) or LOCAL.fullmatch(step.get("uses", ""))
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
        known = {step["id"]: set((ours(step) or {}).get("outputs", {})) for step in job.get("steps", ()) if "id" in step}
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
    if "group" not in (workflow.get("concurrency") or {}):
        found.append("two runs at once may meet")
    for name, job in workflow["jobs"].items():
        wanted = ("permissions",) if "uses" in job else ("permissions", "timeout-minutes")  # a called workflow has times of its own
        found += [f"{name}: no {key}" for key in wanted if key not in job]
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


#: All that a workflow is held to, but for its pins.
CHECKS: tuple[Callable[[Workflow], list[str]], ...] = (
    unknown_inputs,
    unknown_outputs,
    unguarded_secrets,
    secrets_outside_jobs,
    injections,
    careless,
    caches,
)
