"""Packed files made independent of when and where they were packed."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from release_actions.adapters.toolchains import reproducible
from release_actions.errors import RefusedError

EPOCH = 1_700_000_000
PARTS = "package/services/metadata/core-properties"


def nupkg(path: Path, name: str, identifier: str, year: int, *, signed: bool = False) -> Path:
    relations = (
        '<?xml version="1.0"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Type="http://x/manifest" Target="/Acme.nuspec" Id="{identifier}" />'
        f'<Relationship Type="http://x/core-properties" Target="/{PARTS}/{name}.psmdcp" Id="R{name}" /></Relationships>'
    )
    entries = {"_rels/.rels": relations, "Acme.nuspec": "<package/>", "lib/a.dll": "MZ", f"{PARTS}/{name}.psmdcp": "<coreProperties/>"}
    names = list(entries) if year % 2 else list(reversed(entries))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in names:
            archive.writestr(zipfile.ZipInfo(entry, (year, 1, 2, 3, 4, 6)), entries[entry])
        if signed:
            archive.writestr(".signature.p7s", "signature")
    return path


def sdist(path: Path, year: int, owner: str, mode: int) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in [("a-1/PKG-INFO", b"Name: a\n"), ("a-1/run.sh", b"#!/bin/sh\n")]:
            member = tarfile.TarInfo(name)
            member.size, member.mtime, member.uname, member.uid = len(data), year, owner, year % 1000
            member.mode = mode | (mode & 0o444) >> 2 if name.endswith(".sh") else mode
            archive.addfile(member, io.BytesIO(data))
    return path


def test_two_packs_of_the_same_content_become_the_same_bytes(tmp_path: Path) -> None:
    first, second = nupkg(tmp_path / "1", "abc", "RA", 2025), nupkg(tmp_path / "2", "def", "RB", 2026)
    assert first.read_bytes() != second.read_bytes()
    for path in (first, second):
        reproducible.settle_nupkg(path, EPOCH)
    assert first.read_bytes() == second.read_bytes()


def test_relations_lead_to_the_renamed_part(tmp_path: Path) -> None:
    path = nupkg(tmp_path / "1", "abc", "RA", 2025)
    reproducible.settle_nupkg(path, EPOCH)
    with zipfile.ZipFile(path) as archive:
        (part,) = [name for name in archive.namelist() if name.endswith(".psmdcp")]
        relations = archive.read("_rels/.rels").decode()
        assert f'Target="/{part}"' in relations
        assert "abc" not in relations
        assert archive.read("lib/a.dll") == b"MZ"
        assert archive.namelist()[0] == "_rels/.rels"
        assert {entry.date_time for entry in archive.infolist()} == {(2023, 11, 14, 22, 13, 20)}


def test_settling_twice_changes_nothing(tmp_path: Path) -> None:
    path = nupkg(tmp_path / "1", "abc", "RA", 2025)
    reproducible.settle_nupkg(path, EPOCH)
    once = path.read_bytes()
    reproducible.settle_nupkg(path, EPOCH)
    assert path.read_bytes() == once


def test_a_signed_package_stays_as_it_is(tmp_path: Path) -> None:
    path = nupkg(tmp_path / "1", "abc", "RA", 2025, signed=True)
    before = path.read_bytes()
    reproducible.settle_nupkg(path, EPOCH)
    assert path.read_bytes() == before


def test_a_time_that_zip_can_not_hold_becomes_the_nearest(tmp_path: Path) -> None:
    for epoch, year in [(0, 1980), (10_000_000_000, 2107)]:
        path = nupkg(tmp_path / str(epoch), "abc", "RA", 2025)
        reproducible.settle_nupkg(path, epoch)
        with zipfile.ZipFile(path) as archive:
            assert {entry.date_time[0] for entry in archive.infolist()} == {year}


def test_source_distributions_forget_who_packed_them_and_when(tmp_path: Path) -> None:
    first = sdist(tmp_path / "1.tar.gz", EPOCH + 5, "ada", 0o664)
    second = sdist(tmp_path / "2.tar.gz", EPOCH + 99, "bob", 0o600)
    for path in (first, second):
        reproducible.settle_tarball(path, EPOCH)
    assert first.read_bytes() == second.read_bytes()
    with tarfile.open(first) as archive:
        assert {member.name: member.mode for member in archive} == {"a-1/PKG-INFO": 0o644, "a-1/run.sh": 0o755}


def test_a_tarball_that_is_settled_stays_as_it_is(tmp_path: Path) -> None:
    path = sdist(tmp_path / "1.tar.gz", EPOCH, "", 0o644)
    before = path.read_bytes()
    reproducible.settle_tarball(path, EPOCH)
    assert path.read_bytes() == before


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    for settle, name in ((reproducible.settle_tarball, "a-1.tar.gz"), (reproducible.settle_nupkg, "A.1.nupkg")):
        path = tmp_path / name
        path.write_bytes(gzip.compress(b"no archive" * 100))
        with pytest.raises(RefusedError, match="artifact-broken"):
            settle(path, EPOCH)
