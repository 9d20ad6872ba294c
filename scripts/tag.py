"""Entry script of the action `tag`: is this tag a release, and as what?"""

from collections.abc import Sequence
from pathlib import Path

from release_actions import runner
from release_actions.adapters.git import GitRepository
from release_actions.commands import tag
from release_actions.domain.report import Outcome
from release_actions.domain.tagging import Newer, Rules
from release_actions.domain.version import Version
from release_actions.errors import Finding, InputError


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, and judge the tag in the repository around the working folder."""
    options = tag.Options(
        tag=inputs.text("tag").removeprefix("refs/tags/") or pushed_tag(),
        rules=Rules(
            channels=tag.channels(inputs.items("prereleases")),
            branches=inputs.items("branches"),
            annotated=inputs.flag("annotated"),
            signed=inputs.flag("signed"),
            newer=Newer(inputs.choice("newer", tuple(Newer))),
        ),
        manifests=inputs.flag("manifests"),
    )
    git = GitRepository.around(Path.cwd())

    def disagreements(version: Version) -> Sequence[Finding]:
        # The parsers are the heaviest import of this action; a tag that is refused before needs none.
        from release_actions.adapters import config
        from release_actions.adapters.tree import WorkTree
        from release_actions.commands import workspace

        tree = WorkTree(git.top)
        return workspace.disagreements(workspace.read(git, tree, config.load(tree)), version)

    return tag.run(options, git, disagreements)


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
    runner.run(Path(__file__).parent.parent / "actions/tag/action.yml", main)
