"""How MSBuild is asked to pack, and what is told when it failed: what it calls errors, each once, and what to do."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from release_actions.adapters import process
from release_actions.adapters.toolchains import dotnet
from release_actions.domain.package import Ecosystem, Package
from release_actions.errors import Finding, ToolError

WELCOME = "`dotnet pack /tmp/gone/pack.proj` failed with exit code 1:\nWelcome to .NET Core 3.1!\n"
CODE = "Shop.cs(1,19): error CS1514: { expected [/src/Shop.csproj]"
FRAMEWORK = "Current.targets(11,5): error MSB3644: The reference assemblies for .NETFramework,Version=v8.0 were not found. [Shop.csproj]"
NEWER = "Sdk.targets(90,5): error NETSDK1045: The current .NET SDK does not support targeting .NET 8.0. [/src/Shop.csproj]"
RESTORE = "NuGet.targets(123,5): error : Unable to load the service index. [/tmp/gone/pack.proj]"


def explained(*lines: str) -> Finding:
    (finding,) = dotnet._explained(ToolError("tool-failed", "\n".join((WELCOME, *lines)), "Run it by hand.")).findings
    return finding


def test_a_build_that_breaks_is_told_by_its_errors_alone() -> None:
    assert explained(CODE, f"  {CODE}", RESTORE).what == f"`dotnet pack` failed:\n{CODE}\n{RESTORE}\n"
    assert explained(CODE).rule == "tool-failed"


@pytest.mark.parametrize("line", [FRAMEWORK, NEWER])
def test_a_framework_that_is_newer_than_the_sdk_is_told(line: str) -> None:
    assert explained(line).rule == "dotnet-framework"
    assert "setup-dotnet" in explained(line).remedy


def test_what_names_no_error_and_what_is_no_failure_stays_as_it_was() -> None:
    assert explained("It ended.").remedy == "Run it by hand."
    timeout = ToolError("tool-timeout", f"It took too long.\n{CODE}", "Run it by hand.")
    assert dotnet._explained(timeout) is timeout


@pytest.mark.parametrize(("needed", "alone"), [(("Acme.Core",), True), ((), False)])
def test_packages_that_wait_for_each_other_get_one_process(
    needed: tuple[str, ...], alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[str | Path]] = []

    def run(command: Sequence[str | Path], **_: object) -> process.Result:
        asked.append(command)
        return process.Result(0, "10.0.400\n", "")

    monkeypatch.setattr(process, "find", lambda *_: "dotnet")
    monkeypatch.setattr(process, "run", run)
    core = Package(Ecosystem.NUGET, "Acme.Core", "1.2.3", "core", "core/Acme.Core.csproj")
    client = Package(Ecosystem.NUGET, "Acme.Client", "1.2.3", "client", "client/Acme.Client.csproj", depends_on=needed)
    dotnet.DotnetToolchain(tmp_path)._pack(tmp_path, [core, client], tmp_path / "packed", 0)
    [command] = asked
    assert ("-maxcpucount:1" in command) is alone
