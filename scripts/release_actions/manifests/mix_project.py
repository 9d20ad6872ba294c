"""mix.exs (Mix, "Mix.Project"): the keywords of `project`, and what the module attributes in them stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.source_code import Kind, Language, Lexeme, Quotes, lexemes

FAMILY = "hex"
_CODE = r"\#\{"
_PAIRS = ((r"\(", r"\)"), (r"\[", r"\]"), (r"\{", r"\}"), ("<", ">"), ("/", "/"), (r"\|", r"\|"), ('"', '"'), ("'", "'"))
_ELIXIR = Language(
    "Elixir",
    (
        *(Quotes(rf"~[a-z]{mark}", mark, code=_CODE, lines=True) for mark in ('"""', "'''")),
        *(Quotes(rf"~[A-Z]+{mark}", mark, r"(?!)", lines=True) for mark in ('"""', "'''")),
        *(Quotes(rf"~[a-z]{opening}", closing, code=_CODE, lines=True) for opening, closing in _PAIRS),
        *(Quotes(rf"~[A-Z]+{opening}", closing, rf"\\{closing}", lines=True) for opening, closing in _PAIRS),
        *(Quotes(mark, mark, code=_CODE, lines=True) for mark in ('"""', "'''", '"', "'")),
    ),
    line_comment=r"\#",
    block_comment=None,
    # A character such as `?"`; the mark may also end the name of a function.
    opaque=r"(?<!\w)\?(?:\\.|[^\s\\])",
)

_OPENINGS = [("def", "project", *arguments, *do, "[") for arguments in ((), ("(", ")")) for do in (("do",), (",", "do", ":"))]
FILES = ("mix.exs",)


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    return path.rpartition("/")[2] in FILES and "deps" not in path.split("/")


def read(path: str, data: bytes) -> Manifest:
    """Read a project of Mix. A dependency counts when it is in a folder and has a requirement."""
    code = lexemes(path, data, _ELIXIR)
    project = dict(_keywords(code))
    name, version = project.get("app"), _meant(code, project.get("version"))
    return Manifest(
        path,
        FAMILY,
        name=name.text if name and name.kind is Kind.WORD else None,
        versions=(Site(version.token, "version", Spelling.SEMVER),) if version else (),
        dependencies=tuple(_dependencies(code)),
    )


def _keywords(code: Sequence[Lexeme]) -> Iterator[tuple[str, Lexeme]]:
    """The keywords of the list that `project` returns, with the first lexeme of their values that is no mark."""
    start = next(_after_openings(code), len(code))
    depth = 1
    for index in range(start, len(code) - 2):
        if code[index].reads("[", "(", "{", "]", ")", "}"):
            depth += 1 if code[index].reads("[", "(", "{") else -1
        if depth == 0:
            return
        if depth == 1 and code[index].kind is Kind.WORD and code[index + 1].reads(":") and code[index - 1].reads("[", ","):
            value = index + 3 if code[index + 2].reads(":", "@") else index + 2
            if value < len(code):
                yield code[index].text, code[value]


def _after_openings(code: Sequence[Lexeme]) -> Iterator[int]:
    """Where the list starts that `project` returns, in whatever form the function is written."""
    for index in range(len(code)):
        for opening in _OPENINGS if code[index].reads("def") else ():
            found = code[index : index + len(opening)]
            if len(found) == len(opening) and all(lexeme.reads(text) for lexeme, text in zip(found, opening, strict=True)):
                yield index + len(opening)


def _meant(code: Sequence[Lexeme], value: Lexeme | None) -> Lexeme | None:
    """The string that a value is, or that the module attribute is set to: `@version "1.2.3"`."""
    if value is None or value.kind is Kind.STRING:
        return value if value and value.plain else None
    for mark, name, text in zip(code, code[1:], code[2:], strict=False):
        if mark.reads("@") and name.text == value.text and text.kind is Kind.STRING:
            return text if text.plain else None
    return None


def _dependencies(code: Sequence[Lexeme]) -> Iterator[Site]:
    """`{:name, "requirement", path: …}` or `in_umbrella: true`."""
    for index in range(len(code) - 4):
        brace, colon, name, comma, requirement = code[index : index + 5]
        tuple_of_three = brace.reads("{") and colon.reads(":") and comma.reads(",") and name.kind is Kind.WORD
        if tuple_of_three and requirement.kind is Kind.STRING and requirement.plain and _is_local(code[index + 5 :]):
            yield Site(requirement.token, f"deps {name.text}", Spelling.SEMVER_REQUIREMENT, name.text)


def _is_local(after: Sequence[Lexeme]) -> bool:
    for lexeme, colon in pairwise(after):
        if lexeme.reads("}"):
            return False
        if lexeme.reads("path", "in_umbrella") and colon.reads(":"):
            return True
    return False
