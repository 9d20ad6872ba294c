"""Commits that GitHub makes and signs, and pull requests, through PyGithub.

GitHub signs what an app or a workflow makes by the Git database API with its own token and without naming an author
(GitHub docs, "About commit signature verification", section "Signature verification for bots").
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.upstream import GitUpstream
from release_actions.commands.ports.upstream import NewCommit
from release_actions.errors import RefusedError, RegistryError, ReleaseError

if TYPE_CHECKING:
    from github import GithubException, InputGitTreeElement
    from github.GitRef import GitRef
    from github.Repository import Repository

#: GitHub takes no longer text for a pull request.
_LONGEST_BODY = 65_000
_PERMISSIONS = "Give the job `permissions: contents: write` and, for pull requests, `pull-requests: write`."
_MAY_PROPOSE = (
    f"{_PERMISSIONS} In the repository's settings, under Actions, General, allow GitHub Actions to create pull requests,"
    " or set `github-token` to the token of an app."
)


class SignedUpstream(GitUpstream):
    """`origin`, written to by GitHub itself, so that it signs the commits; what is fetched comes through git."""

    def __init__(self, git: GitRepository, github: GitHubRepository) -> None:
        super().__init__(git)
        self._github = github

    def hand_over(self, wanted: NewCommit) -> str:
        """See `ports.Upstream`. The tag follows its commit: GitHub's API makes no two refs at once, and signs no tag.

        Raises:
            RefusedError: also when GitHub does not sign (rule `commit-unsigned`) or keeps other bytes (`commit-differs`).
        """
        tree = self.tree(wanted)
        if self.holds(wanted, tree):
            return wanted.parents[1]
        entries = list(self._entries(wanted.parents[0], tree))
        commit = self._github.patiently(lambda repository: _commit(repository, wanted, self.tree_of(wanted.parents[0]), entries, tree))
        self._github.patiently(lambda repository: _lead(repository, f"heads/{wanted.branch}", commit))
        if wanted.tag:
            self._tag(wanted.tag, commit, wanted)
        return commit

    def adopt(self, commit: str, wanted: NewCommit) -> None:
        """See `ports.Upstream`."""
        self.fetch(wanted.branch)
        if wanted.tag:
            self._reach("fetch", "--quiet", "--no-auto-maintenance", "origin", f"refs/tags/{wanted.tag}:refs/tags/{wanted.tag}")
        self._follow(commit, wanted)

    def _tag(self, name: str, commit: str, wanted: NewCommit) -> None:
        try:
            made = self._github.patiently(
                lambda repository: repository.create_git_tag(name, wanted.message.partition("\n")[0], commit, "commit").sha
            )
            self._github.patiently(lambda repository: _lead(repository, f"tags/{name}", made))
        except ReleaseError as error:
            what = f"Commit {commit} is on `{wanted.branch}` of `origin`, but the tag `{name}` is not: {error.findings[0].what}"
            remedy = f"Once the reason is gone, run `git fetch && git tag --annotate {name} {commit} && git push origin {name}`."
            raise RefusedError("hand-over-tag", what, remedy) from None

    def _entries(self, parent: str, tree: str) -> Iterator[tuple[str, str, bytes]]:
        """Path, mode and content of each file that differs from the parent's, as git stores it."""
        listed = self._git.run("diff-tree", "-r", "-z", "--no-renames", "--raw", parent, tree).stdout.split("\0")[:-1]
        modes, blobs = zip(*((states.split(" ")[1], states.split(" ")[3]) for states in listed[::2]), strict=True)
        yield from zip(listed[1::2], modes, self._git.blobs(blobs), strict=True)


def _commit(repository: Repository, wanted: NewCommit, base: str, entries: list[tuple[str, str, bytes]], tree: str) -> str:
    """The full name of a signed commit that nothing leads to yet."""
    made = repository.create_git_tree([_element(repository, *entry) for entry in entries], repository.get_git_tree(base))
    if made.sha != tree:
        raise RefusedError("commit-differs", "GitHub made other files of the bump's than git.", "Nothing was changed. Please report it.")
    commit = repository.create_git_commit(wanted.message, made, [repository.get_git_commit(parent) for parent in wanted.parents])
    if not (commit.raw_data.get("verification") or {}).get("verified"):
        what = "GitHub did not sign the commit: it signs for apps and workflows, not for personal tokens."
        raise RefusedError("commit-unsigned", what, "Nothing was changed. Use a workflow's or an app's token, or set `sign` to `false`.")
    return commit.sha


def _element(repository: Repository, path: str, mode: str, content: bytes) -> InputGitTreeElement:
    from github import InputGitTreeElement

    try:
        return InputGitTreeElement(path, mode, "blob", content=content.decode())
    except UnicodeDecodeError:
        blob = repository.create_git_blob(base64.b64encode(content).decode(), "base64")
        return InputGitTreeElement(path, mode, "blob", sha=blob.sha)


def _lead(repository: Repository, ref: str, target: str) -> None:
    """Make `ref` lead to `target`; a branch only ever goes forward."""
    from github import GithubException

    found = _found(repository, ref)
    if found and found.object.sha == target:
        return
    try:
        if found is None:
            repository.create_git_ref(f"refs/{ref}", target)
        elif ref.startswith("heads/"):
            found.edit(target, force=False)
        else:
            raise RefusedError("remote-moved", f"`{ref}` leads elsewhere by now.", "Run again on the newest commit.")
    except GithubException as error:
        if error.status != 422:
            raise
        if re.search("not a fast.forward|already exists", str(error.data), re.IGNORECASE):
            what = f"`{ref}` of `origin` moved while this ran."
            raise RefusedError("remote-moved", what, "It was left as it is. Run again on the newest commit.") from None
        raise _refused(error, f"GitHub does not let `{ref}` lead to the commit") from None


def _found(repository: Repository, ref: str) -> GitRef | None:
    from github import GithubException

    found = repository.get_git_ref(ref)
    try:
        assert found.object, "no Git reference"  # noqa: S101 - this asks for it: until then it has an address that can't be written to
    except GithubException as error:
        if error.status != 404:
            raise
        return None
    return found


def _refused(error: GithubException, what: str) -> RefusedError:
    said = error.data.get("message") if isinstance(error.data, dict) else error.data
    remedy = "If a rule protects the branch, use `hand-over: pull-request`, or a token that may pass."
    return RefusedError("push-refused", f"{what} ({str(said)[:500]}).", remedy)


class GitHubPullRequests:
    """Pull requests of one repository."""

    def __init__(self, name: str, github: GitHubRepository) -> None:
        self._name = name
        self._github = github

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        """See `ports.PullRequests`."""
        return self._github.patiently(lambda repository: self._proposed(repository, branch, base, title, body[:_LONGEST_BODY]))

    def _proposed(self, repository: Repository, branch: str, base: str, title: str, body: str) -> str:
        from github import GithubException

        owner = self._name.partition("/")[0]
        try:
            for found in repository.get_pulls(state="open", head=f"{owner}:{branch}", base=base):
                if found.title != title or found.body != body:
                    found.edit(title=title, body=body)
                return found.html_url
            return repository.create_pull(base, branch, title=title, body=body).html_url
        except GithubException as error:
            if error.status not in {403, 404, 422}:
                raise
            said = error.data if isinstance(error.data, str) else str(error.data.get("message"))
            entries = error.data.get("errors") if isinstance(error.data, dict) else None
            said = "; ".join([said, *(str(entry.get("message", "")) for entry in entries or () if isinstance(entry, dict))])
            raise RegistryError("github-pull-request", f"GitHub makes no pull request ({said[:500]}).", _MAY_PROPOSE) from None
