"""Entry script of the action `rollback`: take a release back as far as each registry allows."""

import os
import tempfile
from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_pages import GitHubDefaultBranch, GitHubPages
from release_actions.adapters.registries import configured, used
from release_actions.adapters.tree import WorkTree
from release_actions.commands import released, rollback, rolled_back, workspace
from release_actions.domain.package import Package, ecosystems
from release_actions.domain.report import Outcome
from release_actions.domain.version import Version
from release_actions.errors import InputError, ToolError


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, find the release, and take it back, or say what would be done."""
    settings = configured.Settings(
        npm_token=inputs.secret("npm-token"),
        nuget_token=inputs.secret("nuget-token"),
        nuget_user=inputs.text("nuget-user"),
        npm_registry=inputs.text("npm-registry"),
        nuget_source=inputs.text("nuget-source"),
        pypi_index=inputs.text("pypi-index"),
        patience=inputs.patience(),
    )
    github_token, repository, clock = inputs.secret("github-token"), inputs.text("repository"), SystemClock()
    folder, previous = inputs.text("folder"), inputs.text("previous").removeprefix("v")
    wanted = released.Wanted(
        folder=Path(folder).resolve() if folder else None,
        version=None if folder else Version.parse(inputs.required("version").removeprefix("v")),
        only=ecosystems(inputs.items("only")),
    )
    options = rollback.Options(
        reason=inputs.text("reason"),
        previous=Version.parse(previous) if previous else None,
        dry_run=inputs.flag("dry-run"),
        wait=inputs.number("wait"),
    )
    if not options.dry_run and not options.reason:
        raise InputError("input-missing", "The input `reason` is empty.", "Say in a line why: users of the version will read it.")
    github = GitHubRepository(repository, github_token, os.environ.get("GITHUB_API_URL", ""), clock) if github_token else None
    pages = GitHubPages(github) if github else None
    found = released.find(wanted, pages, packages)
    with tempfile.TemporaryDirectory(prefix="rollback-", dir=os.environ.get("RUNNER_TEMP")) as work:
        sites = used.sites(settings, wanted.folder or Path(work), Path.cwd(), clock, runner.mask)
        world = rollback.World(
            sites.withdrawals,
            pages,
            GitHubDefaultBranch(repository, github) if github else None,
            modules(found.release.version) if github and not wanted.only else (),
            clock,
            runner.say,
        )
        return rolled_back.outcome(rollback.rollback(found, options, world), options.reason, options.dry_run)


def packages() -> tuple[Package, ...]:
    """The packages of the repository around the working folder."""
    git = GitRepository.around(Path.cwd())
    tree = WorkTree(git.top)
    return tuple(workspace.read(git, tree, config.load(tree)).packages)


def modules(version: Version) -> tuple[str, ...]:
    """The go.mod files of the repository whose modules were released: those in a folder by a tag of their own."""
    try:
        git = GitRepository.around(Path.cwd())
    except ToolError:
        return ()
    paths = [path for path in git.files() if path.rpartition("/")[2] == "go.mod"]
    tags = {tag.name for tag in git.tags()} if paths else set()
    return tuple(path for path in paths if f"{path.removesuffix('go.mod')}{version.tag}" in tags)


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/rollback/action.yml", main)
