"""Each test that wants its work shared out runs in a process of its own: a thread that another test left would forbid it here."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from release_actions.adapters import forked

MANY = list(range(1000))
TWENTY_THOUSAND = list(range(20_000))
ON_FOUR_PROCESSORS = "import os; os.sched_getaffinity = lambda _: set(range(4)); from tests.unit.adapters.test_forked import {0}; {0}()"

only_linux_shares = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares the work out")


def alone(scene: Callable[[], None], folder: Path) -> None:
    """Run a function of this module in a Python that has one thread and four processors, in `folder`."""
    root = Path(__file__).parents[3]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(root / "scripts"), str(root)])}
    command = [sys.executable, "-c", ON_FOUR_PROCESSORS.format(scene.__name__)]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def of_another_process() -> bool:
    """Whether another process than this one works here; the first of each waits for a second one, which a busy machine starts late."""
    own = Path(str(os.getpid()))
    until = 0 if own.exists() else time.monotonic() + 60
    own.touch()
    while time.monotonic() < until and len(list(Path().iterdir())) < 2:
        time.sleep(0.01)
    return os.getpid() != int(os.environ["MAIN_PROCESS"])


@pytest.mark.parametrize("count", [0, 1, 200, 201, 1000, 40_000])
def test_results_are_in_the_order_of_the_items(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    assert forked.mapped(list(range(count)), str) == [str(number) for number in range(count)]
    assert forked.mapped(list(range(count)), str, lambda number: number % 7) == [str(number) for number in range(count)]


def heaviest_first() -> None:
    """Of the two heaviest, which one process takes together, the heavier one comes last in the list."""
    done = forked.mapped(MANY, lambda _: time.monotonic_ns(), lambda number: number)
    assert done[-1] < done[-2]


@only_linux_shares
def test_the_heaviest_items_are_done_first(tmp_path: Path) -> None:
    alone(heaviest_first, tmp_path)


def shared_out() -> None:
    os.environ["MAIN_PROCESS"] = str(os.getpid())
    elsewhere = forked.mapped(TWENTY_THOUSAND, lambda _: of_another_process())
    assert set(elsewhere) == {True, False}
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@only_linux_shares
def test_many_items_are_shared_out_and_no_process_is_left(tmp_path: Path) -> None:
    alone(shared_out, tmp_path)


def failed_elsewhere() -> None:
    os.environ["MAIN_PROCESS"] = str(os.getpid())

    def only_here(item: int) -> int:
        if of_another_process():
            os._exit(3)
        return item

    assert forked.mapped(MANY, only_here) == MANY
    assert len(list(Path().iterdir())) > 1


@only_linux_shares
def test_what_a_failed_process_leaves_out_is_done_here(tmp_path: Path) -> None:
    alone(failed_elsewhere, tmp_path)


def no_more_processes() -> None:
    asked = []

    def none_left() -> int:
        asked.append("fork")
        raise BlockingIOError(11, "Resource temporarily unavailable")

    os.fork = none_left
    assert forked.mapped(MANY, str) == [str(number) for number in MANY]
    assert asked


@only_linux_shares
def test_without_more_processes_all_is_done_here(tmp_path: Path) -> None:
    alone(no_more_processes, tmp_path)


def failing_everywhere() -> None:
    def fail(item: int) -> int:
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"\d"):
        forked.mapped(MANY, fail)


@only_linux_shares
def test_what_fails_everywhere_is_raised(tmp_path: Path) -> None:
    alone(failing_everywhere, tmp_path)


def not_picklable() -> None:
    os.environ["MAIN_PROCESS"] = str(os.getpid())

    def later(item: int) -> Callable[[], int]:
        of_another_process()
        return lambda: item

    assert [one() for one in forked.mapped(MANY, later)] == MANY
    assert len(list(Path().iterdir())) > 1


@only_linux_shares
def test_results_that_cannot_be_handed_over_are_made_here(tmp_path: Path) -> None:
    alone(not_picklable, tmp_path)
