"""Entry script of the action `nightly`: make a nightly, or another prerelease, when one is due."""

import os
import tempfile
import time
from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.credential import Credential
from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_pages import GitHubPages
from release_actions.adapters.registries import configured, used
from release_actions.adapters.registries.npm import Provenance
from release_actions.adapters.registries.trusted import Trust
from release_actions.adapters.toolchains.dotnet import DotnetToolchain
from release_actions.adapters.toolchains.npm import NpmToolchain
from release_actions.adapters.toolchains.python import PythonToolchain
from release_actions.adapters.tree import WorkTree
from release_actions.adapters.workbench import GitWorkbench
from release_actions.commands import nightly, workspace
from release_actions.commands.ports.tools import Toolchain
from release_actions.domain import sequence
from release_actions.domain.package import ecosystems
from release_actions.domain.report import Outcome
from release_actions.domain.retention import Rules
from release_actions.domain.version import Level

CHANNELS = {channel.label: channel for channel in reversed(sequence.CHANNELS)}
BASES = {"commits": None, **{str(level): level for level in (Level.PATCH, Level.MINOR, Level.MAJOR)}}


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, and make what is due in the repository around the working folder."""
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
    token = inputs.secret("github-token")
    git = GitRepository.around(Path.cwd(), Credential(server(), token) if token else None)
    options = wanted(inputs, git.top.resolve())
    outcome = nightly.run(options, world(inputs, settings, options, git, token))
    if not any(options.folder.iterdir()):
        options.folder.rmdir()
    return outcome


def wanted(inputs: runner.Inputs, top: Path) -> nightly.Options:
    """What the inputs ask for."""
    repository = inputs.text("repository")
    return nightly.Options(
        top=top,
        folder=Path(tempfile.mkdtemp(prefix="nightly-", dir=os.environ.get("RUNNER_TEMP"))).resolve(),
        channel=CHANNELS[inputs.choice("channel", tuple(CHANNELS))],
        base=BASES[inputs.choice("base", tuple(BASES))],
        force=inputs.flag("force"),
        dist_tag=inputs.required("dist-tag"),
        only=ecosystems(inputs.items("only")),
        paths=inputs.items("paths"),
        dry_run=inputs.flag("dry-run"),
        wait=inputs.number("wait"),
        address=f"{server()}/{repository}" if repository else "",
        attach=inputs.flag("attach-packages"),
        patience=inputs.patience(uploads=True),
        retention=Rules(inputs.number("keep"), inputs.number("keep-days")),
        now=int(time.time()),
    )


def world(inputs: runner.Inputs, settings: configured.Settings, options: nightly.Options, git: GitRepository, token: str) -> nightly.World:
    """Everything that is touched, as it is configured."""
    clock, tree, top = SystemClock(), WorkTree(git.top), options.top
    keep = inputs.items("environment")
    toolchains: tuple[Toolchain, ...] = (
        DotnetToolchain(top, keep),
        NpmToolchain(top, keep, install_scripts=False),
        PythonToolchain(top, keep),
    )
    sites = used.sites(settings, options.folder, top, clock, runner.mask)
    github = GitHubRepository(inputs.text("repository"), token, os.environ.get("GITHUB_API_URL", ""), clock)
    on_github = inputs.flag("github-release")
    if on_github:
        github.require()
    return nightly.World(
        git=git,
        tree=tree,
        bench=GitWorkbench(git),
        workspace=lambda: workspace.read(git, tree, config.load(tree)),
        toolchains={one.ecosystem: one for one in toolchains},
        archives=PackedFiles(),
        registries=sites.registries,
        withdrawals=sites.withdrawals,
        github=github if on_github else None,
        pages=GitHubPages(github) if on_github else None,
        clock=clock,
        say=runner.say,
    )


def server() -> str:
    """The address of GitHub itself, or of one's own."""
    return os.environ.get("GITHUB_SERVER_URL") or "https://github.com"


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/nightly/action.yml", main)
