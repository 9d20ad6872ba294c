"""The files of the work tree: read and replaced without ever leaving it, and replaced all or none."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from release_actions.errors import ManifestError, Place

#: Replacing a file waits for the disk to free the old one, which it does for several at once.
_THREADS = 4
#: So few files are replaced sooner than a thread starts.
_FEW = 32
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class WorkTree:
    """The work tree below the folder `top`."""

    def __init__(self, top: Path) -> None:
        self._top = os.path.realpath(top)
        # Thousands of manifests share their folders; each is resolved once.
        self._folder = lru_cache(maxsize=None)(self._resolved)

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            ManifestError: the file is missing (rule `file-missing`), outside the tree (`file-outside`), or can't be
                read (`file-unreadable`).
        """
        target = self._inside(path)
        try:
            mode = os.lstat(target).st_mode
            if stat.S_ISLNK(mode):
                target = self._followed(path, target)
                mode = os.stat(target).st_mode  # noqa: PTH116 - a path object for each of thousands costs more than reading
            # A pipe would wait for someone to write into it.
            if not stat.S_ISREG(mode):
                raise ManifestError("file-unreadable", "This is not a regular file.", "Name a file.", Place(path))
            with open(target, "rb", buffering=0) as file:  # noqa: PTH123
                return file.readall()
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
        old = {path: self.read(path) for path in contents}
        modes = {path: self._mode(path) for path in contents}
        with contextlib.ExitStack() as staged:
            fresh = [_staged(staged, path, self._inside(path), data, modes[path]) for path, data in contents.items()]
            done: list[_Fresh] = []
            try:
                _swap_all(fresh, done)
            except BaseException:
                for one in done:
                    _swap(_staged(staged, one.path, one.target, old[one.path], modes[one.path]))
                raise

    def _inside(self, path: str) -> str:
        """Where the file is, all links in its folder followed. Raises ManifestError when that is outside (rule `file-outside`)."""
        folder, _, name = path.rpartition("/")
        resolved = self._folder(folder)
        if resolved is None or path.startswith("/") or _leaves(folder, name):
            raise _outside(path)
        return resolved + name

    def _resolved(self, folder: str) -> str | None:
        """Where the folder is, with a separator at its end; None when it is outside."""
        if not folder:
            return os.path.join(self._top, "")  # noqa: PTH118
        above, _, name = folder.rpartition("/")
        resolved = self._folder(above)
        if resolved is None or _leaves(above, name):
            return None
        place = os.path.join(resolved, name)  # noqa: PTH118
        if os.path.islink(place):  # noqa: PTH114
            place = os.path.realpath(place)
        place = os.path.join(place, "")  # noqa: PTH118
        return place if place.startswith(os.path.join(self._top, "")) else None  # noqa: PTH118

    def _followed(self, path: str, link: str) -> str:
        target = os.path.realpath(link)
        if not target.startswith(os.path.join(self._top, "")):  # noqa: PTH118
            raise _outside(path)
        return target

    def _mode(self, path: str) -> int:
        """The file's permissions. Raises ManifestError when it is a symbolic link."""
        try:
            mode = os.lstat(self._inside(path)).st_mode
        except OSError:
            raise _missing(path) from None
        if stat.S_ISLNK(mode):
            raise ManifestError(
                "file-linked", "The file is a symbolic link; replacing it would cut the link.", "Name the file it leads to.", Place(path)
            )
        return stat.S_IMODE(mode)


def _leaves(folder: str, name: str) -> bool:
    """Whether this part of a path, in this folder, is none that a file of the repository can have on every system."""
    return name in {"", ".."} or "\\" in name or "\0" in name or (not folder and ":" in name)


@dataclass(frozen=True)
class _Fresh:
    """A file that is to take the place of `target`, which `path` names."""

    path: str
    target: str
    file: str


def _staged(stack: contextlib.ExitStack, path: str, target: str, data: bytes, mode: int) -> _Fresh:
    """A new file beside `target` that holds `data`, has these permissions, and is gone when `stack` closes."""
    folder, name = os.path.split(target)
    file = os.path.join(folder, f".{name[:100]}-{os.urandom(8).hex()}")  # noqa: PTH118
    try:
        with open(os.open(file, _CREATE, 0o600), "wb", buffering=0) as opened:  # noqa: PTH123 - a handle is no path
            stack.callback(_remove, file)
            written = opened.write(data)
            while written < len(data):
                written += opened.write(memoryview(data)[written:])
        os.chmod(file, mode)  # noqa: PTH101
    except OSError as error:
        raise _unusable("file-unwritable", "written", path, error) from None
    return _Fresh(path, target, file)


def _remove(fresh: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh)  # noqa: PTH108


def _swap_all(fresh: Sequence[_Fresh], done: list[_Fresh]) -> None:
    """Put all in their places; `done` tells those that may be there when this raises."""
    waiting, errors = deque(fresh), list[BaseException]()

    def work() -> None:
        with contextlib.suppress(IndexError):
            while not errors:
                one = waiting.popleft()
                done.append(one)
                try:
                    _swap(one)
                except BaseException as error:  # noqa: BLE001 - raised below, once no thread works any more
                    errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(min(_THREADS, len(fresh) // _FEW))]
    try:
        for thread in threads:
            thread.start()
        work()
        _join(threads)
    except BaseException as error:  # noqa: BLE001 - an interruption, raised below; no file may be replaced after that
        errors.append(error)
        _join(threads)
    if errors:
        raise errors[0]


def _join(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        if thread.ident is not None:
            thread.join()


def _swap(fresh: _Fresh) -> None:
    try:
        os.replace(fresh.file, fresh.target)  # noqa: PTH105
    except OSError as error:
        raise _unusable("file-unwritable", "written", fresh.path, error) from None


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
