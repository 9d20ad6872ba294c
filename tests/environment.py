"""The environment of the tests, for scripts that are started with any Python."""

import os
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent


def enter() -> None:
    """Go on in the environment of the tests, which is made on first use, with its commands and the modules of this repository."""
    sys.path[:0] = [str(TOP / "scripts"), str(TOP)]
    from release_actions.adapters import environments

    python = environments.ensure(TOP / "tests" / "requirements.txt", say=lambda line: print(line, file=sys.stderr, flush=True))
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        path = os.pathsep.join((str(python.parent), os.environ.get("PATH", os.defpath)))
        os.execve(python, [str(python), "-X", "utf8", *sys.argv], {**os.environ, "PATH": path})  # noqa: S606 - no shell is wanted
