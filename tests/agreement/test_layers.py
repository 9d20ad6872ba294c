"""The layers: who may import whom."""

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
GRAMMARS = {f"tree_sitter_{name}" for name in ("json", "ruby", "toml", "xml", "yaml")}
PARSERS = {"tomli", "tree_sitter", "tree_sitter_ruby", "tree_sitter_toml", "yaml", "regex"}

# layer: (layers of our own that it may import, third parties)
TABLE: dict[str, tuple[set[str], set[str]]] = {
    "errors": (set(), set()),
    "domain": ({"errors"}, {"semver", "packaging"}),
    "manifests": ({"errors", "domain"}, PARSERS | {"packaging"}),
    "commands": ({"errors", "domain", "manifests"}, set()),
    "adapters": ({"errors", "domain", "commands.ports"}, {"github", "yaml", "urllib3"}),
    "runner": ({"errors", "domain"}, {"actions_toolkit", "yaml"}),
}


def imports(source: str) -> Iterator[str]:
    """Every module that the source imports, wherever the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the layer"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def offences(layer: str, source: str) -> list[str]:
    """The imports in `source` that `layer` may not have."""
    own, third_parties = TABLE[layer]
    allowed = own | {layer}
    return [name for name in imports(source) if not _fits(name, allowed, third_parties)]


def _fits(name: str, own: set[str], third_parties: set[str]) -> bool:
    top, _, rest = name.partition(".")
    if top == "release_actions":
        return any(rest == layer or rest.startswith(f"{layer}.") for layer in own)
    return top in third_parties or top in sys.stdlib_module_names


def modules() -> list[Path]:
    return sorted(path for path in SCRIPTS.joinpath("release_actions").rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SCRIPTS)))
def test_each_module_imports_only_what_its_layer_may(path: Path) -> None:
    layer = path.relative_to(SCRIPTS / "release_actions").parts[0].removesuffix(".py")
    assert offences(layer, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("layer", "source"),
    [
        ("domain", "import yaml"),
        ("domain", "from release_actions.commands import ports"),
        ("domain", "def late():\n    from release_actions.adapters.git import GitRepository"),
        ("manifests", "import release_actions.runner"),
        ("commands", "from release_actions.adapters import git"),
        ("commands", "import urllib3"),
        ("adapters", "from release_actions.commands.publish import run"),
        ("adapters", "import release_actions.runner"),
        ("runner", "import github"),
        ("errors", "from release_actions.domain.version import Version"),
    ],
)
def test_an_import_across_layers_is_found(layer: str, source: str) -> None:
    assert offences(layer, source) != []


@pytest.mark.parametrize(
    "source", ["import os", "import time", "import logging", "import socket", "import subprocess", "from pathlib import Path"]
)
def test_the_domain_knows_no_world(source: str) -> None:
    assert world(source) != []


def world(source: str) -> list[str]:
    """The imports through which files, clock, network, processes, environment or log could be reached."""
    forbidden = {"os", "io", "time", "logging", "socket", "subprocess", "urllib", "http", "shutil", "tempfile", "pathlib", "random", "sys"}
    return [name for name in imports(source) if name.partition(".")[0] in forbidden]


@pytest.mark.parametrize("folder", ["domain", "manifests"])
def test_values_and_decisions_stay_pure(folder: str) -> None:
    for path in SCRIPTS.joinpath("release_actions", folder).rglob("*.py"):
        assert world(path.read_text(encoding="utf-8")) == [], path


def test_no_entry_script_hides_a_module_that_someone_imports() -> None:
    """`scripts/` is first on the path: a `github.py` there would be imported in place of PyGithub."""
    taken = set(sys.stdlib_module_names) | set(packages_distributions())
    for path in SCRIPTS.iterdir():
        if path.suffix == ".py" or path.joinpath("__init__.py").exists():
            assert path.stem not in taken, path


def test_nothing_imports_an_entry_script() -> None:
    entries = {path.stem for path in SCRIPTS.glob("*.py")}
    for path in SCRIPTS.rglob("*.py"):
        assert not {name.partition(".")[0] for name in imports(path.read_text(encoding="utf-8"))} & entries, path
