"""What the installers share: a clean environment, and telling a version that is not offered from one that is broken."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from release_actions.adapters import process
from release_actions.adapters.registries import client
from release_actions.domain.release import BuiltPackage
from release_actions.errors import RegistryError, ToolError

_TIMEOUT = 600
_LONGEST = 2000

#: What a package without a smoke program, and with nothing to import, is said to have done.
NOTHING = "nothing to import"


def install(
    command: Sequence[str | Path],
    package: BuiltPackage,
    folder: Path,
    absent: re.Pattern[str],
    *,
    keep: Sequence[str] = (),
    added: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
) -> None:
    """Run the client's installing `command` in `folder`.

    Raises:
        RegistryError: its words fit `absent`: the registry does not offer the version, or not yet (rule `not-installable`).
        ToolError: it failed otherwise (rule `install-failed`), is missing, or took too long.
    """
    hidden = dict(secrets or {})
    result = process.run(command, folder=folder, keep=keep, added={**(added or {}), **hidden}, timeout=_TIMEOUT, check=False)
    if result.code == 0:
        return
    words = client.without_secrets(result.output, hidden.values())[-_LONGEST:]
    what = f"{package.ecosystem.label} package {package.name} {package.version} can't be installed:\n{words}\n"
    if absent.search(words):
        remedy = "The registry does not offer it, or what it depends on: wait longer, or see whether it is published."
        raise RegistryError("not-installable", what, remedy)
    raise ToolError("install-failed", what, "What is published like this can't be used: mend it, and release the next version.")


def run(
    command: Sequence[str | Path],
    package: BuiltPackage,
    folder: Path,
    keep: Sequence[str] = (),
    added: Mapping[str, str] | None = None,
) -> str:
    """Run an installed package by `command`, in an environment without secrets and with a home of its own; what it printed.

    Raises:
        ToolError: it failed (rule `smoke-failed`), or took too long.
    """
    home = {"HOME": str(folder), "USERPROFILE": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)}
    result = process.run(command, folder=folder, keep=keep, added={**home, **(added or {})}, timeout=_TIMEOUT, check=False)
    if result.code != 0:
        raise ToolError(
            "smoke-failed",
            f"{package.ecosystem.label} package {package.name} {package.version} is installed, but fails:\n{result.output[-_LONGEST:]}\n",
            "Mend the package, or its smoke program; what is published can only be followed by a better version.",
        )
    return result.stdout.strip()
