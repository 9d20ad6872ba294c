"""Where a release goes: the registries, the folder of the built files, and how patiently they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from release_actions.commands.ports.registries import Registry
from release_actions.commands.ports.waiting import Clock, Progress
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.release import BuiltPackage, File

#: How many questions are on their way at once.
QUESTIONS = 32

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Site:
    """The registries, the folder of the built files, and what waiting needs."""

    registries: Mapping[Ecosystem, Registry]
    folder: Path
    clock: Clock
    say: Progress
    patience: Patience = field(default_factory=Patience)

    def registry(self, package: BuiltPackage) -> Registry:
        """The registry of the package's ecosystem."""
        return self.registries[package.ecosystem]

    def paths(self, files: Iterable[File]) -> list[Path]:
        """Where the files are."""
        return [self.folder / file.name for file in files]


def in_parallel(work: Callable[[_T], _R], items: Sequence[_T], at_once: int = QUESTIONS) -> list[_R]:
    """`work` done for all `items`, a few at once; results in their order."""
    if not items:
        return []
    with ThreadPoolExecutor(min(len(items), at_once)) as pool:
        return list(pool.map(work, items))
