"""The folder that a build leaves: whole, or as it was before."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from release_actions.domain.release import FILE_NAME, Release
from release_actions.domain.rollback_record import FILE_NAME as WAY_BACK
from release_actions.errors import Finding, RefusedError, ReleaseError

#: Keeps the folder out of git, and out of packages whose tools go by git's rules (npm, hatchling and others).
_IGNORE = ".gitignore"
_REMEDY = "Set the input `folder` to one that does not exist yet."


def obstacles(folder: Path, top: Path, tracked: Sequence[str]) -> Iterator[Finding]:
    """Why the release of the repository at `top` can't be put into `folder` (rule `folder-taken`); both are absolute."""
    if top.is_relative_to(folder):
        yield Finding("folder-taken", f"{folder} holds the repository itself.", _REMEDY)
        return
    inside = folder.relative_to(top).as_posix() if folder.is_relative_to(top) else None
    held = [path for path in tracked if inside and (path == inside or path.startswith(f"{inside}/"))]
    if held:
        yield Finding("folder-taken", f"{inside} holds files that git tracks, for example {held[0]}.", _REMEDY)
    elif folder.exists():
        foreign = _foreign(folder)
        if foreign:
            yield Finding(
                "folder-taken", f"{folder} holds something else than a built release: {foreign}.", f"Empty it, or {_lower(_REMEDY)}"
            )


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]


def _foreign(folder: Path) -> str | None:
    """The first thing in `folder` that no earlier build left there."""
    if not folder.is_dir():
        return "it is a file"
    names = {path.name for path in folder.iterdir()}
    try:
        record = Release.from_json(folder.joinpath(FILE_NAME).read_text(encoding="utf-8")) if FILE_NAME in names else None
    except (OSError, UnicodeDecodeError, ReleaseError):
        return FILE_NAME
    ours = {file.name for package in record.packages for file in package.files} | {FILE_NAME, WAY_BACK, _IGNORE} if record else set()
    return min(names - ours, default=None)


def place(release: Release, files: Sequence[Path], folder: Path) -> None:
    """Put `files` and the record of `release` into `folder`, in place of what was there.

    Raises:
        RefusedError: the folder can't be written (rule `folder-unwritable`); it is then as it was.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as aside:
            fresh, old = Path(aside, "fresh"), Path(aside, "old")
            _fill(fresh, release, files)
            if folder.exists():
                folder.rename(old)
            try:
                fresh.rename(folder)
            except OSError:
                if old.exists():
                    old.rename(folder)
                raise
    except OSError as error:
        raise RefusedError(
            "folder-unwritable", f"{folder} can't be written: {error.strerror or error}.", "Choose another `folder`, or free some space."
        ) from None


def _fill(folder: Path, release: Release, files: Sequence[Path]) -> None:
    folder.mkdir()
    for file in files:
        shutil.copyfile(file, folder / file.name)
    folder.joinpath(_IGNORE).write_text("*\n", encoding="utf-8", newline="\n")
    folder.joinpath(FILE_NAME).write_text(release.to_json(), encoding="utf-8", newline="\n")
