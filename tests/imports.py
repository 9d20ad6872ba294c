"""What the suite's files import, read from their source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
#: The one module that imports what it finds: all that lies beside it.
DISCOVERING = SCRIPTS / "release_actions" / "manifests" / "kinds.py"


@cache
def parsed(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file may import, wherever the import stands, or finds beside it."""
    if path == DISCOVERING:
        yield from (f"release_actions.manifests.{beside.stem}" for beside in sorted(path.parent.glob("*.py")))
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def source(module: str) -> Path | None:
    """The file of one of our modules, also when the last part is a name inside of it."""
    for parts in (module.split("."), module.split(".")[:-1]):
        for path in (SCRIPTS.joinpath(*parts).with_suffix(".py"), SCRIPTS.joinpath(*parts, "__init__.py")):
            if parts and path.exists():
                return path
    return None


def loaded(entry: str) -> frozenset[Path]:
    """The entry script, and every file of ours that it may come to import."""
    waiting, seen = [SCRIPTS / f"{entry}.py"], set[Path]()
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += [file for module in imports(path) if (file := source(module))]
    return frozenset(seen)
