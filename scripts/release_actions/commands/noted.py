"""The way back of a release, kept beside its record from before the first upload on."""

from __future__ import annotations

from pathlib import Path

from release_actions.domain.rollback_record import FILE_NAME, Record
from release_actions.errors import RefusedError, ReleaseError


def keep(record: Record, folder: Path) -> Record:
    """Write the record into `folder`, where an earlier one of the same release comes first; what is kept.

    Raises:
        RefusedError: the folder can't be written (rule `folder-unwritable`).
    """
    path = folder / FILE_NAME
    try:
        earlier = Record.from_json(path.read_text(encoding="utf-8"))
        kept = earlier.joined(record) if earlier.version == record.version else record
    except (OSError, UnicodeDecodeError, ReleaseError):
        kept = record
    try:
        path.write_text(kept.to_json(), encoding="utf-8", newline="\n")
    except OSError as error:
        what = f"{path} can't be written: {error.strerror or error}."
        raise RefusedError("folder-unwritable", what, "Nothing was uploaded. Make the folder of the release writable.") from None
    return kept
