"""The files of the work tree: read and replaced without ever leaving it, and replaced all or none."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from release_actions.adapters import forked
from release_actions.errors import Finding, ManifestError, Place

_Result = TypeVar("_Result")

#: Replacing a file waits for the disk to free the old one, which it does for several at once.
_THREADS = 4
#: So few files are replaced sooner than a thread starts.
_FEW = 32
#: A file that changed less than this many seconds ago may change again without showing it by its time.
_SETTLED = 0.1
_AT_ONCE = 1 << 20
#: A larger file is read a second time sooner than it comes back from another process.
_LARGEST_HANDED_BACK = 1 << 20
_HERE = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _HERE
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _HERE


@dataclass(frozen=True)
class _Held:
    """A file as it was read: what tells that it is still the same, its permissions, whether a link led to it, its bytes."""

    state: tuple[int, ...]
    mode: int
    linked: bool
    data: bytes


class WorkTree:
    """The work tree below the folder `top`. What was read is kept, and read again only once it has changed."""

    def __init__(self, top: Path) -> None:
        self._top = os.path.join(os.path.realpath(top), "")  # noqa: PTH118 - with a separator at its end
        # Thousands of manifests share their folders, and each is looked for several times; all are resolved once.
        self._folder = lru_cache(maxsize=None)(self._resolved)
        self._inside = lru_cache(maxsize=None)(self._placed)
        self._held: dict[str, _Held] = {}

    def read(self, path: str) -> bytes:
        """The file's bytes.

        Raises:
            ManifestError: the file is missing (rule `file-missing`), outside the tree (`file-outside`), or can't be
                read (`file-unreadable`).
        """
        return self._holding(path).data

    def each(self, paths: Sequence[str], use: Callable[[str, bytes], _Result]) -> Sequence[_Result | tuple[Finding, ...]]:
        """See `ports.Tree`."""

        def used(path: str) -> tuple[_Result | tuple[Finding, ...], _Held | None]:
            try:
                result = use(path, self.read(path))
            except ManifestError as error:
                return error.findings, None
            held = self._held.get(path)
            return result, held if held and len(held.data) <= _LARGEST_HANDED_BACK else None

        results = []
        for path, (result, held) in zip(paths, forked.mapped(paths, used, self._size), strict=True):
            results.append(result)
            if held:
                self._held[path] = held
        return results

    def replace(self, contents: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Replace all these files, each atomically and with its permissions kept, or none. Returns what they held.

        Raises:
            ManifestError: as `read`, or a file is a symbolic link (rule `file-linked`) or can't be written
                (`file-unwritable`); then all files hold their old bytes.
        """
        old = {path: self._replaceable(path) for path in contents}
        fresh, done = [_Fresh.beside(path, self._inside(path)) for path in contents], list[_Fresh]()
        try:
            for one in fresh:
                _write(one, contents[one.path], old[one.path].mode)
            _swap_all(fresh, done)
        except BaseException:
            for one in fresh:
                _remove(one.file)
            for one in done:
                _write(one, old[one.path].data, old[one.path].mode)
                _swap(one)
            raise
        return {path: held.data for path, held in old.items()}

    def _size(self, path: str) -> int:
        """How many bytes the file has; 0 when it can't be read, which is told when it is."""
        try:
            return os.lstat(self._inside(path)).st_size
        except (OSError, ManifestError):
            return 0

    def _holding(self, path: str) -> _Held:
        target = self._inside(path)
        try:
            found = os.lstat(target)
            held = self._held.get(path)
            if held and held.state == _state(found):
                return held
            linked = stat.S_ISLNK(found.st_mode)
            held = _opened(path, self._followed(path, target) if linked else target, linked=linked)
            if not linked and time.time() - found.st_mtime > _SETTLED:
                self._held[path] = held
        except (FileNotFoundError, NotADirectoryError):
            raise _missing(path) from None
        except OSError as error:
            raise _unusable("file-unreadable", "read", path, error) from None
        return held

    def _replaceable(self, path: str) -> _Held:
        """The file. Raises ManifestError when it is a symbolic link."""
        held = self._holding(path)
        if held.linked:
            raise ManifestError(
                "file-linked", "The file is a symbolic link; replacing it would cut the link.", "Name the file it leads to.", Place(path)
            )
        return held

    def _placed(self, path: str) -> str:
        """Where the file is, all links in its folder followed. Raises ManifestError when that is outside (rule `file-outside`)."""
        folder, _, name = path.rpartition("/")
        resolved = self._folder(folder)
        if resolved is None or path.startswith("/") or _leaves(folder, name):
            raise _outside(path)
        return resolved + name

    def _resolved(self, folder: str) -> str | None:
        """Where the folder is, with a separator at its end; None when it is outside."""
        if not folder:
            return self._top
        above, _, name = folder.rpartition("/")
        resolved = self._folder(above)
        if resolved is None or _leaves(above, name):
            return None
        place = resolved + name
        if not os.path.islink(place):  # noqa: PTH114
            return place + os.sep
        place = os.path.join(os.path.realpath(place), "")  # noqa: PTH118
        return place if place.startswith(self._top) else None

    def _followed(self, path: str, link: str) -> str:
        target = os.path.realpath(link)
        if not target.startswith(self._top):
            raise _outside(path)
        return target


def _leaves(folder: str, name: str) -> bool:
    """Whether this part of a path, in this folder, is none that a file of the repository can have on every system."""
    return name in {"", ".."} or "\\" in name or "\0" in name or (not folder and ":" in name)


def _state(found: os.stat_result) -> tuple[int, ...]:
    """What changes when a file does."""
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode


def _opened(path: str, target: str, *, linked: bool) -> _Held:
    """Read a file. A pipe is not waited for."""
    handle = os.open(target, _READ)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise ManifestError("file-unreadable", "This is not a regular file.", "Name a file.", Place(path))
        parts = [os.read(handle, found.st_size + 1)]
        while parts[-1] and sum(map(len, parts)) != found.st_size:  # as when it grew, or when there are more than 2 GiB
            parts.append(os.read(handle, _AT_ONCE))
    finally:
        os.close(handle)
    return _Held(_state(found), stat.S_IMODE(found.st_mode), linked, b"".join(parts))


@dataclass(frozen=True)
class _Fresh:
    """The file `file` that is to take the place of `target`, which `path` names."""

    path: str
    target: str
    file: str

    @classmethod
    def beside(cls, path: str, target: str) -> _Fresh:
        folder, name = os.path.split(target)
        return cls(path, target, os.path.join(folder, f".{name[:100]}-{os.urandom(8).hex()}"))  # noqa: PTH118


def _write(fresh: _Fresh, data: bytes, mode: int) -> None:
    """Make the file, with these bytes and permissions."""
    try:
        handle = os.open(fresh.file, _CREATE, 0o600)
        try:
            written = os.write(handle, data)
            while written < len(data):
                written += os.write(handle, memoryview(data)[written:])
            if os.chmod in os.supports_fd:
                os.chmod(handle, mode)  # noqa: PTH101
        finally:
            os.close(handle)
        if os.chmod not in os.supports_fd:
            os.chmod(fresh.file, mode)  # noqa: PTH101
    except OSError as error:
        raise _unusable("file-unwritable", "written", fresh.path, error) from None


def _remove(fresh: str) -> None:
    with contextlib.suppress(OSError):
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
