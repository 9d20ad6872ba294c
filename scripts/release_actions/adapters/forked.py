"""One function of many items, by as many processes as there are processors to run them."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

#: So few items are done sooner than another process starts.
_FEW = 200
_MOST_PROCESSES = 4
_SMALLEST_SHARE = 16
#: The numbers of all shares have to fit into a pipe at once.
_MOST_SHARES = 2000
_NUMBER = 2


def mapped(items: Sequence[_Item], use: Callable[[_Item], _Result], weigh: Callable[[_Item], int] = lambda _: 0) -> list[_Result]:
    """`use` of each item, in their order. It must change nothing, and its results must be picklable.

    Where they are shared out, the heaviest go first, so that no process is left alone with one of them at the end.
    What a process that failed leaves out is done again here, where it can raise.
    """
    count = _processes() if len(items) > _FEW else 1
    if count == 1:
        return [use(item) for item in items]
    size = max(_SMALLEST_SHARE, -(-len(items) // _MOST_SHARES))
    order = sorted(range(len(items)), key=lambda index: weigh(items[index]), reverse=True)
    shares = [[items[index] for index in order[start : start + size]] for start in range(0, len(items), size)]
    queue = _queue(len(shares))
    children: list[_Child] = []
    try:
        with contextlib.suppress(OSError):  # no more processes are to be had
            for _ in range(count - 1):
                children.append(_Child.forked(lambda: _worked(queue, shares, use)))
        done = dict(_worked(queue, shares, use))
        for child in children:
            done.update(child.results())
    finally:
        os.close(queue)
        for child in children:
            child.end()
    results = (result for number, share in enumerate(shares) for result in (done[number] if number in done else map(use, share)))
    found = dict(zip(order, results, strict=True))
    return [found[index] for index in range(len(items))]


def _processes() -> int:
    # A fork copies only this thread; on other systems their own libraries do not bear it, or there is none.
    if sys.platform != "linux" or threading.active_count() > 1:
        return 1
    return min(_MOST_PROCESSES, len(os.sched_getaffinity(0)))


def _queue(count: int) -> int:
    """A pipe that holds the numbers below `count`; whoever reads one has it alone."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(number.to_bytes(_NUMBER, "big") for number in range(count)))
    os.close(writing)
    return reading


def _worked(queue: int, shares: Sequence[Sequence[Any]], use: Callable[[Any], Any]) -> Iterator[tuple[int, list[Any]]]:
    """One share after another that nobody else has taken: its number, and its results."""
    while taken := os.read(queue, _NUMBER):
        number = int.from_bytes(taken, "big")
        yield number, [use(item) for item in shares[number]]


@dataclass(frozen=True)
class _Child:
    """A process, and the pipe that its results come from."""

    process: int
    pipe: int

    @classmethod
    def forked(cls, work: Callable[[], Iterator[tuple[int, list[Any]]]]) -> _Child:
        """Start `work` in a process of its own, which ends without any of this one's cleaning up."""
        reading, writing = os.pipe()
        process = os.fork()
        if process:
            os.close(writing)
            return cls(process, reading)
        with contextlib.suppress(BaseException):
            # Packed share by share, while the others still work. Nobody reads them before that, and a pipe holds few.
            packed = [pickle.dumps(share, pickle.HIGHEST_PROTOCOL) for share in work()]
            with open(writing, "wb") as file:  # noqa: PTH123 - a handle is no path
                file.writelines(packed)
            os._exit(0)
        os._exit(1)

    def results(self) -> Iterator[tuple[int, list[Any]]]:
        """The shares that it did, but for what a failure cut off."""
        with open(self.pipe, "rb", closefd=False) as file, contextlib.suppress(EOFError, pickle.UnpicklingError):
            while True:
                yield pickle.load(file)  # noqa: S301 - from this very program

    def end(self) -> None:
        """See that it is gone."""
        os.close(self.pipe)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
