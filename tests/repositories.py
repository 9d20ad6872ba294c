"""Real git repositories for tests, free of the settings of whoever runs them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.invalid",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.invalid",
    "GIT_AUTHOR_DATE": "2026-01-05T12:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-05T12:00:00Z",
}


@dataclass
class Repository:
    """A repository at `folder`, bare or with a work tree."""

    folder: Path

    def git(self, *words: str, text: str | None = None, added: Mapping[str, str] | None = None) -> str:
        """Run git here; what it prints."""
        env = {**os.environ, **_SETTINGS, **(added or {})}
        done = subprocess.run(["git", *words], cwd=self.folder, env=env, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str = "Change") -> str:
        """Make an empty commit with this very message; its full name."""
        self.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--cleanup=verbatim", "--file=-", text=message)
        return self.git("rev-parse", "HEAD")

    def write(self, path: str, content: str) -> None:
        """Write and track a file."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
        self.git("add", "--", path)

    def ref(self, name: str, commit: str = "HEAD") -> None:
        """Make a ref of any name that git allows at all, also one that its porcelain refuses."""
        self.git("update-ref", name, self.git("rev-parse", commit))

    def cloned(self, folder: Path, *options: str) -> Repository:
        """A clone by these options, as `git clone` makes it over a transport."""
        done = subprocess.run(
            ["git", "clone", "--quiet", *options, self.folder.as_uri(), str(folder)],
            env={**os.environ, **_SETTINGS},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return Repository(folder)


def made(folder: Path, branch: str = "main", *, bare: bool = False) -> Repository:
    """A new repository without commits."""
    folder.mkdir(parents=True, exist_ok=True)
    repository = Repository(folder)
    repository.git("init", "--quiet", f"--initial-branch={branch}", *(["--bare"] if bare else []))
    return repository


def checked_out(origin: Repository, folder: Path, tag: str, depth: int = 1) -> Repository:
    """What actions/checkout leaves for a pushed tag: one commit, no other ref, and a lightweight tag (actions/checkout#882)."""
    clone = made(folder)
    clone.git("remote", "add", "origin", origin.folder.as_uri())
    commit = origin.git("rev-parse", f"refs/tags/{tag}^{{commit}}")
    clone.git("fetch", "--quiet", "--no-tags", f"--depth={depth}", "origin", f"+{commit}:refs/tags/{tag}")
    clone.git("-c", "advice.detachedHead=false", "checkout", "--quiet", "--force", f"refs/tags/{tag}")
    return clone
