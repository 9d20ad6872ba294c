"""Python: a source distribution and, from it, a wheel, by the project's own build backend through uv."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from release_actions.adapters import environments, process
from release_actions.adapters.toolchains import packed, reproducible
from release_actions.domain.package import Ecosystem, Package

_LOCK = Path(__file__).parents[3] / "requirements-uv.txt"
_OLDEST = (0, 5)
_SETTINGS = (
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY", "UV_CONFIG_FILE"),
    *("UV_CACHE_DIR", "UV_OFFLINE", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST", "UV_HTTP_TIMEOUT", "UV_PYTHON*"),
)
_KEEP = (*_SETTINGS, *packed.CI)


class PythonToolchain:
    """uv, for the repository at `top`; fetched into the suite's cache when it is not on the PATH.

    `keep` names further environment variables that builds may see.
    """

    ecosystem = Ecosystem.PYPI

    def __init__(self, top: Path, keep: Sequence[str] = ()) -> None:
        self._top = top
        self._keep = (*_KEEP, *keep)

    def require(self) -> str:
        """See `ports.Toolchain`."""
        answer = process.run([find_uv(), "--version"], keep=self._keep).stdout.strip()
        packed.new_enough("uv", answer, _OLDEST, "Update uv, or take it off the PATH: a suitable one is then fetched.")
        return " ".join(answer.split()[:2])

    def pack(self, packages: Sequence[Package], folder: Path, epoch: int) -> Mapping[str, Sequence[Path]]:
        """See `ports.Toolchain`."""
        return {package.name: self._pack(package, folder / str(index), epoch) for index, package in enumerate(packages)}

    def _pack(self, package: Package, folder: Path, epoch: int) -> Sequence[Path]:
        """The source distribution, and the wheel that is built from this very file."""
        self._build(["--sdist", "."], self._top / package.folder, folder, epoch)
        for source in folder.glob("*.tar.gz"):
            reproducible.settle_tarball(source, epoch)
            self._build(["--wheel", str(source)], folder, folder, epoch)
        return sorted(path for path in folder.iterdir() if path.name.endswith((".whl", ".tar.gz")))

    def _build(self, words: Sequence[str], place: Path, folder: Path, epoch: int) -> None:
        command: list[str | Path] = [find_uv(), "build", "--no-progress", "--color=never", "--out-dir", str(folder), *words]
        added = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
        process.run(command, folder=place, keep=self._keep, added=added, timeout=packed.TIMEOUT, umask=packed.UMASK)


def find_uv() -> Path:
    """uv: the one on the PATH, else one from the suite's cache, fetched when it is not there."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    return environments.ensure(_LOCK).with_name("uv.exe" if os.name == "nt" else "uv")
