"""Entry script of the action `build`: build and pack every package once, and record it."""

from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.git import GitRepository
from release_actions.adapters.toolchains.dotnet import DotnetToolchain
from release_actions.adapters.toolchains.npm import NpmToolchain
from release_actions.adapters.toolchains.python import PythonToolchain
from release_actions.adapters.tree import WorkTree
from release_actions.commands import build, workspace
from release_actions.commands.ports.tools import Toolchain
from release_actions.domain.package import Ecosystem, ecosystems
from release_actions.domain.report import Outcome
from release_actions.domain.tagging import version_of
from release_actions.domain.version import Version


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, and build the packages of the repository around the working folder."""
    git = GitRepository.around(Path.cwd())
    options = build.Options(
        top=git.top.resolve(),
        folder=Path(inputs.required("folder")).resolve(),
        version=wanted(inputs.text("version")),
        only=ecosystems(inputs.items("only")),
        allow_dirty=inputs.flag("allow-dirty"),
    )
    keep, tree = inputs.items("environment"), WorkTree(git.top)
    toolchains: dict[Ecosystem, Toolchain] = {
        Ecosystem.NUGET: DotnetToolchain(options.top, keep),
        Ecosystem.NPM: NpmToolchain(options.top, keep, install_scripts=inputs.flag("install-scripts")),
        Ecosystem.PYPI: PythonToolchain(options.top, keep),
    }
    found = workspace.read(git, tree, config.load(tree))
    return build.run(options, git, found, toolchains, PackedFiles(), runner.say)


def wanted(text: str) -> Version | None:
    """The version that is asked for: the input's, else that of the pushed tag, else whatever the manifests state."""
    if text:
        return Version.parse(text.removeprefix("v"))
    return version_of(runner.pushed_tag() or "")


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/build/action.yml", main)
