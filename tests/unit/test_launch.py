import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from release_actions.adapters import environments
from release_actions.errors import ToolError

TOP = Path(__file__).parents[2]
LAUNCH = TOP / "scripts/launch.py"


def launch(*arguments: str, python: str = sys.executable, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-I", "-S", "-X", "utf8", str(LAUNCH), *arguments]
    return subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, timeout=300)


def test_an_unknown_name_shows_those_that_there_are() -> None:
    done = launch("tga")
    assert done.returncode == 1
    assert "NAME is one of:" in done.stderr
    assert "tag" in done.stderr


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_the_environment_is_made_once_and_outside_of_the_checkout(cache: Path, tmp_path: Path) -> None:
    before = {path for path in TOP.rglob("*") if "__pycache__" in path.parts}
    first = launch("tag", "--help", RUNNER_TOOL_CACHE=str(cache))
    second = launch("tag", "--help", RUNNER_TOOL_CACHE=str(cache))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "Fetching" in first.stderr
    assert "Fetching" not in second.stderr
    assert {path for path in TOP.rglob("*") if "__pycache__" in path.parts} <= before


def test_two_steps_that_race_both_succeed(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(LAUNCH), "tag", "--help"]
    environment = {**os.environ, "RUNNER_TOOL_CACHE": str(tmp_path)}
    racers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for racer in racers:
        _, errors = racer.communicate(timeout=300)
        assert racer.returncode == 0, errors.decode()
    homes = [path.name for path in tmp_path.joinpath("release-actions").iterdir() if path.name != "bytecode"]
    assert len(homes) == 1, homes


def test_a_callers_python_and_pip_settings_do_not_leak_in(cache: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("yaml.py").write_text("raise SystemExit('hijacked')")
    done = launch(
        "tag", "--help", RUNNER_TOOL_CACHE=str(cache), PYTHONPATH=str(tmp_path), PIP_TARGET=str(tmp_path), PIP_REQUIRE_VIRTUALENV="1"
    )
    assert done.returncode == 0, done.stderr
    assert "hijacked" not in done.stdout + done.stderr


def test_an_environment_that_can_not_be_made_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    done = launch(
        "tag", "--help", RUNNER_TOOL_CACHE=str(tmp_path), PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0", PATH="/usr/bin:/bin"
    )
    if "Fetching" in done.stderr and done.returncode == 0:
        pytest.fail("the index was not asked")
    assert done.returncode == 1
    assert "[environment]" in done.stderr
    assert "Check that this machine reaches PyPI" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.joinpath("release-actions").iterdir()] == ["bytecode"]


def test_an_old_python_finds_a_newer_one(cache: Path, tmp_path: Path) -> None:
    """The version is faked, since an old interpreter is not on every machine; the way past it is the real one."""
    old = tmp_path / "old.py"
    old.write_text(
        "import runpy, sys; sys.version_info = (3, 10, 0);"
        f"sys.argv = [{str(LAUNCH)!r}, 'tag', '--help']; runpy.run_path({str(LAUNCH)!r}, run_name='__main__')"
    )
    tools = cache / "Python/3.12.0/x64/bin"
    tools.mkdir(parents=True)
    stub = tools / "python3"
    stub.write_text(f'#!/bin/sh\necho "found: $*" >&2\nexec {sys.executable} "$@"\n')
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    environment = {**os.environ, "RUNNER_TOOL_CACHE": str(cache), "PATH": "/nowhere"}
    done = subprocess.run([sys.executable, str(old)], env=environment, capture_output=True, text=True, timeout=100)
    assert "found:" in done.stderr
    environment["RUNNER_TOOL_CACHE"] = "/nowhere"
    done = subprocess.run([sys.executable, str(old)], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed; add a step with actions/setup-python" in done.stderr


def test_the_launcher_can_be_read_by_an_old_python() -> None:
    """Python 3.6's grammar: no walrus, no positional-only parameters, no match, no f-string tricks."""
    import ast

    ast.parse(LAUNCH.read_text(encoding="utf-8"), feature_version=(3, 6))
    with pytest.raises(SyntaxError):
        ast.parse("(a := 1)", feature_version=(3, 6))


def test_bytecode_is_kept_apart_for_our_own_modules_alone(cache: Path) -> None:
    """What Python and the environment have compiled is used where it is, so that a first start compiles little."""
    launch("tag", "--help", RUNNER_TOOL_CACHE=str(cache))
    compiled = list(cache.joinpath("release-actions/bytecode").rglob("*.pyc"))
    assert [path for path in compiled if path.name.startswith("tagging.")]
    assert not [path for path in compiled if "site-packages" in path.parts or path.name.startswith("argparse.")]


def test_what_pip_said_is_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("no such requirement\n")
    monkeypatch.setenv("RUNNER_TOOL_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ToolError, match=r"(?s)no such requirement.*\[environment\]"):
        environments.ensure(lock)
    assert list(tmp_path.joinpath("cache/release-actions").iterdir()) == []


PROBE = """
import json, sys
print(json.dumps({"path": sys.path, "name": __name__, "arguments": sys.argv, "isolated": sys.flags.isolated, "utf8": sys.flags.utf8_mode}))
"""


def probed(folder: Path, cache: Path, *options: str, **variables: str) -> dict[str, Any]:
    """How an entry script finds itself, when the launcher is started by Python with these options."""
    for name in ("launch.py", "requirements.txt", *(f"release_actions/{part}" for part in ("__init__.py", "errors.py", "adapters"))):
        source, target = TOP / "scripts" / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, dirs_exist_ok=True) if source.is_dir() else shutil.copyfile(source, target)
    folder.joinpath("probe.py").write_text(PROBE)
    command = [sys.executable, *options, str(folder / "launch.py"), "probe", "--flag"]
    done = subprocess.run(
        command, env={**os.environ, "RUNNER_TOOL_CACHE": str(cache), **variables}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("options", [("-I", "-S", "-X", "utf8"), ("-I",), ()])
def test_an_entry_script_sees_the_locked_packages_alone(options: tuple[str, ...], cache: Path, tmp_path: Path) -> None:
    """Whatever Python it was started by, with whatever packages: here those of the tests."""
    found = probed(tmp_path, cache, *options, PYTHONPATH=str(tmp_path / "theirs"))
    packages = [path for path in found["path"] if path.endswith("-packages")]
    assert [Path(path).is_relative_to(cache / "release-actions") for path in packages] == [True]
    assert str(tmp_path / "theirs") not in found["path"]
    assert (found["path"][0], found["name"], found["isolated"], found["utf8"]) == (str(tmp_path), "__main__", 1, 1)
    assert found["arguments"] == ["probe", "--flag"]


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for an interpreter is a shell script")
def test_an_environment_of_another_layout_runs_its_own_interpreter(cache: Path, tmp_path: Path) -> None:
    probed(tmp_path / "suite", cache, "-I")
    usual = next(cache.joinpath("release-actions").glob("requirements-*"))
    other = tmp_path / "cache/release-actions" / usual.name
    other.joinpath("bin").mkdir(parents=True)
    other.joinpath("bin/python").write_text(f'#!/bin/sh\nexec "{usual}/bin/python" "$@"\n')
    other.joinpath("bin/python").chmod(0o755)
    found = probed(tmp_path / "suite", tmp_path / "cache", "-I")
    assert [Path(path).is_relative_to(usual) for path in found["path"] if path.endswith("-packages")] == [True]
    assert (found["name"], found["arguments"], found["isolated"], found["utf8"]) == ("__main__", ["probe", "--flag"], 1, 1)
