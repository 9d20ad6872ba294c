"""Edits change the reported bytes and no others, for any document around them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from tests.property.strategies import versions

from release_actions.domain.config import Config
from release_actions.domain.version import Scheme, Version
from release_actions.errors import ManifestError
from release_actions.manifests import kinds, targets
from release_actions.manifests.edit import Edit, apply
from release_actions.manifests.manifest import Manifest
from release_actions.manifests.workspace import assemble

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
SPACE = st.text(" \t", max_size=3)
ENDS = st.sampled_from(["\n", "\r\n"])
#: 0.0.0 is a placeholder wherever it stands.
SET = versions().filter(lambda version: str(version.core) != "0.0.0")
SPELLING = {"package.json": Scheme.SEMVER, "pyproject.toml": Scheme.PEP440, "Acme.csproj": Scheme.SEMVER}


@dataclass(frozen=True)
class Document:
    """A manifest with a version in it, and how to ask another parser what it bears."""

    path: str
    data: Callable[[str], bytes]
    ask: Callable[[bytes], str | None]


@st.composite
def npm(draw: st.DrawFn) -> Document:
    before = draw(st.dictionaries(TEXTS.filter(lambda key: key not in {"version", "name", "private"}), json_values(), max_size=4))
    head = json.dumps({"name": "acme", **before, "nested": {"version": "1.2.3"}}, ensure_ascii=draw(st.booleans()), indent=draw(indents()))
    space, end, bom, last = draw(SPACE), draw(ENDS), draw(st.booleans()), draw(st.sampled_from(["", "\n", "\n\n"]))

    def data(version: str) -> bytes:
        text = head[:-1] + f',\n"version"{space}:{space}"{version}"\n,"engines": {{"version": "{version}"}}}}' + last
        return (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", end).encode()

    return Document("package.json", data, lambda read: str(json.loads(read.decode("utf-8-sig"))["version"]))


def indents() -> st.SearchStrategy[int | str | None]:
    return st.sampled_from([None, 0, 2, "\t"])


def json_values() -> st.SearchStrategy[object]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | TEXTS | st.just("1.2.3"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.just("version"), inner, max_size=3),
        max_leaves=8,
    )


@st.composite
def python(draw: st.DrawFn) -> Document:
    quote, space, end = draw(st.sampled_from("\"'")), draw(SPACE), draw(ENDS)
    comments = [f"# {draw(TEXTS)}" for _ in range(3)]
    bom = draw(st.booleans())

    def data(version: str) -> bytes:
        text = "\n".join(
            [
                *(comments[0], "[tool.other]", f'version = "{version}"', "[[tool.rows]]", 'version = "1.2.3"', "[[tool.rows]]"),
                *(f'version = {{ version = "{version}" }} {comments[1]}', f"[{space}project{space}]", 'name = "acme"'),
                *('"quoted key" = """', "[project]", f'version = "{version}"', '"""'),
                *(f"version{space}={space}{quote}{version}{quote}{space}{comments[2]}", f'[project.urls]\nversion = "{version}"'),
            ]
        )
        return (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", end).encode()

    return Document("pyproject.toml", data, lambda read: str(tomllib.loads(read.decode("utf-8-sig"))["project"]["version"]))


@st.composite
def dotnet(draw: st.DrawFn) -> Document:
    comment = draw(TEXTS).replace("-", "").replace("\ufffe", "").replace("\uffff", "")
    space, end = draw(SPACE), draw(ENDS)
    encoding, mark = draw(st.sampled_from([("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")]))

    def data(version: str) -> bytes:
        text = (
            f"{mark}<!-- <Version>{version}</Version> {comment} -->\n<Project Sdk='Microsoft.NET.Sdk'{space}>\n<PropertyGroup{space}>"
            f"<LangVersion>{version}</LangVersion>\n<Version{space}\n>{space}{version}\n{space}</Version{space}></PropertyGroup>"
            f"<ItemGroup><PackageReference Version = '{version}' Include='Other'/></ItemGroup></Project>"
        )
        return text.replace("\n", end).encode(encoding)

    def ask(read: bytes) -> str | None:
        return (ET.fromstring(read.decode(encoding).removeprefix(mark)).findtext(".//Version") or "").strip()  # noqa: S314

    return Document("Acme.csproj", data, ask)


DOCUMENTS = st.one_of(npm(), python(), dotnet())


def bumped(path: str, data: bytes, version: Version) -> tuple[bytes, list[Edit], Manifest]:
    kind = kinds.of(path)
    assert kind
    workspace = assemble([kind.read(path, data)], {path}, Config())
    (manifest,) = workspace.manifests
    edits = [
        Edit(one.site, one.text) for one in targets.targets(workspace, version) if isinstance(one, targets.Target) and one.text is not None
    ]
    return apply(manifest, data, edits), edits, manifest


@settings(deadline=None)
@given(DOCUMENTS, SET, SET)
def test_an_edit_changes_the_version_and_nothing_else(document: Document, old: Version, new: Version) -> None:
    scheme = SPELLING[document.path]
    data = document.data(old.spelt(scheme))
    result, edits, manifest = bumped(document.path, data, new)
    assert document.ask(result) == new.spelt(scheme)
    (edit,) = edits
    token = edit.site.token
    assert result[: token.start] == data[: token.start]
    assert result[token.start + len(edit.text.encode(manifest.encoding)) :] == data[token.end :]


@settings(deadline=None)
@given(DOCUMENTS, SET)
def test_a_bump_to_the_same_version_changes_nothing(document: Document, version: Version) -> None:
    data = document.data(version.spelt(SPELLING[document.path]))
    assert bumped(document.path, data, version)[0] == data


@settings(deadline=None)
@given(DOCUMENTS, SET, SET)
def test_there_and_back_again_restores_every_byte(document: Document, old: Version, new: Version) -> None:
    data = document.data(old.spelt(SPELLING[document.path]))
    assert bumped(document.path, bumped(document.path, data, new)[0], old)[0] == data


@settings(deadline=None)
@given(
    st.sampled_from(["package.json", "package-lock.json", "pyproject.toml", "A.csproj", "Directory.Build.props"]), st.binary(max_size=200)
)
@example("package.json", b'{"a":')
@example("package.json", b"[" * 5000)
@example("package-lock.json", b'{"packages": [], "dependencies": 1}')
@example("pyproject.toml", b"project = 1\ntool = []")
@example("pyproject.toml", b"[project]\ndependencies = 1\noptional-dependencies = []\ndynamic = 1")
@example("pyproject.toml", b"a = " + b"[" * 2000)
@example("pyproject.toml", b'[tool.poetry]\ndependencies = {a = [1], b = true, c = {version = "1"}}')
@example("A.csproj", b"<Project>" + b"<a>" * 2000 + b"</a>" * 2000 + b"</Project>")
@example("A.csproj", b"<Project>" + b"<a/>" * 20 + b"<!-- > --><a b='>'/></Project>")
@example("A.csproj", b"<?xml version='1.0' encoding='nonsense'?><Project/>")
@example("A.csproj", b"<Project a='1' a='2'/>")
def test_any_bytes_are_read_or_refused_with_words(path: str, data: bytes) -> None:
    kind = kinds.of(path)
    assert kind
    try:
        kind.read(path, data)
    except ManifestError as error:
        findings = error.findings
    else:
        findings = ()
    assert all(finding.place and finding.place.path == path for finding in findings)


@settings(deadline=None)
@given(DOCUMENTS, SET, st.data())
def test_documents_with_a_byte_missing_or_changed_are_read_or_refused_with_words(
    document: Document, version: Version, data: st.DataObject
) -> None:
    whole = document.data(version.spelt(SPELLING[document.path]))
    at = data.draw(st.integers(0, len(whole) - 1))
    broken = whole[:at] + data.draw(st.binary(max_size=2)) + whole[at + 1 :]
    assume(broken != whole)
    test_any_bytes_are_read_or_refused_with_words.hypothesis.inner_test(document.path, broken)  # type: ignore[attr-defined]


@settings(deadline=None)
@given(SET)
def test_each_spelling_of_a_version_is_read_back(version: Version) -> None:
    for path, text in (("package.json", '{"version": "%s"}'), ("pyproject.toml", 'project = {name = "a", version = "%s"}')):
        kind = kinds.of(path)
        assert kind
        manifest = kind.read(path, (text % version.spelt(SPELLING[path])).encode())
        (one,) = assemble([manifest], {path}, Config()).stated
        assert one.version == version
