"""AssemblyInfo.cs, .fs and .vb: the attributes that give an assembly its versions."""

from __future__ import annotations

from release_actions.manifests import msbuild
from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.source_code import Kind, Language, Quotes, lexemes

_TEXT, _VERBATIM, _CHARACTER = Quotes('"', '"'), Quotes(r'(?:@\$?|\$@)"', '"', '""', lines=True), Quotes("'", "'")
_RAW = Quotes('"""', '"""', r"(?!)", lines=True)
#: A generic parameter of F# such as `'a`; a name may end with the mark too.
_TICK = r"(?<=\w)'|'(?=[A-Za-z_]\w*[^'\w])"
_LANGUAGES = {
    "cs": Language("C#", (_RAW, _VERBATIM, _TEXT, _CHARACTER), line_comment="//|#"),
    "fs": Language("F#", (_RAW, _VERBATIM, _TEXT, _CHARACTER), block_comment=("(*", "*)"), nested_comments=True, opaque=_TICK),
    "vb": Language("Visual Basic", (Quotes('"', '"', '""'),), line_comment=r"'|\bREM\b", block_comment=None),
}
_NAMES = tuple(f"assemblyinfo.{ending}" for ending in _LANGUAGES)
_ATTRIBUTES = {
    "AssemblyVersion": Spelling.NUMERIC,
    "AssemblyFileVersion": Spelling.NUMERIC,
    "AssemblyInformationalVersion": Spelling.SEMVER,
}
FILES = tuple(f"*.{ending}" for ending in _LANGUAGES)


def matches(path: str) -> bool:
    """Whether the path names such a file; those below `obj` are made by builds."""
    return path.lower().endswith(_NAMES) and "obj" not in path.split("/")


def read(path: str, data: bytes) -> Manifest:
    """Read the attributes of an assembly."""
    code = lexemes(path, data, _LANGUAGES[path.rpartition(".")[2].lower()])
    sites: list[Site] = []
    for before, name, bracket, value, closing in zip(code, code[1:], code[2:], code[3:], code[4:], strict=False):
        spelling = _ATTRIBUTES.get(name.text.removesuffix("Attribute")) if name.kind is Kind.WORD else None
        called = before.reads(":", ",", ".") and bracket.reads("(") and closing.reads(")")
        if spelling and called and value.kind is Kind.STRING and value.plain and value.text[:1].isdigit():
            sites.append(Site(value.token, name.text, spelling))
    return Manifest(path, msbuild.FAMILY, versions=tuple(sites))
