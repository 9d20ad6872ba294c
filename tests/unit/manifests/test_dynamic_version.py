import pytest

from release_actions.errors import Finding
from release_actions.manifests import followed_version, pyproject
from release_actions.manifests.manifest import LeftAlone, Manifest

HEAD = '[project]\nname = "acme-sdk"\ndynamic = ["version"]\n'


def read(text: str, path: str = "sdk/pyproject.toml") -> Manifest:
    return pyproject.read(path, (HEAD + text).encode())


@pytest.mark.parametrize(
    ("text", "paths", "names"),
    [
        ('[tool.hatch.version]\npath = "a.py"', ["sdk/a.py"], ("__version__", "VERSION", "version")),
        ('[tool.hatch.version]\npath = "../a.py"\nsource = "regex"\npattern = true', ["a.py"], ("__version__", "VERSION", "version")),
        ('[tool.hatch.version]\npath = "a.py"\nsource = "code"', ["sdk/a.py"], ("__version__",)),
        ('[tool.setuptools.dynamic]\nversion = {file = "V"}', ["sdk/V"], ()),
        (
            '[tool.setuptools.dynamic]\nversion = {attr = "a.b.C"}',
            ["sdk/src/a/b/__init__.py", "sdk/src/a/b.py", "sdk/a/b/__init__.py", "sdk/a/b.py"],
            ("C",),
        ),
        (
            '[tool.setuptools]\npackage-dir = {a = "x"}\n[tool.setuptools.dynamic]\nversion = {attr = "a.C"}',
            ["sdk/x/__init__.py", "sdk/src/a/__init__.py", "sdk/src/a.py", "sdk/a/__init__.py", "sdk/a.py"],
            ("C",),
        ),
        (
            '[tool.setuptools.packages.find]\nwhere = ["lib"]\n[tool.setuptools.dynamic]\nversion = {attr = "a.C"}',
            ["sdk/lib/a/__init__.py", "sdk/lib/a.py", "sdk/src/a/__init__.py", "sdk/src/a.py", "sdk/a/__init__.py", "sdk/a.py"],
            ("C",),
        ),
        (
            '[build-system]\nbuild-backend = "flit_core.buildapi"',
            ["sdk/acme_sdk/__init__.py", "sdk/acme_sdk.py", "sdk/src/acme_sdk/__init__.py", "sdk/src/acme_sdk.py"],
            ("__version__",),
        ),
    ],
)
def test_a_dynamic_version_names_the_files_that_may_bear_it(text: str, paths: list[str], names: tuple[str, ...]) -> None:
    source = read(text).source
    assert source
    assert (list(source.paths), source.names) == (paths, names)


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[tool.hatch]\nversion = "x"',
        "[tool.hatch.version]",
        "[tool.hatch.version]\npath = 1",
        '[tool.hatch.version]\npath = "a.py"\nsource = 1',
        '[tool.hatch.version]\npath = "a.py"\nsource = "code"\nexpression = 1',
        "[tool.setuptools]\ndynamic = 1",
        "[tool.setuptools.dynamic]\nversion = 1",
        "[tool.setuptools.dynamic]\nversion = {attr = 1}",
        "[tool.setuptools.dynamic]\nversion = {file = [1]}",
        '[tool.setuptools.dynamic]\nversion = {file = ["a", "b"]}',
        "[build-system]\nrequires = [1]\nbuild-backend = 1",
        "[build-system]\nrequires = 1",
        "[tool]\nversioneer = 1",
    ],
)
def test_what_cannot_be_followed_is_left_to_the_build_backend(text: str) -> None:
    manifest = read(text)
    assert manifest.source is None
    assert [(note.line, note.why) for note in manifest.left_alone] == [(3, "the build backend fills the version in")]


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ('[tool.hatch.version]\nsource = "vcs"', "hatch-vcs"),
        ("[tool.setuptools_scm]", "setuptools-scm"),
        ('[build-system]\nrequires = ["Setuptools_SCM>=8"]', "setuptools-scm"),
        ("[tool.versioneer]", "versioneer"),
        ('[build-system]\nbuild-backend = "maturin"', "maturin"),
    ],
)
def test_a_version_that_a_tool_makes_up_is_left_alone_and_the_tool_named(text: str, tool: str) -> None:
    [note] = read(text).left_alone
    assert note.why.startswith(f"{tool} takes the version from")


def test_a_version_that_is_not_dynamic_has_no_source() -> None:
    manifest = pyproject.read("pyproject.toml", b'[project]\nname = "a"\nversion = "1.2.3"\n[tool.hatch.version]\npath = "a.py"\n')
    assert (manifest.source, manifest.left_alone) == (None, ())


def follow(text: str, files: dict[str, bytes], excluded: str = "") -> list[Manifest | Finding]:
    return list(followed_version.follow([read(text, "pyproject.toml")], set(files), lambda path: path == excluded, files.__getitem__))


def test_a_followed_version_is_the_packages_and_its_file_belongs_to_it() -> None:
    manifest, found = follow('[tool.setuptools.dynamic]\nversion = {file = "V"}', {"V": "\ufeff\r\n1.2.3\r\n".encode()})
    assert isinstance(manifest, Manifest)
    assert isinstance(found, Manifest)
    assert manifest.source
    assert manifest.source.text == "1.2.3"
    [site] = found.versions
    assert (found.path, site.text, site.line, site.token.start, site.owner) == ("V", "1.2.3", 2, 5, "pyproject.toml")


def test_an_excluded_source_is_left_alone_whether_it_exists_or_not() -> None:
    for files in ({}, {"V": b"?"}):
        [manifest] = follow('[tool.setuptools.dynamic]\nversion = {file = "V"}', files, excluded="V")
        assert isinstance(manifest, Manifest)
        assert manifest.source is None
        assert [type(note) for note in manifest.left_alone] == [LeftAlone]


@pytest.mark.parametrize("content", [b"", b"v1.2.3", b"1.2.3 # x", b"1.2.3\n1.2.4", b"\xff1.2.3"])
def test_a_source_that_bears_no_plain_version_is_a_finding(content: bytes) -> None:
    found = [one for one in follow('[tool.setuptools.dynamic]\nversion = {file = "V"}', {"V": content}) if isinstance(one, Finding)]
    assert [one.rule for one in found] == ["manifest-encoding" if content[:1] == b"\xff" else "dynamic-version"]
