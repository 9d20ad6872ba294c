import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from release_actions.adapters import process
from release_actions.errors import ToolError


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_output_is_captured() -> None:
    result = process.run(python("import sys; print(input()); print('bad', file=sys.stderr)"), text="hello\n")
    assert (result.code, result.stdout, result.stderr, result.output) == (0, "hello\n", "bad\n", "hello\nbad")


def test_a_child_sees_no_secret_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "NODE_AUTH_TOKEN", "INPUTS", "npm_config_registry"):
        monkeypatch.setenv(name, "canary")
    code = "import os; print(sorted(name for name, value in os.environ.items() if value == 'canary'))"
    assert process.run(python(code)).stdout == "[]\n"
    assert process.run(python(code), keep=("npm_config_registry",)).stdout == "['npm_config_registry']\n"
    assert process.run(python(code), added={"UV_PUBLISH_TOKEN": "canary"}).stdout == "['UV_PUBLISH_TOKEN']\n"


def test_a_failure_shows_the_end_of_the_output() -> None:
    with pytest.raises(ToolError, match=r"(?s)failed with exit code 3:.*the reason") as caught:
        process.run(python("print('x' * 9000); print('the reason'); raise SystemExit(3)"))
    assert caught.value.findings[0].rule == "tool-failed"
    assert len(str(caught.value)) < 5000
    assert process.run(python("raise SystemExit(3)"), check=False).code == 3


def test_a_long_command_is_shown_to_be_cut_and_its_exit_code_stays() -> None:
    with pytest.raises(ToolError, match=r"(?s)xxx…` failed with exit code 3:") as caught:
        process.run([*python("raise SystemExit(3)"), "x" * 1000])
    assert len(caught.value.findings[0].what) < 400


def test_a_missing_tool_is_named() -> None:
    with pytest.raises(ToolError, match="`no-such-tool` can't be started"):
        process.run(["no-such-tool"])
    with pytest.raises(ToolError, match=r"`no-such-tool` is not on the PATH\. Get it\."):
        process.find("no-such-tool", "Get it.")


@pytest.mark.skipif(os.name == "nt", reason="process groups are POSIX's")
def test_a_child_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    written = tmp_path / "pid"
    code = (
        "import subprocess, sys, time; child = subprocess.Popen(['sleep', '60']);"
        f"open({str(written)!r}, 'w').write(str(child.pid)); time.sleep(60)"
    )
    with pytest.raises(ToolError, match="took more than 2 seconds"):
        process.run(python(code), timeout=2)
    for _ in range(100):
        try:
            os.kill(int(written.read_text()), 0)
        except ProcessLookupError:
            break
        state = Path(f"/proc/{written.read_text()}/stat")
        if state.exists() and ") Z " in state.read_text():
            break
        time.sleep(0.05)
    else:
        os.kill(int(written.read_text()), signal.SIGKILL)
        pytest.fail("the grandchild lives on")


def test_all_children_can_be_ended_at_once_and_then_none_is_started() -> None:
    code = (
        "import sys, threading, time; sys.path.insert(0, 'scripts')\n"
        "from release_actions.adapters import process\n"
        "from release_actions.errors import ToolError\n"
        "codes = []\n"
        "wait = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
        "thread = threading.Thread(target=lambda: codes.append(process.run(wait, timeout=120, check=False).code))\n"
        "thread.start()\n"
        "while not process._running: time.sleep(0.01)\n"
        "process.end_all(); thread.join(); print(codes)\n"
        "try: process.run(wait)\n"
        "except ToolError as error: print(error.findings[0].rule)\n"
    )
    assert process.run(python(code), timeout=50).stdout.split() == ["[-9]", "interrupted"]


def test_nothing_is_started_once_all_was_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_ended", threading.Event())
    monkeypatch.setattr(process, "_running", set())
    process.end_all()
    with pytest.raises(ToolError, match=r"was not started.*\[interrupted\]"):
        process.run(python("pass"))
