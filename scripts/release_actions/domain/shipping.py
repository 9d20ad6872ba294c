"""Which files end up in packages, so that a change of any other file is no reason to release."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from release_actions.domain.package import Package

#: Of the files above a package's folder, these tell people and tools about the repository, and are in no package.
_ABOUT = ("*.md", ".git*", ".editorconfig", ".pre-commit-config.yaml", "CODEOWNERS", "renovate.json")


def changed(paths: Iterable[str], packages: Sequence[Package], patterns: Sequence[str] = ()) -> tuple[str, ...]:
    """Those of the changed `paths` that ship.

    Without `patterns` (shell-style; `*` also matches `/`), that is what lies in the folder of a published package or of
    a package that it needs, and what lies directly in a folder above one, where builds find what packages share.
    """
    folders = {"" if package.folder == "." else package.folder for package in _shipped(packages)}
    above = {"/".join(folder.split("/")[:depth]) for folder in folders if folder for depth in range(folder.count("/") + 1)}
    return tuple(path for path in paths if (_matches(path, patterns) if patterns else _ships(path, folders, above)))


def _shipped(packages: Sequence[Package]) -> Iterable[Package]:
    """The packages that are published, and those that they need, published or not."""
    by_key = {(package.ecosystem, package.name): package for package in packages}
    waiting = [package for package in packages if not package.private]
    shipped: dict[tuple[str, str], Package] = {}
    while waiting:
        package = waiting.pop()
        if (package.ecosystem, package.name) not in shipped:
            shipped[package.ecosystem, package.name] = package
            needed = (by_key.get((package.ecosystem, name)) for name in package.depends_on)
            waiting += [other for other in needed if other]
    return shipped.values()


def _ships(path: str, folders: Iterable[str], above: Iterable[str]) -> bool:
    if any(path.startswith(f"{folder}/") if folder else not path.startswith(".github/") for folder in folders):
        return True
    parent, _, name = path.rpartition("/")
    return parent in above and not _matches(name, _ABOUT)


def _matches(path: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)
