"""What the real runner reads from a step: its commands in the log, and the files for outputs and summaries.

Written from actions/runner 2.336.0: ActionCommand.cs (both forms of command), OutputManager.cs (lines, also at a lone
carriage return) and FileCommandManager.cs (`NAME=VALUE`, and `NAME<<DELIMITER`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner understands it; escapes are undone."""

    name: str
    properties: tuple[tuple[str, str], ...]
    message: str


def commands(log: str) -> list[Command]:
    """Every command that the runner would obey in `log`."""
    return [command for line in re.split(r"\r\n|\r|\n", log) if (command := _command(line))]


def _command(line: str) -> Command | None:
    trimmed = line.lstrip()
    if trimmed.startswith("::") and "::" in trimmed[2:]:
        head, message = trimmed[2:].split("::", 1)
        return _parsed(head, message, ",", {"%3A": ":", "%2C": ","})
    match = re.search(r"##\[([^\]]+)\](.*)", line)
    return _parsed(match.group(1), match.group(2), ";", {"%3B": ";", "%5D": "]"}) if match else None


def _parsed(head: str, message: str, separator: str, escapes: dict[str, str]) -> Command:
    name, _, rest = head.strip().partition(" ")
    pairs = [pair.split("=", 1) for pair in rest.strip().split(separator) if "=" in pair]
    return Command(name, tuple((key, _unescaped(value, escapes)) for key, value in pairs), _unescaped(message, {}))


def _unescaped(value: str, escapes: dict[str, str]) -> str:
    for escape, char in {**escapes, "%0D": "\r", "%0A": "\n", "%25": "%"}.items():
        value = value.replace(escape, char)
    return value


def outputs(content: str) -> dict[str, str]:
    """The outputs that a GITHUB_OUTPUT file of this content sets; ValueError where the runner fails the step."""
    found: dict[str, str] = {}
    lines = iter(re.split(r"\r\n|\n", content.removesuffix("\n")))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, value = line.split("=", 1)
        elif heredoc >= 0:
            name, delimiter = line.split("<<", 1)
            value = _until(delimiter, lines)
        else:
            raise ValueError(f"Invalid format {line!r}")
        found[name] = value
    return found


def _until(delimiter: str, lines: Iterator[str]) -> str:
    kept: list[str] = []
    for line in lines:
        if line == delimiter:
            return "\n".join(kept)
        kept.append(line)
    raise ValueError(f"Matching delimiter not found {delimiter!r}")
