"""A child process that is asked many things at once, one line each, and answers each with a line."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from pathlib import Path
from typing import Any

from release_actions.adapters import process
from release_actions.domain import strict_json
from release_actions.errors import ToolError


class Session:
    """The child, from its first line, which answers the request 0, until this process ends or it takes too long.

    It is expected to end when its input does, so that it never outlives whoever asks.
    """

    def __init__(self, command: Sequence[str | Path], *, folder: Path, keep: Sequence[str], timeout: float) -> None:
        self._name = Path(command[0]).name
        self._timeout = timeout
        ready: Future[Mapping[str, Any]] = Future()
        self._waiting = {0: ready}
        self._lock = threading.Lock()
        self._count = 0
        try:
            self._child = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=process.environment(keep),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolError("tool-missing", f"`{self._name}` can't be started: {error}.", "Put it on the PATH.") from None
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self._answer(ready)
        except ToolError:
            self.end()
            raise

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The child's answer to `request`.

        Raises:
            ToolError: it took too long (`tool-timeout`), or the child has ended (`tool-failed`).
        """
        future: Future[Mapping[str, Any]] = Future()
        with self._lock:
            self._count += 1
            self._waiting[self._count] = future
            line = json.dumps({"id": self._count, **request}) + "\n"
            try:
                assert self._child.stdin  # noqa: S101 - it is a pipe
                self._child.stdin.write(line.encode())
                self._child.stdin.flush()
            except OSError:
                raise self._ended() from None
        return self._answer(future)

    def end(self) -> None:
        """End the child."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            with suppress(OSError):
                assert pipe  # noqa: S101 - it is a pipe
                pipe.close()

    def _answer(self, future: Future[Mapping[str, Any]]) -> Mapping[str, Any]:
        try:
            return future.result(self._timeout)
        except FutureTimeoutError:
            raise ToolError("tool-timeout", f"`{self._name}` took more than {self._timeout:g} seconds.", "Run again.") from None

    def _read(self) -> None:
        assert self._child.stdout  # noqa: S101 - it is a pipe
        with suppress(ValueError, LookupError, TypeError):
            for line in self._child.stdout:
                answer = strict_json.loads(line)
                self._waiting.pop(answer["id"]).set_result(answer)  # also of those who wait no more
        self._child.wait()
        with self._lock:
            for future in self._waiting.values():
                future.set_exception(self._ended())
            self._waiting.clear()

    def _ended(self) -> ToolError:
        return ToolError("tool-failed", f"`{self._name}` ended with exit code {self._child.poll()}.", "Run again.")
