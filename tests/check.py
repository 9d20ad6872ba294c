"""Every check that is no test: format, lint, types, workflows, schemas, shell. `python3 tests/check.py`."""

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "scripts"))
sys.dont_write_bytecode = True

from release_actions.adapters import environments

LARGEST_FOOTPRINT = 1_000_000


def tracked(*patterns: str) -> list[str]:
    """The files that git tracks and that fit one of `patterns`; a check of nothing would be no check."""
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=TOP, capture_output=True, text=True, check=True).stdout.split("\n")
    found = [line for line in listed if line]
    if not found:
        sys.exit(f"error: no file fits {patterns}")
    return found


def checks(python: str) -> list[list[str]]:
    """The commands to run, each over files that exist; Python's own tools as modules of the environment's `python`."""
    actions = tracked("action.yml", "*/action.yml")
    workflows = tracked("examples/workflows/*.yml", ".github/workflows/*.yml")
    return [
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        [python, "-m", "mypy"],
        [python, "tests/generate.py", "--check"],
        ["zizmor", "--offline", "--persona", "auditor", "--quiet", *workflows, *actions],
        [python, "tests/lint/run.py", *workflows],
        [python, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        [python, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions", *actions],
        [python, "-m", "check_jsonschema", "--check-metaschema", *tracked("schemas/*.json")],
        ["shellcheck", *tracked(".ci/run")],
    ]


def footprint() -> int:
    """What every job of every user downloads, in bytes: the archive of this commit without what is not exported."""
    packed = subprocess.run(["git", "archive", "--format=tar.gz", "HEAD"], cwd=TOP, capture_output=True, check=True).stdout
    return len(packed)


def main() -> int:
    """Run all checks, also after one has failed; the exit code."""
    python = environments.ensure(TOP / "tests" / "requirements.txt", say=lambda line: print(line, flush=True))
    environment = {**os.environ, "PATH": os.pathsep.join((str(python.parent), os.environ["PATH"]))}
    failed = []
    for command in checks(str(python)):
        print("$", " ".join(Path(word).name or word for word in command[:5]), "…" if len(command) > 5 else "", flush=True)
        if subprocess.call(command, cwd=TOP, env=environment):
            failed.append(" ".join(Path(word).name or word for word in command[:3]))
    size = footprint()
    print(f"footprint: {size / 1000:.0f} kB of {LARGEST_FOOTPRINT / 1000:.0f} kB")
    if size > LARGEST_FOOTPRINT:
        failed.append("footprint")
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
