"""Encodings and line numbers of the bytes of a text file."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from release_actions.errors import ManifestError, Place


@dataclass(frozen=True)
class Decoded:
    """A file's text, and how many bytes its byte order mark takes."""

    text: str
    bom: int


def decoded(path: str, data: bytes) -> Decoded:
    """The text of a UTF-8 file, with or without a byte order mark.

    Raises:
        ManifestError: the file is not UTF-8 (rule `manifest-encoding`).
    """
    bom = len(codecs.BOM_UTF8) if data.startswith(codecs.BOM_UTF8) else 0
    try:
        return Decoded(data[bom:].decode(), bom)
    except UnicodeDecodeError as error:
        place = Place(path, data.count(b"\n", 0, bom + error.start) + 1)
        raise ManifestError("manifest-encoding", "The file is not UTF-8.", "Save it as UTF-8.", place) from None


class Lines:
    """The line of an offset; cheap when offsets are asked for in ascending order, as readers do."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._offset, self._line = 0, 1

    def at(self, offset: int) -> int:
        """The line of the byte at `offset`, counted from 1."""
        if offset < self._offset:
            self._offset, self._line = 0, 1
        self._line += self._data.count(b"\n", self._offset, offset)
        self._offset = offset
        return self._line
