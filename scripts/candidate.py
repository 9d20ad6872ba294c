"""Entry script of the action `candidate`: the next right thing for the release train."""

import os
import re
import time
from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.branching import GitBranching
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.credential import Credential
from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_commits import GitHubPullRequests
from release_actions.adapters.github_forge import GitHubForge
from release_actions.adapters.tree import WorkTree
from release_actions.commands import candidate, workspace
from release_actions.domain.handing import branch
from release_actions.domain.report import Outcome
from release_actions.domain.train import Branches, Cut, Rules
from release_actions.domain.version import Level
from release_actions.errors import InputError

BASES = {"commits": None, **{str(level): level for level in (Level.PATCH, Level.MINOR, Level.MAJOR)}}


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, and let the train of the repository around the working folder go on."""
    options, token = wanted(inputs), inputs.secret("github-token")
    server = os.environ.get("GITHUB_SERVER_URL") or "https://github.com"
    git = GitRepository.around(Path.cwd(), Credential(server, token) if token else None)
    github = GitHubRepository(options.repository, token, os.environ.get("GITHUB_API_URL", ""), SystemClock())
    asked = needs_github(options)
    if asked:
        github.require("Or leave `require-checks`, `blocker-label`, `fix-labels` and the workflows empty, and `merge` at `push`.")
    world = candidate.World(
        git=git,
        branching=GitBranching(git),
        tree=lambda: WorkTree(git.top),
        workspace=lambda tree: workspace.read(git, tree, config.load(tree)),
        forge=GitHubForge(github, os.environ.get("GITHUB_RUN_ID", "")) if asked else None,
        requests=GitHubPullRequests(options.repository, github) if token and options.repository else None,
        say=runner.say,
    )
    return candidate.run(options, world)


def needs_github(options: candidate.Options) -> bool:
    """Whether anything is wanted that git alone can't do."""
    workflows = options.workflows.release or options.workflows.downstream
    return bool(options.rules.checks or options.blocker or options.fixes.labels or workflows or options.by_request)


def wanted(inputs: runner.Inputs) -> candidate.Options:
    """What the inputs ask for."""
    return candidate.Options(
        now=int(time.time()),
        branches=branches(inputs),
        rules=Rules(
            soak_days=inputs.number("soak-days"),
            cadence_days=inputs.number("cadence-days"),
            cut=Cut(inputs.choice("cut", tuple(Cut))),
            checks=inputs.items("require-checks"),
        ),
        base=BASES[inputs.choice("base", tuple(BASES))],
        blocker=inputs.text("blocker-label"),
        fixes=candidate.Fixes(inputs.items("fix-types"), inputs.items("fix-paths"), inputs.items("fix-labels")),
        workflows=candidate.Workflows(
            workflow(inputs.text("release-workflow"), "release-workflow"),
            workflow(inputs.text("downstream-workflow"), "downstream-workflow"),
        ),
        projects=tuple(project(item) for item in inputs.items("downstream")),
        repository=inputs.text("repository"),
        by_request=inputs.choice("merge", ("push", "pull-request")) == "pull-request",
        changelog=inputs.text("changelog"),
        dry_run=inputs.flag("dry-run"),
    )


def branches(inputs: runner.Inputs) -> Branches:
    """What the branches are called."""
    found = Branches(
        stable=branch(inputs.required("stable-branch"), "stable-branch"),
        development=branch(inputs.required("development-branch"), "development-branch"),
        release=prefix(inputs.required("release-prefix"), "release-prefix"),
        hotfix=prefix(inputs.required("hotfix-prefix"), "hotfix-prefix"),
    )
    if found.release == found.hotfix:
        what = f"The inputs `release-prefix` and `hotfix-prefix` are both `{found.release}`, so that no release would soak."
        raise InputError("input-value", what, "Give them different values.")
    return found


def prefix(text: str, name: str) -> str:
    """What branches begin with, to which a version is added."""
    branch(f"{text}1.0.0", name)
    return text


def workflow(text: str, name: str) -> str:
    """The file name of a workflow, or nothing."""
    if text and not re.fullmatch(r"[\w][\w.-]*\.ya?ml", text, re.ASCII):
        what = f"The input `{name}` is `{text[:100]}`."
        raise InputError("input-value", what, "Set it to the name of a file in `.github/workflows`, such as `release.yml`.")
    return text


def project(text: str) -> str:
    """A project to be tried with candidates: a pattern of folders, or another repository with an `@`."""
    if "@" in text and not re.fullmatch(r"[\w.-]+/[\w.-]+@[\w./-]+", text, re.ASCII):
        what = f"The input `downstream` has the item `{text[:100]}`."
        raise InputError("input-value", what, "Name another repository as `owner/name@latest` or `owner/name@ref`.")
    return text


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/candidate/action.yml", main)
