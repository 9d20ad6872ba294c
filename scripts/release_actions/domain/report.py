"""What an action says at its end, as values; rendered for a job summary or for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from release_actions.errors import Finding

_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>()#+!|~$"} | {"@": "&#64;", "&": "&amp;", "\n": " ", "\r": " "})
_SPECIAL = re.compile("[" + re.escape("".join(map(chr, _MARKDOWN))) + "]")
_LIST_MARK = re.compile(r"\s*(-|[0-9]{1,9}[.)])")


@dataclass(frozen=True)
class Table:
    """A table; every row has as many cells as the header. Cells are plain text."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Bullets:
    """A list of plain-text items."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Verbatim:
    """Text shown as it is, in a fixed-width font: commands to copy, a tool's output. `language` is for colouring."""

    text: str
    language: str = ""


Block = str | Table | Bullets | Verbatim


@dataclass(frozen=True)
class Report:
    """A title, and what follows it. A string is a paragraph of plain text."""

    title: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a command hands to `runner`: a report, outputs, and findings.

    `errors` fail the step after report and outputs are written; `warnings` don't.
    """

    report: Report
    outputs: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()


def markdown(report: Report) -> str:
    """`report` as GitHub-flavoured Markdown in which no plain text can act as markup, mention or HTML."""
    parts = [f"## {_plain(report.title)}", *(_markdown_block(block) for block in report.blocks)]
    return "\n\n".join(parts) + "\n"


def text(report: Report) -> str:
    """`report` for a terminal, with aligned columns and no colour."""
    title = _line(report.title)
    parts = [f"{title}\n{'=' * len(title)}", *(_text_block(block) for block in report.blocks)]
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    """Plain text as Markdown: what would start a list only does so at the start of a line."""
    mark = _LIST_MARK.match(text)
    if not mark and not _SPECIAL.search(text):
        return text
    start = mark.end() - 1 if mark else 0
    escaped = text[:start].translate(_MARKDOWN) + "\\" + text[start] if mark else ""
    return escaped + text[start + 1 if mark else 0 :].translate(_MARKDOWN)


def _line(text: str) -> str:
    return text if text.isprintable() else " ".join(text.splitlines())


def _markdown_block(block: Block) -> str:
    match block:
        case str():
            return _plain(block)
        case Bullets(items):
            return "\n".join(f"- {_plain(item)}" for item in items)
        case Verbatim(content, language):
            fence = "`" * max(3, 1 + _longest_run(content, "`"))
            return f"{fence}{language}\n{content}\n{fence}"
        case Table(header, rows):
            return "\n".join((_markdown_row(header), "| --- " * len(header) + "|", *(_markdown_row(row) for row in rows)))


def _markdown_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _longest_run(content: str, char: str) -> int:
    longest = run = 0
    for candidate in content:
        run = run + 1 if candidate == char else 0
        longest = max(longest, run)
    return longest


def _text_block(block: Block) -> str:
    match block:
        case str():
            return _line(block)
        case Bullets(items):
            return "\n".join(f"- {_line(item)}" for item in items)
        case Verbatim(content, _):
            return "\n".join(f"    {line}" for line in content.splitlines())
        case Table(header, rows):
            return _text_table([header, *rows])


def _text_table(rows: Sequence[Sequence[str]]) -> str:
    rows = [[_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
