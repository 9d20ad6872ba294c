"""XML with the exact bytes of each text and attribute (XML 1.0).

Expat is the judge of what is well-formed and tells where each tag starts; within a tag that is known to be
well-formed, the attributes are found by its lexical rules.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import Lines
from release_actions.manifests.manifest import Token

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass
class Element:
    """An element. `text` is what stands between its tags, without surrounding space; None when it has child elements.

    `broken` tells that the text holds markup or entities, so that its bytes are not what they mean; `closed` that the
    element is written `<Name/>`.
    """

    name: str
    line: int
    attributes: Mapping[str, Token]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    text: Token | None = None
    broken: bool = False
    closed: bool = False

    def below(self) -> Iterator[Element]:
        """This element and everything in it, in document order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)


class XmlDocument:
    """An XML document.

    Raises:
        ManifestError: it is in an encoding that can't be read (rule `manifest-encoding`), not well-formed, or has a
            document type, whose entities could mean anything (`manifest-syntax`).
    """

    def __init__(self, path: str, data: bytes) -> None:
        self._path = path
        self._bom, self.encoding = _encoding(data)
        self._data = self._as_utf8(data)
        #: Whether each byte of the UTF-8 form stands for one in the file.
        self._same = self.encoding == "utf-8" or (self._data.isascii() and not self.encoding.startswith("utf-16"))
        self._lines = Lines(self._data)
        self._open: list[tuple[Element, int]] = []
        self._root: Element | None = None
        self._expat = expat.ParserCreate("utf-8")
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.StartDoctypeDeclHandler = self._doctype
        try:
            self._expat.Parse(self._data, True)
        except expat.ExpatError as error:
            raise self._wrong(error.lineno, expat.errors.messages[error.code]) from None
        assert self._root is not None  # noqa: S101 - Expat refuses a document without a root
        self.root: Element = self._root

    def _as_utf8(self, data: bytes) -> bytes:
        try:
            return data[self._bom :].decode(self.encoding).encode()
        except (LookupError, UnicodeError):
            raise ManifestError(
                "manifest-encoding", f"The file can't be read as {self.encoding}.", "Save it as UTF-8.", Place(self._path, 1)
            ) from None

    def _start(self, name: str, _: Mapping[str, str]) -> None:
        index = self._expat.CurrentByteIndex
        attributes, end = {}, index + 1 + len(name.encode())
        while match := _ATTRIBUTE.match(self._data, end):
            group = 2 if match.group(2) is not None else 3
            attributes[match.group(1).decode()] = self._token(match.start(group), match.end(group))
            end = match.end()
        parent = self._open[-1][0] if self._open else None
        element = Element(name, self._lines.at(index), attributes, parent)
        after = self._data.index(b">", end) + 1
        element.closed = self._data[after - 2 : after] == b"/>"
        if parent:
            parent.children.append(element)
        self._root = self._root or element
        self._open.append((element, after))

    def _end(self, _: str) -> None:
        element, start = self._open.pop()
        if element.children or element.closed:
            return
        raw = self._data[start : self._expat.CurrentByteIndex]
        lead = len(raw) - len(raw.lstrip())
        element.text = self._token(start + lead, start + max(lead, len(raw.rstrip())))
        element.broken = b"<" in raw or b"&" in raw

    def _doctype(self, *_: object) -> None:
        raise self._wrong(self._expat.CurrentLineNumber, "it has a document type declaration")

    def _token(self, start: int, end: int) -> Token:
        text, line = self._data[start:end].decode(), self._lines.at(start)
        if self._same:
            return Token(self._bom + start, self._bom + end, line, text)
        return Token(self._offset(start), self._offset(end), line, text)

    def _offset(self, position: int) -> int:
        """Where the byte of the UTF-8 form is in the file itself."""
        return self._bom + len(self._data[:position].decode().encode(self.encoding))

    def _wrong(self, line: int, what: str) -> ManifestError:
        return ManifestError(
            "manifest-syntax", f"The file is not valid XML: {what}.", "Correct the XML near this line.", Place(self._path, line)
        )


def _encoding(data: bytes) -> tuple[int, str]:
    """The length of the byte order mark, and the encoding; UTF-8 when the file says nothing (XML 1.0 §4.3.3)."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return len(mark), name
    declared = _DECLARED.match(data)
    name = declared.group(1).decode().lower() if declared else "utf-8"
    return 0, "utf-8" if name in {"utf-8", "us-ascii", "ascii", "utf8"} else name
