"""Run the tests in an environment of their own, made on first use: `python3 tests/run.py [PYTEST ARGUMENT ...]`."""

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "scripts"))
sys.dont_write_bytecode = True

if sys.version_info < (3, 11):
    sys.exit(f"error: Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")

from release_actions.adapters import environments

python = environments.ensure(TOP / "tests" / "requirements.txt", say=lambda line: print(line, flush=True))
path = os.pathsep.join((str(python.parent), os.environ["PATH"]))
# By file, since some tell a story in order or share what is slow to start; `loadgroup` of pytest-xdist 3.8 groups nothing under pytest 9.2.
command = [str(python), "-X", "utf8", "-m", "pytest", "--numprocesses", str(os.cpu_count() or 1), "--dist", "loadfile"]
command += ["--no-loadscope-reorder", *sys.argv[1:]]  # in the order of their names the slow ones, `contract` and `e2e`, begin first
sys.exit(subprocess.call(command, cwd=TOP, env=os.environ | {"PATH": path}))
