"""go.mod: the module's own path, and the repository's modules that it requires or replaces (Go Modules Reference)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import decoded
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

FAMILY = "go"
_WORD = re.compile(rb'"(?P<quoted>[^"\r\n]*)"|`(?P<raw>[^`\r\n]*)`|(?P<bare>=>|[()]|[^\s"`()]+)')
_VERSION = re.compile(r"v(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)")
#: The directives that name modules as they are used; `exclude` and `retract` speak of releases of the past.
_DIRECTIVES = {"module", "require", "replace"}
FILES = ("go.mod",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a go.mod."""
    lines = list(_directives(path, data))
    modules = [words[0] for directive, words in lines if directive == "module"]
    if len(modules) != 1:
        what = "The file has no `module` directive." if not modules else "The file has two `module` directives."
        raise ManifestError("manifest-syntax", what, "Write one `module PATH`.", Place(path, modules[1].line if modules else 1))
    if not all(modules[0].text.split("/")):
        raise ManifestError("manifest-syntax", f"`{modules[0].text[:100]}` is no module path.", "Correct it.", Place(path, modules[0].line))
    return Manifest(
        path,
        FAMILY,
        name=modules[0].text,
        dependencies=tuple(site for directive, words in lines for site in _sites(directive, words)),
        requires=tuple(words[0].text for directive, words in lines if directive == "require"),
    )


def _directives(path: str, data: bytes) -> Iterator[tuple[str, list[Token]]]:
    """Each line of `module`, `require` and `replace` with its words, whether it stands in a block or alone."""
    block = ""
    offset = decoded(path, data).bom
    for number, line in enumerate(data[offset:].split(b"\n"), start=1):
        words = list(_words(line.partition(b"//")[0], offset, number))
        offset += len(line) + 1
        if not words:
            continue
        if block and words[0].text == ")":
            block = ""
        elif block:
            yield block, words
        elif len(words) > 1 and words[1].text == "(":
            block = words[0].text
        elif len(words) > 1:
            yield words[0].text, words[1:]


def _words(code: bytes, offset: int, line: int) -> Iterator[Token]:
    for match in _WORD.finditer(code):
        name = match.lastgroup or ""
        yield Token(offset + match.start(name), offset + match.end(name), line, match[name].decode())


def _sites(directive: str, words: list[Token]) -> Iterator[Site]:
    if directive not in _DIRECTIVES:
        return
    for word, following in zip(words, [*words[1:], None], strict=True):
        version = _VERSION.fullmatch(following.text) if following else None
        if _VERSION.fullmatch(word.text) or word.text == "=>" or word.text.startswith((".", "/")):
            continue
        yield Site(word, directive, Spelling.GO_PATH, word.text)
        if following and version:
            yield Site(following.part(*version.span("version")), f"{directive} {word.text}", Spelling.SEMVER, word.text)
