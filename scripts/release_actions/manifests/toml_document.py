"""TOML with the exact bytes of each string (TOML 1.0.0).

Tomli, of which Python's own parser is a copy, is the judge of what the document means: compiled it takes a third of the time,
and it is the same one whatever Python runs. The syntax tree tells where each string stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import tomli
import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import Lines, decoded
from release_actions.manifests.manifest import Token

#: Where a value is: keys, and indexes in lists.
Path = tuple[str | int, ...]


class TomlDocument:
    """A TOML document: `values` is what it means.

    Raises:
        ManifestError: it is not UTF-8 (rule `manifest-encoding`) or not TOML, which includes doubled keys
            (`manifest-syntax`).
    """

    def __init__(self, path: str, data: bytes) -> None:
        content = decoded(path, data)
        self._path, self._data, self._bom, self._lines = path, data, content.bom, Lines(data)
        try:
            self.values: dict[str, Any] = tomli.loads(content.text)
            self._strings: dict[Path, Node] = {}
            _strings(_parser().parse(data[content.bom :]).root_node, (), self._strings)
        except RecursionError:
            raise self._wrong("the values are nested too deeply") from None
        except ValueError as error:  # also of a number of thousands of digits
            raise self._wrong(str(error)) from None

    def value(self, *path: str | int) -> Any:
        """The value at `path`; None when there is none."""
        found: Any = self.values
        for step in path:
            if isinstance(step, str):
                found = found.get(step) if isinstance(found, dict) else None
            else:
                found = found[step] if isinstance(found, list) and step < len(found) else None
        return found

    def table(self, *path: str | int) -> dict[str, Any]:
        """The table at `path`; empty when there is none, or something else."""
        found = self.value(*path)
        return found if isinstance(found, dict) else {}

    def array(self, *path: str | int) -> list[Any]:
        """The array at `path`; empty when there is none, or something else."""
        found = self.value(*path)
        return found if isinstance(found, list) else []

    def string(self, *path: str | int) -> Token | None:
        """The string at `path`, without its quotes; None when there is no value.

        Raises:
            ManifestError: it is no string (rule `manifest-type`), or one with escapes (`manifest-escape`), whose bytes
                are not what they mean.
        """
        meant = self.value(*path)
        if meant is None:
            return None
        name = ".".join(map(str, path))
        if not isinstance(meant, str):
            raise ManifestError("manifest-type", f"`{name}` is no string.", "Write it as text in quotes.", self.place(*path))
        token = self.written(*path)
        if token.text != meant:
            raise ManifestError("manifest-escape", f"`{name}` is written with escapes.", "Write it plainly.", self.place(*path))
        return token

    def written(self, *path: str | int) -> Token:
        """The string at `path` as it is written between its quotes, escapes and all.

        Raises:
            ManifestError: it stands in a form of TOML 1.1.0, which the syntax tree does not know (rule `manifest-syntax`).
        """
        node = self._strings.get(path)
        if node is None:
            name = ".".join(map(str, path))
            what = f"`{name}` stands in a form that only TOML 1.1 has."
            raise ManifestError("manifest-syntax", what, "Write it as TOML 1.0 does.", self.place(*path))
        quotes = 3 if node.end_byte - node.start_byte >= 6 and _opening(node) in {'"""', "'''"} else 1
        start, end = self._bom + node.start_byte + quotes, self._bom + node.end_byte - quotes
        return Token(start, end, self._lines.at(start), self._data[start:end].decode())

    def place(self, *path: str | int) -> Place:
        """Where the value at `path` is, as near as the document tells."""
        node = self._strings.get(path)
        return Place(self._path, self._lines.at(self._bom + node.start_byte) if node else _line_of(self._data, path))

    def _wrong(self, what: str) -> ManifestError:
        line = re.search(r"\(at line (\d+), column \d+\)", what)
        place = Place(self._path, int(line.group(1)) if line else None)
        reason = re.sub(r" \(at .*", "", what)
        return ManifestError("manifest-syntax", f"The file is not valid TOML: {reason}.", "Correct the TOML on this line.", place)


def _line_of(data: bytes, path: Path) -> int | None:
    """The first line that starts with the last key of `path`; good enough to point a person at a value of a wrong type."""
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    match = re.search(rb"^[ \t]*" + re.escape(key.encode()) + rb"[ \t]*=", data, re.MULTILINE)
    return data.count(b"\n", 0, match.start()) + 1 if match else None


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_toml.language()))


def _opening(node: Node) -> str:
    first = node.children[0] if node.children else None
    return first.type if first else ""


def _strings(node: Node, at: Path, found: dict[Path, Node]) -> None:
    """Add every string below `node`, a document, table or inline table, to `found`, by its path."""
    rows: dict[Path, int] = {}
    for child in node.named_children:
        kind = child.type
        if kind == "pair":
            # A comment after the value is part of the pair.
            key, value = child.named_children[:2]
            _values(value, (*at, *_keys(key)), found)
        elif kind == "table":
            _strings(child, _through(_keys(child.named_children[0]), rows), found)
        elif kind == "table_array_element":
            path = _keys(child.named_children[0])
            table: Path = _through(path[:-1], rows) + path[-1:]
            rows[table] = rows.get(table, 0) + 1
            _strings(child, _through(path, rows), found)


def _values(node: Node, at: Path, found: dict[Path, Node]) -> None:
    kind = node.type
    if kind == "string":
        found[at] = node
    elif kind == "inline_table":
        _strings(node, at, found)
    elif kind == "array":
        items = (item for item in node.named_children if item.type != "comment")
        for index, item in enumerate(items):
            _values(item, (*at, index), found)


def _through(keys: Path, rows: Mapping[Path, int]) -> Path:
    """`keys` with the index of the latest row after each key that names an array of tables."""
    path: Path = ()
    for key in keys:
        path = (*path, key)
        if path in rows:
            path = (*path, rows[path] - 1)
    return path


def _keys(node: Node) -> Path:
    if node.type == "dotted_key":
        return tuple(key for child in node.named_children for key in _keys(child))
    text = (node.text or b"").decode()
    return (next(iter(tomli.loads(f"{text} = 0"))),) if node.type == "quoted_key" else (text,)
