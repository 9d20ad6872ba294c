"""Child processes: with a timeout, an environment of only what they need, and their output captured."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path

from release_actions.domain.visible import one_line
from release_actions.errors import ToolError

#: What any tool may need to run and to reach the network. No name here may hold a secret.
_BASE = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TEMP", "TMP", "LANG", "LC_*", "TZ", "XDG_*"),
    *("SystemRoot", "SYSTEMROOT", "ComSpec", "COMSPEC", "PATHEXT", "ProgramData", "ProgramFiles*"),
    *("USERPROFILE", "APPDATA", "LOCALAPPDATA"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
)
_LONGEST_OUTPUT = 4000
#: The children that run now. Each has a session of its own, so that a terminal's Ctrl-C does not reach them.
_running: set[subprocess.Popen[bytes]] = set()
_ended = threading.Event()


@dataclass(frozen=True)
class Result:
    """How a child ended: its exit code, its two streams as text, and the first one's bytes."""

    code: int
    stdout: str
    stderr: str
    data: bytes = b""

    @property
    def output(self) -> str:
        """Both streams, the errors last."""
        return "\n".join(part for part in (self.stdout.strip(), self.stderr.strip()) if part)


def environment(keep: Sequence[str] = (), added: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's variables that fit the base list or a shell-style pattern in `keep`, and `added`."""
    fits = _fitting((*_BASE, *keep))
    return {name: value for name, value in os.environ.items() if fits.match(name)} | dict(added or {})


@cache
def _fitting(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """What fits one of the shell-style patterns."""
    return re.compile("|".join(map(translate, patterns)))


def find(tool: str, remedy: str) -> str:
    """The tool's path. Raises ToolError (rule `tool-missing`) with `remedy` when it is not on the PATH."""
    path = shutil.which(tool)
    if path is None:
        raise ToolError("tool-missing", f"`{tool}` is not on the PATH.", remedy)
    return path


def run(
    command: Sequence[str | Path],
    *,
    folder: Path | None = None,
    keep: Sequence[str] = (),
    added: Mapping[str, str] | None = None,
    timeout: float = 60,
    check: bool = True,
    text: str | bytes = "",
    umask: int = -1,
) -> Result:
    """Run `command` in `folder` with `text` as its input; secrets go into `added`, never into `command`.

    `umask` is that of the child, where the system has one; -1 leaves this process's.

    Raises:
        ToolError: it can't be started (`tool-missing`), took more than `timeout` seconds (`tool-timeout`), or, with
            `check`, did not exit with 0 (`tool-failed`); or all children were ended (`interrupted`).
    """
    words = [os.fspath(word) for word in command]
    name = Path(words[0]).name
    if _ended.is_set():
        raise ToolError("interrupted", f"`{name}` was not started.", "Run again.")
    try:
        child = subprocess.Popen(
            words,
            cwd=folder,
            env=environment(keep, added),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            umask=umask if os.name == "posix" else -1,
        )
    except OSError as error:
        raise ToolError("tool-missing", f"`{name}` can't be started: {error}.", f"Install `{name}` and put it on the PATH.") from None
    _running.add(child)
    try:
        stdout, stderr = child.communicate(text.encode() if isinstance(text, str) else text, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise ToolError(
            "tool-timeout", f"`{_shown(words)}` took more than {timeout:g} seconds.", "Run it by hand to see what it waits for."
        ) from None
    finally:
        _running.discard(child)
        if child.poll() is None:
            _kill(child)
    result = Result(child.returncode, stdout.decode(errors="replace"), stderr.decode(errors="replace"), stdout)
    if check and result.code != 0:
        raise ToolError(
            "tool-failed",
            f"`{_shown(words)}` failed with exit code {result.code}:\n{result.output[-_LONGEST_OUTPUT:]}\n",
            f"Run it by hand in `{folder or '.'}` to see it fail.",
        )
    return result


def _shown(words: Sequence[str]) -> str:
    return one_line(" ".join((Path(words[0]).name, *words[1:])), 300)


def end_all() -> None:
    """End all children, of whatever thread, and start no more: for when this process itself is asked to end."""
    _ended.set()
    for child in list(_running):
        with contextlib.suppress(ProcessLookupError):
            _signal(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started."""
    _signal(child)
    child.communicate()


def _signal(child: subprocess.Popen[bytes]) -> None:
    if os.name == "nt":
        child.kill()
    else:
        os.killpg(child.pid, signal.SIGKILL)
