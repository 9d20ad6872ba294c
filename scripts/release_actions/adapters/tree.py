"""The files of the work tree: read and replaced without ever leaving it, and replaced all or none."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from release_actions.errors import ManifestError, Place


class WorkTree:
    """The work tree below the folder `top`."""

    def __init__(self, top: Path) -> None:
        self._top = os.path.realpath(top)
        # Thousands of manifests share their folders; each is resolved once.
        self._folder = lru_cache(maxsize=None)(os.path.realpath)

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            ManifestError: the file is missing (rule `file-missing`), outside the tree (`file-outside`), or can't be
                read (`file-unreadable`).
        """
        target = self._inside(path)
        try:
            # A pipe would wait for someone to write into it.
            if not stat.S_ISREG(os.stat(target).st_mode):  # noqa: PTH116 - a path object for each of thousands costs more than reading
                raise ManifestError("file-unreadable", "This is not a regular file.", "Name a file.", Place(path))
            with open(target, "rb") as file:  # noqa: PTH123
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
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

    def _inside(self, path: str) -> str:
        """Where the file is, all links followed. Raises ManifestError when that is outside (rule `file-outside`)."""
        parts = path.split("/")
        if "" in parts or ".." in parts or "\\" in path or ":" in parts[0] or "\0" in path:
            raise _outside(path)
        target = os.path.join(self._folder(os.path.join(self._top, *parts[:-1])), parts[-1])  # noqa: PTH118
        if os.path.islink(target):  # noqa: PTH114
            target = os.path.realpath(target)
        if not target.startswith(os.path.join(self._top, "")):  # noqa: PTH118
            raise _outside(path)
        return target

    def _replaceable(self, path: str) -> str:
        target = self._inside(path)
        if Path(self._top, path).is_symlink():
            raise ManifestError(
                "file-linked", "The file is a symbolic link; replacing it would cut the link.", "Name the file it leads to.", Place(path)
            )
        return target


def _staged(stack: contextlib.ExitStack, path: str, target: str, data: bytes) -> str:
    """A new file beside `target` that holds `data`, has its permissions, and is gone when `stack` closes."""
    folder, name = os.path.split(target)
    try:
        handle, fresh = tempfile.mkstemp(prefix=f".{name[:100]}-", dir=folder)
        stack.callback(_remove, fresh)
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle is no path
            file.write(data)
            os.chmod(fresh, stat.S_IMODE(os.stat(target).st_mode))  # noqa: PTH101, PTH116
    except OSError as error:
        raise _unusable("file-unwritable", "written", path, error) from None
    return fresh


def _remove(fresh: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh)  # noqa: PTH108


def _swap(path: str, fresh: str, target: str) -> None:
    try:
        os.replace(fresh, target)  # noqa: PTH105
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
