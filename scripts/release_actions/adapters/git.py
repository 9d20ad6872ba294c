"""The repository that is released, through the real git.

Every answer is read from a NUL-separated form, and every name from outside is looked up or put behind
`--end-of-options`, so that no name of a tag, branch or file can pass for something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from pathlib import Path

from release_actions.adapters import process
from release_actions.adapters.credential import Credential
from release_actions.commands.ports.git import Changes, Commit, Signature, Tag
from release_actions.errors import ToolError

#: What git itself may need to reach `origin` and to check signatures.
_KEEP = ("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_CONFIG_*", "GNUPGHOME")
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # what is released is what origin has, not what a replace ref makes of it
    "LC_ALL": "C",
}
#: Settings of the user's or of the repository that would run a program or change what is printed.
_SETTINGS = ("core.fsmonitor=false", "core.hooksPath=/dev/null", "log.showSignature=false", "i18n.logOutputEncoding=UTF-8")
_REF_FORMAT = "%(objecttype)%00%(objectname)%00%(*objecttype)%00%(*objectname)%00%(refname)"
_TAGS, _HEADS, _ORIGIN_HEADS = "refs/tags/", "refs/heads/", "refs/remotes/origin/"
_PEELED = "^{}"


@dataclass(frozen=True)
class _Ref:
    """A ref: the object that it names, and the commit that this one leads to."""

    name: str
    object: str
    commit: str

    @property
    def tag(self) -> Tag:
        return Tag(self.name.removeprefix(_TAGS), self.commit, annotated=self.object != self.commit)


class GitRepository:
    """The repository whose work tree is at `top`. What `origin` says is asked once.

    Without a `credential` git reaches `origin` by those that it is configured with.
    """

    def __init__(self, top: Path, credential: Credential | None = None) -> None:
        self.top = top
        self.reach = credential.variables() if credential else {}

    @classmethod
    def around(cls, folder: Path, credential: Credential | None = None) -> GitRepository:
        """The repository that `folder` is in. Raises ToolError (rule `git-repository`) when there is none."""
        if folder.joinpath(".git").exists():
            return cls(folder, credential)
        found = _run(folder, ("rev-parse", "--show-toplevel"), check=False)
        if found.code != 0:
            raise ToolError(
                "git-repository",
                f"`{folder}` is in no git repository.",
                "Run this inside the repository; in a workflow, put a step with actions/checkout before this one.",
            )
        return cls(Path(found.stdout.removesuffix("\n")), credential)

    def is_shallow(self) -> bool:
        """See `ports.Git`."""
        return self._shallow

    def commit(self, revision: str) -> str | None:
        """See `ports.Git`."""
        found = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found.code == 0:
            return found.stdout.strip()
        if found.stderr.startswith("fatal: not a git repository"):
            self._git("rev-parse")
        return None

    def committed_at(self, revision: str) -> int:
        """See `ports.Git`."""
        return int(self._git("log", "-1", "--no-patch", "--format=%ct", "--end-of-options", f"{revision}^{{commit}}", "--"))

    def tags(self) -> Sequence[Tag]:
        """All tags, by name; what `origin` says of a tag wins where it is asked.

        It is asked when the checkout is shallow, and when no more than one tag is here: a checkout whose depth exceeds
        its history is not shallow, and has no tags but the pushed one.
        """
        tags = {tag.name: tag for tag in self._local_tags()}
        if self._shallow or len(tags) <= 1:
            tags |= {tag.name: tag for tag in self.origin_tags()}
        return [tags[name] for name in sorted(tags)]

    def origin_tags(self) -> Sequence[Tag]:
        """See `ports.Git`."""
        return [ref.tag for ref in self._origin_refs if ref.name.startswith(_TAGS)] if self._has_origin() else []

    def signature(self, tag: str) -> Signature:
        """See `ports.Git`. The tag object is asked of `origin` when the checkout has put its commit in its place."""
        found = self._tag_object(tag)
        if found is None:
            return Signature(good=False, detail="it is a lightweight tag, which bears no signature")
        verdict = self._try("verify-tag", "--end-of-options", found)
        header = self._git("cat-file", "tag", found).partition("\n\n")[0]
        if verdict.code == 0 and f"tag {tag}" not in header.split("\n"):
            return Signature(good=False, detail="the signature is good, but for a tag of another name")
        return Signature(verdict.code == 0, verdict.stderr.strip())

    def branches_with(self, commit: str, patterns: Sequence[str]) -> Sequence[str]:
        """See `ports.Git`. In a shallow checkout only branches whose tip is the commit can be told from `origin`."""
        if self.commit(commit) is None:  # as when `origin` moved a tag after a shallow checkout
            holding = []
        else:
            holding = _lines(self._git("for-each-ref", "--format=%(refname)", f"--contains={commit}", _HEADS, _ORIGIN_HEADS))
        if self._shallow:
            holding += [ref.name for ref in self._origin_refs if ref.name.startswith(_HEADS) and ref.commit == commit]
        names = {name.removeprefix(_ORIGIN_HEADS).removeprefix(_HEADS) for name in holding} - {"HEAD"}
        return sorted(name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns))

    def commits(self, since: str | None, until: str, paths: Sequence[str] = ()) -> Sequence[Commit]:
        """See `ports.Git`."""
        wanted = until if since is None else f"{since}..{until}"
        form = ("-z", "--no-patch", "--no-color", "--format=tformat:%H%x00%s%x00%b")
        printed = self._git("log", *form, "--end-of-options", wanted, "--", *paths)
        return [Commit(name, subject, body.strip("\n")) for name, subject, body in _groups(printed.split("\0")[:-1], 3)]

    def descends(self, revision: str, commit: str) -> bool:
        """See `ports.Git`."""
        return self._try("merge-base", "--is-ancestor", "--end-of-options", commit, revision).code == 0

    def files(self) -> Sequence[str]:
        """See `ports.Git`."""
        entries = (entry.partition("\t") for entry in self._git("ls-files", "-z", "--stage").split("\0") if entry)
        return list(dict.fromkeys(path for state, _, path in entries if state.startswith("100")))

    def files_with(self, text: str) -> Sequence[str]:
        """See `ports.Git`."""
        words = ("grep", "-l", "-z", "-I", "--fixed-strings", "--no-color", "--no-recurse-submodules", "--full-name", "-e", text)
        found = self._try(*words)
        if found.code > 1:
            self._git(*words)
        return found.stdout.split("\0")[:-1]

    def changed(self) -> Sequence[str]:
        """See `ports.Git`."""
        return [path for _, path in self._status("no")]

    def changes(self) -> Changes:
        """See `ports.Git`."""
        entries = self._status("normal")
        return Changes(
            tracked=tuple(path for state, path in entries if state != "??"),
            untracked=tuple(path for state, path in entries if state == "??"),
        )

    def _status(self, untracked: str) -> list[tuple[str, str]]:
        listed = self._git("status", "--porcelain=v1", "-z", "--no-renames", f"--untracked-files={untracked}")
        return [(entry[:2], entry[3:]) for entry in listed.split("\0") if entry]

    @cached_property
    def _shallow(self) -> bool:
        return self._git("rev-parse", "--is-shallow-repository").strip() == "true"

    def _has_origin(self) -> bool:
        return self._try("config", "--get", "remote.origin.url").code == 0

    def _local_tags(self) -> Iterator[Tag]:
        for line in _lines(self._git("for-each-ref", f"--format={_REF_FORMAT}", _TAGS)):
            kind, name, peeled_kind, peeled, ref = line.split("\0")
            if "commit" in (kind, peeled_kind):
                yield _Ref(ref, name, name if kind == "commit" else peeled).tag
            elif peeled_kind == "tag" and (commit := self.commit(ref)):  # a tag of a tag
                yield _Ref(ref, name, commit).tag

    @cached_property
    def _origin_refs(self) -> Sequence[_Ref]:
        listed = self._ask_origin("ls-remote", "--quiet", "--tags", "--heads", "origin")
        objects = {name: value for value, _, name in (line.partition("\t") for line in _lines(listed))}
        return [_Ref(name, value, objects.get(name + _PEELED, value)) for name, value in objects.items() if not name.endswith(_PEELED)]

    def _tag_object(self, tag: str) -> str | None:
        """The name of the annotated tag's object, fetched when it is not here; None when the tag is lightweight.

        As in `tags`, what `origin` says wins in a shallow checkout; otherwise it is asked when the tag here is lightweight.
        """
        here = self._object(f"{_TAGS}{tag}")
        if (here and not self._shallow) or not self._has_origin():
            return here
        published = next((ref for ref in self._origin_refs if ref.name == _TAGS + tag), None)
        if published is None or not published.tag.annotated:
            return None
        if self._object(published.object) is None:
            words = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "origin", published.object)
            self._ask_origin("fetch", *words)
        return published.object

    def _object(self, revision: str) -> str | None:
        """The name of the annotated tag's object that `revision` leads to."""
        found = self._try("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tag}}")
        return found.stdout.strip() if found.code == 0 else None

    def _ask_origin(self, *words: str) -> str:
        answer = self.run(*words, added=self.reach, check=False)
        if answer.code != 0:
            raise ToolError(
                "origin-unreachable",
                f"`git {words[0]}` can't reach `origin`: {answer.output[-1000:]}",
                "Check the network and the credentials. In a workflow, give the step with actions/checkout"
                " `with: {fetch-depth: 0}`, and leave its `persist-credentials` on if the repository is private.",
            )
        return answer.stdout

    def run(self, *words: str, text: str | bytes = "", added: Mapping[str, str] | None = None, check: bool = True) -> process.Result:
        """Run git here with `text` as its input and these variables `added`, for what writes. Raises ToolError with `check`."""
        return _run(self.top, words, check=check, text=text, added=added)

    def blobs(self, names: Sequence[str]) -> Iterator[bytes]:
        """The bytes of each of these blobs."""
        data = self.run("cat-file", "--batch", text="".join(f"{name}\n" for name in names)).data
        position = 0
        for _ in names:
            header = data.index(b"\n", position)
            end = header + 1 + int(data[position:header].split(b" ")[2])
            yield data[header + 1 : end]
            position = end + 1

    def branch(self) -> str | None:
        """See `ports.Git`."""
        found = self._try("symbolic-ref", "--quiet", "HEAD")
        return found.stdout.strip().removeprefix(_HEADS) if found.code == 0 and found.stdout.startswith(_HEADS) else None

    def origin_branches(self) -> Mapping[str, str]:
        """See `ports.Git`."""
        return {ref.name.removeprefix(_HEADS): ref.commit for ref in self._origin_refs if ref.name.startswith(_HEADS)}

    def _git(self, *words: str) -> str:
        return _run(self.top, words, check=True).stdout

    def _try(self, *words: str) -> process.Result:
        return _run(self.top, words, check=False)


def _run(
    folder: Path, words: Sequence[str], *, check: bool, text: str | bytes = "", added: Mapping[str, str] | None = None
) -> process.Result:
    # In a container job the workspace belongs to another user; whoever releases it also runs its build.
    settings = (*_SETTINGS, f"safe.directory={folder.resolve().as_posix()}")
    options = [word for setting in settings for word in ("-c", setting)]
    command = [_git_path(), "--no-pager", *options, *words]
    return process.run(command, folder=folder, keep=_KEEP, added=_ENVIRONMENT | dict(added or {}), check=check, text=text)


@lru_cache(maxsize=1)
def _git_path() -> str:
    return process.find("git", "Install git; GitHub's runners have it.")


def _lines(printed: str) -> list[str]:
    """The lines that git ended. A ref may hold what `str.splitlines` takes for a line's end, such as U+2028."""
    return printed.split("\n")[:-1]


def _groups(parts: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (parts[start : start + size] for start in range(0, len(parts), size))
