"""Entry script of the action `bump`: one version in every manifest, or a check that all bear it."""

import gc
import os
from pathlib import Path

from release_actions import runner
from release_actions.adapters import config
from release_actions.adapters.clock import SystemClock, today
from release_actions.adapters.credential import Credential
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump, handing
from release_actions.commands.ports.upstream import Person
from release_actions.commands.raising import COMMITS
from release_actions.domain.handing import HandOver, branch, person
from release_actions.domain.report import Outcome
from release_actions.domain.version import Channel
from release_actions.errors import InputError

CHANNELS = {channel.label: channel for channel in Channel if channel is not Channel.STABLE}


def main(inputs: runner.Inputs) -> Outcome:
    """Read the inputs, and set or check the version in the repository around the working folder."""
    gc.disable()  # thousands of manifests stay until the end, and looking for garbage among them takes a sixth of the time
    group = inputs.text("group")
    options = bump.Options(
        version=inputs.text("version"),
        channel=CHANNELS[inputs.choice("channel", tuple(CHANNELS))],
        check=inputs.flag("check"),
        allow_downgrade=inputs.flag("allow-downgrade"),
        files=inputs.items("files"),
        from_commits=inputs.choice("from", ("", COMMITS)) == COMMITS,
        group=group,
        changelog=inputs.text("changelog"),
        date=inputs.text("date") or today(),
        hand_over=handing.Options(
            how=HandOver(inputs.choice("hand-over", tuple(HandOver))),
            author=Person(*person(inputs.text("author") or inputs.text("committer"), "author")),
            committer=Person(*person(inputs.text("committer"), "committer")),
            message=inputs.text("message"),
            branch=branch(inputs.text("branch") + (f"-{group}" if group else "")),
        ),
    )
    token, server = inputs.secret("github-token"), os.environ.get("GITHUB_SERVER_URL") or "https://github.com"
    git = GitRepository.around(Path.cwd(), Credential(server, token) if token else None)
    tree = WorkTree(git.top)
    return bump.run(options, git, tree, config.load(tree), world(inputs, git, token, options.hand_over.how))


def world(inputs: runner.Inputs, git: GitRepository, token: str, how: HandOver) -> handing.World:
    """Where the bump is handed over to."""
    repository, signed = inputs.text("repository"), inputs.flag("sign")
    if signed and (inputs.text("author") or inputs.text("committer") != handing.BOT):
        what = "GitHub signs only what it makes in the name of the token's owner, and `author` or `committer` is set."
        raise InputError("input-conflict", what, "Leave them out, or set `sign` to `false`.")
    if how is HandOver.NONE:
        return handing.World()
    from release_actions.adapters.upstream import GitUpstream

    if not (signed or how is HandOver.PULL_REQUEST):
        return handing.World(GitUpstream(git))
    from release_actions.adapters.github import GitHubRepository
    from release_actions.adapters.github_commits import GitHubPullRequests, SignedUpstream

    github = GitHubRepository(repository, token, os.environ.get("GITHUB_API_URL", ""), SystemClock())
    github.require()
    upstream = SignedUpstream(git, github) if signed else GitUpstream(git)
    return handing.World(upstream, GitHubPullRequests(repository, github))


if __name__ == "__main__":
    runner.run(Path(__file__).parent.parent / "actions/bump/action.yml", main)
