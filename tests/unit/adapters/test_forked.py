import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from release_actions.adapters import forked

MANY = list(range(1000))


@pytest.fixture(autouse=True)
def _processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine with four, whatever this one has."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)


@pytest.mark.parametrize("count", [0, 1, 200, 201, 1000, 40_000])
def test_results_are_in_the_order_of_the_items(count: int) -> None:
    assert forked.mapped(list(range(count)), str) == [str(number) for number in range(count)]
    assert forked.mapped(list(range(count)), str, lambda number: number % 7) == [str(number) for number in range(count)]


def test_the_heaviest_items_are_done_first() -> None:
    """Of the two heaviest, which one process takes together, the heavier one comes last in the list."""
    done = forked.mapped(MANY, lambda _: time.monotonic_ns(), lambda number: number)
    assert done[-1] < done[-2]


SHARED_OUT = """
import os, sys, time
from pathlib import Path
from release_actions.adapters import forked

folder, many = Path(sys.argv[1]), list(range(20_000))
os.sched_getaffinity = lambda _: set(range(4))


def mark(item):
    own = folder / str(os.getpid())
    until = 0 if own.exists() else time.monotonic() + 60  # a busy machine starts the others late
    own.touch()
    while time.monotonic() < until and len(list(folder.iterdir())) < 2:
        time.sleep(0.01)
    return item


assert forked.mapped(many, mark) == many
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none is left")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares the work out")
def test_many_items_are_shared_out_and_no_process_is_left(tmp_path: Path) -> None:
    """In a process of its own: where other tests have left a thread, nothing is shared out."""
    environment = os.environ | {"PYTHONPATH": str(Path(forked.__file__).parents[2])}
    command = [sys.executable, "-c", SHARED_OUT, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "none is left\n"), done.stderr
    assert len(list(tmp_path.iterdir())) > 1


def test_what_a_failed_process_leaves_out_is_done_here() -> None:
    here = os.getpid()

    def only_here(item: int) -> int:
        if os.getpid() != here:
            os._exit(3)
        return item

    assert forked.mapped(MANY, only_here) == MANY


def test_without_more_processes_all_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", none_left, raising=False)
    assert forked.mapped(MANY, str) == [str(number) for number in MANY]


def test_what_fails_everywhere_is_raised() -> None:
    def fail(item: int) -> int:
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"\d"):
        forked.mapped(MANY, fail)


def test_results_that_cannot_be_handed_over_are_made_here() -> None:
    def later(item: int) -> Callable[[], int]:
        return lambda: item

    assert [one() for one in forked.mapped(MANY, later)] == MANY
