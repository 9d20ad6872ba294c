"""Release notes in Markdown: what changed, how to install it, and the digests of the files.

Subjects are written by anyone whose commit was ever merged. Nothing in them may act: no markup, no HTML, no mention of
a person, no address that becomes a link.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from release_actions.domain.commits import Change, is_merge
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Release
from release_actions.domain.visible import DIRECTION

#: GitHub refuses a longer body ("body is too long"); characters beyond U+FFFF are counted as two, to be safe.
LONGEST = 125_000
_LONGEST_SUBJECT = 200

_BREAKING = "⚠️ Breaking changes"
_OTHER = "Other changes"
_HEADINGS = {
    "feat": "Features",
    "fix": "Fixes",
    "perf": "Performance",
    "revert": "Reverts",
    "docs": "Documentation",
    **dict.fromkeys(("build", "chore", "ci", "deps", "refactor", "style", "test"), "Maintenance"),
}
_ORDER = tuple(dict.fromkeys((_BREAKING, *_HEADINGS.values(), _OTHER)))

_INSTALL = {
    Ecosystem.NUGET: "dotnet add package {name} --version {version}",
    Ecosystem.NPM: "npm install {name}@{version}",
    Ecosystem.PYPI: "pip install {name}=={version}",
}

#: GitHub looks for mentions and references in the rendered text, where entities and backslashes are gone; only a
#: character between keeps them apart.
_GAP = "&#8203;"
_MARKUP = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>()+!|~$"} | {"&": "&amp;", "@": f"@{_GAP}", "#": f"\\#{_GAP}"})
_NUMBER = re.compile(r"(?<![\w/#&.-])#([1-9][0-9]{0,8})(?![\w-])")
_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=mailto:)|(?<=xmpp:)", re.IGNORECASE)
_LIST_MARK = re.compile(r"([0-9]{0,9})([-.)=])")


def notes(release: Release, changes: Sequence[Change] | None, repository: str, previous: str | None) -> str:
    """The notes of `release`, whose `changes` since the tag `previous` are given newest first; None if they are not known.

    `repository` is the repository's address on GitHub, without a slash at its end; when it is empty there are no links.
    """
    tail = _tail(release, repository, previous)
    room = LONGEST - sum(size(part) + 2 for part in tail) - 500
    head = [] if changes is None else [_changes(changes, repository, previous, room)]
    return "\n\n".join((*head, *tail)) + "\n"


def size(text: str) -> int:
    """The length of `text` as GitHub may count it, in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def escaped(text: str, repository: str = "") -> str:
    """Untrusted text as one line of Markdown that shows it and does nothing.

    `#12` becomes a link to that issue or pull request of `repository`; a reference to another repository doesn't.
    """
    line = _shortened(" ".join(_visible(text).split()))
    parts = _NUMBER.split(line)
    linked = [_escape(part) if index % 2 == 0 else _reference(part, repository) for index, part in enumerate(parts)]
    return _without_list_mark("".join(linked))


def _visible(text: str) -> str:
    return "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in text if char not in DIRECTION)


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 1].rstrip()}…"


def _escape(part: str) -> str:
    return "\0".join(_ADDRESS.split(part)).translate(_MARKUP).replace("\0", _GAP)


def _reference(number: str, repository: str) -> str:
    return f"[#{number}]({repository}/issues/{number})" if repository else f"\\#{_GAP}{number}"


def _without_list_mark(line: str) -> str:
    """`line`, escaped where it would start a list or a rule of its own inside the item that holds it."""
    mark = _LIST_MARK.match(line)
    return f"{mark[1]}\\{line[mark.end(1) :]}" if mark else line


def _changes(changes: Sequence[Change], repository: str, previous: str | None, room: int) -> str:
    shown = [change for change in changes if not is_merge(change.subject)] or list(changes)
    if not shown:
        return f"No changes since {previous}." if previous else "No changes."
    kept: list[str] = []
    left = len(shown)
    for lines, holds in _sections(shown, repository):
        room -= sum(size(line) + 1 for line in lines)
        if room < 0:
            return "\n".join((*kept, "", f"… and {left} more changes: GitHub takes notes of at most {LONGEST:,} characters."))
        kept += lines
        left -= holds
    return "\n".join(kept)


def _sections(changes: Sequence[Change], repository: str) -> Iterator[tuple[list[str], int]]:
    """The lines in the order of the notes, in pieces that stay together, and how many changes each piece holds."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(_heading(change), []).append(change)
    if set(groups) == {_OTHER}:
        yield ["## Changes", ""], 0
        yield from _items(groups[_OTHER], repository)
        return
    for index, heading in enumerate(heading for heading in _ORDER if heading in groups):
        yield [*([""] if index else []), f"## {heading}", ""], 0
        yield from _items(groups[heading], repository)


def _heading(change: Change) -> str:
    return _BREAKING if change.breaking else _HEADINGS.get(change.kind, _OTHER)


def _items(changes: Iterable[Change], repository: str) -> Iterator[tuple[list[str], int]]:
    for change in changes:
        yield [_item(change, repository)], 1


def _item(change: Change, repository: str) -> str:
    known = change.kind in _HEADINGS
    scope = f"**{escaped(change.scope)}:** " if known and change.scope else ""
    note = f" — {escaped(change.note, repository)}" if change.note else ""
    return f"- {scope}{escaped(change.text if known else change.subject, repository)}{note}"


def _tail(release: Release, repository: str, previous: str | None) -> list[str]:
    link = _full_list(release, repository, previous)
    whole = [part for part in (_install(release.packages), _digests(release.packages), link) if part]
    if sum(size(part) for part in whole) <= LONGEST // 2:
        return whole
    return [f"{len(release.packages)} packages; their names and digests are in `release.json` and `SHA256SUMS`.", *([link] if link else [])]


def _install(packages: Sequence[BuiltPackage]) -> str:
    parts = ["## Install"] if packages else []
    for ecosystem in Ecosystem:
        commands = [install_command(package) for package in packages if package.ecosystem is ecosystem]
        if commands:
            parts.append("\n".join((f"{ecosystem.label}:", "", "```sh", *commands, "```")))
    return "\n\n".join(parts)


def install_command(package: BuiltPackage) -> str:
    """The command that installs exactly this version, safe to paste into a shell."""
    program, action, *rest = _INSTALL[package.ecosystem].split(" ")
    words = [word.format(name=package.name, version=package.version) for word in rest]
    return " ".join((program, action, *(shlex.quote(" ".join(_visible(word).split())) for word in words)))


def _digests(packages: Sequence[BuiltPackage]) -> str:
    sums = sha256sums(packages).rstrip("\n")
    if not sums:
        return ""
    return f"<details>\n<summary>SHA-256 of every file</summary>\n\n```text\n{sums}\n```\n\n</details>"


def sha256sums(packages: Iterable[BuiltPackage]) -> str:
    """The digests of all files as `sha256sum --check` reads them, sorted by file name."""
    files = sorted((file.name, file.sha256) for package in packages for file in package.files)
    return "".join(f"{digest}  {' '.join(_visible(name).split())}\n" for name, digest in files)


def _full_list(release: Release, repository: str, previous: str | None) -> str:
    if not repository:
        return ""
    tag = release.version.tag
    target = f"{repository}/compare/{previous}...{tag}" if previous else f"{repository}/commits/{tag}"
    return f"**Full list of changes**: {target}"
