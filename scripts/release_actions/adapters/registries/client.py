"""What the three adapters share about running an official client with a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from release_actions.adapters import process
from release_actions.adapters.http import shown, split
from release_actions.errors import InputError, RegistryError

_LONGEST = 2000
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")


@dataclass(frozen=True)
class Refusal:
    """A no that trying again can't change: the words by which it is known, and the error of what was seen."""

    words: re.Pattern[str]
    error: Callable[[str], RegistryError]


def refused(what: str, words: str, taken: bool, remedy: str, refusals: Iterable[Refusal] = ()) -> RegistryError:
    """The error for `words` of a client or a registry: of the refusal that they fit, else `already-exists` or `upload-refused`."""
    for refusal in refusals:
        if refusal.words.search(words):
            return refusal.error(what)
    if taken:
        return RegistryError("already-exists", f"The version was uploaded before: {what}", "Compare what is there with what was built.")
    return RegistryError("upload-refused", f"The upload was refused: {what}", remedy)


def upload(
    command: Sequence[str | Path],
    folder: Path,
    *,
    keep: Sequence[str],
    secrets: Mapping[str, str],
    taken: re.Pattern[str],
    remedy: str,
    timeout: float,
    settings: Mapping[str, str] | None = None,
    refusals: Iterable[Refusal] = (),
) -> None:
    """Run the client's uploading `command`; `secrets`, which its words are freed of, and `settings` go into its environment.

    It is ended after `timeout` seconds.

    Raises:
        RegistryError: it failed, with the rule of the one of `refusals` that its words fit, with `already-exists` when they
            fit `taken`, else with `upload-refused`.
        ToolError: it is missing, or took too long.
    """
    result = process.run(command, folder=folder, keep=keep, added={**secrets, **(settings or {})}, timeout=timeout, check=False)
    if result.code == 0:
        return
    words = without_secrets(result.output, secrets.values())[-_LONGEST:]
    what = f"`{Path(command[0]).stem} {command[1]}` failed with exit code {result.code}:\n{words}\n"
    raise refused(what, words, taken.search(words) is not None, remedy, refusals)


def without_secrets(words: str, secrets: Iterable[str]) -> str:
    """`words` with each of `secrets`, and whatever an address says before its host, taken out."""
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    return _ADDRESS.sub(lambda match: shown(match[0]) if "@" in match[0] else match[0], words)


def without_credentials(url: str, name: str) -> str:
    """`url`, which will be an argument of the client and so may hold no secret; `name` is the setting that it is from.

    Raises:
        InputError: it holds a user or a password (rule `address-credentials`).
    """
    if "@" in split(url).netloc:
        raise InputError(
            "address-credentials",
            f"The address {shown(url)} comes with a user or a password.",
            f"Take them out of {name}, and set the token's own input: other processes of the machine could read an address.",
        )
    return url


def on_loopback(url: str) -> bool:
    """Whether `url` is of this very machine, where a registry may do without credentials."""
    host = split(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
