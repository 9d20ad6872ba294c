"""Locked Python environments, made once and kept in a cache outside of every checkout.

The standard library alone, since `launch.py` uses it before anything is installed. What is needed only to make an
environment is imported where it is made: every start of an action passes here, and nearly all find their environment.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from release_actions.adapters.cache import cache_folder

__all__ = ["cache_folder", "ensure", "packages_beside", "place_whole"]

#: What a user's settings may say of the package index. Whatever else PIP_* and UV_* say of an installation, such as
#: PIP_TARGET or PIP_REQUIRE_VIRTUALENV, is about the user's own environments.
_INDEX_SETTINGS = frozenset(
    f"{tool}_{setting}"
    for tool, settings in {
        "PIP": "INDEX_URL EXTRA_INDEX_URL TRUSTED_HOST CERT CLIENT_CERT PROXY FIND_LINKS CACHE_DIR DEFAULT_TIMEOUT RETRIES CONFIG_FILE",
        "UV": "INDEX_URL EXTRA_INDEX_URL DEFAULT_INDEX INDEX FIND_LINKS CACHE_DIR NATIVE_TLS SYSTEM_CERTS CONFIG_FILE INSECURE_HOST",
    }.items()
    for setting in settings.split()
)
_OTHERS = frozenset({"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "INPUTS"})
_TIMEOUT = 600
#: The interpreter that this one's environment was made from, which has pip; the suite's own environments have none.
_BASE_PYTHON: str = getattr(sys, "_base_executable", None) or sys.executable


def ensure(lock: Path, python: str = _BASE_PYTHON, say: Callable[[str], None] | None = None) -> Path:
    """The Python of an environment that holds exactly what `lock`, a requirements file with hashes, lists.

    `say` is told when something has to be fetched.

    Raises:
        ToolError: the environment can't be made (rule `environment`).
    """
    key = hashlib.sha256(lock.read_bytes() + repr((sys.version, sys.platform, python)).encode()).hexdigest()[:16]
    home = cache_folder() / f"{lock.stem}-{key}"
    executable = home.joinpath("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if executable.exists():
        return executable
    if say:
        say(f"Fetching the Python packages of {lock.name} into {home}")
    place_whole(home, lambda folder: _install(lock, python, folder))
    return executable


def packages_beside(python: Path) -> str:
    """The folder of packages of the environment that `python` belongs to, as a module search path; empty where that is elsewhere.

    An environment's layout is that of the interpreter which it was made from (Python docs, `venv`, "How venvs work").
    """
    library = "Lib" if os.name == "nt" else f"lib/{Path(os.__file__).parent.name}"
    found = python.parent.parent / library / "site-packages"
    return str(found) if found.is_dir() else ""


def place_whole(target: Path, make: Callable[[Path], None]) -> None:
    """Make the folder `target` by `make`, aside and then renamed, so that it is there whole or not at all.

    Two processes may race; both end with a whole folder.
    """
    import shutil
    import tempfile

    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        make(aside)
        aside.rename(target)
    except OSError:
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _install(lock: Path, python: str, folder: Path) -> None:
    import shutil

    uv = shutil.which("uv")
    if uv:
        _run([uv, "venv", "--quiet", "--no-project", "--allow-existing", "--python", python, str(folder)])
        _run([uv, "pip", "sync", "--quiet", "--require-hashes", "--no-build", "--python", str(folder), str(lock)])
        return
    _run([python, "-I", "-m", "venv", "--without-pip", str(folder)])
    install = ["install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-deps"]
    options = ["--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)]
    _run([python, "-I", "-m", "pip", "--python", str(folder), *install, *options])


def _run(command: list[str]) -> None:
    import subprocess

    from release_actions.errors import ToolError

    environment = {
        name: value
        for name, value in os.environ.items()
        if name in _INDEX_SETTINGS or not (name.startswith(("PIP_", "UV_")) or name in _OTHERS)
    }
    try:
        subprocess.run(
            command,
            check=True,
            env=environment,
            timeout=_TIMEOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except (OSError, subprocess.SubprocessError) as error:
        output = (getattr(error, "output", None) or b"").decode(errors="replace").strip()
        raise ToolError(
            "environment",
            f"The suite's Python environment can't be made: {error}\n{output}",
            "Check that this machine reaches PyPI or the index that pip is configured for, and that `python3 -m pip` works"
            " (on Debian: install python3-pip and python3-venv); or put `uv` on the PATH.",
        ) from None
