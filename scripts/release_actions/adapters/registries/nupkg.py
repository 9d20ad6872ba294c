"""NuGet packages as they were before a registry signed them.

The gallery adds its signature, the entry `.signature.p7s`, to every package, so that what it serves differs from what
was pushed. NuGet's own "content hash" is that of the file without this entry
(NuGet.Client, SignedPackageArchiveUtility.GetPackageContentHash). Signed packages use no Zip64 (ibid.).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

SIGNATURE = b".signature.p7s"

# APPNOTE.TXT 6.3.10, sections 4.3.16 (end of central directory) and 4.3.12 (central directory header).
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_RECORD = struct.Struct("<4s6H3L5H2L")
_RECORD_MARK = b"PK\x01\x02"
_LONGEST_COMMENT = 0xFFFF


@dataclass(frozen=True)
class _Record:
    """A record of the central directory: where it stands, its name, and where its entry starts."""

    start: int
    end: int
    name: bytes
    entry: int


def content_hash(archive: bytes) -> str:
    """The SHA-512, in lower-case hexadecimal, of `archive` as if it had never been signed."""
    return hashlib.sha512(unsigned(archive)).hexdigest()


def unsigned(archive: bytes) -> bytes:
    """`archive` without its signature, byte for byte as it was before; what bears none, or is no zip, stays as it is."""
    try:
        return _without_signature(archive)
    except (struct.error, ValueError):
        return archive


def _without_signature(archive: bytes) -> bytes:
    end = _end(archive)
    mark, disk, first_disk, here, count, size, directory, comment = _END.unpack_from(archive, end)
    if directory + size != end:
        raise ValueError("something stands between the central directory and its end")
    records = _records(archive, directory, end, count)
    (signature,) = [record for record in records if record.name == SIGNATURE]
    following = min([record.entry for record in records if record.entry > signature.entry], default=directory)
    removed = following - signature.entry
    kept = [archive[: signature.entry], archive[following:directory]]
    for record in records:
        if record is not signature:
            kept.append(_moved(archive[record.start : record.end], removed if record.entry > signature.entry else 0))
    width = signature.end - signature.start
    kept.append(_END.pack(mark, disk, first_disk, here - 1, count - 1, size - width, directory - removed, comment))
    kept.append(archive[end + _END.size :])
    return b"".join(kept)


def _end(archive: bytes) -> int:
    """Where the end of the central directory starts: the last mark whose comment reaches to the end of the file."""
    position = len(archive)
    while True:
        position = archive.rindex(_END_MARK, max(0, len(archive) - _END.size - _LONGEST_COMMENT), position)
        if len(archive) - position >= _END.size and position + _END.size + _END.unpack_from(archive, position)[-1] == len(archive):
            return position


def _records(archive: bytes, position: int, end: int, count: int) -> list[_Record]:
    records = []
    for _ in range(count):
        fields = _RECORD.unpack_from(archive, position)
        name, extra, comment = fields[10:13]
        following = position + _RECORD.size + name + extra + comment
        if fields[0] != _RECORD_MARK or following > end:
            raise ValueError("no central directory")
        start = position + _RECORD.size
        records.append(_Record(position, following, archive[start : start + name], fields[16]))
        position = following
    return records


def _moved(record: bytes, distance: int) -> bytes:
    """The record of an entry that now starts `distance` bytes earlier."""
    (entry,) = struct.unpack_from("<L", record, _RECORD.size - 4)
    return record[: _RECORD.size - 4] + struct.pack("<L", entry - distance) + record[_RECORD.size :]
