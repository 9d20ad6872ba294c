"""Which release is meant: a folder that `build` left, a GitHub Release, or a version of the repository's own packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from release_actions.commands import built
from release_actions.commands.ports.github import ReleasePage, ReleasePages
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.release import FILE_NAME, BuiltPackage, Release
from release_actions.domain.rollback_record import FILE_NAME as RECORD
from release_actions.domain.rollback_record import Record
from release_actions.domain.version import Version
from release_actions.errors import InputError, RefusedError


@dataclass(frozen=True)
class Wanted:
    """What the user says of the release; with neither `folder` nor `version`, it is GitHub's latest."""

    folder: Path | None = None
    version: Version | None = None
    only: tuple[Ecosystem, ...] = ()


@dataclass(frozen=True)
class Released:
    """The release, with what was noted for its way back and its page on GitHub, where there are such.

    Without `is_recorded` nobody knows what was built: the packages have no files.
    """

    release: Release
    record: Record | None = None
    page: ReleasePage | None = None
    is_recorded: bool = True


def find(wanted: Wanted, pages: ReleasePages | None, packages: Callable[[], Sequence[Package]]) -> Released:
    """The release that is meant; `packages` are those of the repository.

    Raises:
        InputError: there is no such release (rules `release-folder`, `release-unknown`).
        RefusedError: a record can't be read (rules `release-json`, `rollback-json`, `record-encoding`).
    """
    page = _page(wanted, pages)
    if wanted.folder:
        release = built.read(wanted.folder, wanted.only)
        page = _page(Wanted(version=release.version), pages)
        return Released(release, _record(_bytes(wanted.folder / RECORD), pages, page), page)
    content = pages.file(page.tag, FILE_NAME) if pages and page else None
    if content is not None and page:
        release = _limited(Release.from_json(_text(content, FILE_NAME), f"{FILE_NAME} of {page.tag}"), wanted.only)
        if release.version.tag != page.tag:
            raise RefusedError("release-json", f"{FILE_NAME} of {page.tag} is that of {release.version.tag}.", "Attach the right one.")
        return Released(release, _record(None, pages, page), page)
    if wanted.version:
        release = Release(wanted.version, "", tuple(_unbuilt(package, wanted.version) for package in packages() if not package.private))
        return Released(_limited(release, wanted.only), _record(None, pages, page), page, is_recorded=False)
    raise InputError(
        "release-unknown",
        f"GitHub's latest release, {page.tag}, has no {FILE_NAME}." if page else "GitHub shows no latest release.",
        "Set the input `version`, or `folder` to the folder that the action `build` wrote.",
    )


def _page(wanted: Wanted, pages: ReleasePages | None) -> ReleasePage | None:
    if pages is None:
        return None
    tag = wanted.version.tag if wanted.version else None
    return next((page for page in pages.pages() if (page.latest if tag is None else page.tag == tag)), None)


def _record(content: bytes | None, pages: ReleasePages | None, page: ReleasePage | None) -> Record | None:
    if content is None and pages and page:
        content = pages.file(page.tag, RECORD)
    return None if content is None else Record.from_json(_text(content, RECORD))


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError("record-encoding", f"{name} is not UTF-8.", "Attach the file that was written.") from None


def _limited(release: Release, only: Sequence[Ecosystem]) -> Release:
    return replace(release, packages=tuple(package for package in release.packages if not only or package.ecosystem in only))


def _unbuilt(package: Package, version: Version) -> BuiltPackage:
    return BuiltPackage(package.ecosystem, package.name, version.spelt(package.ecosystem.scheme), (), package.depends_on)
