"""Python: `uv pip install` into a new virtual environment without any cache, then its Python."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from release_actions.adapters.installers import clean
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage

#: uv's settings but those of publishing, which hold the tokens.
_KEPT = ("UV_[!P]*", "UV_P[!U]*")
_ABSENT = re.compile(r"there is no version of|was not found in the package registry|there are no versions of", re.IGNORECASE)
_IMPORT_ALL = """
import importlib, importlib.metadata, re, sys
wanted = re.sub("[-_.]+", "-", sys.argv[1]).lower()
owners = importlib.metadata.packages_distributions().items()
names = sorted(name for name, found in owners if wanted in {re.sub("[-_.]+", "-", one).lower() for one in found})
for name in names:
    importlib.import_module(name)
print("imported" if names else "nothing to import")
"""


class PythonInstaller:
    """Installs from the index that `index` says, and from the user's own what that lacks; `uv` finds the client.

    The index's address may hold a password, and so is no argument.
    """

    ecosystem = Ecosystem.PYPI

    def __init__(self, uv: Callable[[], Path], index: Callable[[], str]) -> None:
        self._uv = uv
        self._index = index

    def install(self, package: BuiltPackage, folder: Path) -> None:
        """Install this version, and what it depends on."""
        added = {"UV_NO_CACHE": "1", "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
        uv, home = self._uv(), folder / "venv"
        environment: list[str | Path] = [uv, "venv", "--no-project", "--python", sys.executable, home]
        clean.install(environment, package, folder, _ABSENT, keep=_KEPT, added=added)
        # uv takes the prerelease of a dependency only when it is told to.
        prereleases = ["--prerelease=allow"] if re.search("[a-z]", package.version) else []
        options = ["--no-config", "--python", str(_python(home)), *prereleases]
        command: list[str | Path] = [uv, "pip", "install", *options, f"{package.name}=={package.version}"]
        clean.install(command, package, folder, _ABSENT, keep=_KEPT, added=added, secrets={"UV_INDEX": self._index()})

    def run(self, package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        """Run the smoke program, else import the package."""
        program: list[str | Path] = [shutil.copy(smoke, folder / "smoke.py")] if smoke else ["-c", _IMPORT_ALL, package.name]
        return clean.run([_python(folder / "venv"), "-I", *program], package, folder)


def _python(home: Path) -> Path:
    return home / "Scripts" / "python.exe" if os.name == "nt" else home / "bin" / "python"
