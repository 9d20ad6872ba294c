"""Packed files that are what they say, and archives made to hurt whoever opens them."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests import packed

from release_actions.adapters import archives
from release_actions.adapters.archives import PackedFiles
from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem
from release_actions.errors import RefusedError

NUSPEC = '<package xmlns="http://schemas.microsoft.com/packaging/{year}/nuspec.xsd"><metadata>{inside}</metadata></package>'
PLAIN = "<id>Acme</id><version>1.2.3</version>"
METADATA = b"Metadata-Version: 2.4\nName: acme\nVersion: 1.2.3\n\nName: not this\n"
PACKAGE = b'{"name": "@acme/core", "version": "1.2.3"}'


def tgz(path: Path, *entries: tuple[str, bytes], **attributes: object) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in entries:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            for key, value in attributes.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(data))
    return path


def zipped(path: Path, *entries: tuple[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def refused(path: Path) -> str:
    with pytest.raises(RefusedError) as caught:
        PackedFiles().identify(path)
    assert caught.value.findings[0].place is not None
    return f"{caught.value.findings[0].rule}: {caught.value}"


@pytest.mark.parametrize("ecosystem", Ecosystem)
def test_every_packed_file_says_what_it_is(ecosystem: Ecosystem, tmp_path: Path) -> None:
    built = packed.package(tmp_path, ecosystem, "acme-core", "1.2.3-beta.4", symbols=True)
    for file in built.files:
        assert PackedFiles().identify(tmp_path / file.name) == Identity(ecosystem, "acme-core", built.version)


@pytest.mark.parametrize("year", ["2010/07", "2011/08", "2013/05"])
def test_a_nuspec_is_read_in_every_namespace(year: str, tmp_path: Path) -> None:
    nuspec = NUSPEC.format(year=year, inside=PLAIN + "<dependencies><group><id>other</id></group></dependencies>")
    assert PackedFiles().identify(zipped(tmp_path / "a.nupkg", ("Acme.nuspec", nuspec))).name == "Acme"


def test_headers_of_a_python_package_end_before_its_description(tmp_path: Path) -> None:
    path = tgz(tmp_path / "acme-1.2.3.tar.gz", ("acme-1.2.3/PKG-INFO", METADATA), ("acme-1.2.3/acme.egg-info/PKG-INFO", b"Name: other\n"))
    assert PackedFiles().identify(path) == Identity(Ecosystem.PYPI, "acme", "1.2.3")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("setup.exe").touch()
    assert refused(tmp_path / "setup.exe").startswith("artifact-kind")


@pytest.mark.parametrize("ending", [".tgz", ".tar.gz", ".whl", ".nupkg", ".snupkg"])
@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", b"PK\x05\x06", gzip.compress(b"no tar"), gzip.compress(b"\0" * 1024)[:-4]],
    ids=["empty", "text", "end of a zip", "zipped text", "cut short"],
)
def test_what_is_no_archive_is_refused(ending: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    path.write_bytes(content)
    assert refused(path).startswith("artifact-broken")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.whl").startswith("artifact-broken")


HOSTILE: list[tuple[str, Callable[[Path], Path], str]] = [
    ("no metadata", lambda top: tgz(top / "a.tgz", ("package/index.js", b"")), "no metadata"),
    ("metadata twice", lambda top: tgz(top / "a.tgz", ("package/package.json", PACKAGE), ("package/package.json", PACKAGE)), "twice"),
    ("a list", lambda top: tgz(top / "a.tgz", ("package/package.json", b"[]")), "not an object"),
    ("deep JSON", lambda top: tgz(top / "a.tgz", ("package/package.json", b"[" * 100_000)), "artifact-broken"),
    ("a name that is no text", lambda top: tgz(top / "a.tgz", ("package/package.json", b'{"name": ["a"], "version": "1"}')), "its name"),
    (
        "a name of two lines",
        lambda top: tgz(top / "a.tgz", ("package/package.json", rb'{"name": "a\n::error::", "version": "1"}')),
        "its name",
    ),
    ("a way out", lambda top: tgz(top / "a.tgz", ("package/package.json", PACKAGE), ("package/../../evil", b"")), "leads out"),
    ("an absolute path", lambda top: tgz(top / "a.tgz", ("/etc/passwd", b"")), "leads out"),
    (
        "a link as metadata",
        lambda top: tgz(top / "a.tgz", ("package/package.json", b""), type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        "plain",
    ),
    ("two names", lambda top: tgz(top / "a.tar.gz", ("a-1/PKG-INFO", b"Name: a\nName: b\nVersion: 1\n")), "exactly one"),
    ("two tops", lambda top: tgz(top / "a.tar.gz", ("a-1/PKG-INFO", METADATA), ("b-1/PKG-INFO", METADATA)), "twice"),
    ("a way out of a zip", lambda top: zipped(top / "a.whl", ("a-1.dist-info/METADATA", METADATA), ("..\\..\\evil", "")), "leads out"),
    ("a drive", lambda top: zipped(top / "a.whl", ("C:evil", "")), "leads out"),
    (
        "two dist-infos",
        lambda top: zipped(top / "a.whl", ("a-1.dist-info/METADATA", METADATA), ("b-1.dist-info/METADATA", METADATA)),
        "twice",
    ),
    ("two nuspecs", lambda top: zipped(top / "a.nupkg", ("a.nuspec", PLAIN), ("B.NUSPEC", PLAIN)), "twice"),
    ("no XML", lambda top: zipped(top / "a.nupkg", ("a.nuspec", "<package>")), "artifact-broken"),
    ("two ids", lambda top: zipped(top / "a.nupkg", ("a.nuspec", NUSPEC.format(year=1, inside="<id>b</id>" + PLAIN))), "exactly one"),
    ("entities", lambda top: zipped(top / "a.nupkg", ("a.nuspec", '<!DOCTYPE a [<!ENTITY b "c">]><package/>')), "document type"),
]


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
def test_a_hostile_archive_is_refused(make: Callable[[Path], Path], words: str, tmp_path: Path) -> None:
    assert words in refused(make(tmp_path))


def test_nothing_is_written_while_an_archive_is_read(tmp_path: Path) -> None:
    path = tgz(tmp_path / "a.tgz", ("package/package.json", PACKAGE), ("package/index.js", b"1"))
    PackedFiles().identify(path)
    assert list(tmp_path.iterdir()) == [path]


def test_metadata_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    bomb = b" " * (archives.LARGEST_METADATA + 1)
    assert "plausible size" in refused(tgz(tmp_path / "a.tgz", ("package/package.json", bomb)))
    assert "artifact-large" in refused(zipped(tmp_path / "a.nupkg", ("a.nuspec", bomb)))


def test_content_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_CONTENT", 1_000_000)
    entry = b"\0" * 2_000_000
    assert "artifact-large" in refused(tgz(tmp_path / "a.tgz", ("package/zeros", entry), ("package/package.json", PACKAGE)))
    assert "artifact-large" in refused(zipped(tmp_path / "a.nupkg", ("zeros", entry), ("a.nuspec", PLAIN)))


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_ENTRIES", 10)
    names = [(f"package/{number}", b"") for number in range(11)]
    assert "artifact-large" in refused(tgz(tmp_path / "a.tgz", *names))
    assert "artifact-large" in refused(zipped(tmp_path / "a.nupkg", *names))


def test_a_header_that_claims_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 1 << 32
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT)))
    assert "implausible length" in refused(path)


def test_a_header_that_leads_backwards_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("package/a")
    header.size = -4096
    path = tmp_path / "a.tgz"
    path.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + b"\0" * 8192))
    assert "artifact-broken" in refused(path)


@pytest.mark.parametrize(("count", "size"), [(0xFFFF, 46), (1, 1 << 30)])
def test_a_zip_with_a_vast_directory_is_refused_unread(count: int, size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.nupkg"
    path.write_bytes(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, size, 0, 0))
    assert "artifact-large" in refused(path)


@pytest.mark.parametrize(
    ("manifest", "private", "unresolvable"),
    [
        ('"private": true', True, ()),
        ('"private": "yes"', False, ()),
        (
            '"dependencies": {"a": "workspace:*", "b": "^1"}, "peerDependencies": {"c": "file:../c"}',
            False,
            ("a@workspace:*", "c@file:../c"),
        ),
        ('"dependencies": {"a": "file:a", "b": "link:b"}, "bundleDependencies": ["a"]', False, ("b@link:b",)),
        ('"dependencies": {"a": "file:a"}, "bundledDependencies": true', False, ()),
        ('"devDependencies": {"a": "workspace:*"}, "dependencies": []', False, ()),
    ],
)
def test_a_tarball_of_npm_says_what_would_keep_it_from_being_published(
    tmp_path: Path, manifest: str, private: bool, unresolvable: tuple[str, ...]
) -> None:
    inside = PACKAGE.decode().removesuffix("}") + f", {manifest}}}"
    identity = PackedFiles().identify(tgz(tmp_path / "a.tgz", ("package/package.json", inside.encode())))
    assert (identity.private, identity.unresolvable) == (private, unresolvable)


def test_a_python_package_says_what_would_keep_it_from_being_published(tmp_path: Path) -> None:
    more = b"Classifier: Private :: Do Not Upload\nRequires-Dist: a>=1\nRequires-Dist: b [c] @ https://example.org/b.whl\n"
    metadata = METADATA.replace(b"Version: 1.2.3\n", b"Version: 1.2.3\n" + more)
    identity = PackedFiles().identify(zipped(tmp_path / "acme-1.2.3-py3-none-any.whl", ("acme-1.2.3.dist-info/METADATA", metadata)))
    assert (identity.private, identity.unresolvable) == (True, ("b [c] @ https://example.org/b.whl",))


@pytest.mark.parametrize(
    ("inside", "lacking"),
    [
        ("", ("authors", "description")),
        ("<authors> </authors><description>d</description>", ("authors",)),
        ("<authors>a</authors><description>d</description>", ()),
    ],
)
def test_a_nuget_package_says_which_fields_it_lacks(tmp_path: Path, inside: str, lacking: tuple[str, ...]) -> None:
    nuspec = NUSPEC.format(year="2013/05", inside=PLAIN + inside)
    assert PackedFiles().identify(zipped(tmp_path / "a.nupkg", ("Acme.nuspec", nuspec))).lacking == lacking


def test_symbols_lack_nothing_since_their_package_describes_them(tmp_path: Path) -> None:
    nuspec = NUSPEC.format(year="2013/05", inside=PLAIN)
    assert PackedFiles().identify(zipped(tmp_path / "a.snupkg", ("Acme.nuspec", nuspec))).lacking == ()
