"""build.gradle and build.gradle.kts: the version that a script gives to its project, all projects, or a publication."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from release_actions.manifests import maven_pom
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling
from release_actions.manifests.source_code import Kind, Language, Lexeme, Quotes, lexemes

_CODE = r"\$\{"
_TEXT = (Quotes('"""', '"""', code=_CODE, lines=True), Quotes('"', '"', code=_CODE))
#: A pattern between slashes, where a division can't be.
_SLASHY = r"(?:(?<=[=(,\[{:~])|(?<=[=(,\[{:~] ))/(?![/*])(?:\\.|[^/\\\n])+/"
_GROOVY = Language(
    "Groovy",
    (*_TEXT, Quotes("'''", "'''", lines=True), Quotes("'", "'"), Quotes(r"\$/", r"/\$", r"\$[$/]", _CODE, lines=True)),
    opaque=_SLASHY,
)
_RAW = Quotes('"""', '"""(?!")', r"(?!)", _CODE, lines=True)
_KOTLIN = Language("Kotlin", (_RAW, Quotes('"', '"', code=_CODE), Quotes("'", "'")), nested_comments=True)
#: Blocks in which `version` is the project's; within `publications` each one may have any name.
_PROJECTS = {"allprojects", "subprojects"}
_WITHIN_PUBLISHING = ("publishing", "publications")
_DECLARATIONS = {"val", "def", "String", "final", "ext", "extra"}
FILES = ("build.gradle", "build.gradle.kts")


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a build script of Gradle."""
    code = list(_placed(lexemes(path, data, _KOTLIN if path.endswith(".kts") else _GROOVY)))
    sites: list[Site] = []
    left_alone: list[LeftAlone] = []
    for index, (word, blocks) in enumerate(code):
        if not word.reads("version") or not _is_project(blocks) or _is_member(code, index):
            continue
        value = _value([lexeme for lexeme, _ in code[index + 1 : index + 4]])
        meant = _declared(code, value) if value and value.kind is Kind.WORD else value
        if meant and meant.kind is Kind.STRING and meant.plain and "$" not in meant.text:
            sites.append(Site(meant.token, "version", Spelling.MAVEN))
        elif value:
            left_alone.append(LeftAlone(word.token.line, "version", value.text, "it is filled in by the build"))
    return Manifest(path, maven_pom.FAMILY, versions=tuple(dict.fromkeys(sites)), left_alone=tuple(left_alone))


def _placed(code: Sequence[Lexeme]) -> Iterator[tuple[Lexeme, tuple[str, ...]]]:
    """Each lexeme with the names of the blocks around it; what stands in parentheses or brackets is in a nameless one."""
    blocks: list[str] = []
    for index, lexeme in enumerate(code):
        if lexeme.reads("}", ")", "]") and blocks:
            blocks.pop()
        yield lexeme, tuple(blocks)
        if lexeme.reads("{"):
            blocks.append(_opener(code, index))
        elif lexeme.reads("(", "["):
            blocks.append("")


def _opener(code: Sequence[Lexeme], brace: int) -> str:
    """The first word of the statement that opens a block: `publishing` of `publishing {`, `create` of `create("x") {`."""
    start = brace
    while start and code[start - 1].token.line == code[brace].token.line and not code[start - 1].reads("{", "}", ";"):
        start -= 1
    return code[start].text if start < brace else ""


def _is_project(blocks: tuple[str, ...]) -> bool:
    if len(blocks) == 3 and blocks[:2] == _WITHIN_PUBLISHING:
        return True
    return not blocks or (len(blocks) == 1 and blocks[0] in _PROJECTS)


def _is_member(code: Sequence[tuple[Lexeme, tuple[str, ...]]], index: int) -> bool:
    """Whether the word belongs to something else: `id("x") version "1"`, `java.version`, `val version = …`."""
    if index == 0:
        return False
    before = code[index - 1][0]
    if before.reads("."):
        return not code[index - 2][0].reads("project", "rootProject", "this")
    return before.token.line == code[index][0].token.line and not before.reads("{", "}", ";")


def _value(after: Sequence[Lexeme]) -> Lexeme | None:
    """What is assigned, in `version = x`, `version x` and `version(x)`; None when `version` is used for something else."""
    if len(after) > 1 and after[0].reads("="):
        return after[1]
    if after and after[0].kind is Kind.STRING:
        return after[0]
    if len(after) > 1 and after[0].reads("(") and after[1].kind is Kind.STRING:
        return after[1]
    return None


def _declared(code: Sequence[tuple[Lexeme, tuple[str, ...]]], name: Lexeme) -> Lexeme | None:
    """The string that the variable `name` is declared to be, at the top or in `ext`; None when it is anything else."""
    for (before, _), (word, blocks), (equals, _), (value, _) in zip(code, code[1:], code[2:], code[3:], strict=False):
        at_top = not blocks and before.reads(*_DECLARATIONS, ".")
        if word.text == name.text and equals.reads("=") and (at_top or blocks == ("ext",)):
            return value if value.kind is Kind.STRING else None
    return None
