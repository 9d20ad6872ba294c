"""The packages of the throw-away NuGet feed, in a folder: `<name>/<version>/<name>.<version>.nupkg`, in lower case."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_UNLISTED = "unlisted"
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,98}[A-Za-z0-9_])?")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The feed says no, with this status and these words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


@dataclass(frozen=True)
class DependencyGroup:
    """What a package needs on one target framework; an empty framework means all."""

    framework: str
    dependencies: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Metadata:
    """What a package's .nuspec says."""

    name: str
    version: str
    authors: str = ""
    description: str = ""
    symbols: bool = False
    listed: bool = True
    dependency_groups: tuple[DependencyGroup, ...] = ()


class Packages:
    """The packages in one folder. What is there survives the process."""

    def __init__(self, folder: Path, *, signs: bool, lag: int) -> None:
        self._folder = folder
        self._signs = signs
        self._lag = lag
        self._hidden: dict[tuple[str, str], int] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, package: bytes) -> None:
        """Keep a package or a symbol package. Raises Refused: 400 when it is none, 409 when the version is taken, 404 for lone symbols."""
        metadata = _read(package)
        home = self._home(metadata.name, metadata.version)
        file = home / f"{home.parent.name}.{home.name}.{'snupkg' if metadata.symbols else 'nupkg'}"
        if metadata.symbols and not file.with_suffix(".nupkg").exists():
            raise Refused(404, f"There is no package {metadata.name} {metadata.version} that these symbols belong to.")
        if file.exists():
            raise Refused(
                409, f"A package with id '{metadata.name}' and version '{metadata.version}' already exists and cannot be modified."
            )
        home.mkdir(parents=True, exist_ok=True)
        _write(file, signed(package) if self._signs and not metadata.symbols else package)
        if self._lag and not metadata.symbols:
            self._hidden[home.parent.name, home.name] = self._lag

    def set_listed(self, name: str, version: str, listed: bool) -> None:
        """Unlist or relist a version."""
        home = self._home(name, version)
        if not home.is_dir():
            raise Refused(404, f"There is no package {name} {version}.")
        if listed:
            (home / _UNLISTED).unlink(missing_ok=True)
        else:
            (home / _UNLISTED).touch()

    def names(self) -> list[str]:
        """All packages, in lower case."""
        return sorted(folder.name for folder in self._folder.iterdir() if folder.is_dir())

    def versions(self, name: str) -> list[str]:
        """The visible versions, oldest first."""
        folder = self._folder / name.lower()
        found = [home.name for home in folder.iterdir() if any(home.glob("*.nupkg"))] if _NAME.fullmatch(name) and folder.is_dir() else []
        return sorted((version for version in found if (folder.name, version) not in self._hidden), key=_precedence)

    def look_up(self, name: str) -> list[str]:
        """The visible versions; asking brings hidden ones nearer to being seen."""
        seen = self.versions(name)
        for (owner, version), left in list(self._hidden.items()):
            if owner == name.lower():
                self._hidden[owner, version] = left - 1
                if left <= 1:
                    del self._hidden[owner, version]
        return seen

    def read(self, name: str, version: str, file: str) -> bytes:
        """The .nupkg or .nuspec of a visible version. Raises Refused with 404."""
        home = self._home(name, version)
        package = home / f"{home.parent.name}.{home.name}.nupkg"
        if (home.parent.name, home.name) not in self._hidden and package.exists():
            if file.lower() == package.name:
                return package.read_bytes()
            if file.lower() == f"{home.parent.name}.nuspec":
                return _nuspec(package.read_bytes())
        raise Refused(404, f"There is no file {file} of {name} {version}.")

    def metadata(self, name: str, version: str) -> Metadata:
        """What the version's .nuspec says."""
        home = self._home(name, version)
        found = _read((home / f"{home.parent.name}.{home.name}.nupkg").read_bytes())
        return Metadata(
            found.name,
            found.version,
            found.authors,
            found.description,
            listed=not (home / _UNLISTED).exists(),
            dependency_groups=found.dependency_groups,
        )

    def _home(self, name: str, version: str) -> Path:
        if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
            raise Refused(400, "The package's id or version is not of the form that NuGet allows.")
        return self._folder / name.lower() / _normal(version)


def signed(package: bytes) -> bytes:
    """The package with a `.signature.p7s` as its last entry, added as the gallery adds it: all other bytes stay.

    The signature signs nothing; clients that verify signatures will not take it.
    """
    end = package.rindex(b"PK\x05\x06")
    entries, size, start = struct.unpack_from("<HLL", package, end + 10)
    name, content = b".signature.p7s", b"a rehearsal's signature"
    common = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(name), 0)
    local = b"PK\x03\x04" + common + name + content
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, start) + name
    closing = bytearray(package[end:])
    struct.pack_into("<HHLL", closing, 8, entries + 1, entries + 1, size + len(central), start + len(local))
    return package[:start] + local + package[start:end] + central + bytes(closing)


def _write(file: Path, content: bytes) -> None:
    """Write so that no reader sees half of it."""
    aside = file.with_suffix(".part")
    aside.write_bytes(content)
    aside.rename(file)


def _nuspec(package: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            [name] = [name for name in archive.namelist() if "/" not in name and name.lower().endswith(".nuspec")]
            return archive.read(name)
    except (zipfile.BadZipFile, ValueError):
        raise Refused(400, "The file is no package.") from None


def _read(package: bytes) -> Metadata:
    try:
        root = ElementTree.fromstring(_nuspec(package))  # noqa: S314 - the rehearsal's own user built it
    except ElementTree.ParseError:
        raise Refused(400, "The package's .nuspec is no XML.") from None
    texts = {_local(element): (element.text or "").strip() for element in root.iterfind("{*}metadata/*")}
    kinds = {element.get("name") for element in root.iterfind("{*}metadata/{*}packageTypes/{*}packageType")}
    return Metadata(
        texts.get("id", ""),
        texts.get("version", ""),
        texts.get("authors", ""),
        texts.get("description", ""),
        symbols="SymbolsPackage" in kinds,
        dependency_groups=_groups(root),
    )


def _groups(root: ElementTree.Element) -> tuple[DependencyGroup, ...]:
    groups = root.findall("{*}metadata/{*}dependencies/{*}group")
    found = [DependencyGroup(group.get("targetFramework", ""), _dependencies(group)) for group in groups]
    bare = root.find("{*}metadata/{*}dependencies")
    if bare is not None and _dependencies(bare):
        found.append(DependencyGroup("", _dependencies(bare)))
    return tuple(found)


def _dependencies(parent: ElementTree.Element) -> tuple[tuple[str, str], ...]:
    return tuple((element.get("id", ""), element.get("version", "")) for element in parent.findall("{*}dependency"))


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _normal(version: str) -> str:
    """NuGet's normal form, in lower case: no build metadata, no fourth number that is 0, no leading zeros."""
    match = _VERSION.fullmatch(version)
    if match is None:
        raise Refused(400, f"{version} is no version.")
    numbers = [str(int(number)) for number in match.groups()[:4] if number is not None]
    if len(numbers) == 4 and numbers[3] == "0":
        numbers.pop()
    return ".".join(numbers) + (f"-{match[5].lower()}" if match[5] else "")


def _precedence(version: str) -> tuple[object, ...]:
    numbers, _, label = version.partition("-")
    core = [int(number) for number in f"{numbers}.0".split(".")][:4]
    identifiers = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in label.split(".")] if label else []
    return core, not label, identifiers
