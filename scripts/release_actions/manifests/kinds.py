"""The kinds of version-bearing files. A new kind is one more module of this package that fits `Kind`; nothing lists them."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Protocol, TypeGuard

from release_actions import manifests
from release_actions.manifests.manifest import Manifest


class Kind(Protocol):
    """A module that reads one kind of file, from bytes to values. No file is of two kinds.

    `FILES` are the names that its files may have: whole ones, or `*.` and an ending; which of these it is, in letters of any
    case, `matches` decides. A module that sets `DECLARED_ONLY = True` reads files that bear the version only where the
    repository declares them.
    """

    FILES: Collection[str]

    def matches(self, path: str) -> bool:
        """Whether the path names such a file."""

    def read(self, path: str, data: bytes) -> Manifest:
        """Read the file. Raises ManifestError when its bytes are not what its name says."""


def _found() -> tuple[Kind, ...]:
    """The modules beside this one that are kinds, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(manifests.__path__, f"{manifests.__name__}."))
    modules = (import_module(name) for name in names if name != __name__)
    return tuple(module for module in modules if _is_kind(module))


def _is_kind(module: ModuleType) -> TypeGuard[Kind]:
    # What `runtime_checkable` does takes a tenth of a start for so many modules.
    return hasattr(module, "matches") and hasattr(module, "read")


_ALL = _found()
KINDS: Sequence[Kind] = tuple(kind for kind in _ALL if not hasattr(kind, "DECLARED_ONLY"))
#: Kinds of files that bear the version only where the repository declares them.
DECLARED: Sequence[Kind] = tuple(kind for kind in _ALL if hasattr(kind, "DECLARED_ONLY"))


def _by_file(kinds: Sequence[Kind]) -> Mapping[str, Sequence[Kind]]:
    found: dict[str, list[Kind]] = {}
    for kind in kinds:
        for name in dict.fromkeys(map(str.lower, kind.FILES)):
            found.setdefault(name, []).append(kind)
    return found


#: Asking every kind about every file of a large repository would take longer than all else.
_KINDS, _DECLARED = _by_file(KINDS), _by_file(DECLARED)


def of(path: str, *, declared: bool = False) -> Kind | None:
    """The kind of the file at `path`; None when it bears no version that we know of."""
    name = path.rpartition("/")[2].lower()
    keys = (name, f"*.{name.rpartition('.')[2]}")
    candidates = (kind for by_file in ((_KINDS, _DECLARED) if declared else (_KINDS,)) for key in keys for kind in by_file.get(key, ()))
    return next((kind for kind in candidates if kind.matches(path)), None)
