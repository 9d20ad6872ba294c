"""Fixtures that all tests share, and the proof that each rule of the catalogue was broken by one of them."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal import toolchains as provision
from release_actions.domain.package import Ecosystem
from tests import provoked


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


def pytest_configure(config: pytest.Config) -> None:
    """Note every rule that the suite's own code says to be broken, in this process."""
    provoked.record()
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(_Workers())


class _Workers:
    """What the processes that run the tests hand to the one that counts them."""

    def pytest_testnodedown(self, node: Any) -> None:
        provoked.SEEN.update(node.workeroutput.get("rules", ()) if hasattr(node, "workeroutput") else ())


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what was noted; where all tests have passed, fail for rules that none of them has broken."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["rules"] = sorted(provoked.SEEN)
    elif provoked.is_whole(session) and provoked.missing():
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name the rules that no test has broken."""
    session = terminalreporter._session
    if session and provoked.is_whole(session) and provoked.missing():
        terminalreporter.section("rules that no test has broken")
        terminalreporter.write_line("\n".join(provoked.missing()))
