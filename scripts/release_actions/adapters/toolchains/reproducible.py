"""Packed files made independent of when and where they were packed, for tools that can't do it themselves.

What the files hold is not touched, and neither is the order of their entries; only times, owners, permissions that
come from the umask, and the random names that NuGet gives to its own bookkeeping.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import stat
import tarfile
import time
import zipfile
from pathlib import Path

from release_actions.adapters.archives import opening

_PSMDCP = re.compile(r"package/services/metadata/core-properties/([^/]+)\.psmdcp", re.IGNORECASE)
_RELATIONS = "_rels/.rels"
_SIGNATURE = ".signature.p7s"


def settle_nupkg(path: Path, epoch: int) -> None:
    """Give the NuGet package `path` fixed times and names. A signed package stays as it is.

    `dotnet pack` does this itself from SDK 10.0.400 on. OPC part names are free, so that readers find the renamed part
    through `_rels/.rels` (ECMA-376 part 2, section 6.5). Raises RefusedError (rule `artifact-broken`).
    """
    with opening(path), zipfile.ZipFile(path) as archive:
        entries = [(entry.filename, archive.read(entry)) for entry in archive.infolist() if not entry.is_dir()]
    if any(name == _SIGNATURE for name, _ in entries):
        return
    entries = _named_by_content(entries)
    # The part that opens a package by convention, then names in one order whatever the file system's was.
    entries.sort(key=lambda entry: (entry[0] != _RELATIONS, entry[0]))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(_zip_entry(name, epoch), data)


def settle_tarball(path: Path, epoch: int) -> None:
    """Give every entry of the gzipped tarball `path` the time `epoch`, no owner, and permissions that no umask decides.

    One whose entries have no later time than that, no owner and such permissions stays as it is. Raises RefusedError
    (rule `artifact-broken`).
    """
    with opening(path), tarfile.open(path, "r:gz") as archive:
        members = list(archive)
        if all(_is_settled(member, epoch) for member in members):
            return
        content = [(_settled(member, epoch), _content(archive, member)) for member in members]
    with path.open("wb") as packed, gzip.GzipFile("", "wb", fileobj=packed, mtime=epoch) as stream:
        _write_tar(stream, content)


def _is_settled(member: tarfile.TarInfo, epoch: int) -> bool:
    permissions = member.mode in {0o644, 0o755} or not (member.isreg() or member.isdir())
    return member.mtime <= epoch and member.uname in {"", "root"} and permissions


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member) if member.isreg() else None
    return file.read() if file else b""


def _write_tar(stream: gzip.GzipFile, content: list[tuple[tarfile.TarInfo, bytes]]) -> None:

    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, data in sorted(content, key=lambda entry: entry[0].name):
            archive.addfile(member, io.BytesIO(data))


def _settled(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    executable = member.isdir() or bool(member.mode & stat.S_IXUSR)
    member.mtime, member.mode = epoch, 0o755 if executable else 0o644
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.pax_headers = {}
    return member


def _zip_entry(name: str, epoch: int) -> zipfile.ZipInfo:
    """An entry whose time zip's format can hold: from 1980 to 2107, in steps of two seconds."""
    moment = time.gmtime(epoch)[:6]
    entry = zipfile.ZipInfo(name, min(max(moment, (1980, 1, 1, 0, 0, 0)), (2107, 12, 31, 23, 59, 58)))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, so that the permissions below mean something
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _named_by_content(entries: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The entries with the core properties' random name, and the identifiers of relations, made from the content."""
    renamed = {
        name: f"{name.rpartition('/')[0]}/{hashlib.sha256(data).hexdigest()[:32]}.psmdcp"
        for name, data in entries
        if _PSMDCP.fullmatch(name)
    }
    return [(renamed.get(name, name), _relations(data, renamed) if name == _RELATIONS else data) for name, data in entries]


def _relations(document: bytes, renamed: dict[str, str]) -> bytes:
    text = document.decode("utf-8")
    for old, new in renamed.items():
        text = text.replace(f'"/{old}"', f'"/{new}"')
    return re.sub(r"<Relationship\b[^>]*>", _with_stable_id, text).encode("utf-8")


def _with_stable_id(relation: re.Match[str]) -> str:
    """The relation with an identifier made from its type and target; identifiers need only differ from each other."""
    bare = re.sub(r'\bId="[^"]*"', 'Id=""', relation.group())
    return bare.replace('Id=""', f'Id="R{hashlib.sha256(bare.encode()).hexdigest()[:16].upper()}"')
