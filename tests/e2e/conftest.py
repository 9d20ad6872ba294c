"""Fixtures of the tests that run whole workflows."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.e2e import act


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This suite as users download it."""
    return act.downloaded(tmp_path_factory.mktemp("suite"))


@pytest.fixture
def create(suite: Path, tmp_path: Path) -> Callable[..., act.Repository]:
    """Makes the sample repository with one workflow of the examples."""

    def made(workflow: str) -> act.Repository:
        return act.Repository(tmp_path, suite, workflow, {"PATH": os.environ["PATH"]}).create()

    return made
