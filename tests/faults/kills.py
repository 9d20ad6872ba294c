"""The publisher as a process of its own, killed at any moment: before, in the midst of and after each of its requests."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import cells
from tests.faults.cells import Verdict
from tests.faults.proxy import Request, When
from tests.faults.rig import Rig, release

from release_actions.domain.release import Release
from release_actions.domain.report import Outcome, Report

TOP = Path(__file__).resolve().parents[2]
_AMBIENT = ("npm_config", "UV_", "NUGET", "XDG_", "GITHUB_", "RUNNER_", "INPUTS", "ACTIONS_")
_WRITES = frozenset({"upload", "symbols", "pointer"})
#: The moment when all is done, and the report is being written.
REPORTING = -1


@dataclass
class Executioner:
    """Kills the publisher at the `moment`-th thing that the proxies see, counted from 0.

    `orphans` leaves its children alive: the client that uploads just now goes on, and nobody listens to it.
    """

    moment: int | None = None
    orphans: bool = False
    child: subprocess.Popen[bytes] | None = None
    seen: list[tuple[Request, When]] = field(default_factory=list)
    killed: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def watch(self, request: Request, when: When) -> bool:
        """Whether this is the end for the request, since nobody waits for it any more."""
        with self._lock:
            if self.killed.is_set():
                return not self.orphans
            self.seen.append((request, when))
            if self.moment is None or len(self.seen) <= self.moment:
                return False
            self.kill()
            return not self.orphans

    def kill(self) -> None:
        """End the publisher, with no chance to clean up."""
        assert self.child
        for pid in (self.child.pid, *(() if self.orphans else _descendants(self.child.pid))):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.killed.set()


def _descendants(pid: int) -> list[int]:
    try:
        children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return children + [grandchild for child in children for grandchild in _descendants(child)]


def judge(rig: Rig, toolchains: Mapping[str, str], home: Path, mark: object, moment: int, *, orphans: bool = False) -> Verdict:
    """Kill the publisher at this moment, run it again, and say everything that is not as it must be."""
    made, executioner = _prepared(rig, home, mark), Executioner(moment, orphans)
    first = _run(rig, toolchains, home, executioner)
    at = "the report" if moment == REPORTING else "the end"
    if moment != REPORTING and len(executioner.seen) > moment:
        request, when = executioner.seen[moment]
        at = f"{when} {request.operation} {request.method} {request.path}"
    misses = [] if first == -signal.SIGKILL else [f"first run: exit code {first}"]
    misses += [f"second run: {miss}" for miss in _second(rig, toolchains, home, made)]
    return Verdict(f"killed{' alone' if orphans else ''} at {at}", executioner.killed.is_set(), first, tuple(misses))


def moments(rig: Rig, toolchains: Mapping[str, str], home: Path, mark: object) -> list[tuple[Request, When]]:
    """All that the proxies see of a publish that nobody kills."""
    _prepared(rig, home, mark)
    executioner = Executioner()
    code = _run(rig, toolchains, home, executioner)
    assert code == 0, (home / "log").read_text()
    return executioner.seen


def writes(seen: list[tuple[Request, When]]) -> list[int]:
    """The moments at which something is written."""
    return [number for number, (request, _) in enumerate(seen) if request.operation in _WRITES]


def _prepared(rig: Rig, home: Path, mark: object) -> Release:
    (home / "top").mkdir(parents=True)
    made = release(home / "built", list(rig.proxies), mark)
    rig.hold_before(made, "1.2.2")
    return made


def _second(rig: Rig, toolchains: Mapping[str, str], home: Path, made: Release) -> Iterator[str]:
    code = _run(rig, toolchains, home, Executioner())
    if code != 0:
        yield f"exit code {code}: {(home / 'log').read_text()[-2000:]}"
        yield from cells.not_there(rig, made, home / "built")
        return
    outputs = _outputs((home / "output").read_text())
    yield from cells.told_wrongly(Outcome(Report(""), outputs, ()), rig, made, home / "built")
    third = _run(rig, toolchains, home, Executioner())
    if third != 0 or _outputs((home / "output").read_text())["plan"] != "[]":
        yield f"third run: exit code {third}, plan {_outputs((home / 'output').read_text())['plan']}"


def _outputs(text: str) -> dict[str, str]:
    """What a step wrote to GITHUB_OUTPUT."""
    outputs, lines = {}, iter(text.splitlines())
    for line in lines:
        name, _, fence = line.partition("<<")
        value = []
        while (part := next(lines)) != fence:
            value.append(part)
        outputs[name] = "\n".join(value)
    return outputs


def _run(rig: Rig, toolchains: Mapping[str, str], home: Path, executioner: Executioner) -> int:
    """Run the action's entry script; its exit code, negative when a signal ended it."""
    inputs = rig.inputs() | {"folder": str(home / "built"), "only": ",".join(rig.proxies), "dry-run": "false", "wait": "60"}
    inputs |= {"symbols": "auto", "npm-latest": "last", "trusted-publishing": "never", "provenance": "auto"}
    inputs |= {"strict": "false", "timeout": "60", "upload-timeout": "900", "retries": "3"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_AMBIENT)}
    environment |= {**toolchains, "HOME": str(home), "GITHUB_ACTIONS": "true", "INPUTS": json.dumps(inputs)}
    environment |= {"GITHUB_OUTPUT": str(home / "output"), "GITHUB_STEP_SUMMARY": str(home / "summary")}
    for name in ("output", "summary"):
        home.joinpath(name).unlink(missing_ok=True)
        home.joinpath(name).touch()
    command = [sys.executable, "-I", str(TOP / "scripts" / "launch.py"), "--inside", "publish"]
    with _reporting(home / "output", executioner), (home / "log").open("wb") as log:
        for proxy in rig.proxies.values():
            proxy.watch = executioner.watch
        executioner.child = subprocess.Popen(
            command, cwd=home / "top", env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            return executioner.child.wait(180)
        finally:
            executioner.child.kill()
            executioner.child.wait()


@contextmanager
def _reporting(output: Path, executioner: Executioner) -> Iterator[None]:
    """Kill at the first word of the outputs, if that is the moment: nobody else reads them then."""
    if executioner.moment != REPORTING:
        yield
        return
    executioner.moment = None
    output.unlink()
    os.mkfifo(output)
    reader = os.open(output, os.O_RDONLY | os.O_NONBLOCK)

    def wait() -> None:
        if select.select([reader], [], [], 180)[0]:
            executioner.kill()

    thread = threading.Thread(target=wait)
    thread.start()
    try:
        yield
    finally:
        thread.join()
        os.close(reader)
