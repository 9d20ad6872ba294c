"""The three syntaxes: each value's exact bytes, and words for what can't be read."""

import pytest

from release_actions.errors import ManifestError
from release_actions.manifests.edit import Edit, apply
from release_actions.manifests.json_document import JsonDocument
from release_actions.manifests.lines import Lines
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.toml_document import TomlDocument
from release_actions.manifests.xml_document import XmlDocument


def bytes_of(data: bytes, token: Token | None) -> bytes:
    assert token
    return data[token.start : token.end]


def test_lines_are_found_forwards_and_backwards() -> None:
    lines = Lines(b"a\nb\r\nc")
    assert [lines.at(offset) for offset in (0, 2, 5, 1, 2)] == [1, 2, 3, 1, 2]


def test_json_values_are_found_by_their_bytes() -> None:
    data = '\ufeff{"é😀": "x",\r\n\t"a\\u0062" : { "version":"1.2.3" } , "list": [{"version": "9"}]}\n'.encode()
    document = JsonDocument("p.json", data)
    members = document.members(document.root)
    assert list(members) == ["é😀", "ab", "list"]
    token = document.string(document.members(members["ab"])["version"], "version")
    assert bytes_of(data, token) == b"1.2.3"
    assert token
    assert token.line == 2
    assert document.members(members["list"]) == {}
    assert document.members(None) == {}
    assert document.plain(members["list"]) == [{"version": "9"}]
    assert document.line(members["list"]) == 2


def test_a_json_string_outside_ascii_keeps_its_bytes() -> None:
    data = '{"name": "é"}'.encode()
    document = JsonDocument("p.json", data)
    token = document.string(document.members(document.root)["name"], "name")
    assert bytes_of(data, token) == "é".encode()


def test_toml_strings_are_found_by_their_path() -> None:
    data = (
        '\ufeff# é\r\n"a b".c = \'1\' # version = "x"\r\n[project] # [tool]\r\nversion = """2"""\r\n'
        'list = [ # "no"\r\n "3", {v = "4"},\r\n]\r\n'
        '[[row]]\r\nv = "5"\r\n[row.sub]\r\nv = "6"\r\n[[row]]\r\nv = "7"\r\n[[row.inner]]\r\nv = "8"\r\n'
    ).encode()
    document = TomlDocument("p.toml", data)
    paths: dict[bytes, tuple[str | int, ...]] = {
        b"1": ("a b", "c"),
        b"2": ("project", "version"),
        b"3": ("project", "list", 0),
        b"4": ("project", "list", 1, "v"),
        b"5": ("row", 0, "v"),
        b"6": ("row", 0, "sub", "v"),
        b"7": ("row", 1, "v"),
        b"8": ("row", 1, "inner", 0, "v"),
    }
    assert {expected: bytes_of(data, document.string(*path)) for expected, path in paths.items()} == {one: one for one in paths}
    assert document.string("row", 2, "v") is None
    assert document.string("project", "none", "deeper") is None
    assert document.table("row") == {}
    assert document.array("project") == []


def test_a_toml_value_of_another_type_is_an_error_with_its_line() -> None:
    with pytest.raises(ManifestError) as error:
        TomlDocument("p.toml", b"[project]\nname = 'a'\n version = [1]\n").string("project", "version")
    assert str(error.value.findings[0].place) == "p.toml:3"


def test_a_toml_string_with_an_escape_of_a_newer_toml_is_an_error_with_its_line() -> None:
    with pytest.raises(ManifestError, match=r"`project.version` stands in a form that only TOML 1.1 has") as error:
        TomlDocument("p.toml", b"[project]\nname = 'a'\nversion = \"1.\\x30.0\"\n").string("project", "version")
    assert str(error.value.findings[0].place) == "p.toml:3"


@pytest.mark.parametrize("text", [f"a = {'9' * 5000}", f"a.{'b.' * 5000}c = ''", f"[{'a.' * 5000}b]\nc = 'd'", f"a = {'[' * 5000}"])
def test_toml_that_python_can_not_hold_is_refused(text: str) -> None:
    with pytest.raises(ManifestError, match="not valid TOML"):
        TomlDocument("p.toml", text.encode())


def test_json_may_hold_numbers_of_any_length_where_nobody_asks_for_them() -> None:
    document = JsonDocument("p.json", b'{"a": ' + b"9" * 5000 + b', "b": "c"}')
    members = document.members(document.root)
    assert document.string(members["b"], "b") is not None
    with pytest.raises(ManifestError, match="not valid JSON"):
        document.plain(members["a"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_part_of_a_token_is_the_bytes_of_these_characters(encoding: str) -> None:
    data = "äö1.2.3ü".encode(encoding)
    part = Token(0, len(data), 1, "äö1.2.3ü").part(2, 7)
    assert bytes_of(data, part).decode(encoding) == part.text == "1.2.3"


def test_xml_texts_and_attributes_are_found_by_their_bytes() -> None:
    data = b"""<?xml version='1.0'?>
<!-- <a x='0'/> --><a x = "1>" y='2'><b> 3
 </b><c/><d></d><e>x<!-- --></e></a >"""
    root = XmlDocument("p.csproj", data).root
    b, c, d, e = root.children
    assert (bytes_of(data, root.attributes["x"]), bytes_of(data, root.attributes["y"])) == (b"1>", b"2")
    assert bytes_of(data, b.text) == b"3"
    assert b.text
    assert b.text.line == 2
    assert (c.text, c.closed) == (None, True)
    assert bytes_of(data, d.text) == b""
    assert (e.broken, b.broken) == (True, False)
    assert [element.name for element in root.below()] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "manifest-syntax"),
        (b"<a>", "manifest-syntax"),
        (b"<a/><b/>", "manifest-syntax"),
        (b"<a x='1' x='2'/>", "manifest-syntax"),
        (b"<!DOCTYPE a><a/>", "manifest-syntax"),
        (b"<a>&b;</a>", "manifest-syntax"),
        (b"<a>\xff</a>", "manifest-encoding"),
        (b"\xff\xfe<", "manifest-encoding"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "manifest-encoding"),
    ],
)
def test_xml_that_cannot_be_read_is_an_error(data: bytes, rule: str) -> None:
    with pytest.raises(ManifestError) as error:
        XmlDocument("p.csproj", data)
    assert error.value.findings[0].rule == rule


def site(start: int, text: str) -> Site:
    return Site(Token(start, start + len(text), 1, text), "version", Spelling.SEMVER)


def test_edits_are_made_from_front_to_back_in_whatever_order_they_come() -> None:
    edits = [Edit(site(4, "cc"), "C"), Edit(site(0, "a"), "AAA"), Edit(site(2, ""), "-")]
    assert apply(Manifest("p", "npm"), b"a bbcc", edits) == b"AAA -bbC"


def test_an_edit_of_bytes_that_changed_is_an_error() -> None:
    with pytest.raises(ManifestError, match="file-changed"):
        apply(Manifest("p", "npm"), b"x", [Edit(site(0, "a"), "b")])


def test_edits_that_overlap_are_a_defect() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply(Manifest("p", "npm"), b"aaa", [Edit(site(0, "aa"), "b"), Edit(site(1, "aa"), "b")])
