import pytest

from release_actions.errors import ManifestError
from release_actions.manifests import helm_chart, pnpm_lock, pubspec
from release_actions.manifests.manifest import Token
from release_actions.manifests.yaml_document import YamlDocument


def token_of_v(text: str) -> Token | None:
    document = YamlDocument("a.yaml", text.encode())
    return document.string(document.members(document.root).get("v"), "v")


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("a: [1\nb: 2", "manifest-syntax", 2),
        ("a: b: c", "manifest-syntax", 1),
        ("- a", "manifest-syntax", 1),
        ("", "manifest-syntax", 1),
        ("a: 1\n---\nb: 2", "manifest-syntax", 2),
        ("a: \x01", "manifest-syntax", None),
        ("[" * 5000, "manifest-syntax", None),
        ("v: 1.2.3\nw: 2\nv: 1.2.3", "manifest-duplicate-key", 3),
        ("v: [1.2.3]", "manifest-type", 1),
        ('\nv: "1.2\\x2e3"', "manifest-escape", 2),
        ("v: !!str 1.2.3", "manifest-escape", 1),
        ("v: |\n  1.2.3", "manifest-escape", 1),
        ("v: >-\n  1.2.3", "manifest-escape", 1),
    ],
)
def test_what_can_not_be_set_is_an_error(text: str, rule: str, line: int | None) -> None:
    with pytest.raises(ManifestError) as caught:
        token_of_v(text)
    (finding,) = caught.value.findings
    assert finding.rule == rule
    assert line is None or (finding.place and finding.place.line == line)


@pytest.mark.parametrize(
    "text",
    [
        "v: 1.2.3",
        "v: '1.2.3' # x",
        'é: 1\r\nv:   "1.2.3"\r\n',
        "\ufeffv: 1.2.3",
        "{w: 😀, v: 1.2.3}",
        "? v\n: 1.2.3",
    ],
)
def test_a_text_is_where_its_bytes_are(text: str) -> None:
    data, token = text.encode(), token_of_v(text)
    assert token
    assert data[token.start : token.end] == b"1.2.3"
    assert token.line == data[: token.start].count(b"\n") + 1


@pytest.mark.parametrize("text", ["{}", "v:", 'v: ""'])
def test_nothing_is_no_text(text: str) -> None:
    assert token_of_v(text) is None


def test_a_pubspec_is_private_when_it_publishes_to_none() -> None:
    manifest = pubspec.read("pubspec.yaml", b"name: a\npublish_to: none\nversion: 1.2.3+4\ndependencies: {b: any, c: {path: ../c}}\n")
    assert (manifest.name, manifest.private, manifest.requires) == ("a", True, ("b", "c"))
    assert [site.text for site in manifest.versions] == ["1.2.3"]


def test_a_chart_depends_on_charts_in_folders() -> None:
    text = b"name: a\nappVersion: latest\ndependencies: [{name: b, version: 1.2.3, repository: file://../b}, {name: c, version: 1.2.3},"
    text += b" {name: d, version: 1.2.3, repository: oci://example.com}]"
    manifest = helm_chart.read("a/Chart.yaml", text)
    assert [(site.package, site.text) for site in manifest.dependencies] == [("b", "1.2.3"), ("c", "1.2.3")]
    assert manifest.versions == ()


def test_lines_are_counted_as_editors_do_and_not_as_yaml_does() -> None:
    token = token_of_v("a: 1\rb: 2\r\nv: 1.2.3")
    assert token
    assert token.line == 2


def test_a_part_of_a_text_outside_ascii_is_where_its_bytes_are() -> None:
    data = "lockfileVersion: 5.4\nspecifiers: {a: 'workspace:ä^1.2.3'}\ndependencies: {a: link:../a}\n".encode()
    (site,) = pnpm_lock.read("pnpm-lock.yaml", data).dependencies
    assert data[site.token.start : site.token.end].decode() == site.text == "ä^1.2.3"


def test_older_lock_files_of_pnpm_hold_their_specifiers_apart() -> None:
    one = b"lockfileVersion: 5.4\nspecifiers: {'@a/b': ^1.2.3, c: 1.2.3}\ndependencies: {'@a/b': link:../b, c: 1.2.3}\n"
    (site,) = pnpm_lock.read("x/pnpm-lock.yaml", one).dependencies
    assert (site.package, site.text, site.owner) == ("@a/b", "^1.2.3", "x/package.json")
