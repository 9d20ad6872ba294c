"""The cells of the fault matrix: a release is published under one fault, then again without it, and both are judged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.fakes import Said
from tests.faults.proxy import Fault, Kind, When
from tests.faults.rig import Hurried, Rig, Truth, operations, release

from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.registries.configured import registries
from release_actions.commands import publish
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.plan import Symbols
from release_actions.domain.release import BuiltPackage, Release
from release_actions.domain.report import Outcome

STATUSES = (408, 409, 413, 425, 429, 500, 502, 503, 504)
ONCE, ALWAYS = 1, 1_000_000
#: Under a fault nobody waits long for an answer; afterwards as long as users do.
IMPATIENT, PATIENT = Patience(timeout=1.5, upload_timeout=6, retries=2), Patience()
#: What a run that can't be asked anything says of a package.
_UNSAID = {"", "—"}
_THERE = ("published", "already there")


@dataclass(frozen=True)
class Cell:
    """One fault on one operation of one registry, once or for the whole of the first run."""

    ecosystem: Ecosystem
    operation: str
    fault: Fault
    times: int

    @property
    def is_unknowable(self) -> bool:
        """Whether the feed says that it took symbols, or has them, and hasn't: nobody can be asked, so the user must tell."""
        claims = self.fault.kind is Kind.LIE or self.fault.status == 409
        return self.operation == "symbols" and claims and self.fault.when is When.BEFORE

    def __str__(self) -> str:
        return f"{self.ecosystem.label}, {self.operation}: {self.fault}, {'once' if self.times == ONCE else 'always'}"


def faults(operation: str) -> tuple[Fault, ...]:
    """All that can befall an operation."""
    statuses = [Fault(Kind.STATUS, status=status) for status in STATUSES]
    limits = [Fault(Kind.STATUS, status=status, retry_after=seconds) for status in (429, 503) for seconds in (1, 3600)]
    both = [Fault(kind, when) for kind in (Kind.CUT, Kind.HANG) for when in When]
    short = [Fault(kind, When.AFTER) for kind in (Kind.SHORT, Kind.HALF)]
    if operation not in {"upload", "symbols", "pointer"}:
        lies = [Fault(Kind.LIE, status=200), Fault(Kind.STATUS, status=404)]
        return (*statuses, *limits, *(fault for fault in both if fault.when is When.BEFORE), *short, *lies)
    late = [Fault(Kind.STATUS, When.AFTER, status) for status in (409, 500, 503)]
    lies = [Fault(Kind.LIE, status=status) for status in (200, 201)]
    return (*statuses, *limits, *both, *short, *late, *lies, Fault(Kind.CUT_MIDWAY))


def cells() -> Iterator[Cell]:
    """Every registry × operation × fault × how often."""
    for ecosystem in Ecosystem:
        for operation in operations(ecosystem):
            for fault in faults(operation):
                for times in (ONCE, ALWAYS):
                    yield Cell(ecosystem, operation, fault, times)


@dataclass(frozen=True)
class Verdict:
    """How a cell ended: whether the fault came about at all, the first run's exit code, and everything that was wrong."""

    cell: str
    befell: bool
    first_code: int
    misses: tuple[str, ...]


def judge(rig: Rig, cell: Cell, home: Path, mark: object) -> Verdict:
    """Publish under the fault, then without it, and say everything that is not as it must be."""
    built, top = home / "built", home / "top"
    made = release(built, [cell.ecosystem], mark)
    top.mkdir(exist_ok=True)
    if cell.operation == "pointer":
        rig.hold_before(made, "1.2.2")
    proxy = rig.proxies[cell.ecosystem]
    proxy.suffered.clear()
    proxy.befall(cell.operation, cell.fault, cell.times)
    first = run(rig, built, top, patience=IMPATIENT)
    befell = bool(proxy.suffered)
    rig.heal()
    misses = [] if cell.is_unknowable else [f"first run: {miss}" for miss in told_wrongly(first, rig, made, built)]
    second = run(rig, built, top, Symbols.AGAIN if cell.is_unknowable else Symbols.AUTO)
    misses += [f"second run: {error}" for error in second.errors]
    misses += [f"second run: {miss}" for miss in (*told_wrongly(second, rig, made, built), *not_there(rig, made, built))]
    third = run(rig, built, top)
    if third.errors or third.outputs["published"] != "0":
        misses.append(f"third run: {third.outputs['published']} published, {third.errors}")
    return Verdict(str(cell), befell, bool(first.errors), tuple(misses))


def run(rig: Rig, built: Path, top: Path, symbols: Symbols = Symbols.AUTO, patience: Patience = PATIENT) -> Outcome:
    """Publish once."""
    clock = Hurried()
    options = publish.Options(built, only=tuple(rig.proxies), wait=20, symbols=symbols, patience=patience)
    settings = replace(rig.settings(), patience=patience)
    return publish.run(options, PackedFiles(), registries(settings, built, top, clock), clock, Said())


def told_wrongly(outcome: Outcome, rig: Rig, made: Release, built: Path) -> Iterator[str]:
    """Where the report says that something is there which isn't, or leaves something out, or fails without a word."""
    said = {(entry["ecosystem"], entry["name"]): entry["result"] for entry in json.loads(outcome.outputs["report"])["packages"]}
    for package in made.packages:
        result = said.get(package.key)
        if result is None:
            yield f"{package.name} is not in the report"
            continue
        complete = is_whole(package, rig.truth(package, built), symbols=False)
        if result.startswith(_THERE) and not complete:
            yield f"{package.name} is said to be {result!r}, and is not there"
        if result in {*_UNSAID, "failed", "not started"} and not outcome.errors:
            yield f"{package.name} is said to be {result!r}, and the run succeeds"
    if not outcome.errors:
        yield from not_there(rig, made, built)


def not_there(rig: Rig, made: Release, built: Path) -> Iterator[str]:
    """Everything that a finished release must have on the registries, and has not."""
    for package in made.packages:
        truth = rig.truth(package, built)
        if not is_whole(package, truth, symbols=True):
            yield f"{package.name}: {dict(truth.files)} instead of {[file.name for file in package.files]}"
        if package.ecosystem is Ecosystem.NPM and truth.pointers.get("latest") != package.version:
            yield f"{package.name}: the dist-tags are {dict(truth.pointers)}"


def is_whole(package: BuiltPackage, truth: Truth, *, symbols: bool) -> bool:
    """Whether the registry holds exactly the built files, byte for byte."""
    wanted = {file.name.lower() for file in package.files if symbols or not file.name.endswith(".snupkg")}
    held = {name.lower(): ours for name, ours in truth.files.items() if symbols or not name.endswith(".snupkg")}
    return set(held) == wanted and all(held.values())
