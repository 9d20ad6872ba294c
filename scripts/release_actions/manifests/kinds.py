"""The kinds of version-bearing files. A new kind is one module that fits `Kind`, and its place in `KINDS`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from release_actions.manifests import (
    api_description,
    assembly_info,
    cargo_lock,
    cargo_package,
    composer_lock,
    composer_package,
    gemfile_lock,
    gemspec,
    go_module,
    go_source,
    gradle_build,
    gradle_properties,
    helm_chart,
    helm_lock,
    maven_pom,
    mix_project,
    msbuild,
    npm_lock,
    npm_package,
    nuspec,
    other_locks,
    pnpm_lock,
    podspec,
    poetry_lock,
    pubspec,
    pyproject,
    python_code,
    ruby_version,
    setup_cfg,
    uv_lock,
    version_file,
    yarn_lock,
)
from release_actions.manifests.manifest import Manifest


class Kind(Protocol):
    """A module that reads one kind of file, from bytes to values."""

    def matches(self, path: str) -> bool:
        """Whether the path names such a file."""

    def read(self, path: str, data: bytes) -> Manifest:
        """Read the file. Raises ManifestError when its bytes are not what its name says."""


KINDS: Sequence[Kind] = (
    npm_package,
    npm_lock,
    pnpm_lock,
    yarn_lock,
    pyproject,
    setup_cfg,
    python_code,
    uv_lock,
    poetry_lock,
    msbuild,
    nuspec,
    assembly_info,
    cargo_package,
    cargo_lock,
    maven_pom,
    gradle_properties,
    gradle_build,
    go_module,
    go_source,
    gemspec,
    ruby_version,
    gemfile_lock,
    version_file,
    pubspec,
    helm_chart,
    helm_lock,
    mix_project,
    composer_package,
    composer_lock,
    podspec,
    other_locks,
)

#: Kinds of files that bear the version only where the repository declares them.
DECLARED: Sequence[Kind] = (api_description,)


def of(path: str, *, declared: bool = False) -> Kind | None:
    """The kind of the file at `path`; None when it bears no version that we know of."""
    candidates = (*KINDS, *DECLARED) if declared else KINDS
    return next((kind for kind in candidates if kind.matches(path)), None)
