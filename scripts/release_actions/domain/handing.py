"""To whom a bump is handed over, and in which words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from release_actions.errors import Finding, InputError


class HandOver(StrEnum):
    """What becomes of the files that a bump changed."""

    NONE = "none"
    COMMIT = "commit"
    COMMIT_AND_TAG = "commit-and-tag"
    PULL_REQUEST = "pull-request"


#: The last line of the commits on the branch of a pull request, by which they are known again.
TRAILER = "Bumped-by: release-actions"
#: Names that git and every server take, without what git gives a meaning to (git-check-ref-format).
_BRANCH = re.compile(r"(?![-/.@])(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)))[\w./@+=-]+(?<![/.])", re.ASCII)
_PERSON = re.compile(r"\s*([^<>\n\0]*[^<>\s\0])\s*<([^<>\s\0]+)>\s*")


@dataclass(frozen=True)
class State:
    """What git says before a bump is handed over.

    `branch` is checked out, None for a detached HEAD; `head` is its commit. `origin` holds the branches of `origin`,
    `tags` the names of all tags, and `changed` the files that differ from their commit.
    """

    branch: str | None
    head: str | None
    origin: Mapping[str, str]
    tags: Collection[str] = ()
    changed: Collection[str] = ()


def person(text: str, name: str) -> tuple[str, str]:
    """The name and the address of `Name <address>`, the value of the input `name` (rule `input-value`)."""
    match = _PERSON.fullmatch(text)
    if match is None:
        raise InputError("input-value", f"The input `{name}` is `{text[:100]}`.", "Write it as `Name <address>`.")
    return match[1], match[2]


def message(template: str, version: str) -> str:
    """The commit's message. Raises InputError when nothing of it is left (rule `input-value`)."""
    written = template.replace("{version}", version).replace("\r\n", "\n").strip()
    if not written or "\0" in written:
        raise InputError(
            "input-value", "The input `message` is empty.", "Set it to the message of the commit, such as `Version {version}`."
        )
    return written


def branch(name: str, of: str = "branch") -> str:
    """The value `name` of the input `of`, if it is one for a branch. Raises InputError (rule `input-value`)."""
    if not _BRANCH.fullmatch(name):
        raise InputError("input-value", f"The input `{of}` is `{name[:100]}`.", "Name a branch, such as `release-actions/bump`.")
    return name


def refusals(state: State, how: HandOver, files: Sequence[str], tag: str, proposed: str) -> Iterator[Finding]:
    """Everything that keeps these files from being handed over; `proposed` is the branch of the pull request."""
    if state.branch is None or state.head is None:
        what = "HEAD is detached: there is no branch to hand the bump over to."
        yield Finding("hand-over-branch", what, "Run this on a branch, as `workflow_dispatch` and pushes to branches do.")
    elif state.origin.get(state.branch) != state.head:
        what = f"The checkout is at {state.head[:12]}, `{state.branch}` of `origin` at {state.origin.get(state.branch, 'nothing')[:12]}."
        yield Finding("remote-moved", what, "Run this on the newest commit of the branch, with nothing unpushed.")
    elif how is HandOver.PULL_REQUEST and proposed == state.branch:
        yield Finding("hand-over-same-branch", f"`{proposed}` is checked out.", "Give the pull request another `branch`.")
    for path in sorted(set(files) & set(state.changed)):
        yield Finding("hand-over-changes", f"`{path}` has changes that are not committed.", "Commit or drop them before the bump.")
    if how is HandOver.COMMIT_AND_TAG and tag in state.tags:
        yield Finding("tag-exists", f"The tag `{tag}` exists already.", "Bump to the next version; a released tag is never moved.")
