"""What counts as a failure of a reader: any exception but the project's own, too much time, too much memory, a broken law."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from release_actions.domain.report import Bullets, Report, markdown, text
from release_actions.errors import Finding, ReleaseError

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
#: Seconds of this process's own time for one input.
PATIENCE = 1.0
#: A message is for a person; what it quotes of its input is shortened.
LONGEST_MESSAGE = 8_000


@dataclass(frozen=True)
class Target:
    """A reader with the laws that it keeps. `seeds` are real inputs; `check` raises whatever is wrong with `data`."""

    name: str
    check: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Failure:
    """What is wrong, and where; two inputs with one `place` show the same fault."""

    place: str
    words: str


class SlowError(BaseException):
    """The reader takes too long; no reader may catch this."""


def failure(target: Target, data: bytes) -> Failure | None:
    """What is wrong with how `target` takes `data`."""
    previous = signal.signal(signal.SIGVTALRM, _slow)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        target.check(data)
    except ReleaseError as error:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return _unfit(error.findings)
    except (Exception, SlowError) as error:  # noqa: BLE001 - every one of them is what is looked for
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return Failure(_place(error), traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)
    return None


def _slow(number: int, frame: FrameType | None) -> None:
    raise SlowError(f"more than {PATIENCE:g} s")


def _place(error: BaseException) -> str:
    """The kind of the error and the innermost line of the suite that it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    inner = [frame for frame in frames if Path(frame.filename).is_relative_to(SCRIPTS)] or frames[-1:]
    return f"{type(error).__name__} at {Path(inner[-1].filename).name}:{inner[-1].lineno}"


def _unfit(findings: Iterable[Finding]) -> Failure | None:
    """Whether a refusal can't be shown to a person as it is."""
    for finding in findings:
        if not (finding.rule and finding.what and finding.remedy):
            return Failure(f"[{finding.rule}] says too little", repr(finding))
        length = len(finding.what) + len(finding.remedy)
        if length > LONGEST_MESSAGE:
            return Failure(f"[{finding.rule}] quotes too much", f"{length} characters: {str(finding)[:500]}")
        report = Report(finding.rule, (Bullets((str(finding),)),))
        try:
            (markdown(report) + text(report)).encode()
        except UnicodeEncodeError as error:
            return Failure(f"[{finding.rule}] can't be written down", f"{error}: {finding!r}")
    return None
