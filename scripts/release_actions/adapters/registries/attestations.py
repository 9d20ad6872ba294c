"""Attestations of Python distributions (PEP 740), as signers leave them beside the files: `FILE.publish.attestation`."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from release_actions.domain import strict_json
from release_actions.domain.release import File
from release_actions.errors import Finding, Place

_REMEDY = "Sign the files of this build, after it and before anything is published, or take the attestation away."


def beside(file: Path) -> list[Path]:
    """The attestations of the file."""
    return sorted(file.parent.glob(f"{file.name}.*.attestation"))


def wrong(folder: Path, file: File) -> Iterator[Finding]:
    """The attestations of the built file that are of other bytes; an index refuses those after the upload has begun."""
    for path in beside(folder / file.name):
        subjects = _subjects(path)
        if subjects is None:
            yield Finding("attestation-broken", f"{path.name} is no attestation as PEP 740 has it.", _REMEDY, Place(path.name))
        elif subjects != {file.name: file.sha256}:
            what = f"{path.name} is of other bytes than {file.name}, or of a file of another name."
            yield Finding("attestation-other", what, _REMEDY, Place(path.name))


def _subjects(path: Path) -> dict[str, str] | None:
    """The digests that the in-toto statement of an attestation names, by file."""
    try:
        document: Any = strict_json.loads(path.read_bytes())
        statement: Any = strict_json.loads(base64.b64decode(document["envelope"]["statement"], validate=True))
        return {str(subject["name"]): str(subject["digest"]["sha256"]) for subject in statement["subject"]}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
