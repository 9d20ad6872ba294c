"""Regenerate the locks from their `.in` files, with hashes and for all supported Pythons and systems; needs `uv`."""

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = HERE.parent / "scripts"

for source in (*sorted(SCRIPTS.glob("requirements*.in")), HERE / "requirements.in"):
    options = ["--universal", "--generate-hashes", "--python-version", "3.11", "--no-annotate", "--quiet"]
    header = ["--custom-compile-command", "python3 tests/lock.py"]
    target = source.with_suffix(".txt")
    subprocess.run(["uv", "pip", "compile", *options, *header, source.name, "-o", target.name], cwd=source.parent, check=True)
