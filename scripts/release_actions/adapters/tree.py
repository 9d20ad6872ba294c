"""The files of the work tree: read and replaced without ever leaving it, and replaced all or none."""

from __future__ import annotations

import contextlib
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from release_actions.errors import ManifestError, Place


class WorkTree:
    """The work tree below the folder `top`."""

    def __init__(self, top: Path) -> None:
        self._top = top.resolve()

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            ManifestError: the file is missing (rule `file-missing`), outside the tree (`file-outside`), or can't be
                read (`file-unreadable`).
        """
        target = self._inside(path)
        try:
            if not stat.S_ISREG(target.stat().st_mode):
                raise ManifestError("file-unreadable", "This is not a regular file.", "Name a file.", Place(path))
            return target.read_bytes()
        except FileNotFoundError:
            raise _missing(path) from None
        except OSError as error:
            raise _unusable("file-unreadable", "read", path, error) from None

    def replace(self, contents: Mapping[str, bytes]) -> None:
        """Replace all these files, each atomically and with its permissions kept, or none.

        Raises:
            ManifestError: as `read`, or a file is a symbolic link (rule `file-linked`) or can't be written
                (`file-unwritable`); then all files hold their old bytes.
        """
        targets = {path: self._replaceable(path) for path in contents}
        old = {path: self.read(path) for path in contents}
        with contextlib.ExitStack() as staged:
            fresh = {path: _staged(staged, path, targets[path], data) for path, data in contents.items()}
            done: list[str] = []
            try:
                for path in contents:
                    done.append(path)
                    _swap(path, fresh[path], targets[path])
            except BaseException:
                for path in done:
                    _swap(path, _staged(staged, path, targets[path], old[path]), targets[path])
                raise

    def _inside(self, path: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\\" in path or ":" in parts[0] or "\0" in path:
            raise _outside(path)
        try:
            target = self._top.joinpath(*parts).resolve()
        except (OSError, RuntimeError) as error:
            raise _unusable("file-unreadable", "read", path, error) from None
        if not target.is_relative_to(self._top):
            raise _outside(path)
        return target

    def _replaceable(self, path: str) -> Path:
        target = self._inside(path)
        if self._top.joinpath(path).is_symlink():
            raise ManifestError(
                "file-linked", "The file is a symbolic link; replacing it would cut the link.", "Name the file it leads to.", Place(path)
            )
        return target


def _staged(stack: contextlib.ExitStack, path: str, target: Path, data: bytes) -> Path:
    """A new file beside `target` that holds `data`, has its permissions, and is gone when `stack` closes."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}-", dir=target.parent)
        stack.callback(Path(name).unlink, missing_ok=True)
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle is no path
            file.write(data)
        Path(name).chmod(stat.S_IMODE(target.stat().st_mode))
    except OSError as error:
        raise _unusable("file-unwritable", "written", path, error) from None
    return Path(name)


def _swap(path: str, fresh: Path, target: Path) -> None:
    try:
        fresh.replace(target)
    except OSError as error:
        raise _unusable("file-unwritable", "written", path, error) from None


def _missing(path: str) -> ManifestError:
    return ManifestError("file-missing", "There is no such file.", "Check the path, and that the file is checked out.", Place(path))


def _outside(path: str) -> ManifestError:
    return ManifestError(
        "file-outside",
        "The path leads out of the repository.",
        "Name a file of the repository, relative to its top, with `/`.",
        Place(path),
    )


def _unusable(rule: str, verb: str, path: str, error: Exception) -> ManifestError:
    reason = getattr(error, "strerror", None) or str(error)
    return ManifestError(rule, f"The file can't be {verb}: {reason}.", "Check the file and its permissions.", Place(path))
