"""A throw-away git origin: a bare repository, with a clone to work in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from release_actions.adapters import process

#: Whoever the user is and whatever they configured, the commits of a rehearsal are the same, and nobody is asked for a key.
_SETTINGS = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Rehearsal",
    "GIT_AUTHOR_EMAIL": "rehearsal@example.invalid",
    "GIT_COMMITTER_NAME": "Rehearsal",
    "GIT_COMMITTER_EMAIL": "rehearsal@example.invalid",
}
#: The moment of the sample's one commit, so that two rehearsals of the same files build the same bytes.
_MOMENT = {"GIT_AUTHOR_DATE": "2026-01-05T12:00:00Z", "GIT_COMMITTER_DATE": "2026-01-05T12:00:00Z"}


@dataclass(frozen=True)
class Origin:
    """The bare repository, and a clone of it."""

    bare: Path
    clone: Path

    def git(self, *arguments: str) -> str:
        """Run git in the clone; what it prints."""
        return git(self.clone, *arguments)

    def tag(self, name: str) -> None:
        """Put an annotated tag on the clone's HEAD and push it."""
        git(self.clone, "tag", "--annotate", "--message", name, name)
        git(self.clone, "push", "--quiet", "origin", f"refs/tags/{name}")


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder`, free of the user's settings; what it prints. Raises ToolError."""
    return process.run(["git", *arguments], folder=folder, added=_SETTINGS | _MOMENT, timeout=600).stdout


@contextmanager
def of_folder(source: Path, branch: str = "main") -> Iterator[Origin]:
    """An origin whose one commit holds the files of the folder `source`, which may lie inside of another repository."""
    with TemporaryDirectory(prefix="rehearsal-") as temporary:
        made = Path(temporary, "made")
        shutil.copytree(source, made, symlinks=True, ignore=shutil.ignore_patterns("node_modules", ".git"))
        git(made, "init", "--quiet", "--initial-branch", branch)
        git(made, "add", "--all")
        git(made, "commit", "--quiet", "--message", "The sample")
        yield _of(made, Path(temporary))


@contextmanager
def of_repository(source: Path) -> Iterator[Origin]:
    """An origin that is a copy of the repository `source` as committed; its work tree is never looked at nor touched."""
    with TemporaryDirectory(prefix="rehearsal-") as temporary:
        yield _of(source, Path(temporary))


def _of(source: Path, folder: Path) -> Origin:
    bare, clone = folder / "origin.git", folder / "clone"
    # By the user's own settings, for they may say whose repositories git is to trust.
    process.run(["git", "clone", "--quiet", "--bare", "--no-local", source, bare], keep=("GIT_CONFIG_*",), timeout=600)
    git(folder, "clone", "--quiet", str(bare), str(clone))
    return Origin(bare, clone)
