"""What the toolchains share: which packed file belongs to which package, and which tool is new enough."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from release_actions.adapters.archives import PackedFiles
from release_actions.domain.artifacts import same_name
from release_actions.domain.package import Package
from release_actions.errors import RefusedError, ToolError

#: What builds may see besides what their tools need: whether it is a build server that builds.
CI = ("CI", "GITHUB_ACTIONS")
#: A build of a large SDK takes minutes; one that waits for somebody takes for ever. In seconds.
TIMEOUT = 3600
#: What is packed bears the permissions that files were made with; these are everybody's, whoever builds.
UMASK = 0o022


def by_package(files: Iterable[Path], packages: Sequence[Package]) -> dict[str, list[Path]]:
    """`files` by the name of the package that each says it is.

    Raises:
        RefusedError: a file is of none of `packages` (rule `artifact-name`), or can't be read.
    """
    found: dict[str, list[Path]] = {package.name: [] for package in packages}
    for file in sorted(files):
        identity = PackedFiles().identify(file)
        owner = next((package for package in packages if same_name(package, identity)), None)
        if owner is None:
            expected = ", ".join(f"`{package.name}`" for package in packages)
            raise RefusedError(
                "artifact-name",
                f"The packed file {file.name} says that it is `{identity.name}`; what was to be packed is {expected}.",
                "Give the package the same name in its manifest and in its build.",
            )
        found[owner.name].append(file)
    return found


def new_enough(tool: str, answer: str, oldest: tuple[int, ...], remedy: str) -> tuple[int, ...]:
    """The version that the tool's `answer` bears, as numbers.

    Raises:
        ToolError: the answer bears none, or one below `oldest` (rule `tool-old`).
    """
    match = re.search(r"([0-9]+(?:\.[0-9]+)+)", answer)
    version = tuple(int(part) for part in match.group().split(".")) if match else ()
    if version < oldest:
        shown = ".".join(map(str, oldest))
        raise ToolError("tool-old", f"`{tool}` is of version {answer.strip()[:100] or 'unknown'}; {shown} or newer is needed.", remedy)
    return version
