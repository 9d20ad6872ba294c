"""Run the whole fault matrix and print its table: `python3 tests/faults/matrix.py [--only REGEX]`."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests import environment

environment.enter()

from tests.faults import cells, kills
from tests.faults.cells import Cell, Verdict
from tests.faults.rig import rig

from rehearsal import toolchains
from release_actions.domain.package import Ecosystem


def main(arguments: Sequence[str]) -> int:
    """Run all cells that are asked for; 1 when any is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a regular expression for the names of the cells")
    parser.add_argument("--at-once", type=int, default=2)
    wanted = parser.parse_args(arguments)
    chosen = [cell for cell in cells.cells() if re.search(wanted.only, str(cell))]
    variables = toolchains.provide(Ecosystem, print)
    os.environ.update(variables)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as home:
        verdicts = judged(chosen, Path(home), wanted.at_once) if chosen else []
        killings = killed(Path(home), variables) if re.search(wanted.only, "killed") else []
    print(table(chosen, verdicts))
    if killings:
        healed = len(killings) - _missed(killings)
        print(f"| all three | killed at every moment | {len(killings)} | 0 | {healed} | {_missed(killings)} |")
    verdicts += killings
    print(f"{len(verdicts)} cells in {time.monotonic() - started:.0f} s; misses: {_missed(verdicts)}")
    for verdict in verdicts:
        for miss in verdict.misses:
            print(f"MISS {verdict.cell}: {miss}")
        if not verdict.befell:
            print(f"the fault never came about: {verdict.cell}")
    return int(any(verdict.misses or not verdict.befell for verdict in verdicts))


def _missed(verdicts: Sequence[Verdict]) -> int:
    return sum(bool(verdict.misses) for verdict in verdicts)


def killed(home: Path, variables: dict[str, str]) -> list[Verdict]:
    """A publisher of all three registries, killed at each moment with its children, and at those that write without."""
    verdicts = []
    with rig(home / "killed", variables) as registries:
        seen = kills.moments(registries, variables, home / "unhurt", "unhurt")
        alone = [(moment, True) for moment in kills.writes(seen)]
        for moment, orphans in [*((moment, False) for moment in (kills.REPORTING, *range(len(seen)))), *alone]:
            mark = f"{moment + 1}{'alone' if orphans else ''}"
            verdict = kills.judge(registries, variables, home / f"killed-{mark}", mark, moment, orphans=orphans)
            verdicts.append(verdict)
            print(f"{'MISS' if verdict.misses else 'ok  '} {verdict.cell}", flush=True)
    return verdicts


def judged(chosen: Sequence[Cell], home: Path, at_once: int) -> list[Verdict]:
    """Each ecosystem's cells in one thread of its own, against registries of their own."""

    def judge_all(ecosystem: Ecosystem) -> list[Verdict]:
        own = [cell for cell in chosen if cell.ecosystem is ecosystem]
        verdicts = []
        with rig(home / ecosystem, dict(toolchains.provide([ecosystem], print)), [ecosystem]) as registries:
            for number, cell in enumerate(own):
                verdict = cells.judge(registries, cell, home / f"{ecosystem}-{number}", number)
                verdicts.append(verdict)
                print(f"{'MISS' if verdict.misses else 'ok  '} {verdict.first_code} {verdict.cell}", flush=True)
        return verdicts

    with ThreadPoolExecutor(at_once) as pool:
        return [verdict for verdicts in pool.map(judge_all, {cell.ecosystem: None for cell in chosen}) for verdict in verdicts]


def table(chosen: Sequence[Cell], verdicts: Sequence[Verdict]) -> str:
    """Per registry and operation: how many faults, how often the first run succeeded by itself, how many were missed."""
    rows: dict[tuple[str, str], Counter[str]] = {}
    for cell, verdict in zip(sorted(chosen, key=lambda cell: list(Ecosystem).index(cell.ecosystem)), verdicts, strict=True):
        row = rows.setdefault((cell.ecosystem.label, cell.operation), Counter())
        row["cells"] += 1
        row["at once"] += not verdict.first_code
        row["misses"] += bool(verdict.misses)
    lines = [
        "| registry | operation | cells | done by the first run | done by the second | misses |",
        "| --- | --- | --: | --: | --: | --: |",
    ]
    for (label, operation), row in rows.items():
        second = row["cells"] - row["at once"] - row["misses"]
        lines.append(f"| {label} | {operation} | {row['cells']} | {row['at once']} | {second} | {row['misses']} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
