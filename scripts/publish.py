"""Entry script of the action `publish`: bring NuGet, npm and PyPI to hold what was built."""

import dataclasses
import os
import tempfile
from pathlib import Path

from release_actions import runner
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.registries import configured
from release_actions.adapters.registries.npm import Provenance
from release_actions.adapters.registries.trusted import Trust
from release_actions.commands import publish
from release_actions.commands.ports.waiting import Clock
from release_actions.commands.preflight import Demands, Source
from release_actions.domain.package import Ecosystem, ecosystems
from release_actions.domain.plan import Latest, Symbols
from release_actions.domain.report import Outcome
from release_actions.errors import ToolError


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, build first when no folder is given, and publish."""
    settings = configured.Settings(
        npm_token=inputs.secret("npm-token"),
        nuget_token=inputs.secret("nuget-token"),
        pypi_token=inputs.secret("pypi-token"),
        npm_registry=inputs.text("npm-registry"),
        nuget_source=inputs.text("nuget-source"),
        pypi_index=inputs.text("pypi-index"),
        pypi_upload=inputs.text("pypi-upload"),
        nuget_user=inputs.text("nuget-user"),
        trust=Trust(inputs.choice("trusted-publishing", tuple(Trust))),
        provenance=Provenance(inputs.choice("provenance", tuple(Provenance))),
        patience=inputs.patience(uploads=True),
    )
    options = publish.Options(
        folder=Path(inputs.text("folder")).resolve(),
        only=ecosystems(inputs.items("only")),
        dist_tag=inputs.text("dist-tag"),
        dry_run=inputs.flag("dry-run"),
        wait=inputs.number("wait"),
        symbols=Symbols(inputs.choice("symbols", tuple(Symbols))),
        latest=Latest(inputs.choice("npm-latest", tuple(Latest))),
        strict=inputs.flag("strict"),
        demands=Demands(inputs.items("require-checks"), pushed=runner.pushed_tag()),
        patience=settings.patience,
    )
    if not inputs.text("folder"):
        options = dataclasses.replace(options, folder=built(options.only))
    clock, archives = SystemClock(), PackedFiles()
    registries = configured.registries(settings, options.folder, Path.cwd(), clock, runner.mask)
    source = source_of(inputs.text("repository"), inputs.secret("github-token"), clock)
    outcome = publish.run(options, archives, registries, clock, runner.say, source)
    return dataclasses.replace(outcome, outputs={**outcome.outputs, "folder": str(options.folder)})


def source_of(repository: str, token: str, clock: Clock) -> Source | None:
    """Where the released commit lives: on GitHub, else at the origin of the repository around the working folder."""
    from release_actions.adapters.git import GitRepository
    from release_actions.adapters.github import GitHubRepository
    from release_actions.adapters.source import GitHubSource, OriginSource

    if repository and token:
        github = GitHubRepository(repository, token, os.environ.get("GITHUB_API_URL", ""), clock)
        return GitHubSource(github, os.environ.get("GITHUB_RUN_ID", ""))
    try:
        return OriginSource(GitRepository.around(Path.cwd()))
    except ToolError:
        return None  # what was built elsewhere may be published anywhere


def built(only: tuple[Ecosystem, ...]) -> Path:
    """Build the repository around the working folder; the folder of the release, which later steps may use."""
    from release_actions.adapters import config
    from release_actions.adapters.git import GitRepository
    from release_actions.adapters.toolchains.dotnet import DotnetToolchain
    from release_actions.adapters.toolchains.npm import NpmToolchain
    from release_actions.adapters.toolchains.python import PythonToolchain
    from release_actions.adapters.tree import WorkTree
    from release_actions.commands import build, workspace
    from release_actions.domain.tagging import version_of

    git = GitRepository.around(Path.cwd())
    top, tree = git.top.resolve(), WorkTree(git.top)
    folder = Path(tempfile.mkdtemp(prefix="release-", dir=os.environ.get("RUNNER_TEMP"))).resolve()
    toolchains = {one.ecosystem: one for one in (DotnetToolchain(top), NpmToolchain(top), PythonToolchain(top))}
    options = build.Options(top, folder, version_of(runner.pushed_tag() or ""), only)
    build.build(options, git, workspace.read(git, tree, config.load(tree)), toolchains, PackedFiles(), runner.say)
    return folder


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/publish/action.yml", main)
