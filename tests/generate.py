"""Write what is derived from other files: short paths of actions, their reference, the errors, the README's example.

The short paths (`tag/action.yml` from `actions/tag/action.yml`) are real files, since symbolic links break the download of
actions on Windows runners; only the way to the scripts differs. `--check` writes nothing and fails when one has drifted.
"""

import re
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TOP / "scripts"), str(TOP)]
sys.dont_write_bytecode = True

from release_actions.adapters import environments
from tests import error_page

HEADER = "# Generated from actions/{name}/action.yml by tests/generate.py.\n"
REFERENCE = "# Inputs and outputs\n\nGenerated from the descriptions of the actions by `python3 tests/generate.py`.\n"
EXAMPLE = re.compile(r"(<!-- example: ([a-z-]+\.yml) -->\n).*?(<!-- /example -->)", re.DOTALL)


def wanted(top: Path = TOP) -> dict[Path, str]:
    """What each derived file has to hold."""
    files = {top / source.parent.name / "action.yml": short(source) for source in sorted(top.glob("actions/*/action.yml"))}
    files[top / "docs/reference.md"] = reference([*sorted(top.glob("actions/*/action.yml")), top / "action.yml"])
    files[top / "docs/errors.md"] = error_page.page()
    files[top / "README.md"] = embedded((top / "README.md").read_text(encoding="utf-8"), top / "examples/workflows")
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


def reference(actions: list[Path]) -> str:
    """The tables of all inputs and outputs."""
    return "\n".join([REFERENCE, *(_section(action) for action in actions)])


def _section(action: Path) -> str:
    import yaml

    document: dict[str, Any] = yaml.safe_load(action.read_text(encoding="utf-8"))
    title = "The root action" if action.parent == TOP else f"`{action.parent.name}`"
    parts = [f"## {title}", _words(document["description"])]
    for kind, columns in (("inputs", ("Input", "Default", "Meaning")), ("outputs", ("Output", "Meaning"))):
        declared = document.get(kind) or {}
        rows = [columns, tuple("---" for _ in columns), *(_row(kind, name, value) for name, value in declared.items())]
        parts.append("\n".join(f"| {' | '.join(row)} |" for row in rows) if declared else f"It has no {kind}.")
    return "\n\n".join(parts) + "\n"


def _row(kind: str, name: str, declared: dict[str, Any]) -> tuple[str, ...]:
    default = str(declared.get("default") or "")
    cells = (f"`{name}`", f"`{default}`" if default else "", _words(declared["description"]))
    return cells if kind == "inputs" else (cells[0], cells[2])


def _words(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


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
