"""Fixtures that all tests share."""

from __future__ import annotations

import pytest

from rehearsal import toolchains as provision
from release_actions.domain.package import Ecosystem


@pytest.fixture(scope="session")
def toolchains() -> dict[str, str]:
    """The environment variables with which node, npm, uv and dotnet run; missing ones are fetched into the cache."""
    return provision.provide(Ecosystem, print)


@pytest.fixture
def with_toolchains(toolchains: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Put the official tools into this process's environment for one test."""
    for name, value in toolchains.items():
        monkeypatch.setenv(name, value)
    return toolchains
