"""Fixtures of the tests that run whole workflows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e import act, registries


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This suite as users download it."""
    return act.downloaded(tmp_path_factory.mktemp("suite"))


@pytest.fixture
def create(suite: Path, tmp_path: Path) -> Callable[..., act.Repository]:
    """Makes the sample repository with one workflow of the examples."""

    def made(workflow: str) -> act.Repository:
        return act.Repository(tmp_path, suite, workflow).create()

    return made


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory, toolchains: dict[str, str]) -> Iterator[registries.Registries]:
    """Registries that the tests of one module share."""
    with registries.running(tmp_path_factory.mktemp("registries"), toolchains) as running:
        yield running
