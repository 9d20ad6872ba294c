"""GitHub, as far as release trains ask it and start workflows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # every action waits for what is imported
    from release_actions.domain.readiness import Check
    from release_actions.domain.train import Blocker, Run


class Forge(Protocol):
    """GitHub, as far as it says what keeps a candidate back, and starts workflows. Methods raise RegistryError when it says no."""

    def checks(self, commit: str) -> Sequence[Check]:
        """The checks of the commit, but for those of this very run."""

    def blockers(self, label: str) -> Sequence[Blocker]:
        """The open issues and pull requests that bear the label."""

    def labels(self, commit: str) -> frozenset[str]:
        """The labels of the pull requests that brought the commit."""

    def has_run(self, workflow: str, tag: str, commit: str) -> bool:
        """Whether the workflow, by the name of its file, runs or ran for the tag at this commit."""

    def dispatch(self, run: Run) -> None:
        """Start a workflow for a tag."""

    def newest(self, repository: str) -> str:
        """The tag of the latest release of another repository, `owner/name`."""
