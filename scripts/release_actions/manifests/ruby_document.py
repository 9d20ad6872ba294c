"""Ruby code by its syntax tree, with the exact bytes of each string."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tree_sitter import Language, Node, Parser

from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import decoded
from release_actions.manifests.manifest import Token


class RubyDocument:
    """A file of Ruby code.

    Raises:
        ManifestError: it is not UTF-8 (rule `manifest-encoding`), or not Ruby (`manifest-syntax`).
    """

    def __init__(self, path: str, data: bytes) -> None:
        self._bom = decoded(path, data).bom
        root = _parser().parse(data[self._bom :]).root_node
        if root.has_error:
            place = Place(path, _line(next(_errors(root), root)))
            raise ManifestError("manifest-syntax", "The file is not valid Ruby.", "Correct the code near this line.", place)
        self._nodes = list(_below(root))

    def assigned(self) -> Iterator[tuple[str, Token]]:
        """Every string that is assigned: to what, such as `VERSION` or `spec.version`, and the string."""
        for node in self._nodes:
            left = node.child_by_field_name("left") if node.type == "assignment" else None
            token = self.literal(node.child_by_field_name("right")) if left else None
            if left and token:
                yield _text(left), token

    def calls(self, *names: str) -> Iterator[tuple[list[Token], list[str]]]:
        """Every call of one of these methods: the strings among its arguments, in lists too, and its keywords."""
        for node in self._nodes:
            method = node.child_by_field_name("method") if node.type == "call" else None
            arguments = node.child_by_field_name("arguments") if method and _text(method) in names else None
            if arguments:
                items = [part for item in arguments.named_children for part in (item.named_children if item.type == "array" else [item])]
                pairs = [pair.child_by_field_name("key") for pair in items if pair.type == "pair"]
                yield [token for item in items if (token := self.literal(item))], [_text(key).lstrip(":") for key in pairs if key]

    def values(self, key: str) -> Iterator[Token]:
        """Every string that stands behind the keyword `key`, in calls and in hashes."""
        for node in self._nodes:
            if node.type == "pair" and _text(node.child_by_field_name("key")).lstrip(":") == key:
                token = self.literal(node.child_by_field_name("value"))
                if token:
                    yield token

    def literal(self, node: Node | None) -> Token | None:
        """The string that `node` is, frozen or not, if its bytes are what it means; None for anything else."""
        if node and node.type == "call" and _text(node.child_by_field_name("method")) == "freeze":
            node = node.child_by_field_name("receiver")
        if node is None or node.type != "string" or [child.type for child in node.named_children] != ["string_content"]:
            return None
        content = node.named_children[0]
        return Token(self._bom + content.start_byte, self._bom + content.end_byte, _line(content), _text(content))


@cache
def _parser() -> Parser:
    # Only repositories with Ruby in them pay for the grammar.
    import tree_sitter_ruby

    return Parser(Language(tree_sitter_ruby.language()))


def _below(node: Node) -> Iterator[Node]:
    """`node` and everything in it, in the order of the code, however deep."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.named_children)


def _errors(root: Node) -> Iterator[Node]:
    """The innermost places that are wrong."""
    for node in _below(root):
        if node.is_error or node.is_missing or (node.has_error and not any(child.has_error for child in node.named_children)):
            yield node


def _text(node: Node | None) -> str:
    return (node.text or b"").decode() if node else ""


def _line(node: Node) -> int:
    return int(node.start_point[0]) + 1
