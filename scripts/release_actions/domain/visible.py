"""Untrusted text made safe to read: nothing in it hides, turns around or overwrites what stands around it."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
#: What tools colour their output with (ECMA-48, control sequences and escape sequences of two characters).
_COLOURS = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
#: They change the order in which the characters around them are shown (UAX #9).
DIRECTION = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
#: These, controls, ends of lines, and halves of characters, by which Python passes on bytes that are no text, and which no
#: file can hold.
_HIDDEN = re.compile(rf"[{DIRECTION}\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def lines(text: str) -> list[str]:
    """The lines of `text`, whatever ends them, each as `visible`."""
    return [visible(line) for line in _LINE_ENDS.split(text)]


def one_line(text: str, longest: int) -> str:
    """`text` on one line, and not longer than `longest` characters."""
    line = text if text.isprintable() else " ".join(filter(None, lines(text)))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def visible(text: str) -> str:
    """`text` without colours, and with whatever would not be seen written as its escape; ends of lines and tabs stay."""
    return text if text.isprintable() else _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", _COLOURS.sub("", text))


def width(text: str) -> int:
    """How many columns a terminal takes to show `text` (UAX #11; combining marks take none)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
