"""Doubles that fit the ports; contract tests run the same classes of tests on them and on the real things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from hashlib import sha256, sha512
from pathlib import Path

from release_actions.commands.ports.github import Change, GitHubRelease, ReleasePage
from release_actions.commands.ports.registries import Parcel
from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.release import BuiltPackage, Digest, OnRegistry
from release_actions.domain.standing import Standing, parsed
from release_actions.errors import Finding, RefusedError, RegistryError, ReleaseError, ToolError
from tests import packed


@dataclass
class FakeClock:
    """Time that passes only while someone sleeps."""

    time: float = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Said:
    """Progress, remembered."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)


@dataclass
class FakeArchives:
    """Opens no file: says of each what the test says, by file name."""

    identities: Mapping[str, Identity]

    def identify(self, path: Path) -> Identity:
        if path.name not in self.identities:
            raise RefusedError("artifact-broken", f"`{path.name}` can't be read.", "Pack it again.")
        return self.identities[path.name]


class Fault(Enum):
    """What can go wrong with one upload."""

    NONE = auto()
    CUT_BEFORE = auto()  # no effect, and an error
    CUT_AFTER = auto()  # done, and an error
    CUT_AFTER_AND_LAG = auto()  # done, an error, and visible only later
    HALF = auto()  # the first file is done, then an error
    HALF_TAKEN = auto()  # the first file is done, then it is said to be taken
    LAG = auto()  # done, and visible only later
    LOST = auto()  # no effect, and no error


@dataclass
class _Stored:
    digest: Digest
    visible_at: float


@dataclass
class FakeRegistry:
    """A registry in memory. `faults` befall the next uploads, one each; `deaf` says which of the next look-ups fail.

    As the real ones do, npm and NuGet refuse a version that is there, PyPI takes the same bytes again. As PyPI's client
    does, it takes several packages in one call.
    """

    ecosystem: Ecosystem
    clock: FakeClock = field(default_factory=FakeClock)
    faults: list[Fault] = field(default_factory=list)
    deaf: list[bool] = field(default_factory=list)
    lag: float = 40.0
    obstacles: tuple[Finding, ...] = ()
    movable: bool = True
    uploads: list[str] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    lookups: int = 0
    withdrawn: dict[tuple[str, str], str] = field(default_factory=dict)
    tampered: dict[str, Digest] = field(default_factory=dict)
    taken_back: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    withdrawn_anyway: bool = False
    _stored: dict[tuple[str, str], dict[str, _Stored]] = field(default_factory=dict)
    _tags: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"memory:{self.ecosystem}"

    def check(self, packages: Sequence[BuiltPackage], *, dry_run: bool = False) -> Sequence[Finding]:
        return self.obstacles

    def look_up(self, package: BuiltPackage) -> OnRegistry:
        self.lookups += 1
        if self.deaf and self.deaf.pop(0):
            raise RegistryError("registry-unreachable", "No answer.", "Run again.")
        visible = {
            version: {name: stored.digest for name, stored in files.items() if stored.visible_at <= self.clock.now()}
            for (name, version), files in self._stored.items()
            if name == package.name
        }
        versions = tuple(version for version, files in visible.items() if files)
        deprecated = {version for name, version in self.withdrawn if name == package.name and self.ecosystem is Ecosystem.NPM}
        tags = self._tags.get(package.name, {}) if versions else {}
        return OnRegistry(visible.get(package.version, {}), versions, tags, frozenset(deprecated))

    def upload(self, package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        if fault is not Fault.CUT_BEFORE and fault is not Fault.LOST:
            delay = self.lag if fault in {Fault.LAG, Fault.CUT_AFTER_AND_LAG} else 0
            self.hold(package, files[:1] if fault in {Fault.HALF, Fault.HALF_TAKEN} else files, dist_tag, delay)
        if fault is Fault.HALF_TAKEN:
            raise RegistryError("already-exists", f"{files[0].name} already exists.", "Use another version.")
        if fault in {Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.CUT_AFTER_AND_LAG, Fault.HALF}:
            raise RegistryError("upload-refused", "The connection was cut.", "Run again.")

    def upload_together(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self.upload(parcel.package, parcel.files, parcel.dist_tag)

    def hold(self, package: BuiltPackage, files: Iterable[Path], dist_tag: str | None = None, delay: float = 0) -> None:
        """Take the files, or say why not."""
        stored = self._stored.setdefault((package.name, package.version), {})
        for path in files:
            if path.suffix == ".snupkg":
                self.symbols.append(path.name)
                continue
            digest = self._digest(path.read_bytes())
            if path.name in stored and self.ecosystem is Ecosystem.PYPI and stored[path.name].digest == digest:
                continue
            if path.name in stored or (stored and self.ecosystem is not Ecosystem.PYPI):
                raise RegistryError("already-exists", f"{path.name} already exists.", "Use another version.")
            self.uploads.append(path.name)
            stored[path.name] = _Stored(digest, self.clock.now() + delay)
        if self.ecosystem is Ecosystem.NPM:
            self._tags.setdefault(package.name, {"latest": package.version})[dist_tag or "latest"] = package.version

    def served(self, package: BuiltPackage) -> Mapping[str, Digest]:
        return self.tampered or self.look_up(package).files

    def standing(self, package: BuiltPackage) -> Standing:
        if self.deaf and self.deaf.pop(0):
            raise RegistryError("registry-unreachable", "No answer.", "Run again.")
        versions = tuple(version for (name, version), files in self._stored.items() if name == package.name and files)
        gone = {version: words for (name, version), words in self.withdrawn.items() if name == package.name}
        return Standing(versions, gone, dict(self._tags.get(package.name, {})))

    def withdraw(self, package: BuiltPackage, words: str) -> None:
        self._take_back(f"withdraw {package.name} {package.version}")
        self.withdrawn[package.name, package.version] = words if self.ecosystem is Ecosystem.NPM else ""

    def restore(self, package: BuiltPackage) -> None:
        self._take_back(f"restore {package.name} {package.version}")
        self.withdrawn.pop((package.name, package.version), None)

    def can_point(self, package: BuiltPackage) -> bool:
        return self.movable and self.ecosystem is Ecosystem.NPM

    def point(self, package: BuiltPackage, tag: str, version: str) -> None:
        if version and (package.name, version) not in self._stored:
            raise RegistryError("withdrawal-refused", f"There is no {package.name} {version}.", "Name another one.")
        self._take_back(f"point {package.name} {tag} {version}".strip())
        if version:
            self._tags[package.name][tag] = version
        else:
            del self._tags[package.name][tag]

    def page(self, package: BuiltPackage) -> str:
        return f"memory:{self.ecosystem}/{package.name}/{package.version}"

    def _take_back(self, what: str) -> None:
        if what in self.refused:
            if self.withdrawn_anyway:
                _, name, version = what.split(" ")
                self.withdrawn[name, version] = ""
            raise RegistryError("withdrawal-refused", "You may not.", "Ask who may.")
        self.taken_back.append(what)

    def _digest(self, content: bytes) -> Digest:
        if self.ecosystem is Ecosystem.PYPI:
            return Digest("sha256", sha256(content).hexdigest())
        return Digest("sha512", sha512(content).hexdigest())


@dataclass
class FakeGitHub:
    """GitHub's releases in memory: by tag the release, the bytes of its files, and whether it is a draft."""

    tags: dict[str, str] = field(default_factory=dict)
    obstacles: tuple[Finding, ...] = ()
    faults: list[str] = field(default_factory=list)
    releases: dict[str, GitHubRelease] = field(default_factory=dict)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    drafts: set[str] = field(default_factory=set)
    latest: str | None = None

    def check(self, release: GitHubRelease) -> Sequence[Finding]:
        if self.obstacles:
            return self.obstacles
        if release.tag not in self.tags:
            return (Finding("github-tag", f"GitHub shows no tag `{release.tag}`.", "Push it."),)
        if self.tags[release.tag] != release.commit:
            return (Finding("github-tag-moved", f"The tag `{release.tag}` leads elsewhere.", "Release a new version."),)
        if release.tag in self.releases and self.releases[release.tag].title.endswith("(withdrawn)"):
            return (Finding("github-withdrawn", f"The release {release.tag} was withdrawn.", "Release the next version."),)
        held = self.files.get(release.tag, {}) if release.tag not in self.drafts else {}
        if any(path.read_bytes() != held.get(path.name, path.read_bytes()) for path in release.assets):
            return (Finding("github-asset-conflict", "A file has other bytes.", "Release a new version."),)
        return ()

    def draft_release(self, release: GitHubRelease) -> None:
        self._fail("draft")
        findings = self.check(release)
        if findings:
            raise RegistryError.of(findings)
        if release.tag not in self.releases:
            self.drafts.add(release.tag)
        if release.tag in self.drafts:
            self._hold(release)

    def publish_release(self, release: GitHubRelease) -> str:
        self.draft_release(release)
        self._fail("publish")
        self._hold(release)
        self.drafts.discard(release.tag)
        if release.latest and not release.prerelease:
            self.latest = release.tag
        elif self.latest == release.tag:
            self.latest = None
        return f"memory:releases/{release.tag}"

    def _hold(self, release: GitHubRelease) -> None:
        self.releases[release.tag] = release
        self.files.setdefault(release.tag, {}).update({path.name: path.read_bytes() for path in release.assets})
        for path in release.kept:
            self.files[release.tag].setdefault(path.name, path.read_bytes())

    def _fail(self, step: str) -> None:
        if step in self.faults:
            self.faults.remove(step)
            raise RegistryError("github-permission", "The token may not write releases.", "Give the job `permissions: contents: write`.")


@dataclass
class FakePages:
    """The published releases of a repository, and their files; and the files of its default branch."""

    found: list[ReleasePage] = field(default_factory=list)
    attached: dict[tuple[str, str], bytes] = field(default_factory=dict)
    obstacles: tuple[Finding, ...] = ()
    written: list[ReleasePage] = field(default_factory=list)
    refused: bool = False

    def check(self) -> Sequence[Finding]:
        return self.obstacles

    def pages(self) -> Sequence[ReleasePage]:
        return list(self.found)

    def file(self, tag: str, name: str) -> bytes | None:
        return self.attached.get((tag, name))

    def rewrite(self, page: ReleasePage) -> None:
        if self.refused:
            raise RegistryError("github-permission", "The token may not write releases.", "Give the job `permissions: contents: write`.")
        self.written.append(page)
        others = [replace(one, latest=one.latest and not page.latest) for one in self.found]
        self.found = [page if one.tag == page.tag else one for one in others]

    def remove(self, tag: str) -> None:
        self.found = [one for one in self.found if one.tag != tag]


@dataclass
class FakeBranch:
    """The files of a default branch, and what was proposed to it."""

    files: dict[str, bytes] = field(default_factory=dict)
    proposed: list[Change] = field(default_factory=list)
    refused: bool = False

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def propose(self, change: Change) -> str:
        if self.refused:
            raise RegistryError("github-pull-request", "GitHub makes no pull request.", "Allow it.")
        self.proposed.append(change)
        return "memory:pull/1"


@dataclass
class FakeInstaller:
    """Installs nothing: packages named in `late` are offered only from a time on, those in `broken` or `failing` fail."""

    ecosystem: Ecosystem
    clock: FakeClock = field(default_factory=FakeClock)
    late: dict[str, float] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    installed: list[str] = field(default_factory=list)
    smoked: list[Path | None] = field(default_factory=list)

    def install(self, package: BuiltPackage, folder: Path) -> None:
        assert folder.is_dir()
        assert not list(folder.iterdir())
        if self.clock.now() < self.late.get(package.name, 0):
            raise RegistryError("not-installable", f"{package.name} is not there.", "Wait.")
        if package.name in self.broken:
            raise ToolError("install-failed", f"{package.name} can't be installed.", "Mend it.")
        self.installed.append(package.name)

    def run(self, package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        self.smoked.append(smoke)
        if package.name in self.failing:
            raise ToolError("smoke-failed", f"{package.name} fails.", "Mend it.")
        return "it runs"


@dataclass
class FakeToolchain:
    """Packs small packages of its ecosystem without building anything. `said` is what packages bear instead of what they should.

    `fault` is raised once some files have been packed, as when the second of two builds fails.
    """

    ecosystem: Ecosystem
    said: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    missing: ReleaseError | None = None
    fault: ReleaseError | None = None
    unpacked: frozenset[str] = frozenset()
    calls: list[list[str]] = field(default_factory=list)

    def require(self) -> str:
        if self.missing:
            raise self.missing
        return f"fake {self.ecosystem.label}"

    def pack(self, packages: Sequence[Package], folder: Path, epoch: int) -> Mapping[str, Sequence[Path]]:
        self.calls.append([package.name for package in packages])
        made = {}
        for package in packages:
            if package.name not in self.unpacked:
                spelt = parsed(self.ecosystem, package.version)
                name, version = self.said.get(package.name, (package.name, str(spelt or package.version)))
                built = packed.package(folder, self.ecosystem, name, version, content=str(epoch))
                made[package.name] = [folder / file.name for file in built.files]
        if self.fault:
            raise self.fault
        return made
