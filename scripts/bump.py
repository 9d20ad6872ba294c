"""Entry script of the action `bump`: one version in every manifest, or a check that all bear it."""

from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump
from release_actions.commands.raising import COMMITS
from release_actions.domain.report import Outcome
from release_actions.domain.version import Channel

CHANNELS = {channel.label: channel for channel in Channel if channel is not Channel.STABLE}


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, and set or check the version in the repository around the working folder."""
    options = bump.Options(
        version=inputs.text("version"),
        channel=CHANNELS[inputs.choice("channel", tuple(CHANNELS))],
        check=inputs.flag("check"),
        allow_downgrade=inputs.flag("allow-downgrade"),
        files=inputs.items("files"),
        from_commits=inputs.choice("from", ("", COMMITS)) == COMMITS,
    )
    git = GitRepository.around(Path.cwd())
    tree = WorkTree(git.top)
    return bump.run(options, git, tree, config.load(tree))


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/bump/action.yml", main)
