"""The steps of a rehearsal, each by the very code that the actions run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rehearsal import npm, nuget, origin, pypi, toolchains
from release_actions.adapters import config as config_file
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.git import GitRepository
from release_actions.adapters.installers.dotnet import DotnetInstaller
from release_actions.adapters.installers.npm import NpmInstaller
from release_actions.adapters.installers.python import PythonInstaller
from release_actions.adapters.registries import configured
from release_actions.adapters.toolchains.dotnet import DotnetToolchain
from release_actions.adapters.toolchains.npm import NpmToolchain
from release_actions.adapters.toolchains.python import PythonToolchain, find_uv
from release_actions.adapters.tree import WorkTree
from release_actions.commands import build, publish, tag, workspace
from release_actions.commands.ports.tools import Installer
from release_actions.commands.ports.waiting import Progress
from release_actions.domain.config import Config
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.release import BuiltPackage
from release_actions.domain.tagging import Decision, version_of
from release_actions.domain.version import Version
from release_actions.errors import Finding, InputError, RefusedError, ReleaseError, ToolError
from release_actions.manifests import targets
from release_actions.manifests.workspace import Workspace

#: The repository that is rehearsed when none is named.
SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "sample-sdk"
#: What a user's environment may hold for publishing for real. No step may come upon it.
_FOR_REAL = ("UV_PUBLISH_", "NUGET_API_KEY", "NUGET_SYMBOL_API_KEY", "NPM_TOKEN", "NODE_AUTH_TOKEN", "TWINE_")


@dataclass(frozen=True)
class Copy:
    """A throw-away copy of the repository `source`; the `packages` in it are to be released as `tag`.

    `left_out` says what of the user's files is not in it.
    """

    source: Path
    origin: origin.Origin
    git: GitRepository
    config: Config
    found: Workspace
    packages: tuple[Package, ...]
    tag: str
    notes: tuple[str, ...]
    left_out: str = ""

    def smoke(self, package: BuiltPackage) -> Path | None:
        """The package's smoke program."""
        path = self.config.settings(package.ecosystem, package.name).smoke
        if path is None:
            return None
        self.tree.read(path)  # says what is wrong with the path
        return self.origin.clone / path

    def in_source(self, finding: Finding) -> Finding:
        """The finding with the places of the copy, which goes away, named as those of the user's repository."""
        made = str(self.origin.clone)
        what, remedy = (words.replace(made, str(self.source)) for words in (finding.what, finding.remedy))
        return replace(finding, what=what, remedy=remedy)

    @property
    def tree(self) -> WorkTree:
        """The files of the copy."""
        return WorkTree(self.origin.clone)


@dataclass(frozen=True)
class Registries:
    """The throw-away registries, by ecosystem, as far as they are needed."""

    npm: npm.Registry | None = None
    pypi: pypi.Registry | None = None
    nuget: nuget.Registry | None = None

    def settings(self) -> configured.Settings:
        """What a user would give to the action `publish` as inputs."""
        return configured.Settings(
            npm_token=self.npm.token if self.npm else "",
            npm_registry=self.npm.url if self.npm else "",
            pypi_token=self.pypi.token if self.pypi else "",
            pypi_index=self.pypi.index if self.pypi else "",
            pypi_upload=f"{self.pypi.url}/" if self.pypi else "",
            nuget_source=self.nuget.url if self.nuget else "",
        )

    def installers(self) -> Mapping[Ecosystem, Installer]:
        """How to install from each."""
        found: dict[Ecosystem, Installer] = {}
        if self.npm:
            url, settings = self.npm.url, self.npm.environment()
            found[Ecosystem.NPM] = NpmInstaller(lambda _: url, lambda _: settings)
        if self.pypi:
            index = self.pypi.index
            found[Ecosystem.PYPI] = PythonInstaller(find_uv, lambda: index)
        if self.nuget:
            source = self.nuget.url
            found[Ecosystem.NUGET] = DotnetInstaller(lambda: source)
        return found

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where they are, most reversible first."""
        known = (("NuGet", self.nuget), ("npm", self.npm), ("PyPI", self.pypi))
        return tuple(f"{label} {registry.url.removesuffix('/v3/index.json').rstrip('/')}" for label, registry in known if registry)


@dataclass(frozen=True)
class Tried:
    """How installing a package and running it went; `said` is what it printed, `seconds` how long it took."""

    package: BuiltPackage
    said: str
    seconds: float
    errors: tuple[Finding, ...] = ()


@contextmanager
def copy(path: Path, wanted_tag: str, only: Sequence[Ecosystem]) -> Iterator[Copy]:
    """A copy of the repository around `path` as committed, tagged; gone when the block ends.

    Without `wanted_tag` it is the tag of the version that its manifests bear. An empty `only` means all ecosystems.
    """
    if not path.is_dir():
        raise InputError("path-missing", f"There is no folder `{path}`.", "Name a folder inside of the git repository to rehearse.")
    with ExitStack() as stack:
        if path.resolve() == SAMPLE:
            source, left_out = SAMPLE, ""
            made = stack.enter_context(origin.of_folder(SAMPLE))
        else:
            source = _around(path.resolve())
            left_out = _left_out(source)
            made = stack.enter_context(origin.of_repository(source))
        git = GitRepository(made.clone)
        if version_of(wanted_tag) and git.commit(f"refs/tags/{wanted_tag}"):
            made.git("checkout", "--quiet", "--detach", f"refs/tags/{wanted_tag}")
        config = config_file.load(WorkTree(made.clone))
        found = workspace.read(git, WorkTree(made.clone), config)
        packages = _packages(found, only)
        name = wanted_tag or targets.common(found).tag
        notes = tuple(_tagged(made, git, name, moves=not wanted_tag))
        yield Copy(source, made, GitRepository(made.clone), config, found, packages, name, notes, left_out)


def _packages(found: Workspace, only: Sequence[Ecosystem]) -> tuple[Package, ...]:
    """The packages that are to be published. Raises RefusedError (rule `no-packages`) when there is none."""
    wanted = tuple(package for package in found.packages if not package.private and (not only or package.ecosystem in only))
    if not wanted:
        limited = f" for {', '.join(ecosystem.label for ecosystem in only)}" if only else ""
        raise RefusedError(
            "no-packages",
            f"The repository has no package to publish{limited}.",
            "Commit a package.json, pyproject.toml or *.csproj that is not private, or name other ecosystems with `--only`.",
        )
    return wanted


def _around(path: Path) -> Path:
    """The top of the repository that `path` is in."""
    try:
        return GitRepository.around(path).top
    except ToolError as error:
        if error.findings[0].rule != "git-repository":
            raise
        remedy = "Name a folder inside of the git repository to rehearse; for a new one, run `git init`, and commit."
        raise InputError("git-repository", error.findings[0].what, remedy) from None


def _left_out(top: Path) -> str:
    """What of the user's repository is not committed, and so not rehearsed; empty when nothing is. Raises RefusedError."""
    git = GitRepository(top)
    if git.commit("HEAD") is None:
        raise RefusedError("no-commit", f"The repository {top} has no commit.", "Commit what is to be released; nothing is pushed.")
    changes = git.changes()
    files = (*changes.tracked, *changes.untracked)
    shown = f"{', '.join(files[:3])}{', …' if len(files) > 3 else ''}"
    return f"Not rehearsed: uncommitted changes in {len(files)} {'file' if len(files) == 1 else 'files'} ({shown})." if files else ""


def _tagged(made: origin.Origin, git: GitRepository, name: str, *, moves: bool) -> Iterator[str]:
    """Put the tag on the commit to rehearse. What is no release tag is left to be refused."""
    if version_of(name) is None:
        return
    there, head = git.commit(f"refs/tags/{name}"), git.commit("HEAD")
    if there is None:
        made.tag(name)
    elif there != head and moves:
        yield f"{name} is already at commit {there[:12]}; in the copy it is put on {str(head)[:12]}."
        made.git("tag", "--delete", name)
        made.git("push", "--quiet", "origin", f":refs/tags/{name}")
        made.tag(name)


def provide(ecosystems: Sequence[Ecosystem], say: Progress) -> dict[str, str]:
    """Make the official tools run, and nothing else publish; how."""
    for name in list(os.environ):
        if name.startswith(_FOR_REAL):
            del os.environ[name]
    variables = toolchains.provide(ecosystems, say)
    os.environ.update(variables)
    return variables


@contextmanager
def registries(
    ecosystems: Sequence[Ecosystem], copied: Copy, storage: Path | None, env: Mapping[str, str], say: Progress
) -> Iterator[Registries]:
    """The throw-away registries, which keep their packages in `storage`, or until the block ends."""
    own = sorted(package.name for package in copied.found.packages if package.ecosystem is Ecosystem.NPM)
    with ExitStack() as stack:
        folder = storage or Path(stack.enter_context(TemporaryDirectory(prefix="rehearsal-registries-")))
        made = Registries(
            stack.enter_context(npm.registry(folder / "npm", env, uplink=npm.upstream(env), own=own, say=say))
            if Ecosystem.NPM in ecosystems
            else None,
            stack.enter_context(pypi.registry(folder / "pypi")) if Ecosystem.PYPI in ecosystems else None,
            stack.enter_context(nuget.registry(folder / "nuget")) if Ecosystem.NUGET in ecosystems else None,
        )
        if made.nuget:
            # NuGet looks for its settings in all folders above; newer ones push to plain http only where they say so.
            (copied.origin.clone.parent / "NuGet.Config").write_text(made.nuget.config(alone=False), encoding="utf-8")
        yield made


def judge(copied: Copy) -> Decision:
    """Is the tag a release, do all manifests agree with it, and as what is it released?"""

    def disagreements(version: Version) -> Sequence[Finding]:
        return workspace.disagreements(copied.found, version)

    return tag.decide(tag.Options(copied.tag), copied.git, disagreements)


def pack(copied: Copy, decision: Decision, ecosystems: Sequence[Ecosystem], folder: Path, say: Progress) -> build.Built:
    """Build and pack every package into `folder`."""
    top = copied.origin.clone.resolve()
    tools = {toolchain.ecosystem: toolchain for toolchain in (DotnetToolchain(top), NpmToolchain(top), PythonToolchain(top))}
    options = build.Options(top, folder, decision.version, tuple(ecosystems))
    return build.build(options, copied.git, copied.found, tools, PackedFiles(), say)


def publish_to(made: Registries, copied: Copy, folder: Path, say: Progress) -> publish.Published:
    """Bring the registries to hold what is in `folder`."""
    clock = SystemClock()
    sites = configured.registries(made.settings(), folder, copied.origin.clone, clock)
    return publish.publish(publish.Options(folder, wait=120), PackedFiles(), sites, clock, say)


def try_out(packages: Sequence[BuiltPackage], made: Registries, copied: Copy, say: Progress) -> list[Tried]:
    """Install and run each package in a clean environment, the ecosystems side by side."""
    installers = made.installers()
    with TemporaryDirectory(prefix="rehearsal-installs-") as folder, ThreadPoolExecutor(len(installers)) as pool:

        def in_turn(ecosystem: Ecosystem) -> list[Tried]:
            own = [package for package in packages if package.ecosystem is ecosystem]
            return [
                _tried(package, installers[ecosystem], copied, Path(folder, f"{ecosystem}-{index}"), say)
                for index, package in enumerate(own)
            ]

        return [one for part in pool.map(in_turn, installers) for one in part]


def _tried(package: BuiltPackage, installer: Installer, copied: Copy, folder: Path, say: Progress) -> Tried:
    say(f"{package.ecosystem.label}: installing {package.name} {package.version}, and running it")
    started = time.monotonic()
    folder.mkdir()
    try:
        smoke = copied.smoke(package)
        installer.install(package, folder)
        said = installer.run(package, smoke, folder)
    except ReleaseError as error:
        return Tried(package, "", time.monotonic() - started, _explained(package, error))
    return Tried(package, said, time.monotonic() - started)


def _explained(package: BuiltPackage, error: ReleaseError) -> tuple[Finding, ...]:
    """The error as one of this package's; a tool's own words stay."""
    if error.findings[0].rule not in {"install-failed", "not-installable", "smoke-failed"}:
        return error.findings
    remedy = f"Mend {package.name}: what is published like this can't be used, or its smoke program fails. Then commit, and rehearse again."
    name = f"{package.ecosystem.label} package {package.name}"
    return tuple(
        Finding("install-failed", f"{name} is published, but can't be installed and run: {one.what}", remedy) for one in error.findings
    )
