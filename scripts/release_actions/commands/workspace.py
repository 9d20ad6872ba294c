"""The packages of a repository and the files that bear their version."""

from __future__ import annotations

from dataclasses import dataclass

from release_actions.commands.ports import Git, Tree
from release_actions.domain.config import Config
from release_actions.domain.package import Package
from release_actions.domain.version import Version
from release_actions.errors import Finding
from release_actions.manifests.manifest import Manifest


@dataclass(frozen=True)
class Workspace:
    """Everything in a repository that bears the version: its packages, and the files, both sorted by path."""

    packages: tuple[Package, ...]
    manifests: tuple[Manifest, ...]


def read(git: Git, tree: Tree, config: Config) -> Workspace:
    """Find and read every manifest among git's files.

    Raises:
        ManifestError: files can't be read as what their names say; all findings at once.
    """
    raise NotImplementedError


def disagreements(workspace: Workspace, version: Version) -> tuple[Finding, ...]:
    """Every place that bears another version than `version`, own dependencies included (rule `version-disagrees`)."""
    raise NotImplementedError
