"""What a commit says that it changes, by Conventional Commits 1.0.0 where it keeps to it.

The grammar is one line and one footer; the parsers that can be installed bring an application with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Points 1, 4, 5 and 13 of the specification: a noun, an optional scope, an optional `!`, a colon and a space.
_HEADER = re.compile(r"(?P<kind>[A-Za-z][A-Za-z0-9_-]*)(?:\((?P<scope>[^()]+)\))?(?P<mark>!)?: +(?P<text>\S.*)", re.DOTALL)
#: Points 9 to 12 and 16: upper case, and its value ends where the next footer begins. A blank line ends it here too.
_BREAKING = re.compile(r"^BREAKING[ -]CHANGE: +(.+?)(?=\n[A-Za-z][A-Za-z0-9-]*(?:: | #)|\r?\n\r?\n|\Z)", re.MULTILINE | re.DOTALL)
_MERGE = re.compile(r"Merge (?:pull request|branch|branches|remote-tracking branch|tag|commit) ")


@dataclass(frozen=True)
class Change:
    """A commit as release notes see it; all of it is untrusted text.

    `kind` is the type in lower case, or empty when the subject has none; then `text` is the whole subject. `note` is
    what the footer `BREAKING CHANGE` says.
    """

    subject: str
    text: str
    kind: str = ""
    scope: str = ""
    breaking: bool = False
    note: str = ""


def change(subject: str, body: str = "") -> Change:
    """Read a commit's message."""
    footer = _BREAKING.search(body.replace("\r\n", "\n"))
    note = footer.group(1).strip() if footer else ""
    header = _HEADER.fullmatch(subject.strip())
    if header is None:
        return Change(subject, subject, breaking=bool(footer), note=note)
    kind, scope = header["kind"].lower(), (header["scope"] or "").strip()
    return Change(subject, header["text"], kind, scope, bool(footer or header["mark"]), note)


def is_merge(subject: str) -> bool:
    """Whether git or GitHub wrote this subject for a merge, whose commits are listed anyway."""
    return _MERGE.match(subject) is not None
