"""YAML with the exact bytes of each plain or quoted text (YAML 1.2.2).

PyYAML's parser, which is libyaml where that is built in, does the parsing and tells where each value stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import Lines, decoded
from release_actions.manifests.manifest import Token

if TYPE_CHECKING:
    import yaml

#: Plain texts have no style, which libyaml says in its own way.
_QUOTES = {None: 0, "": 0, "'": 1, '"': 1}


class YamlDocument:
    """A file of one YAML document, whose root is a mapping.

    Raises:
        ManifestError: it is not UTF-8 (rule `manifest-encoding`), not YAML (`manifest-syntax`), or a mapping that is
            looked into holds a key twice (`manifest-duplicate-key`).
    """

    def __init__(self, path: str, data: bytes) -> None:
        import yaml  # nearly every bump would wait for it, and few repositories have such files

        content = decoded(path, data)
        self._path, self._text, self._bom, self._lines = path, content.text, content.bom, Lines(data)
        self._ascii = content.text.isascii()
        try:
            self.root: yaml.Node | None = yaml.compose(content.text, Loader=loader())
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._wrong(error.problem or "it can't be read", self._line(mark) if mark else None) from None
        except (yaml.YAMLError, RecursionError) as error:
            raise self._wrong(getattr(error, "reason", "") or "the values are nested too deeply", None) from None
        if not is_mapping(self.root):
            raise self._wrong("the document is no mapping", 1)

    def entries(self, node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
        """The keys of a mapping with their values; none when `node` is None or something else."""
        return list(node.value) if is_mapping(node) else []

    def members(self, node: yaml.Node | None) -> Mapping[str, yaml.Node]:
        """The members of a mapping that have text as their keys; none when `node` is None or something else."""
        found: dict[str, yaml.Node] = {}
        for key, value in self.entries(node):
            if not _is(key, "scalar"):
                continue
            if key.value in found:
                place = Place(self._path, self._line(key.start_mark))
                what = f"The key `{key.value}` stands twice in one mapping."
                raise ManifestError("manifest-duplicate-key", what, "Remove one of them.", place)
            found[key.value] = value
        return found

    def items(self, node: yaml.Node | None) -> list[yaml.Node]:
        """The items of a sequence; none when `node` is None or something else."""
        return list(node.value) if _is(node, "sequence") else []

    def text(self, node: yaml.Node | None) -> str | None:
        """What a scalar says; None for anything else."""
        return str(node.value) if _is(node, "scalar") else None

    def string(self, node: yaml.Node | None, key: str) -> Token | None:
        """The text that `node` is, without its quotes; None when there is none, or an empty one.

        Raises:
            ManifestError: it is no text (rule `manifest-type`), or written so that its bytes are not what they mean
                (`manifest-escape`).
        """
        if node is None or node.value == "":
            return None
        place = Place(self._path, self._line(node.start_mark))
        if not _is(node, "scalar"):
            raise ManifestError("manifest-type", f"`{key}` is no text.", "Write it as text on its line.", place)
        style = getattr(node, "style", None)
        start = node.start_mark.index + _QUOTES.get(style, 0)
        end = start + len(node.value)
        if style not in _QUOTES or self._text[start:end] != node.value:
            raise ManifestError("manifest-escape", f"`{key}` is written with escapes.", "Write it plainly, on its line.", place)
        return Token(self._offset(start), self._offset(end), place.line or 1, node.value)

    def _line(self, mark: yaml.Mark) -> int:
        """The line as editors and GitHub count; for YAML a lone carriage return ends one too."""
        return self._lines.at(self._offset(mark.index))

    def _offset(self, position: int) -> int:
        return self._bom + (position if self._ascii else len(self._text[:position].encode()))

    def _wrong(self, what: str, line: int | None) -> ManifestError:
        place = Place(self._path, line)
        return ManifestError("manifest-syntax", f"The file is not valid YAML: {what}.", "Correct the YAML near this line.", place)


def loader() -> Any:
    """PyYAML's safe loader: libyaml's where it is built in."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_mapping(node: yaml.Node | None) -> TypeGuard[yaml.Node]:
    """Whether the node is a mapping."""
    return _is(node, "mapping")


def _is(node: yaml.Node | None, kind: str) -> TypeGuard[yaml.Node]:
    """Whether it is a scalar, a sequence or a mapping, by the name that PyYAML gives each class of nodes."""
    return getattr(node, "id", None) == kind
