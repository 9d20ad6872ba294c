"""What the tests about release trains share: a repository in memory with two packages, and GitHub's part in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from release_actions.commands import candidate, workspace
from release_actions.commands.candidate import Options, World
from release_actions.domain.config import Config
from release_actions.domain.readiness import Check, Verdict
from release_actions.domain.report import Outcome
from release_actions.domain.train import DAY, Blocker, Run
from release_actions.errors import RegistryError
from tests.fakes import Said
from tests.memory_git import MemoryClone, MemoryGit, MemoryOrigin

#: Monday, 2026-01-05, 12:00 UTC.
START = 1_767_614_400
GREEN = (Check("Tests", Verdict.PASSED),)


def manifests(version: str, python: str) -> dict[str, bytes]:
    """Two packages of two languages."""
    return {
        "npm/package.json": f'{{"name": "client", "version": "{version}"}}\n'.encode(),
        "py/pyproject.toml": f'[project]\nname = "client"\nversion = "{python}"\n'.encode(),
    }


@dataclass
class FakeForge:
    """GitHub's part: what it shows of commits and issues, and what was started. `runs` are workflows that ran, with their tags."""

    shown: dict[str, tuple[Check, ...]] = field(default_factory=dict)
    otherwise: tuple[Check, ...] = GREEN
    issues: list[Blocker] = field(default_factory=list)
    labelled: dict[str, frozenset[str]] = field(default_factory=dict)
    started: list[Run] = field(default_factory=list)
    latest: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)

    def checks(self, commit: str) -> Sequence[Check]:
        return self.shown.get(commit, self.otherwise)

    def blockers(self, label: str) -> Sequence[Blocker]:
        return self.issues

    def labels(self, commit: str) -> frozenset[str]:
        return self.labelled.get(commit, frozenset())

    def has_run(self, workflow: str, tag: str, commit: str) -> bool:
        if workflow in self.unknown:
            raise RegistryError("candidate-permission", f"GitHub does not show this job the runs of {workflow}.", "Correct its name.")
        return any((run.workflow, run.tag) == (workflow, tag) for run in self.started)

    def dispatch(self, run: Run) -> None:
        self.started.append(run)

    def newest(self, repository: str) -> str:
        self.asked[repository] += 1
        return self.latest[repository]


@dataclass
class FakeRequests:
    """Pull requests: title and body by branch and base."""

    open: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        self.open[branch, base] = (title, body)
        return f"https://github.example/pull/{branch}"


@dataclass
class Yard:
    """A repository whose `master` is released as 1.4.0 and whose `develop` goes on from there; `now` is what runs are told."""

    origin: MemoryOrigin = field(default_factory=MemoryOrigin)
    forge: FakeForge = field(default_factory=FakeForge)
    requests: FakeRequests = field(default_factory=FakeRequests)
    now: int = START
    options: Options = field(default_factory=lambda: Options(now=0))
    said: Said = field(default_factory=Said)

    def __post_init__(self) -> None:
        first = self.origin.made(
            manifests("1.4.0", "1.4.0") | {"src/a.py": b"a\n", "examples/app/main.py": b"\n"}, (), "feat: begin", START
        )
        self.origin.branches |= {"master": first, "develop": first}
        self.tag("v1.4.0", first)

    def tag(self, name: str, commit: str, words: str = "") -> None:
        """Tag as a person would."""
        clone = MemoryClone(self.origin)
        self.origin.tags[name] = self.origin.annotations[clone.annotate(name, commit, words, self.now)]

    def commit(self, branch: str, message: str, files: Mapping[str, bytes] | None = None, parents: Sequence[str] = ()) -> str:
        """Commit on a branch as a person would; without files, one of its own changes."""
        tip = self.origin.branches[branch]
        changed = files if files is not None else {f"src/{len(self.origin.commits)}.py": message.encode()}
        made = self.origin.made({**self.origin.files(tip), **changed}, (tip, *parents), message, self.now)
        self.origin.branches[branch] = made
        return made

    def merge(self, branch: str, other: str, message: str = "Merge pull request #1 from acme/x") -> str:
        """Merge as a person would who takes the other side where both changed; the commit."""
        clone, tip = MemoryClone(self.origin), self.origin.branches[branch]
        done = clone.merge(tip, other)
        taken = {path: self.origin.files(other)[path] for path in done.conflicts if path in self.origin.files(other)}
        made = self.origin.made({**self.origin.files(done.tree), **taken}, (tip, other), message, self.now)
        self.origin.branches[branch] = made
        return made

    def pass_days(self, days: float) -> None:
        """Let time pass."""
        self.now += int(days * DAY)

    def world(self) -> World:
        """A fresh clone, and GitHub."""
        clone = MemoryClone(self.origin)
        git = MemoryGit(clone)
        return World(git, clone, lambda: clone, lambda tree: workspace.read(git, tree, Config()), self.forge, self.requests, self.said)

    def run(self, **changes: Any) -> Outcome:
        """Run the train once."""
        return candidate.run(replace(self.options, now=self.now, **changes), self.world())

    def version(self, at: str) -> tuple[str, str]:
        """What the two manifests say at a branch, tag or commit."""
        clone = MemoryClone(self.origin)
        commit = self.origin.branches.get(at) or (self.origin.tags[at].commit if at in self.origin.tags else at)
        with clone.checked_out(commit):
            npm, python = clone.read("npm/package.json").decode(), clone.read("py/pyproject.toml").decode()
        return npm.split('"')[-2], python.split('"')[-2]
