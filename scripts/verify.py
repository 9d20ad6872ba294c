"""Entry script of the action `verify`: install from the registries what a release put there, and run it."""

import functools
import os
import tempfile
from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_pages import GitHubPages
from release_actions.adapters.registries import configured, used
from release_actions.adapters.tree import WorkTree
from release_actions.commands import released, verify, workspace
from release_actions.domain.config import Config
from release_actions.domain.package import Package, ecosystems
from release_actions.domain.release import BuiltPackage
from release_actions.domain.report import Outcome
from release_actions.domain.version import Version
from release_actions.errors import ToolError


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, find the release, and verify it."""
    settings = configured.Settings(
        npm_token=inputs.secret("npm-token"),
        npm_registry=inputs.text("npm-registry"),
        nuget_source=inputs.text("nuget-source"),
        pypi_index=inputs.text("pypi-index"),
        patience=inputs.patience(),
    )
    github_token, repository, clock = inputs.secret("github-token"), inputs.text("repository"), SystemClock()
    folder, version = inputs.text("folder"), inputs.text("version").removeprefix("v")
    pages = GitHubPages(GitHubRepository(repository, github_token, os.environ.get("GITHUB_API_URL", ""), clock)) if github_token else None
    wanted = released.Wanted(
        folder=Path(folder).resolve() if folder else None,
        version=Version.parse(version) if version else None,
        only=ecosystems(inputs.items("only")),
    )
    found = released.find(wanted, pages, packages)
    with tempfile.TemporaryDirectory(prefix="verify-", dir=os.environ.get("RUNNER_TEMP"), ignore_cleanup_errors=True) as work:
        sites = used.sites(settings, wanted.folder or Path(work), Path.cwd(), clock)
        place = Path(work, "installed").resolve()
        place.mkdir()
        world = verify.World(sites.registries, sites.withdrawals, sites.downloads, sites.installers, smoke, place, clock, runner.say)
        return verify.run(found, world, inputs.number("wait"))


def packages() -> tuple[Package, ...]:
    """The packages of the repository around the working folder."""
    git = GitRepository.around(Path.cwd())
    tree = WorkTree(git.top)
    return tuple(workspace.read(git, tree, config.load(tree)).packages)


@functools.cache
def checkout() -> tuple[Path, Config] | None:
    """The repository around the working folder, and its configuration; None where there is none."""
    try:
        top = GitRepository.around(Path.cwd()).top
    except ToolError:
        return None
    return top, config.load(WorkTree(top))


def smoke(package: BuiltPackage) -> Path | None:
    """The package's smoke program, from the repository around the working folder."""
    found = checkout()
    path = found[1].settings(package.ecosystem, package.name).smoke if found else None
    if found is None or path is None:
        return None
    WorkTree(found[0]).read(path)  # says what is wrong with the path
    return found[0] / path


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/verify/action.yml", main)
