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
        return {package.name: self._build(package, folder / str(index), epoch) for index, package in enumerate(packages)}

    def _build(self, package: Package, folder: Path, epoch: int) -> Sequence[Path]:
        command: list[str | Path] = [find_uv(), "build", "--no-progress", "--color=never", "--out-dir", str(folder), "."]
        added = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
        process.run(command, folder=self._top / package.folder, keep=self._keep, added=added, timeout=packed.TIMEOUT)
        files = sorted(path for path in folder.iterdir() if path.name.endswith((".whl", ".tar.gz")))
        for path in files:
            if path.name.endswith(".tar.gz") and not reproducible.is_settled(path, epoch):
                reproducible.settle_sdist(path, epoch)
        return files


def find_uv() -> Path:
    """uv: the one on the PATH, else one from the suite's cache, fetched when it is not there."""
    found = shutil.which("uv")
    if found:
        return Path(found)
    return environments.ensure(_LOCK).with_name("uv.exe" if os.name == "nt" else "uv")
