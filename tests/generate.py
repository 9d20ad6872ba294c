"""Write what is derived from other files: short paths of actions, their pages, the errors, the README's example and table.

The short paths (`tag/action.yml` from `actions/tag/action.yml`) are real files, since symbolic links break the download of
actions on Windows runners; only the way to the scripts differs. `--check` writes nothing and fails when one has drifted.
"""

import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "scripts"), str(TOP)]
sys.dont_write_bytecode = True

from release_actions.adapters import environments

HEADER = "# Generated from actions/{name}/action.yml by tests/generate.py.\n"
OVERVIEW = re.compile(r"(<!-- actions -->\n).*?(<!-- /actions -->)", re.DOTALL)
EXAMPLE = re.compile(r"(<!-- example: ([a-z-]+\.yml) -->\n).*?(<!-- /example -->)", re.DOTALL)


def wanted(top: Path = TOP) -> dict[Path, str]:
    """What each derived file has to hold."""
    from tests import error_page, reference

    files = {top / source.parent.name / "action.yml": short(source) for source in sorted(top.glob("actions/*/action.yml"))}
    files |= {reference.place(name): reference.page(name) for name in reference.said()}
    files[top / "docs/errors.md"] = error_page.page()
    readme = embedded((top / "README.md").read_text(encoding="utf-8"), top / "examples/workflows")
    files[top / "README.md"] = OVERVIEW.sub(lambda match: f"{match[1]}{reference.overview()}\n{match[2]}", readme)
    return files


def short(source: Path) -> str:
    """The action with the path to the scripts of its short place."""
    return HEADER.format(name=source.parent.name) + source.read_text(encoding="utf-8").replace("/../../scripts/", "/../scripts/")


def embedded(text: str, examples: Path) -> str:
    """`text` with each marked example replaced by its file, so that what is shown is what is tested."""

    def fill(match: re.Match[str]) -> str:
        workflow = examples.joinpath(match[2]).read_text(encoding="utf-8")
        return f"{match[1]}```yaml\n{workflow.rstrip()}\n```\n{match[3]}"

    return EXAMPLE.sub(fill, text)


def main(arguments: list[str]) -> int:
    """Write, or check, all derived files; the exit code."""
    drifted = {path: text for path, text in wanted().items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    for path, text in drifted.items():
        print(path.relative_to(TOP))
        if "--check" not in arguments:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    return 1 if drifted and "--check" in arguments else 0


def in_environment(arguments: list[str]) -> int:
    """Run this again where PyYAML is."""
    import subprocess

    python = environments.ensure(TOP / "scripts/requirements.txt", say=lambda line: print(line, flush=True))
    return subprocess.call([str(python), str(TOP / "tests/generate.py"), *arguments])


if __name__ == "__main__":
    try:
        import yaml  # noqa: F401
    except ImportError:
        sys.exit(in_environment(sys.argv[1:]))
    sys.exit(main(sys.argv[1:]))
