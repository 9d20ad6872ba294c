"""Build and pack every package once, open what was packed, and record it.

Nothing is left behind that looks like a release unless all of it is one.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from release_actions.commands import placing
from release_actions.commands.built import measured
from release_actions.commands.ports.git import Changes, Git
from release_actions.commands.ports.tools import Archives, Toolchain, in_ecosystem
from release_actions.commands.ports.waiting import Progress
from release_actions.domain import artifacts
from release_actions.domain.graph import waves
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.release import FILE_NAME, BuiltPackage, Release
from release_actions.domain.report import Outcome, Report, Table, Verbatim
from release_actions.domain.version import Version
from release_actions.errors import Finding, RefusedError, ReleaseError
from release_actions.manifests import targets
from release_actions.manifests.workspace import Workspace

_MOST_SHOWN = 5

#: The packed files of each package, in the order in which packages are recorded.
Packed = Mapping[Package, Sequence[Path]]

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True)
class Options:
    """What to build, and where to put it; both paths are absolute.

    Without `version` the one that all manifests state is built. `only` limits the ecosystems, an empty one means all.
    With `allow_dirty` the work tree may differ from its commit.
    """

    top: Path
    folder: Path
    version: Version | None = None
    only: tuple[Ecosystem, ...] = ()
    allow_dirty: bool = False


@dataclass(frozen=True)
class Built:
    """A release that was built, with what built it."""

    release: Release
    tools: tuple[str, ...]
    warnings: tuple[Finding, ...]


def run(
    options: Options, git: Git, found: Workspace, toolchains: Mapping[Ecosystem, Toolchain], archives: Archives, say: Progress
) -> Outcome:
    """Build, and report."""
    try:
        return _outcome(options, build(options, git, found, toolchains, archives, say))
    except ReleaseError as error:
        return Outcome(Report("Not built", ("Nothing was written to the output folder.",)), errors=error.findings)


def build(
    options: Options, git: Git, found: Workspace, toolchains: Mapping[Ecosystem, Toolchain], archives: Archives, say: Progress
) -> Built:
    """Build the packages `found` in the repository into the output folder.

    Raises:
        ReleaseError: something stands in the way, a build failed, or a packed file is not what it should be; all
            findings at once, and the output folder is as it was.
    """
    packages = _ordered(found, options.only)
    version = options.version or targets.common(found)
    commit = _commit(git)
    before = git.changes()
    _refuse(options, git, found, version, before)
    used = [toolchains[ecosystem] for ecosystem in Ecosystem if in_ecosystem(packages, ecosystem)]
    tools = _each(lambda toolchain: toolchain.require(), used)
    with tempfile.TemporaryDirectory(prefix="release-actions-build-") as aside:
        packed = _pack(packages, used, Path(aside), git.committed_at(commit), say)
        _check(packed, version, archives)
        release = Release(version, commit, tuple(_recorded(package, files, version) for package, files in packed.items()))
        placing.place(release, list(chain.from_iterable(packed.values())), options.folder)
    return Built(release, tuple(tools), tuple(_warnings(before, git.changes())))


def _ordered(found: Workspace, only: Sequence[Ecosystem]) -> list[Package]:
    """The packages to build, each after those that it depends on."""
    public = [package for package in found.packages if not package.private and (not only or package.ecosystem in only)]
    if not public:
        wanted = f" for {', '.join(ecosystem.label for ecosystem in only)}" if only else ""
        raise RefusedError(
            "no-packages",
            f"The repository has no package to publish{wanted}.",
            "Commit a package.json, pyproject.toml or *.csproj that is not private, or correct the input `only`.",
        )
    return list(chain.from_iterable(waves(public)))


def _commit(git: Git) -> str:
    commit = git.commit("HEAD")
    if commit is None:
        raise RefusedError("no-commit", "The repository has no commit that could be released.", "Commit what is to be released.")
    return commit


def _refuse(options: Options, git: Git, found: Workspace, version: Version, before: Changes) -> None:
    """Tell at once of everything that stands in the way."""
    findings = list(targets.disagreements(found, version))
    findings += placing.obstacles(options.folder, options.top, git.files())
    if before.tracked and not options.allow_dirty:
        findings.append(_dirty(before, "Commit or undo these changes, or set `allow-dirty: true` to build what no commit holds."))
    if findings:
        raise RefusedError.of(findings)


def _dirty(changes: Changes, remedy: str) -> Finding:
    return Finding("dirty-tree", f"Files differ from the commit that is released: {_some(changes.tracked)}.", remedy)


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_SHOWN} more" if len(paths) > _MOST_SHOWN else ""
    return f"{', '.join(paths[:_MOST_SHOWN])}{more}"


def _each(work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
    """`work` done for all `items` at once; results in their order. What went wrong in all of them is told at once."""

    def attempt(item: _T) -> _R | ReleaseError:
        try:
            return work(item)
        except ReleaseError as error:
            return error

    with ThreadPoolExecutor(len(items)) as pool:
        results = list(pool.map(attempt, items))
    findings = [finding for result in results if isinstance(result, ReleaseError) for finding in result.findings]
    if findings:
        raise ReleaseError.of(findings)
    return [result for result in results if not isinstance(result, ReleaseError)]


def _pack(packages: Sequence[Package], toolchains: Sequence[Toolchain], folder: Path, epoch: int, say: Progress) -> Packed:
    """Pack each ecosystem's packages with its tool, the ecosystems side by side."""

    def pack(toolchain: Toolchain) -> Packed:
        own = in_ecosystem(packages, toolchain.ecosystem)
        say(f"{toolchain.ecosystem.label}: packing {', '.join(package.name for package in own)}")
        out = folder / toolchain.ecosystem
        out.mkdir()
        files = toolchain.pack(own, out, epoch)
        say(f"{toolchain.ecosystem.label}: packed")
        return {package: files.get(package.name, ()) for package in own}

    packed = {package: files for part in _each(pack, toolchains) for package, files in part.items()}
    return {package: packed[package] for package in packages}


def _check(packed: Packed, version: Version, archives: Archives) -> None:
    """Open every file, and hold it against the package that it was packed for."""
    findings: list[Finding] = []
    for package, files in packed.items():
        try:
            identities = {file.name: archives.identify(file) for file in files}
        except ReleaseError as error:
            findings += error.findings
            continue
        findings += artifacts.disagreements(package, version, identities)
        findings += artifacts.missing_kinds(package, list(identities))
    findings += _collisions(packed)
    if findings:
        raise RefusedError.of(findings)


def _collisions(packed: Packed) -> Iterator[Finding]:
    counts = Counter(file.name for files in packed.values() for file in files)
    for name in sorted(name for name, count in counts.items() if count > 1):
        yield Finding("artifact-doubled", f"Two packages are packed as {name}.", "Rename one of the packages.")


def _recorded(package: Package, files: Sequence[Path], version: Version) -> BuiltPackage:
    spelt = version.spelt(package.ecosystem.scheme)
    return BuiltPackage(package.ecosystem, package.name, spelt, tuple(measured(file) for file in files), package.depends_on)


def _warnings(before: Changes, after: Changes) -> Iterator[Finding]:
    if before.tracked:
        yield _dirty(before, "This release holds what no commit holds, and can't be built again.")
    if before.untracked:
        yield Finding(
            "untracked-files",
            f"Files are neither tracked nor ignored by git, and may have been packed: {_some(before.untracked)}.",
            "Commit them, or list them in .gitignore.",
        )
    changed = [path for path in after.tracked if path not in before.tracked]
    if changed:
        yield Finding(
            "build-changes-files",
            f"The build itself changed tracked files: {_some(changed)}.",
            "Let the build write elsewhere, or commit what it makes.",
        )


def _outcome(options: Options, built: Built) -> Outcome:
    release = built.release
    files = [(package, file) for package in release.packages for file in package.files]
    rows = tuple((package.name, package.ecosystem.label, package.version, file.name, f"{file.size:,}") for package, file in files)
    report = Report(
        f"Built {release.version}",
        (
            f"{_counted(len(release.packages), 'package')} of commit {release.commit[:12]}, by {', '.join(built.tools)}.",
            Table(("Package", "Ecosystem", "Version", "File", "Bytes"), rows),
            "SHA-256:",
            Verbatim("\n".join(f"{file.sha256}  {file.name}" for _, file in files)),
        ),
    )
    outputs = {
        "folder": str(options.folder),
        "release-json": str(options.folder / FILE_NAME),
        "version": str(release.version),
        "packages": json.dumps([_summary(package) for package in release.packages]),
        "ecosystems": json.dumps([one for one in Ecosystem if any(package.ecosystem is one for package in release.packages)]),
    }
    return Outcome(report, outputs, warnings=built.warnings)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _summary(package: BuiltPackage) -> Mapping[str, object]:
    files = [file.name for file in package.files]
    return {"ecosystem": package.ecosystem, "name": package.name, "version": package.version, "files": files}
