"""Which feeds NuGet is configured for: what `dotnet nuget list source` says, and NuGet.Config where it can't.

https://learn.microsoft.com/nuget/reference/nuget-config-file
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

_LISTED = re.compile(r"^\s*\d+\.\s+(?P<name>.+?) \[Enabled\]\s*\n\s*(?P<address>https?://\S+)\s*$", re.MULTILINE)
_NAMES = ("nuget.config", "NuGet.config", "NuGet.Config")
_VARIABLE = re.compile(r"%([^%]+)%")


def listed(words: str) -> dict[str, str]:
    """The enabled feeds that have an address on the net, by name, from `dotnet nuget list source --format Detailed`."""
    return {match["name"]: match["address"] for match in _LISTED.finditer(words)}


def sources(top: Path) -> dict[str, str]:
    """The same from the configuration files, for SDKs that can't list them."""
    found: dict[str, str] = {}
    disabled: set[str] = set()
    for document in _documents(top):
        for element in document.iterfind("./packageSources/*"):
            _collect(element, found)
        disabled |= {
            element.get("key", "") for element in document.iterfind("./disabledPackageSources/add") if element.get("value") == "true"
        }
    return {name: address for name, address in found.items() if name not in disabled and address.startswith(("http://", "https://"))}


def default_push_source(top: Path) -> str:
    """The feed that is pushed to when none is named, or nothing."""
    wanted = ""
    for document in _documents(top):
        for element in document.iterfind("./config/add"):
            if element.get("key", "").lower() == "defaultpushsource":
                wanted = _expanded(element.get("value", ""))
    return wanted


def _collect(element: ElementTree.Element, found: dict[str, str]) -> None:
    match element.tag:
        case "clear":
            found.clear()
        case "add":
            found[element.get("key", "")] = _expanded(element.get("value", ""))
        case "remove":
            found.pop(element.get("key", ""), None)


def _documents(top: Path) -> Iterator[ElementTree.Element]:
    """The files that NuGet merges, the nearest last: the user's, then each folder's from the root down to `top`."""
    for path in (*_user_files(), *_folder_files(top.resolve())):
        try:
            yield ElementTree.fromstring(path.read_bytes())  # noqa: S314 - expat bounds entity expansion
        except (OSError, ElementTree.ParseError, LookupError, ValueError):  # the latter for an encoding that nobody knows
            continue


def _user_files() -> list[Path]:
    folder = Path(os.environ["APPDATA"], "NuGet") if os.environ.get("APPDATA") else Path.home() / ".nuget" / "NuGet"
    return [folder / "NuGet.Config"]


def _folder_files(top: Path) -> Iterator[Path]:
    for folder in (*reversed(top.parents), top):
        present = [folder / name for name in _NAMES if (folder / name).is_file()]
        yield from present[:1]


def _expanded(value: str) -> str:
    """`value` with `%NAME%` replaced by the environment variable, as NuGet does."""
    return _VARIABLE.sub(lambda match: os.environ.get(match[1], match[0]), value)
