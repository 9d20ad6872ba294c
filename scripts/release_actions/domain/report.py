"""What an action says at its end, as values; rendered for a job summary or for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from release_actions.domain.visible import lines, one_line, width
from release_actions.errors import Finding

_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>()#+!|~$"} | {"@": "&#64;", "&": "&amp;"})
_SPECIAL = re.compile("[" + re.escape("".join(map(chr, _MARKDOWN))) + "]")
#: What a person reads of a paragraph, and of a cell; what is quoted in them comes from outside, and may have any length.
_LONGEST, _LONGEST_CELL = 8_000, 300
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


@dataclass(frozen=True)
class Picture:
    """A diagram in Mermaid, which GitHub draws; a terminal shows none. No text of others may be in it."""

    mermaid: str


Block = str | Table | Bullets | Verbatim | Picture


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
    parts = [f"## {_plain(report.title, _LONGEST_CELL)}", *(_markdown_block(block) for block in report.blocks)]
    return "\n\n".join(parts) + "\n"


def cut(words: str, largest: int) -> str:
    """The Markdown `words`, or as much of them as fits into `largest` bytes and a line that says so."""
    encoded = words.encode()
    if len(encoded) <= largest:
        return words
    kept = encoded[:largest].rsplit(b"\n", 1)[0].decode(errors="ignore")
    return f"{kept}\n{_open_fence(kept)}\n\n… cut here: a summary holds at most 1 MiB. The whole report is in the step's log.\n"


def _open_fence(words: str) -> str:
    """The end of the verbatim block that `words` break off in; nothing when they don't."""
    fence = ""
    for line in words.split("\n"):
        if line.startswith("```") and not fence:
            fence = line[: len(line) - len(line.lstrip("`"))]
        elif line == fence:
            fence = ""
    return fence


def text(report: Report) -> str:
    """`report` for a terminal, with aligned columns and no colour."""
    title = one_line(report.title, _LONGEST_CELL)
    parts = [f"{title}\n{'=' * width(title)}", *(_text_block(block) for block in report.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _plain(text: str, longest: int = _LONGEST) -> str:
    """Plain text as Markdown: what would start a list only does so at the start of a line."""
    text = one_line(text, longest)
    mark = _LIST_MARK.match(text)
    if not mark and not _SPECIAL.search(text):
        return text
    start = mark.end() - 1 if mark else 0
    escaped = text[:start].translate(_MARKDOWN) + "\\" + text[start] if mark else ""
    return escaped + text[start + 1 if mark else 0 :].translate(_MARKDOWN)


def _markdown_block(block: Block) -> str:
    match block:
        case str():
            return _plain(block)
        case Bullets(items):
            return "\n".join(f"- {_plain(item)}" for item in items)
        case Verbatim(content, language):
            fence = "`" * max(3, 1 + _longest_run(content, "`"))
            return "\n".join((f"{fence}{language}", *lines(content), fence))
        case Picture(mermaid):
            return f"```mermaid\n{mermaid}\n```"
        case Table(header, rows):
            return "\n".join((_markdown_row(header), "| --- " * len(header) + "|", *(_markdown_row(row) for row in rows)))


def _markdown_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_plain(cell, _LONGEST_CELL) for cell in cells) + " |"


def _longest_run(content: str, char: str) -> int:
    longest = run = 0
    for candidate in content:
        run = run + 1 if candidate == char else 0
        longest = max(longest, run)
    return longest


def _text_block(block: Block) -> str:
    match block:
        case str():
            return one_line(block, _LONGEST)
        case Bullets(items):
            return "\n".join(f"- {one_line(item, _LONGEST)}" for item in items)
        case Verbatim(content, _):
            return "\n".join(f"    {line}".rstrip() for line in lines(content.removesuffix("\n")))
        case Picture(_):
            return ""
        case Table(header, rows):
            return _text_table([header, *rows])


def _text_table(rows: Sequence[Sequence[str]]) -> str:
    columns = [_padded([one_line(cell, _LONGEST_CELL) for cell in column]) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def _padded(column: Sequence[str]) -> list[str]:
    """The cells of a column, all of them as wide as the widest, and a rule below the first."""
    widest = max(map(width, column))
    if all(map(str.isascii, column)):
        head, *rest = (cell.ljust(widest) for cell in column)
    else:
        head, *rest = (cell + " " * (widest - width(cell)) for cell in column)
    return [head, "-" * widest, *rest]
