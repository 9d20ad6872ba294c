"""How long others are waited for, and how often they are asked again."""

from __future__ import annotations

from dataclasses import dataclass

#: The longest pause before something is tried again, whatever a registry wishes; in seconds.
LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Patience:
    """Seconds for which a registry may be silent, seconds for one upload, and how often what failed is tried again.

    Without arguments: as the actions have it by default.
    """

    timeout: float = 60
    upload_timeout: float = 900
    retries: int = 3

    @property
    def tries(self) -> int:
        """How often something is tried at all."""
        return self.retries + 1


def pause(attempt: int) -> float:
    """How many seconds to wait after the `attempt`-th try, the first of which is 1, when nobody says."""
    return min(2.0 ** (attempt - 1), LONGEST_PAUSE)
