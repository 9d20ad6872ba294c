"""Entry script of the root action: a pushed tag becomes a release on every registry and on GitHub."""

import functools
import os
import tempfile
from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.registries import configured
from release_actions.adapters.registries.npm import Provenance
from release_actions.adapters.registries.trusted import Trust
from release_actions.adapters.source import GitHubSource, OriginSource
from release_actions.adapters.toolchains.dotnet import DotnetToolchain
from release_actions.adapters.toolchains.npm import NpmToolchain
from release_actions.adapters.toolchains.python import PythonToolchain
from release_actions.adapters.tree import WorkTree
from release_actions.commands import release, tag, workspace
from release_actions.commands.ports.tools import Toolchain
from release_actions.commands.preflight import Demands
from release_actions.domain.package import Ecosystem, ecosystems
from release_actions.domain.report import Outcome
from release_actions.domain.tagging import Newer, Rules
from release_actions.errors import InputError
from release_actions.manifests.workspace import Workspace


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, and release the repository around the working folder."""
    settings = configured.Settings(
        npm_token=inputs.secret("npm-token"),
        nuget_token=inputs.secret("nuget-token"),
        pypi_token=inputs.secret("pypi-token"),
        nuget_user=inputs.text("nuget-user"),
        trust=Trust(inputs.choice("trusted-publishing", tuple(Trust))),
        provenance=Provenance(inputs.choice("provenance", tuple(Provenance))),
        patience=inputs.patience(uploads=True),
    )
    github_token, repository = inputs.secret("github-token"), inputs.text("repository")
    git = GitRepository.around(Path.cwd())
    options = release.Options(
        tag=tag.Options(
            tag=inputs.text("tag").removeprefix("refs/tags/") or pushed_tag(),
            rules=Rules(
                channels=tag.channels(inputs.items("prereleases")),
                branches=inputs.items("branches"),
                newer=Newer(inputs.choice("newer", tuple(Newer))),
            ),
        ),
        top=git.top.resolve(),
        folder=Path(tempfile.mkdtemp(prefix="release-", dir=os.environ.get("RUNNER_TEMP"))).resolve(),
        only=ecosystems(inputs.items("only")),
        dry_run=inputs.flag("dry-run"),
        address=f"{os.environ.get('GITHUB_SERVER_URL') or 'https://github.com'}/{repository}" if repository else "",
        attach=inputs.flag("attach-packages"),
        # The GitHub Release, where one is made, holds the tag to its commit by itself.
        demands=Demands(inputs.items("require-checks"), tag=not inputs.flag("github-release")),
        patience=settings.patience,
    )
    keep, clock = inputs.items("environment"), SystemClock()
    github = GitHubRepository(repository, github_token, os.environ.get("GITHUB_API_URL", ""), clock)
    asked_anew = GitRepository(git.top)  # what `git` knows of the tag may be minutes old when packages are built
    world = release.World(
        git=git,
        workspace=functools.cache(lambda: found(git)),
        toolchains=toolchains(options.top, keep),
        archives=PackedFiles(),
        registries=configured.registries(settings, options.folder, options.top, clock, runner.mask),
        github=github if inputs.flag("github-release") else None,
        clock=clock,
        say=runner.say,
        source=GitHubSource(github, os.environ.get("GITHUB_RUN_ID", "")) if github_token and repository else OriginSource(asked_anew),
    )
    outcome = release.run(options, world)
    if not any(options.folder.iterdir()):
        options.folder.rmdir()
    return outcome


def found(git: GitRepository) -> Workspace:
    """The packages of the repository."""
    tree = WorkTree(git.top)
    return workspace.read(git, tree, config.load(tree))


def toolchains(top: Path, keep: tuple[str, ...]) -> dict[Ecosystem, Toolchain]:
    """The official tools; `keep` names the environment variables that builds need."""
    return {
        Ecosystem.NUGET: DotnetToolchain(top, keep),
        Ecosystem.NPM: NpmToolchain(top, keep, install_scripts=False),
        Ecosystem.PYPI: PythonToolchain(top, keep),
    }


def pushed_tag() -> str:
    """The tag whose push started the workflow."""
    pushed = runner.pushed_tag()
    if pushed is None:
        raise InputError(
            "tag-unknown",
            "No tag is given, and it was not a pushed tag that started this.",
            "Set the input `tag` (on the command line: `--tag v1.2.3`), or let the workflow run `on: push: tags: ['v*']`.",
        )
    return pushed


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "action.yml", main)
