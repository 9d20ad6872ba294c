import os
import sys
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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shares the work out")
def test_many_items_are_shared_out_and_no_process_is_left(tmp_path: Path) -> None:
    def mark(item: int) -> int:
        tmp_path.joinpath(str(os.getpid())).touch()
        return item

    assert forked.mapped(MANY * 20, mark) == MANY * 20
    assert len(list(tmp_path.iterdir())) > 1
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


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
