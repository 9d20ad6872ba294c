"""Write the short-path copies of the actions: `tag/action.yml` from `actions/tag/action.yml`, and so on.

They are real files, since symbolic links break the download of actions on Windows runners. Only the way to the scripts
differs. `--check` writes nothing and fails when one has drifted.
"""

import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
HEADER = "# Generated from actions/{name}/action.yml by tests/generate.py.\n"


def copies(top: Path = TOP) -> dict[Path, str]:
    """What each short-path file has to hold."""
    return {top / source.parent.name / "action.yml": short(source) for source in sorted(top.glob("actions/*/action.yml"))}


def short(source: Path) -> str:
    """The action with the path to the scripts of its short place."""
    return HEADER.format(name=source.parent.name) + source.read_text(encoding="utf-8").replace("/../../scripts/", "/../scripts/")


def main(arguments: list[str]) -> int:
    """Write, or check, all copies; the exit code."""
    wanted = copies()
    drifted = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in drifted:
        print(path.relative_to(TOP))
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8", newline="\n")
    return 1 if drifted and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
