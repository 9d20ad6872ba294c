"""Go source files: their imports, which stand before all other declarations (The Go Programming Language Specification)."""

from __future__ import annotations

from collections.abc import Iterator

from release_actions.manifests import go_module, go_path
from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.source_code import Kind, Language, Lexeme, Quotes, scan

_GO = Language("Go", (Quotes('"', '"'), Quotes("`", "`", r"(?!)", lines=True), Quotes("'", "'")))
#: What the go command takes no packages from, or copies of other people's.
_PASSED_OVER = {"vendor", "testdata"}
FILES = ("*.go",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.endswith(".go") and _PASSED_OVER.isdisjoint(path.split("/"))


def read(path: str, data: bytes) -> Manifest:
    """Read a source file of Go, as far as its imports go."""
    sites: list[Site] = []
    if b"import" in data:
        for imported in _imports(scan(path, data, _GO)):
            # The longest that is one of the repository's modules comes last, and wins.
            sites += [Site(imported.token, "import", Spelling.GO_PATH, module) for module in go_path.modules(imported.text)]
    return Manifest(path, go_module.FAMILY, dependencies=tuple(sites))


def _imports(code: Iterator[Lexeme]) -> Iterator[Lexeme]:
    """The strings of the import declarations."""
    depth = 0
    for lexeme in code:
        if lexeme.kind is Kind.STRING:
            yield lexeme
        elif lexeme.reads("(", ")"):
            depth += 1 if lexeme.reads("(") else -1
        elif depth == 0 and lexeme.reads("func", "var", "const", "type"):
            return
