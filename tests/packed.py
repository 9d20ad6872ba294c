"""Small packages of every ecosystem, made without the ecosystems' tools, and releases of them."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256, sha512
from pathlib import Path

from release_actions.domain.package import Ecosystem
from release_actions.domain.release import FILE_NAME, BuiltPackage, File, Release
from release_actions.domain.version import Version


def release(folder: Path, version: str, *packages: BuiltPackage) -> Release:
    """A release of `packages`, whose files are in `folder`, with its record beside them."""
    made = Release(Version.parse(version), "0" * 40, packages)
    folder.joinpath(FILE_NAME).write_text(made.to_json(), encoding="utf-8")
    return made


def package(
    folder: Path,
    ecosystem: Ecosystem,
    name: str,
    version: str,
    *,
    content: str = "1",
    depends_on: Iterable[str] = (),
    symbols: bool = False,
    settings: Mapping[str, object] | None = None,
) -> BuiltPackage:
    """A package with an inside that depends on `content`. `settings` go into an npm package's package.json."""
    spelt = Version.parse(version).spelt(ecosystem.scheme)
    match ecosystem:
        case Ecosystem.NPM:
            names = [_npm(folder, name, spelt, content, settings or {})]
        case Ecosystem.PYPI:
            names = [_wheel(folder, name, spelt, content), _sdist(folder, name, spelt, content)]
        case Ecosystem.NUGET:
            names = [_nupkg(folder, name, spelt, content, kind) for kind in ("nupkg", "snupkg")[: 1 + symbols]]
    return BuiltPackage(ecosystem, name, spelt, tuple(measured(folder / one) for one in names), tuple(depends_on))


def only_wheel(built: BuiltPackage) -> BuiltPackage:
    """The Python package with its wheel alone."""
    return replace(built, files=tuple(file for file in built.files if file.name.endswith(".whl")))


def measured(path: Path) -> File:
    """The file as a release's record describes it."""
    content = path.read_bytes()
    return File(path.name, len(content), sha256(content).hexdigest(), sha512(content).hexdigest())


def _npm(folder: Path, name: str, version: str, content: str, settings: Mapping[str, object]) -> str:
    path = folder / f"{name.lstrip('@').replace('/', '-')}-{version}.tgz"
    manifest = {"name": name, "version": version, "main": "index.js", **settings}
    with _gzipped(path) as archive:
        _add(archive, "package/package.json", json.dumps(manifest))
        _add(archive, "package/index.js", f"module.exports = {content!r}\n")
    return path.name


def _wheel(folder: Path, name: str, version: str, content: str) -> str:
    stem = f"{_python_name(name)}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    info = f"{stem}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        _write(archive, f"{_python_name(name)}.py", f"CONTENT = {content!r}\n")
        _write(archive, f"{info}/METADATA", _metadata(name, version))
        _write(archive, f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        _write(archive, f"{info}/RECORD", "")
    return path.name


def _sdist(folder: Path, name: str, version: str, content: str) -> str:
    stem = f"{_python_name(name)}-{version}"
    path = folder / f"{stem}.tar.gz"
    with _gzipped(path) as archive:
        _add(archive, f"{stem}/PKG-INFO", _metadata(name, version))
        _add(archive, f"{stem}/pyproject.toml", f"# {content}\n")
    return path.name


def _nupkg(folder: Path, name: str, version: str, content: str, kind: str) -> str:
    path = folder / f"{name}.{version}.{kind}"
    types = '<packageTypes><packageType name="SymbolsPackage" /></packageTypes>' if kind == "snupkg" else ""
    nuspec = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>'
        f"<id>{name}</id><version>{version}</version><authors>tests</authors><description>{content}</description>{types}"
        "</metadata></package>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, f"{name}.nuspec", nuspec)
        _write(archive, "lib/netstandard2.0/_._" if kind == "nupkg" else "lib/netstandard2.0/x.pdb", "")
    return path.name


@contextmanager
def _gzipped(path: Path) -> Iterator[tarfile.TarFile]:
    """A compressed archive without the time, so that packing again gives the same bytes."""
    with gzip.GzipFile(path, "w", mtime=0) as compressed, tarfile.open(fileobj=compressed, mode="w") as archive:
        yield archive


def _metadata(name: str, version: str) -> str:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


def _python_name(name: str) -> str:
    return name.replace("-", "_")


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    archive.addfile(entry, io.BytesIO(text.encode()))


def _write(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
