"""What a rehearsal shows: steps with progress and durations, then a report. Colours and motion on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import zip_longest

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from release_actions.domain.visible import one_line
from release_actions.errors import Finding
from release_actions.runner import defuse

_WIDTH = 140
_LONGEST_LINE = 300
#: What went wrong may stand at the end of a long command.
_LONGEST_OF_ERRORS = 4000
_TITLE = 13
_RAN = "Installed and run"


@dataclass
class Step:
    """A step under way. `told` is what it came to, shown when it is done; it may have `failed` and still be followed by others."""

    console: Console
    status: Status | None
    title: str
    told: list[str] = field(default_factory=list)
    failed: bool = False

    def say(self, line: str) -> None:
        """Show what happens now: in the place of the line before on a terminal, else as a line of its own."""
        if self.status:
            room = self.console.width - len(self.title) - 6
            self.status.update(_text(f"{self.title}: {line if len(line) <= room else f'{line[:room]}…'}"))
        else:
            self.console.print(_text(f"    {line}"))

    def note(self, line: str) -> None:
        """Say something that stays to be seen."""
        self.console.print(_text(f"    {line}"))

    def tell(self, line: str) -> None:
        """Say what the step came to."""
        self.told.append(line)


@dataclass(frozen=True)
class Row:
    """A package in the report; `seconds` is how long installing and running took."""

    name: str
    registry: str
    version: str
    published: str
    ran: str
    seconds: float | None
    again: str


class Terminal:
    """Where the rehearsal is shown."""

    def __init__(self) -> None:
        interactive = sys.stdout.isatty()
        self._console = Console(
            highlight=False, markup=False, emoji=False, width=None if interactive else _WIDTH, soft_wrap=not interactive
        )
        self._errors = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def say(self, line: str, style: str = "") -> None:
        """Print a line."""
        self._console.print(_text(line, style))

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Show a step while it is under way, and how it ended."""
        started = time.monotonic()
        step = Step(self._console, None, title)
        try:
            if self._console.is_terminal:
                with self._console.status(_text(f"{title}…")) as step.status:
                    yield step
            else:
                self._console.print(_text(f"… {title}"))
                yield step
        except BaseException:
            step.failed = True
            raise
        finally:
            self._end(step, started)

    def report(self, rows: Sequence[Row]) -> None:
        """Show the packages as a table."""
        table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
        for heading in ("Package", "Registry", "Version", "Published", _RAN, "Took", "Second run"):
            table.add_column(heading, justify="right" if heading == "Took" else "left", overflow="fold", no_wrap=heading != _RAN)
        for row in rows:
            cells = (row.name, row.registry, row.version, row.published, row.ran, _seconds(row.seconds), row.again)
            table.add_row(*(_cell(cell) for cell in cells))
        self._console.print()
        self._console.print(table, soft_wrap=False)
        self._console.print()

    def findings(self, findings: Iterable[Finding], kind: str = "error") -> None:
        """Show what is wrong and what to do, on the error stream; what several have as their remedy is said once."""
        findings = list(findings)
        for finding, following in zip_longest(findings, findings[1:]):
            where = f"{finding.place}: " if finding.place else ""
            label = (f"{kind}: ", "bold red" if kind == "error" else "yellow")
            self._errors.print(Text.assemble(label, _text(f"{where}{finding.what.strip()}", longest=_LONGEST_OF_ERRORS)))
            if following is None or (following.remedy, following.rule) != (finding.remedy, finding.rule):
                self._errors.print(_text(f"  → {finding.remedy} [{finding.rule}]", "cyan", _LONGEST_OF_ERRORS))

    def defect(self, trace: str) -> None:
        """Show that the suite itself is at fault."""
        self._errors.print(_text(trace, longest=_LONGEST_OF_ERRORS))
        self._errors.print(_text("error: release-actions failed by a fault of its own. Please report it with the trace above.", "bold red"))

    def _end(self, step: Step, started: float) -> None:
        mark = Text("✗", "bold red") if step.failed else Text("✓", "green")
        told = step.told or ["failed" if step.failed else "done"]
        line = Table.grid(padding=(0, 2, 0, 0))
        line.add_column(width=1)
        line.add_column(width=_TITLE)
        line.add_column(width=7, justify="right")
        line.add_column(overflow="fold")
        line.add_row(mark, Text(step.title, "bold"), Text(_seconds(time.monotonic() - started), "dim"), _text("\n".join(told)))
        self._console.print(line, soft_wrap=False)


def _text(words: str, style: str = "", longest: int = _LONGEST_LINE) -> Text:
    """`words` as they are, but for what would steer a terminal or a workflow's runner, and for the ends of very long lines."""
    return Text("\n".join(one_line(line, longest) if len(line) > longest else line for line in defuse(words).split("\n")), style=style)


def _cell(words: str) -> Text:
    style = {"✓": "green", "✗": "bold red", "=": "cyan"}.get(words[:1], "")
    return _text(words, style)


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
