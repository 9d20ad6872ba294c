"""Run the tests in an environment of their own, made on first use: `python3 tests/run.py [PYTEST ARGUMENT ...]`."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "scripts"))
sys.dont_write_bytecode = True

if sys.version_info < (3, 11):
    sys.exit(f"error: Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")

from release_actions.adapters import environments

#: A whole run leaves less than 2 GB behind.
_ROOM = 8 << 30


@contextmanager
def temporary_folder(memory: Path = Path("/dev/shm")) -> Iterator[str]:  # noqa: S108 - it is asked for as a place, not as a name
    """Where the tests make their files: in memory where there is room, since they make and delete hundreds of thousands."""
    if "TMPDIR" in os.environ or not memory.is_dir() or shutil.disk_usage(memory).free < _ROOM:
        yield tempfile.gettempdir()
        return
    with tempfile.TemporaryDirectory(prefix="release-actions-", dir=memory, ignore_cleanup_errors=True) as folder:
        yield folder if _runs_programs(Path(folder)) else tempfile.gettempdir()


def _runs_programs(folder: Path) -> bool:
    """Whether programs can be run in the folder; containers often have memory where they can't."""
    program = folder / "program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    try:
        return subprocess.call([program]) == 0
    except OSError:
        return False
    finally:
        program.unlink()


def main() -> int:
    """Make the environment, and run pytest in it, on all processors."""
    python = environments.ensure(TOP / "tests" / "requirements.txt", say=lambda line: print(line, flush=True))
    path = os.pathsep.join((str(python.parent), os.environ["PATH"]))
    workers = (os.cpu_count() or 1) + 1  # a fifth of the time is spent waiting for registries and for other programs
    # By file, since some tell a story in order or share what is slow to start; `loadgroup` of pytest-xdist 3.8 groups
    # nothing under pytest 9.2.
    command = [str(python), "-X", "utf8", "-m", "pytest", "--numprocesses", str(workers), "--dist", "loadfile"]
    command += ["--no-loadscope-reorder", *sys.argv[1:]]  # in the order of their names the slow ones, `contract` and `e2e`, begin first
    with temporary_folder() as temporary:
        return subprocess.call(command, cwd=TOP, env=os.environ | {"PATH": path, "TMPDIR": temporary})


if __name__ == "__main__":
    sys.exit(main())
