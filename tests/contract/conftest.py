"""Fixtures that several contract tests share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rehearsal import npm


@pytest.fixture(scope="session")
def _packages(tmp_path_factory: pytest.TempPathFactory, toolchains: dict[str, str]) -> Iterator[tuple[Path, npm.Registry]]:
    storage = tmp_path_factory.mktemp("npm")
    with npm.registry(storage, toolchains) as running:
        yield storage, running


@pytest.fixture
def verdaccio(_packages: tuple[Path, npm.Registry]) -> npm.Registry:
    """Verdaccio without a package. It takes longer to start than most tests take, and keeps of a package nothing but its folder."""
    storage, running = _packages
    for description in list(storage.glob("packages/**/package.json")):
        shutil.rmtree(description.parent)
    return running
