import pytest

from release_actions.domain.version import Version
from release_actions.errors import ManifestError
from release_actions.manifests import go_module, go_path, go_source


@pytest.mark.parametrize(
    ("path", "module", "version", "expected"),
    [
        ("a.b/c", "a.b/c", "1.9.0", "a.b/c"),
        ("a.b/c", "a.b/c", "2.0.0-beta.1", "a.b/c/v2"),
        ("a.b/c/x", "a.b/c", "10.0.0", "a.b/c/v10/x"),
        ("a.b/c/v2/x/v3", "a.b/c/v2", "11.0.0", "a.b/c/v11/x/v3"),
        ("a.b/c/v2", "a.b/c/v2", "1.0.0", "a.b/c"),
        ("a.b/c/v1/x", "a.b/c", "2.0.0", "a.b/c/v2/v1/x"),
        ("gopkg.in/c.v1", "gopkg.in/c.v1", "0.9.0", "gopkg.in/c.v0"),
        ("gopkg.in/c.v1-unstable/x", "gopkg.in/c.v1-unstable", "2.0.0", "gopkg.in/c.v2/x"),
    ],
)
def test_a_path_bears_the_major_version_from_the_second_on(path: str, module: str, version: str, expected: str) -> None:
    assert go_path.spelt(path, module, Version.parse(version)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("net/http", []),
        ("a.b/c", ["a.b", "a.b/c"]),
        ("a.b/c/v2/x", ["a.b", "a.b/c/v2", "a.b/c/v2/x"]),
        ("a.b/c/v1", ["a.b", "a.b/c", "a.b/c/v1"]),
    ],
)
def test_a_path_with_a_major_version_is_in_no_module_of_another_one(path: str, expected: list[str]) -> None:
    assert list(go_path.modules(path)) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [("go 1.22\n", 1), ("", 1), ("// module a.b/c\n", 1), ("module a.b/c\nmodule a.b/d\n", 2), ("module\n", 1), ("\nmodule a.b/\n", 2)],
)
def test_a_module_file_names_one_module(text: str, line: int) -> None:
    with pytest.raises(ManifestError) as caught:
        go_module.read("go.mod", text.encode())
    assert [(finding.rule, str(finding.place)) for finding in caught.value.findings] == [("manifest-syntax", f"go.mod:{line}")]


def test_a_module_may_stand_in_a_block() -> None:
    assert go_module.read("go.mod", b"module (\n\ta.b/c/v2\n)\nrequire (\n)\n").name == "a.b/c/v2"


def test_blocks_may_hold_empty_lines_and_comments() -> None:
    manifest = go_module.read("go.mod", b"module a.b/c\n\nrequire (\n\n\t// own\n\ta.b/d v1.2.3\n\n)\n")
    assert [(site.text, site.line) for site in manifest.dependencies] == [("a.b/c", 1), ("a.b/d", 6), ("1.2.3", 6)]


def test_sources_are_read_up_to_their_first_declaration() -> None:
    code = b'package a\nimport "a.b/c"\nvar s = "a.b/d"\nimport "a.b/e"\n"'
    assert {(site.text, site.line) for site in go_source.read("a.go", code).dependencies} == {("a.b/c", 2)}


def test_sources_without_imports_are_not_read_at_all() -> None:
    assert go_source.read("a.go", b"\xff").dependencies == ()


@pytest.mark.parametrize("path", ["vendor/a.b/c/d.go", "x/testdata/d.go", "go.sum", "a.gox"])
def test_other_files_are_none_of_go(path: str) -> None:
    assert not go_source.matches(path)


def test_an_import_that_does_not_end_is_an_error() -> None:
    with pytest.raises(ManifestError, match=r"a\.go:2"):
        go_source.read("a.go", b'package a\nimport "a.b\n')
