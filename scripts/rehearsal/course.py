"""The course of a rehearsal: its steps in their order, and what is reported of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rehearsal import steps
from rehearsal.terminal import Row, Terminal
from release_actions.commands.build import Built
from release_actions.commands.ports.tools import in_ecosystem
from release_actions.commands.publish import ALREADY_THERE, Line, Published, outcome
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Key
from release_actions.domain.tagging import Decision
from release_actions.errors import Finding, ReleaseError

_LONGEST_SAID = 40


@dataclass(frozen=True)
class Options:
    """What to rehearse: the repository around `path`. An empty `tag` and `only` mean the manifests' own, and all.

    With `keep`, a folder, the registries last beyond the rehearsal.
    """

    path: Path
    tag: str = ""
    only: tuple[Ecosystem, ...] = ()
    keep: Path | None = None


@dataclass(frozen=True)
class Stage:
    """Everything that is set up for a rehearsal."""

    copied: steps.Copy
    decision: Decision
    ecosystems: tuple[Ecosystem, ...]
    registries: steps.Registries
    folder: Path


def rehearse(options: Options, terminal: Terminal) -> tuple[Finding, ...]:
    """Rehearse and report; what went wrong once packages were being published.

    Raises:
        ReleaseError: something stood in the way before that.
    """
    started = time.monotonic()
    terminal.say(f"Rehearsing a release of {'the sample repository' if options.path == steps.SAMPLE else options.path.resolve()}", "bold")
    with _staged(options, terminal) as stage:
        built = _build(stage, terminal)
        first = _publish(stage, terminal, "Publish")
        tried = [] if first.errors else _try_out(stage, built, terminal)
        again = None if first.errors else _publish(stage, terminal, "Publish again")
    terminal.report(_rows(first, tried, again))
    errors = _errors(first, tried, again)
    terminal.findings(errors)
    if not errors:
        where, took = _listed(ecosystem.label for ecosystem in stage.ecosystems), time.monotonic() - started
        terminal.say(f"{stage.copied.tag} can be released to {where}. This took {took:.0f} s, and nothing left this machine.", "bold green")
        if stage.copied.left_out:
            terminal.say(stage.copied.left_out, "yellow")
    return errors


@contextmanager
def _staged(options: Options, terminal: Terminal) -> Iterator[Stage]:
    with ExitStack() as stack:
        with terminal.step("Repository") as step:
            copied = stack.enter_context(steps.copy(options.path, options.tag, options.only))
            wanted = tuple(ecosystem for ecosystem in Ecosystem if in_ecosystem(copied.packages, ecosystem))
            step.tell(f"copied into a throw-away origin; {_counted(len(copied.packages), 'package')} to publish")
            for note in filter(None, (copied.left_out, *copied.notes)):
                step.tell(note)
        with terminal.step("Tag") as step:
            decision = steps.judge(copied)
            kind = f"a prerelease of the channel {decision.version.channel.label}" if decision.version.is_prerelease else "a stable release"
            step.tell(f"{copied.tag} is {kind}, and all manifests agree with it")
        with terminal.step("Toolchains") as step:
            environment = steps.provide(wanted, step.note)
            step.tell(f"the official tools for {_listed(ecosystem.label for ecosystem in wanted)} are here")
        with terminal.step("Registries") as step:
            made = stack.enter_context(steps.registries(wanted, copied, options.keep, environment, step.note))
            step.tell(", ".join(made.addresses))
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="rehearsal-built-")), "release")
        try:
            yield Stage(copied, decision, wanted, made, folder)
        except ReleaseError as error:
            raise ReleaseError.of(copied.in_source(finding) for finding in error.findings) from error


def _build(stage: Stage, terminal: Terminal) -> Built:
    with terminal.step("Build") as step:
        built = steps.pack(stage.copied, stage.decision, stage.ecosystems, stage.folder, step.say)
        packages = built.release.packages
        files = sum(len(package.files) for package in packages)
        step.tell(f"{_counted(len(packages), 'package')} in {_counted(files, 'file')}, by {_listed(built.tools)}")
    terminal.findings(built.warnings, "warning")
    return built


def _publish(stage: Stage, terminal: Terminal, title: str) -> Published:
    with terminal.step(title) as step:
        published = steps.publish_to(stage.registries, stage.copied, stage.folder, step.say)
        summary = outcome(published).report.blocks[0]
        step.tell(str(summary))
        step.failed = bool(published.errors)
    terminal.findings(published.warnings, "warning")
    return published


def _try_out(stage: Stage, built: Built, terminal: Terminal) -> list[steps.Tried]:
    with terminal.step("Install") as step:
        tried = steps.try_out(built.release.packages, stage.registries, stage.copied, step.say)
        fine = sum(not one.errors for one in tried)
        step.tell(f"{fine} of {len(tried)} packages installed from there into clean environments, and run")
        step.failed = fine < len(tried)
    return tried


def _errors(first: Published, tried: Iterable[steps.Tried], again: Published | None) -> tuple[Finding, ...]:
    errors = [*first.errors, *(finding for one in tried for finding in one.errors)]
    if again:
        errors += again.errors
        uploaded = [upload.package.name for upload in again.plan.uploads]
        if uploaded:
            what = f"Publishing again uploaded {', '.join(uploaded)} once more."
            errors.append(Finding("not-idempotent", what, "Please report this: a second run must find everything in place."))
    return tuple(errors)


def _rows(first: Published, tried: Sequence[steps.Tried], again: Published | None) -> list[Row]:
    by_key: Mapping[Key, steps.Tried] = {one.package.key: one for one in tried}
    second = {line.package.key: line for line in again.lines} if again else {}
    rows = []
    for line in first.lines:
        key, one = line.package.key, by_key.get(line.package.key)
        rows.append(
            Row(
                line.package.name,
                line.package.ecosystem.label,
                line.package.version,
                _mark(line),
                "" if one is None else "✗ failed" if one.errors else f"✓ {_said(one.said)}",
                one.seconds if one else None,
                _mark(second[key]) if key in second else "",
            )
        )
    return rows


def _mark(line: Line) -> str:
    """What became of the package, with a sign before it: uploaded, in place already, never reached, or gone wrong."""
    if line.result == ALREADY_THERE:
        return "= in place"
    if not line.result and line.planned.startswith("upload"):
        return "– not reached"
    sign = "✓" if line.result.startswith("published") else "✗"
    return f"{sign} {(line.result or line.planned).removesuffix(', visible')}"


def _said(words: str) -> str:
    lines = words.splitlines() or ["it runs"]
    return lines[-1] if len(lines[-1]) <= _LONGEST_SAID else f"{lines[-1][:_LONGEST_SAID]}…"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
