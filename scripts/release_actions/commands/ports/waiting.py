"""Time, and whoever waits."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Time, so that waiting can be tested without waiting."""

    def now(self) -> float:
        """Seconds that only ever grow."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Progress(Protocol):
    """Words for the person who waits, printed at once and defused."""

    def __call__(self, line: str, /) -> None:
        """Say what happens now."""
