"""Every check that is no test: format, lint, types, workflows, schemas, shell. `python3 tests/check.py`."""

import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "scripts"))
sys.dont_write_bytecode = True

from release_actions.adapters import environments


def tracked(*patterns: str) -> list[str]:
    """The files that git tracks and that fit one of `patterns`; a check of nothing would be no check."""
    listed = subprocess.run(["git", "ls-files", "--", *patterns], cwd=TOP, capture_output=True, text=True, check=True).stdout.split("\n")
    found = [line for line in listed if line]
    if not found:
        sys.exit(f"error: no file fits {patterns}")
    return found


def checks() -> list[list[str]]:
    """The commands to run, each over files that exist."""
    actions = tracked("action.yml", "*/action.yml")
    workflows = tracked("examples/workflows/*.yml", ".github/workflows/*.yml")
    return [
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["mypy"],
        [sys.executable, "tests/generate.py", "--check"],
        ["zizmor", "--offline", "--persona", "auditor", "--quiet", *workflows, *actions],
        [sys.executable, "tests/lint/run.py", *workflows],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions", *actions],
        ["check-jsonschema", "--check-metaschema", *tracked("schemas/*.json")],
        ["shellcheck", *tracked(".ci/run", "*.sh")],
    ]


def main() -> int:
    """Run all checks, also after one has failed; the exit code."""
    python = environments.ensure(TOP / "tests" / "requirements.txt", say=lambda line: print(line, flush=True))
    environment = {**os.environ, "PATH": os.pathsep.join((str(python.parent), os.environ["PATH"]))}
    failed = []
    for command in checks():
        print("$", " ".join(command[:5]), "…" if len(command) > 5 else "", flush=True)
        if subprocess.call(command, cwd=TOP, env=environment):
            failed.append(" ".join(command[:3]))
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
