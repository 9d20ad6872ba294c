"""Regenerate the locks from their `.in` files, with hashes and for all supported Pythons and systems; needs `uv`."""

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = HERE.parent / "scripts"

# What actions-toolkit needs for parts of it that the runner seam does not use: half of the environment that every action fetches.
UNUSED = "PyGithub ; python_version < '3'\nrequests ; python_version < '3'\n"

for source in (*sorted(SCRIPTS.glob("requirements*.in")), *sorted(HERE.glob("requirements*.in")), HERE / "fuzz/requirements.in"):
    options = ["--universal", "--generate-hashes", "--python-version", "3.11", "--no-annotate", "--quiet"]
    overridden = source == SCRIPTS / "requirements.in"
    options += ["--override", "-"] if overridden else []
    header = ["--custom-compile-command", "python3 tests/lock.py"]
    target = source.with_suffix(".txt")
    subprocess.run(
        ["uv", "pip", "compile", *options, *header, source.name, "-o", target.name], cwd=source.parent, check=True, input=UNUSED, text=True
    )
