"""Each entry script finds in its locked environment whatever it may come to import."""

import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from tests.imports import SCRIPTS, imports, loaded

ENTRIES = sorted(path.stem for path in SCRIPTS.glob("*.py") if path.name != "launch.py")
OURS = {"release_actions", "rehearsal"}


def lock_of(entry: str) -> Path:
    """The lock that `launch.py` takes for this script."""
    own = SCRIPTS / f"requirements-{entry}.txt"
    return own if own.exists() else SCRIPTS / "requirements.txt"


def locked(lock: Path) -> set[str]:
    """The normalised names of the distributions in a lock."""
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([\w.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)}


def third_parties(entry: str) -> set[str]:
    """The distributions that an entry script may import, itself or through our modules."""
    names = {module.partition(".")[0] for path in loaded(entry) for module in imports(path)}
    return {re.sub(r"[-_.]+", "-", packages_distributions()[name][0]).lower() for name in names - OURS - set(sys.stdlib_module_names)}


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_environment_holds_what_its_script_imports(entry: str) -> None:
    assert third_parties(entry) - locked(lock_of(entry)) == set()


def test_a_missing_distribution_is_found() -> None:
    assert third_parties("release") - locked(SCRIPTS / "requirements.txt") == {"pygithub"}


def test_only_what_talks_to_github_waits_for_its_client() -> None:
    assert "pygithub" not in locked(SCRIPTS / "requirements.txt")
    talking = {"bump", "candidate", "nightly", "publish", "release", "rollback", "verify"}
    assert {entry for entry in ENTRIES if "pygithub" in third_parties(entry)} == talking
