"""npm: installs what a build needs from the lock file, builds, and packs.

Install scripts of dependencies don't run unless asked for. They are code of strangers that would run where the release
is built, npm itself is about to ask before each, and few packages need them. The packages' own scripts do run:
`prepack` and `prepare` by npm's rules, else `build`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from release_actions.adapters import process
from release_actions.adapters.toolchains import packed
from release_actions.domain import strict_json
from release_actions.domain.package import Ecosystem, Package
from release_actions.errors import ManifestError, Place, RefusedError, ToolError

_OLDEST_NODE, _OLDEST_NPM = (20, 0), (10, 0)
_REMEDY = "Put a step with actions/setup-node (`node-version: lts/*`) before this one, or install Node.js from https://nodejs.org."
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
_OTHER_LOCKS = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "bun.lock": "bun", "bun.lockb": "bun"}
#: Dependencies that lead to the work tree; npm packs them as they are, and nobody could install the package.
_LOCAL = ("workspace:", "file:", "link:", "portal:", "catalog:")
#: Settings by which npm finds packages. Those that may hold a credential (`_auth`, `//host/:_authToken`, `otp`) are not among them.
_SETTINGS = tuple(
    prefix + name
    for prefix in ("npm_config_", "NPM_CONFIG_")
    for setting in (
        *("registry", "@*:registry", "replace_registry_host", "cache", "userconfig", "globalconfig"),
        *("proxy", "https_proxy", "noproxy", "cafile", "strict_ssl", "offline", "prefer_offline"),
    )
    for name in (setting, setting.upper())
)
_KEEP = (*_SETTINGS, *packed.CI, "NODE_OPTIONS")


@dataclass(frozen=True)
class _Project:
    """A package as npm sees it: its folder, the folder of its lock file, its package.json, and whether the lock names it."""

    package: Package
    folder: Path
    root: Path | None
    manifest: Mapping[str, Any]
    member: bool

    @property
    def scripts(self) -> frozenset[str]:
        """The scripts that take part in packing."""
        return frozenset({"prepack", "prepare", "postpack", "build"} & set(_table(self.manifest, "scripts")))

    @property
    def builds(self) -> bool:
        """Whether `build` has to be run; `prepack` and `prepare` are npm's own ways to build before packing."""
        return "build" in self.scripts and not self.scripts & {"prepack", "prepare"}

    @property
    def bundles(self) -> bool:
        """Whether dependencies are packed too."""
        return bool(self.manifest.get("bundleDependencies") or self.manifest.get("bundledDependencies"))

    @property
    def place(self) -> tuple[Path, tuple[str, ...]]:
        """Where npm is to be run for this package, and the words that name it there."""
        if self.member and self.root:
            return self.root, (f"--workspace={self.folder.relative_to(self.root).as_posix()}",)
        return self.folder, ()


class NpmToolchain:
    """npm, for the repository at `top`.

    `keep` names further environment variables that builds may see. With `install_scripts` those of dependencies run.
    """

    ecosystem = Ecosystem.NPM

    def __init__(self, top: Path, keep: Sequence[str] = (), *, install_scripts: bool = False) -> None:
        self._top = top
        self._keep = (*_KEEP, *keep)
        self._install_scripts = install_scripts

    def require(self) -> str:
        """See `ports.Toolchain`."""
        node = process.run([process.find("node", _REMEDY), "--version"], keep=self._keep).stdout.strip()
        packed.new_enough("node", node, _OLDEST_NODE, _REMEDY)
        npm = process.run([process.find("npm", _REMEDY), "--version"], folder=self._top, keep=self._keep).stdout.strip()
        packed.new_enough("npm", npm, _OLDEST_NPM, _REMEDY)
        return f"npm {npm} on Node.js {node}"

    def pack(self, packages: Sequence[Package], folder: Path, epoch: int) -> Mapping[str, Sequence[Path]]:
        """See `ports.Toolchain`."""
        projects = [self._project(package) for package in packages]
        by_root = _by_root(projects)
        for root, members in by_root.items():
            self._prepare(root, members, epoch)
        for (place, scripted), group in groupby(projects, key=lambda project: (project.place[0], bool(project.scripts))):
            # What needs no script can be packed by one npm; what does may need what was built before it.
            for batch in _batches(list(group), single=scripted):
                self._pack(place, batch, folder, epoch)
        return packed.by_package(folder.glob("*.tgz"), packages)

    def _prepare(self, root: Path, projects: Sequence[_Project], epoch: int) -> None:
        """Install what the builds of `projects` need; run the root's `build` when it is the only one."""
        root_builds = "build" in _table(self._read(root), "scripts") and root not in [project.folder for project in projects]
        scripted = any(project.scripts for project in projects)
        if not (scripted or root_builds or any(project.bundles for project in projects)):
            return
        self._install(root, epoch)
        if root_builds and not scripted:
            self._npm(root, ["run", "build"], epoch)

    def _install(self, root: Path, epoch: int) -> None:
        options = ["--no-audit", "--no-fund", "--loglevel=error", _ignore_scripts(not self._install_scripts)]
        if any((root / lock).exists() for lock in _LOCKS):
            self._npm(root, ["ci", *options], epoch)
            return
        other = next((tool for lock, tool in _OTHER_LOCKS.items() if (root / lock).exists()), None)
        if other is None:
            if any(self._read(root).get(kind) for kind in ("dependencies", "devDependencies")):
                self._npm(root, ["install", "--no-package-lock", *options], epoch)
        elif not (root / "node_modules").is_dir():
            raise ToolError(
                "npm-lock",
                f"The lock file is {other}'s, which npm can't install from.",
                f"Install (and build) with {other} in a step before this one; npm then packs what is there.",
                Place(self._shown(root)),
            )

    def _pack(self, place: Path, projects: Sequence[_Project], folder: Path, epoch: int) -> None:
        names = [word for project in projects for word in project.place[1]]
        if any(project.builds for project in projects):
            self._npm(place, ["run", "build", *names], epoch)
        self._npm(place, ["pack", f"--pack-destination={folder}", "--loglevel=error", _ignore_scripts(False), *names], epoch)

    def _npm(self, folder: Path, words: Sequence[str], epoch: int) -> None:
        added = {"SOURCE_DATE_EPOCH": str(epoch), "npm_config_update_notifier": "false", "npm_config_color": "false"}
        command = [process.find("npm", _REMEDY), *words]
        process.run(command, folder=folder, keep=self._keep, added=added, timeout=packed.TIMEOUT, umask=packed.UMASK)

    def _project(self, package: Package) -> _Project:
        folder = self._top / package.folder
        manifest = self._read(folder)
        _refuse_local_dependencies(package, manifest)
        root = next((place for place in self._upwards(folder) if _has_lock(place)), None)
        members = _members(root) if root else frozenset()
        member = root is not None and root != folder and folder.relative_to(root).as_posix() in members
        return _Project(package, folder, root if member or root == folder or _foreign(root) else None, manifest, member)

    def _upwards(self, folder: Path) -> Iterator[Path]:
        for place in (folder, *folder.parents):
            yield place
            if place == self._top:
                return

    def _read(self, folder: Path) -> Mapping[str, Any]:
        path = folder / "package.json"
        try:
            document = strict_json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise ManifestError("npm-manifest", f"package.json can't be read: {error}.", "Correct it.", Place(self._shown(path))) from None
        return document if isinstance(document, dict) else {}

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._top).as_posix()


def _by_root(projects: Sequence[_Project]) -> dict[Path, list[_Project]]:
    """The projects by the folder in which their dependencies are installed."""
    found: dict[Path, list[_Project]] = {}
    for project in projects:
        found.setdefault(project.root or project.folder, []).append(project)
    return found


def _batches(projects: list[_Project], *, single: bool) -> list[list[_Project]]:
    return [[project] for project in projects] if single else [projects]


def _has_lock(folder: Path) -> bool:
    return any((folder / name).exists() for name in (*_LOCKS, *_OTHER_LOCKS))


def _foreign(root: Path | None) -> bool:
    """Whether only another tool's lock file is there."""
    return root is not None and not any((root / name).exists() for name in _LOCKS)


@cache
def _members(root: Path) -> frozenset[str]:
    """The folders that npm's lock file in `root` names as workspaces (package-lock.json, `packages`, lockfileVersion 2 and 3)."""
    for name in _LOCKS:
        try:
            document = strict_json.loads((root / name).read_bytes())
        except (OSError, ValueError):
            continue
        packages = _table(document, "packages") if isinstance(document, dict) else {}
        return frozenset(folder for folder in packages if folder and "node_modules/" not in folder)
    return frozenset()


def _refuse_local_dependencies(package: Package, manifest: Mapping[str, Any]) -> None:
    for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
        for name, wanted in _table(manifest, kind).items():
            if str(wanted).startswith(_LOCAL):
                raise RefusedError(
                    "npm-local-dependency",
                    f"{package.name} depends on `{name}` as `{wanted}`, which nobody who installs it could resolve.",
                    "Name a version; npm links workspaces by version too.",
                    Place(package.manifest),
                )


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at `key`; an empty one where there is none, or something else."""
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _ignore_scripts(wanted: bool) -> str:
    return f"--ignore-scripts={'true' if wanted else 'false'}"
