"""Each entry script finds in its locked environment whatever it may come to import."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
ENTRIES = sorted(path.stem for path in SCRIPTS.glob("*.py") if path.name != "launch.py")
OURS = {"release_actions", "rehearsal"}


def lock_of(entry: str) -> Path:
    """The lock that `launch.py` takes for this script."""
    own = SCRIPTS / f"requirements-{entry}.txt"
    return own if own.exists() else SCRIPTS / "requirements.txt"


def locked(lock: Path) -> set[str]:
    """The normalised names of the distributions in a lock."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file may import, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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


def third_parties(entry: str) -> set[str]:
    """The distributions that an entry script may import, itself or through our modules."""
    waiting, seen, found = [SCRIPTS / f"{entry}.py"], set(), set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for module in imports(path):
            top = module.partition(".")[0]
            if top in OURS and (file := source(module)):
                waiting.append(file)
            elif top not in OURS and top not in sys.stdlib_module_names:
                found.add(top)
    return {re.sub(r"[-_.]+", "-", packages_distributions()[top][0]).lower() for top in found}


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_environment_holds_what_its_script_imports(entry: str) -> None:
    assert third_parties(entry) - locked(lock_of(entry)) == set()


def test_a_missing_distribution_is_found() -> None:
    assert third_parties("release") - locked(SCRIPTS / "requirements.txt") == {"pygithub"}


def test_only_what_talks_to_github_waits_for_its_client() -> None:
    assert "pygithub" not in locked(SCRIPTS / "requirements.txt")
    talking = {"bump", "candidate", "nightly", "publish", "release", "rollback", "verify"}
    assert {entry for entry in ENTRIES if "pygithub" in third_parties(entry)} == talking
