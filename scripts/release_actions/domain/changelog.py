"""A changelog's Unreleased section, closed under a version (Keep a Changelog 1.1.0); no other byte changes."""

from __future__ import annotations

import re

from release_actions.errors import InputError, Place, RefusedError

_HEADING = re.compile(rb"^##[ \t]+\[?unreleased\]?[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
#: Where the section ends: at the next heading of its level or above, or at the links.
_END = re.compile(rb"^(?:##?[ \t]|\[[^\]\r\n]+\]:)", re.MULTILINE)
_ENTRY = re.compile(rb"^[ \t]*(?:[-*+]|[0-9]+\.)[ \t]+\S", re.MULTILINE)
_LINK = re.compile(
    rb"^(?P<label>\[unreleased\]:[ \t]*)(?P<start>\S+/compare/)(?P<since>\S+?)(?P<dots>\.{2,3})HEAD[ \t]*(?=\r?$)",
    re.IGNORECASE | re.MULTILINE,
)
#: What stands in a fence or in a comment is no heading and no link.
_OPAQUE = re.compile(rb"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*\r?$|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.MULTILINE)


def closed(data: bytes, path: str, version: str, date: str, tag: str) -> bytes:
    """`data` with what is unreleased under `version` and `date` (YYYY-MM-DD), and an empty Unreleased section above it.

    The compare link of Unreleased, where there is one, starts at `tag` from now on, and the version gets one of its own.

    Raises:
        InputError: `date` is no date (rule `input-value`).
        RefusedError: there is no section Unreleased (rule `changelog-unreleased`), or nothing is in it
            (`changelog-empty`), or the version has a section already (`changelog-version`).
    """
    if not re.fullmatch(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", date, re.ASCII):
        raise InputError("input-value", f"The input `date` is `{date[:100]}`.", "Write it as YYYY-MM-DD, such as 2026-01-31.")
    plain = _OPAQUE.sub(lambda match: re.sub(rb"[^\n]", b" ", match[0]), data)
    heading = _HEADING.search(plain)
    if heading is None:
        remedy = "Add a heading `## [Unreleased]`, and write there what changes."
        raise RefusedError("changelog-unreleased", "The changelog has no section Unreleased.", remedy, Place(path))
    here = Place(path, plain.count(b"\n", 0, heading.start()) + 1)
    other = re.search(rb"^##[ \t]+\[?" + re.escape(version.encode()) + rb"\]?(?![\w.+-])", plain, re.MULTILINE)
    if other:
        place = Place(path, plain.count(b"\n", 0, other.start()) + 1)
        raise RefusedError("changelog-version", f"The changelog has a section {version} already.", "Bump to another version.", place)
    end = _END.search(plain, heading.end())
    if not _ENTRY.search(plain, heading.end(), end.start() if end else len(plain)):
        raise RefusedError("changelog-empty", "Nothing is unreleased by the changelog.", "Write there what changes, before the bump.", here)
    newline = b"\r\n" if heading[0].endswith(b"\r") else b"\n"
    fresh = newline * 2 + f"## [{version}] - {date}".encode()
    if not heading[0].rstrip().endswith(b"]"):
        fresh = fresh.replace(f"[{version}]".encode(), version.encode())
    at = heading.start() + len(heading[0].rstrip(b"\r"))
    return _linked(data, plain, at, fresh, version, tag, newline)


def _linked(data: bytes, plain: bytes, at: int, fresh: bytes, version: str, tag: str, newline: bytes) -> bytes:
    link = _LINK.search(plain, at)
    if link is None:
        return data[:at] + fresh + data[at:]
    prefix = link["since"][: -len(link["since"].rpartition(b"/")[2])] if b"/v" in link["since"] else b""
    new = prefix + tag.encode() if prefix and not tag.encode().startswith(prefix) else tag.encode()
    ours = link["label"] + link["start"] + new + link["dots"] + b"HEAD"
    theirs = f"[{version}]: ".encode() + link["start"] + link["since"] + link["dots"] + new
    return data[:at] + fresh + data[at : link.start()] + ours + newline + theirs + data[link.end() :]
