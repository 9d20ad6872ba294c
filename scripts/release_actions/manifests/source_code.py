"""Source code as its words, strings and marks, without comments, each with its exact bytes.

It is what every one of these languages agrees on below its grammar, and suffices to tell a version in the code from the
same number in a comment or within another string.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import Lines, decoded
from release_actions.manifests.manifest import Token

#: A backslash, and the character that it makes part of the string.
BACKSLASH = r"\\."


@dataclass(frozen=True)
class Quotes:
    """A way to write strings, by regular expressions.

    `escape` is what stands for something else, and `code` what opens an expression that a `}` closes.
    """

    opening: str
    closing: str
    escape: str = BACKSLASH
    code: str = r"(?!)"
    lines: bool = False

    @cached_property
    def stop(self) -> re.Pattern[str]:
        """What ends or interrupts such a string."""
        newline = "(?!)" if self.lines else r"\n"
        parts = f"(?P<escape>{self.escape})|(?P<closing>{self.closing})|(?P<code>{self.code})|(?P<newline>{newline})"
        return re.compile(parts, re.DOTALL)


@dataclass(frozen=True)
class Language:
    """The lexical rules of a language. Quotes are tried in their order."""

    name: str
    quotes: tuple[Quotes, ...]
    line_comment: str = "//"
    block_comment: tuple[str, str] | None = ("/*", "*/")
    nested_comments: bool = False
    #: Other stretches that hold no quotes that count, as a regular expression.
    opaque: str = r"(?!)"

    @cached_property
    def lexemes(self) -> re.Pattern[str]:
        """What may stand next."""
        block = re.escape(self.block_comment[0]) if self.block_comment else "(?!)"
        quotes = "|".join(f"(?P<quotes{index}>{quotes.opening})" for index, quotes in enumerate(self.quotes))
        comment = f"(?P<comment>(?:{self.line_comment})[^\\n]*)|(?P<block>{block})|(?P<opaque>{self.opaque})"
        words = r"(?P<word>[A-Za-z_\x80-\xff][\w\x80-\xff]*|[0-9][\w.]*)"
        return re.compile(rf"(?P<space>\s+)|{comment}|{quotes}|{words}|(?P<mark>.)", re.DOTALL | re.ASCII)


class Kind(Enum):
    """What a lexeme is."""

    WORD = "word"
    STRING = "string"
    MARK = "mark"


@dataclass(frozen=True)
class Lexeme:
    """A word, a mark of one character, or a string without its quotes.

    A string that holds escapes or code is not `plain`: its bytes are not what it means.
    """

    kind: Kind
    token: Token
    plain: bool = True

    @property
    def text(self) -> str:
        """The bytes as text."""
        return self.token.text

    def reads(self, *texts: str) -> bool:
        """Whether it is one of these words or marks."""
        return self.kind is not Kind.STRING and self.token.text in texts


class _Scanner:
    """One pass over a file. In Latin-1 each byte is one character, so that offsets of characters are those of bytes."""

    def __init__(self, path: str, data: bytes, language: Language) -> None:
        self._path, self._language = path, language
        self._data, self._text, self._lines = data, data.decode("latin-1"), Lines(data)

    def lexemes(self, position: int, nested: bool = False) -> Iterator[tuple[Lexeme, int]]:
        """Every lexeme from `position`, and where it ends with its quotes; when `nested`, up to the `}` that closes it."""
        depth = 0
        while position < len(self._text):
            match = self._language.lexemes.match(self._text, position)
            assert match  # noqa: S101 - the last alternative takes anything
            name, position = match.lastgroup or "", match.end()
            if name == "block":
                position = self._after_comment(match.start())
            elif name.startswith("quotes"):
                start, quotes = position, self._language.quotes[int(name.removeprefix("quotes"))]
                end, position, plain = self._string(start, quotes, match)
                yield Lexeme(Kind.STRING, self._token(start, end), plain), position
            elif name in {"word", "mark"}:
                depth += {"{": 1, "}": -1}.get(match[0], 0)
                yield Lexeme(Kind(name), self._token(match.start(), position)), position
                if nested and depth < 0:
                    return

    def _string(self, start: int, quotes: Quotes, opening: re.Match[str]) -> tuple[int, int, bool]:
        """Where the string that starts at `start` ends, without and with its closing quotes, and whether it is plain."""
        plain, position = True, start
        while match := quotes.stop.search(self._text, position):
            if match.lastgroup == "closing":
                return match.start(), match.end(), plain
            if match.lastgroup == "newline":
                break
            plain = False
            position = self._after_code(match.end()) if match.lastgroup == "code" else match.end()
        raise self._wrong(opening.start(), "a string that starts here does not end")

    def _after_code(self, start: int) -> int:
        last = deque(self.lexemes(start, nested=True), maxlen=1)
        if not last or not last[0][0].reads("}"):
            raise self._wrong(start, "the code in a string here does not end")
        return last[0][1]

    def _after_comment(self, start: int) -> int:
        opening, closing = self._language.block_comment or ("", "")
        depth, position = 0, start
        edge = re.compile(f"{re.escape(opening)}|{re.escape(closing)}")
        while match := edge.search(self._text, position):
            position = match.end()
            if match[0] == closing:
                depth -= 1
            elif depth == 0 or self._language.nested_comments:
                depth += 1
            if depth == 0:
                return position
        raise self._wrong(start, "a comment that starts here does not end")

    def _token(self, start: int, end: int) -> Token:
        return Token(start, end, self._lines.at(start), self._data[start:end].decode())

    def _wrong(self, position: int, what: str) -> ManifestError:
        place = Place(self._path, self._lines.at(position))
        return ManifestError("manifest-syntax", f"The file is no valid {self._language.name}: {what}.", "Correct the code.", place)


def scan(path: str, data: bytes, language: Language) -> Iterator[Lexeme]:
    """Everything in the file but comments, as far as it is asked for.

    Raises:
        ManifestError: it is not UTF-8 (rule `manifest-encoding`), or a string or a comment has no end (`manifest-syntax`).
    """
    start = decoded(path, data).bom
    try:
        yield from (lexeme for lexeme, _ in _Scanner(path, data, language).lexemes(start))
    except RecursionError:
        what = f"The file is no valid {language.name}: strings are nested too deeply."
        raise ManifestError("manifest-syntax", what, "Correct the code.", Place(path)) from None


def lexemes(path: str, data: bytes, language: Language) -> list[Lexeme]:
    """All that `scan` finds."""
    return list(scan(path, data, language))
