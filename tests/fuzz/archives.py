"""Packed files: what npm, Python's build tools and NuGet pack, and what calls itself so."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from tests import packed
from tests.fuzz.judge import Target

from rehearsal.nuget_storage import signed
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.registries import npm_package, nupkg
from release_actions.adapters.toolchains import reproducible
from release_actions.domain.package import Ecosystem
from release_actions.errors import ReleaseError

FOLDER = tempfile.TemporaryDirectory()
_EPOCH = 1_700_000_000


def _seeds(ending: str) -> Iterable[bytes]:
    for ecosystem in Ecosystem:
        for file in packed.package(Path(FOLDER.name), ecosystem, "acme", "1.2.3", symbols=True).files:
            if file.name.endswith(ending):
                yield Path(FOLDER.name, file.name).read_bytes()


def _identified(ending: str, data: bytes) -> None:
    """The file as it is, and for tarballs also with these bytes as what is packed, so that changes get past the checksum."""
    refused: list[ReleaseError] = []
    for content in (data, *([gzip.compress(data, 1)] if ending.endswith("gz") else [])):
        path = Path(FOLDER.name, f"fuzzed-{os.getpid()}{ending}")
        path.write_bytes(content)
        if ending == ".tgz":
            npm_package.manifest(path)
        try:
            PackedFiles().identify(path)
        except ReleaseError as error:
            refused.append(error)
    if refused:
        raise refused[-1]


def _unpacked(ending: str) -> Iterable[bytes]:
    return [*_seeds(ending), *(gzip.decompress(data) for data in _seeds(ending)), *_hostile_tarballs()]


def _settled(data: bytes) -> None:
    """What is packed again so that it is the same wherever it is packed."""
    path = Path(FOLDER.name, f"settled-{os.getpid()}.tar.gz")
    path.write_bytes(gzip.compress(data, 1))
    reproducible.settle_tarball(path, _EPOCH)
    once = path.read_bytes()
    reproducible.settle_tarball(path, _EPOCH)
    assert path.read_bytes() == once


def _unsigned(data: bytes) -> None:
    """A package without its signature; one that never bore one stays as it is."""
    assert nupkg.unsigned(nupkg.unsigned(data)) == nupkg.unsigned(data) or data.count(nupkg.SIGNATURE) > 2
    nupkg.content_hash(data)


def _hostile_tarballs() -> Iterable[bytes]:
    def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 2) -> tarfile.TarInfo:
        found = tarfile.TarInfo(name)
        found.type, found.linkname, found.size = kind, link, size if kind == tarfile.REGTYPE else 0
        return found

    yield _tar(lambda archive: archive.addfile(entry("../package.json"), io.BytesIO(b"{}")))
    yield _tar(lambda archive: archive.addfile(entry("package/package.json", tarfile.SYMTYPE, "/etc/passwd")))
    yield _tar(lambda archive: archive.addfile(entry("package/package.json", tarfile.LNKTYPE, "package/package.json")))
    yield _tar(lambda archive: archive.addfile(entry("package/" + "a/" * 100 + "b"), io.BytesIO(b"{}")))


def _tar(fill: Callable[[tarfile.TarFile], object]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as archive:
        fill(archive)
    return content.getvalue()


def _zips(ending: str) -> Iterable[bytes]:
    yield from _seeds(ending)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../a.nuspec", b"<package/>")
        archive.writestr("a-1.dist-info/METADATA", b"Name: a\nVersion: 1\n" + b" " * 5_000_000)
    yield content.getvalue()


ARCHIVES = [
    *(Target(ending[1:].replace(".", "_"), partial(_identified, ending), partial(_unpacked, ending)) for ending in (".tgz", ".tar.gz")),
    *(Target(ending[1:], partial(_identified, ending), partial(_zips, ending)) for ending in (".whl", ".nupkg", ".snupkg")),
    Target("settled_tarball", _settled, lambda: [gzip.decompress(data) for data in _seeds(".tar.gz")]),
    Target("unsigned_package", _unsigned, lambda: [signed(data) for data in _seeds(".nupkg")]),
]
