"""Packed files, opened: which package and version each says that it is.

Archives are read as streams, never extracted, and never believed: how much is read, unpacked or listed is bounded, and
whatever two readers could understand in two ways is refused.
"""

from __future__ import annotations

import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from release_actions.domain import strict_json
from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem
from release_actions.errors import Place, RefusedError

#: Bytes of a file that bears the name and the version.
LARGEST_METADATA = 4 * 1024 * 1024
#: Bytes of an archive's unpacked content; the registries take far smaller packages.
LARGEST_CONTENT = 2 * 1024 * 1024 * 1024
MOST_ENTRIES = 100_000
_LONGEST_TEXT = 256
_LARGEST_DIRECTORY = 8 * 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_CHUNK = 1024 * 1024
_LOCAL = ("file:", "link:", "workspace:", "portal:", "catalog:")
#: A requirement by its address (PEP 508), which PyPI refuses.
_DIRECT_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\s*(\[[^]]*\])?\s*@")

#: Whatever reading a broken archive raises.
BROKEN = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError),
    *(expat.ExpatError, struct.error, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError),
)


class _TooLargeError(Exception):
    """What an archive holds too much of."""


class PackedFiles:
    """Opens the files that npm, Python's build tools and NuGet pack."""

    def identify(self, path: Path) -> Identity:
        """Read name and version from inside the file.

        Raises:
            RefusedError: the file is no package (rule `artifact-kind`), is broken or ambiguous (`artifact-broken`), or
                is larger inside than any registry takes (`artifact-large`).
        """
        read = next((reader for ending, reader in _READERS.items() if path.name.lower().endswith(ending)), None)
        if read is None:
            raise RefusedError(
                "artifact-kind",
                f"`{path.name}` is no package of npm, PyPI or NuGet.",
                f"Packages end in {', '.join(_READERS)}.",
                Place(path.name),
            )
        with opening(path):
            return read(path)


@contextmanager
def opening(path: Path) -> Iterator[None]:
    """Let whatever goes wrong in the block, which reads the packed file, refuse it (rules `artifact-large`, `artifact-broken`)."""
    try:
        yield
    except _TooLargeError as error:
        raise RefusedError(
            "artifact-large",
            f"`{path.name}` holds {error}.",
            "No registry takes such a package; check what is packed.",
            Place(path.name),
        ) from None
    except BROKEN as error:
        raise RefusedError(
            "artifact-broken",
            f"`{path.name}` can't be read as a package: {_reason(error)}.",
            "Pack it again with the ecosystem's own tool.",
            Place(path.name),
        ) from None


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split()) or type(error).__name__
    return words[:_LONGEST_TEXT].rstrip(".")


def _npm(path: Path) -> Identity:
    """A tarball of npm holds everything in one folder, `package` when npm packs them."""
    document = strict_json.loads(_from_tarball(path, lambda name: name == "package/package.json"))
    if not isinstance(document, dict):
        raise ValueError("package.json is not an object")
    identity = _identity(Ecosystem.NPM, document.get("name"), document.get("version"))
    return replace(identity, private=document.get("private") is True, unresolvable=tuple(_local_dependencies(document)))


def _local_dependencies(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What npm would look for on the disk of whoever installs; bundled dependencies come along."""
    bundled = manifest.get("bundleDependencies", manifest.get("bundledDependencies"))
    for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
        wanted = manifest.get(kind)
        for name, version in wanted.items() if isinstance(wanted, dict) and bundled is not True else ():
            if isinstance(version, str) and version.startswith(_LOCAL) and name not in (bundled or ()):
                yield f"{name}@{version}"


def _sdist(path: Path) -> Identity:
    """Source distributions hold `PKG-INFO` in their only top folder (source distribution format, PyPA)."""
    return _python(_from_tarball(path, lambda name: name.count("/") == 1 and name.endswith("/PKG-INFO")))


def _wheel(path: Path) -> Identity:
    """Wheels hold `METADATA` in their only `.dist-info` folder at the top (binary distribution format, PyPA)."""
    return _python(_from_zip(path, lambda name: re.fullmatch(r"[^/]+\.dist-info/METADATA", name) is not None))


def _nuget(path: Path) -> Identity:
    """NuGet packages hold one `.nuspec` at the top."""
    identity = _nuspec(_from_zip(path, lambda name: "/" not in name and name.lower().endswith(".nuspec")))
    # Symbols are described by the package that they belong to; the SDK leaves their own authors out.
    return replace(identity, lacking=()) if path.name.lower().endswith(".snupkg") else identity


_READERS: dict[str, Callable[[Path], Identity]] = {
    ".tgz": _npm,
    ".whl": _wheel,
    ".tar.gz": _sdist,
    ".snupkg": _nuget,
    ".nupkg": _nuget,
}


def _identity(ecosystem: Ecosystem, name: object, version: object) -> Identity:
    for key, value in (("name", name), ("version", version)):
        if not isinstance(value, str) or not value or len(value) > _LONGEST_TEXT or not value.isprintable():
            raise ValueError(f"its {key} is {str(value)[:80]!r}")
    return Identity(ecosystem, str(name), str(version))


def _python(metadata: bytes) -> Identity:
    """Core metadata, whose headers come before an empty line (PyPA, core metadata)."""
    headers = BytesHeaderParser().parsebytes(metadata)
    names, versions = headers.get_all("Name") or [], headers.get_all("Version") or []
    if len(names) != 1 or len(versions) != 1:
        raise ValueError("its metadata does not bear exactly one name and one version")
    private = any(str(value).startswith("Private ::") for value in headers.get_all("Classifier") or [])
    wanted = (" ".join(str(value).split()) for value in headers.get_all("Requires-Dist") or [])
    elsewhere = tuple(value for value in wanted if _DIRECT_REFERENCE.match(value))
    return replace(_identity(Ecosystem.PYPI, str(names[0]), str(versions[0])), private=private, unresolvable=elsewhere)


def _nuspec(document: bytes) -> Identity:
    """`package/metadata/{id,version}` in whatever namespace (the schema's has changed six times)."""
    found: dict[str, list[str]] = {"id": [], "version": [], "authors": [], "description": []}
    stack: list[str] = []

    def start(tag: str, _: object) -> None:
        stack.append(tag.rpartition(" ")[2].lower())
        if stack[:2] == ["package", "metadata"] and len(stack) == 3 and stack[2] in found:
            found[stack[2]].append("")

    def text(words: str) -> None:
        if stack[:2] == ["package", "metadata"] and len(stack) == 3 and stack[2] in found:
            found[stack[2]][-1] += words

    def refuse_dtd(*_: object) -> None:
        raise ValueError("its nuspec holds a document type declaration")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse_dtd
    parser.Parse(document, True)
    if len(found["id"]) != 1 or len(found["version"]) != 1:
        raise ValueError("its nuspec does not bear exactly one id and one version")
    lacking = tuple(field for field in ("authors", "description") if not "".join(found[field]).strip())
    return replace(_identity(Ecosystem.NUGET, found["id"][0].strip(), found["version"][0].strip()), lacking=lacking)


def _only(found: list[bytes]) -> bytes:
    if len(found) != 1:
        raise ValueError("it holds no metadata" if not found else "it holds its metadata twice")
    return found[0]


def _refuse_path(name: str) -> None:
    """A name that leads out of the folder into which an unwary tool would unpack it."""
    parts = re.split(r"[/\\]", name)
    if not name or parts[0] == "" or ".." in parts or "\0" in name or re.match(r"[A-Za-z]:", name):
        raise ValueError(f"it holds an entry named {name[:80]!r}, which leads out of the archive")


def _from_tarball(path: Path, wanted: Callable[[str], bool]) -> bytes:
    """The content of the only regular file in the gzipped tar archive whose name is `wanted`."""
    found = []
    with path.open("rb") as packed, gzip.GzipFile(fileobj=packed) as content:
        for name, member, archive in _members(_Bounded(content)):
            if wanted(name):
                if not member.isreg() or member.sparse is not None or member.size > LARGEST_METADATA:
                    raise ValueError(f"{name} is no plain file of a plausible size")
                file = archive.extractfile(member)
                found.append(file.read() if file else b"")
    return _only(found)


def _members(content: io.RawIOBase) -> Iterator[tuple[str, tarfile.TarInfo, tarfile.TarFile]]:
    with tarfile.open(fileobj=content, mode="r:") as archive:
        for count, member in enumerate(archive):
            archive.members.clear()  # type: ignore[attr-defined]  # the reader would keep every entry that it has seen
            if count >= MOST_ENTRIES:
                raise _TooLargeError(f"more than {MOST_ENTRIES} entries")
            _refuse_path(member.name)
            yield member.name.removeprefix("./"), member, archive


def _from_zip(path: Path, wanted: Callable[[str], bool]) -> bytes:
    """The content of the only file in the zip archive whose name is `wanted`."""
    _refuse_large_directory(path)
    found = []
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > LARGEST_CONTENT:
            raise _TooLargeError(f"more than {LARGEST_CONTENT >> 30} GiB")
        for entry in entries:
            _refuse_path(entry.filename)
            if wanted(entry.filename):
                with archive.open(entry) as file:
                    found.append(_at_most(file, LARGEST_METADATA))
    return _only(found)


def _refuse_large_directory(path: Path) -> None:
    """A zip archive whose directory is too large to be read; `zipfile` reads all of it at once.

    The directory's end stands in the file's last 64 KiB (APPNOTE.TXT 6.3.10, section 4.3.16). One that needs Zip64
    lists more than 65,535 entries, or lies beyond 4 GiB.
    """
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END.size - 0xFFFF))
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or place + _END.size > len(tail):
        raise ValueError("it is no zip archive, or is cut off")
    count, size, offset = _END.unpack_from(tail, place)[4:7]
    if count > min(MOST_ENTRIES, 0xFFFE) or size > _LARGEST_DIRECTORY or offset == 0xFFFFFFFF:
        raise _TooLargeError("more entries than any package has")


def _at_most(file: IO[bytes], most: int) -> bytes:
    """All of the file, whatever size its entry claims."""
    data = file.read(most + 1)
    if len(data) > most:
        raise _TooLargeError(f"metadata of more than {most >> 20} MiB")
    return data


class _Bounded(io.RawIOBase):
    """A decompressed stream that only goes forward, and ends with an error when it unpacks to too much.

    It also refuses to be read in one huge piece, since an archive's headers may claim any length.
    """

    def __init__(self, content: gzip.GzipFile) -> None:
        super().__init__()
        self._content = content
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes."""
        if not 0 <= size <= LARGEST_METADATA:
            raise ValueError("a header of it claims an implausible length")
        data = self._content.read(size)
        self._position += len(data)
        if self._position > LARGEST_CONTENT:
            raise _TooLargeError(f"more than {LARGEST_CONTENT >> 30} GiB")
        return data

    def tell(self) -> int:
        """How many bytes have been read."""
        return self._position

    def seekable(self) -> bool:
        """Whether `seek` works: forward only."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Skip to `offset`."""
        if whence != io.SEEK_SET or offset < self._position:
            raise ValueError("its headers lead backwards")
        while self._position < offset and self.read(min(_CHUNK, offset - self._position)):
            pass
        return self._position
