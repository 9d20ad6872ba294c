from __future__ import annotations

from pathlib import Path

import pytest

from rehearsal import toolchains
from release_actions.domain.package import Ecosystem
from release_actions.errors import ToolError


@pytest.fixture
def empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("RUNNER_TOOL_CACHE", str(tmp_path / "cache"))
    return tmp_path


def tool(folder: Path, name: str, answer: str) -> None:
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{answer}'\n")
    script.chmod(0o755)


def test_a_fetched_file_that_is_not_the_known_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fetched.tgz"
    file.write_bytes(b"something else")
    with pytest.raises(ToolError, match="is not the file that is known"):
        toolchains.check_integrity(file, "09L3ov51MXrnY2Gdb==", "dotnet-sdk")


def test_the_known_file_is_taken(tmp_path: Path) -> None:
    file = tmp_path / "fetched.tgz"
    file.write_bytes(b"")
    integrity = "z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
    toolchains.check_integrity(file, integrity, "nothing")


@pytest.mark.parametrize(
    ("node", "npm", "enough"), [("v20.1.0", "10.0.0", True), ("v18.20.0", "10.0.0", False), ("v22.0.0", "9.9.9", False)]
)
def test_node_and_npm_are_used_when_both_are_new_enough(empty_path: Path, node: str, npm: str, enough: bool) -> None:
    tool(empty_path, "node", node)
    tool(empty_path, "npm", npm)
    assert toolchains._node_is_new_enough() == enough


def test_a_dotnet_without_an_sdk_is_none(empty_path: Path) -> None:
    tool(empty_path, "dotnet", "")
    assert not toolchains._has_dotnet()
    tool(empty_path, "dotnet", "8.0.100 [/usr/share/dotnet/sdk]")
    assert toolchains._has_dotnet()


def test_what_is_on_the_path_is_not_fetched(empty_path: Path) -> None:
    for name, answer in (("node", "v22.0.0"), ("npm", "10.9.0"), ("uv", "uv 0.9.0"), ("dotnet", "8.0.100 [/sdk]")):
        tool(empty_path, name, answer)
    said: list[str] = []
    assert toolchains.provide(Ecosystem, said.append)["PATH"] == str(empty_path)
    assert not said


def test_a_system_that_no_sdk_is_known_for_is_told_what_to_do(empty_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(empty_path, "node", "v22.0.0")
    tool(empty_path, "npm", "10.9.0")
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(ToolError, match=r"--only npm,pypi"):
        toolchains.provide([Ecosystem.NUGET], lambda _: None)


def test_an_old_uv_is_not_used(empty_path: Path) -> None:
    tool(empty_path, "uv", "uv 0.4.30")
    assert not toolchains._uv_is_new_enough()
    tool(empty_path, "uv", "uv 0.5.0 (abc 2024-11-07)")
    assert toolchains._uv_is_new_enough()
