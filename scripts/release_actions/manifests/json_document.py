"""JSON with the exact bytes of each value (RFC 8259), for documents of any size.

The standard library's decoder does the parsing. It is asked for one value after another, so that it tells where each
one ends, and only what is asked for is ever kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from release_actions.domain import strict_json
from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import Lines, decoded
from release_actions.manifests.manifest import Token

_SPACE = re.compile(r"[ \t\n\r]*")
#: What stands between a key and its value, and behind a value, in a document that is known to be JSON.
_COLON, _COMMA = re.compile(r"[ \t\n\r]*:[ \t\n\r]*"), re.compile(r"[ \t\n\r]*,?[ \t\n\r]*")
#: Values that are only passed over are not kept.
_DECODER = json.JSONDecoder(object_pairs_hook=lambda pairs: None, parse_int=len)  # noqa: ARG005 - the hook's form
_PASS: Callable[[str, int], tuple[object, int]] = _DECODER.scan_once  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Value:
    """A value of the document, by the offsets of its first byte and of the byte after its last."""

    start: int
    end: int


class JsonDocument:
    """A JSON document whose root is an object.

    Raises:
        ManifestError: it is not UTF-8 (rule `manifest-encoding`), not JSON (`manifest-syntax`), or an object that is
            looked into holds a key twice (`manifest-duplicate-key`).
    """

    def __init__(self, path: str, data: bytes) -> None:
        start = decoded(path, data).bom
        # In Latin-1 each byte is one character, so that offsets of characters are offsets of bytes.
        self._text = data.decode("latin-1")
        self._data, self._path, self._lines = data, path, Lines(data)
        start = self._past(_SPACE, start)
        self.root = Value(start, self._end(start))
        rest = self._past(_SPACE, self.root.end)
        if rest != len(data):
            raise self._wrong(rest, "something follows the end of the document")
        if self._text[start] != "{":
            raise self._wrong(start, "the document is no object")

    def members(self, value: Value | None) -> Mapping[str, Value]:
        """The members of an object; none when `value` is None or something else than an object."""
        found: dict[str, Value] = {}
        if value is None or self._text[value.start] != "{":
            return found
        text, position = self._text, self._past(_SPACE, value.start + 1)
        while text[position] != "}":
            key, after = scanstring(text, position + 1)
            key = key if key.isascii() else self._string(position, after)
            if key in found:
                raise self._twice(position, key)
            start = self._past(_COLON, after)
            end = self._end(start)
            found[key] = Value(start, end)
            position = self._past(_COMMA, end)
        return found

    def items(self, value: Value | None) -> Iterator[Value]:
        """The items of an array; none when `value` is None or something else than an array."""
        if value is None or self._text[value.start] != "[":
            return
        position = self._past(_SPACE, value.start + 1)
        while self._text[position] != "]":
            item = Value(position, self._end(position))
            yield item
            position = self._past(_COMMA, item.end)

    def string(self, value: Value | None, key: str) -> Token | None:
        """The string that `value` is, without its quotes; None when there is no value.

        Raises:
            ManifestError: it is no string (rule `manifest-type`), or one with escapes (`manifest-escape`), whose bytes
                are not what they mean.
        """
        if value is None:
            return None
        line = self._lines.at(value.start)
        if self._text[value.start] != '"':
            raise ManifestError("manifest-type", f"`{key}` is no string.", "Write it as text in double quotes.", Place(self._path, line))
        raw = self._data[value.start + 1 : value.end - 1]
        if b"\\" in raw:
            raise ManifestError("manifest-escape", f"`{key}` is written with escapes.", "Write it plainly.", Place(self._path, line))
        return Token(value.start + 1, value.end - 1, line, raw.decode())

    def written(self, value: Value) -> Token:
        """The value as it is written, whatever it is."""
        return Token(value.start, value.end, self._lines.at(value.start), self._data[value.start : value.end].decode())

    def plain(self, value: Value | None) -> Any:
        """What a small value means: text, number, truth, list or object. Raises ManifestError when that can't be told."""
        if value is None:
            return None
        try:
            return strict_json.loads(self._data[value.start : value.end])
        except ValueError as error:
            raise self._wrong(value.start, str(error)) from None

    def line(self, value: Value) -> int:
        """The line where `value` starts."""
        return self._lines.at(value.start)

    def _past(self, what: re.Pattern[str], position: int) -> int:
        match = what.match(self._text, position)
        return match.end() if match else position

    def _string(self, start: int, end: int) -> str:
        return str(json.loads(self._data[start:end]))

    def _end(self, start: int) -> int:
        try:
            return _PASS(self._text, start)[1]
        except StopIteration as error:
            raise self._wrong(error.value, "Expecting value") from None
        except json.JSONDecodeError as error:
            raise self._wrong(error.pos, error.msg) from None
        except RecursionError:
            raise self._wrong(start, "the values are nested too deeply") from None

    def _wrong(self, position: int, what: str) -> ManifestError:
        place = Place(self._path, self._lines.at(position))
        return ManifestError("manifest-syntax", f"The file is not valid JSON: {what}.", "Correct the JSON on this line.", place)

    def _twice(self, position: int, key: str) -> ManifestError:
        place = Place(self._path, self._lines.at(position))
        return ManifestError("manifest-duplicate-key", f"The key `{key}` stands twice in one object.", "Remove one of them.", place)
