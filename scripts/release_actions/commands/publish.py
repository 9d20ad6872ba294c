"""Publish a built release: ask every registry, plan, upload what is missing, wait until it is visible, report.

Nothing is uploaded unless everything that can be known beforehand is in order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from release_actions.commands import uploads
from release_actions.commands.built import read, wrong
from release_actions.commands.ports import Archives, Clock, Progress, Registry
from release_actions.commands.uploads import Result, Site, State, in_parallel
from release_actions.domain import plan as planning
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Key, Plan, Upload
from release_actions.domain.release import BuiltPackage, OnRegistry, Release
from release_actions.domain.report import Outcome, Report, Table
from release_actions.errors import Finding, RefusedError, ReleaseError

SCHEMA = 1


@dataclass(frozen=True)
class Options:
    """What to publish and how; `wait` is in seconds, `only` limits the ecosystems, an empty one means all."""

    folder: Path
    only: tuple[Ecosystem, ...] = ()
    dist_tag: str = ""
    dry_run: bool = False
    wait: float = 900
    symbols_again: bool = False


@dataclass(frozen=True)
class Line:
    """One package in the report: where it goes, what was planned for it, what became of it."""

    package: BuiltPackage
    registry: str
    planned: str
    result: str


@dataclass(frozen=True)
class Published:
    """What `publish` did, or found in its way."""

    release: Release
    plan: Plan
    lines: tuple[Line, ...]
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    def count(self, *results: str) -> int:
        """How many packages ended as one of `results`."""
        return sum(line.result in results for line in self.lines)


ALREADY_THERE = "already there"
_DONE = (State.VISIBLE, State.ACCEPTED)


def run(options: Options, archives: Archives, registries: Mapping[Ecosystem, Registry], clock: Clock, say: Progress) -> Outcome:
    """Publish, and say what happened. Whatever stands in the way becomes the outcome's errors."""
    return outcome(publish(options, archives, registries, clock, say), dry_run=options.dry_run)


def publish(options: Options, archives: Archives, registries: Mapping[Ecosystem, Registry], clock: Clock, say: Progress) -> Published:
    """Bring the registries to hold the release of `options.folder`.

    Raises:
        InputError: the folder holds no release (rule `release-folder`).
        RefusedError: its files are not what its record says (rules `artifact-…`, `release-json`; all findings at once).
    """
    release = read(options.folder, options.only)
    findings = wrong(release, options.folder, archives)
    if findings:
        raise RefusedError.of(findings)
    site = Site(registries, options.folder, clock, say)
    found, unknown = _survey(release.packages, site)
    if unknown:
        return Published(release, Plan(), _lines(release, site, Plan(), found, {}), unknown)
    plan = planning.make(release.version, release.packages, found, options.dist_tag, options.symbols_again)
    obstacles = _obstacles(plan, site, options.dry_run)
    if plan.conflicts or (obstacles and not options.dry_run):
        return Published(release, plan, _lines(release, site, plan, found, {}), (*plan.conflicts, *obstacles))
    if options.dry_run:
        return Published(release, plan, _lines(release, site, plan, found, {}), warnings=obstacles)
    return _published(release, site, plan, found, uploads.apply(plan, site, options.wait))


def outcome(published: Published, dry_run: bool = False) -> Outcome:
    """The report and the outputs."""
    rows = tuple((line.package.name, line.package.version, line.registry, line.planned, line.result or "—") for line in published.lines)
    table = Table(("Package", "Version", "Registry", "Plan", "Result"), rows)
    report = Report(f"publish: {published.release.version}", (_summary(published, dry_run), table))
    outputs = {
        "published": str(published.count(*_DONE)),
        "already-there": str(published.count(ALREADY_THERE)),
        "plan": json.dumps(_plan_document(published.plan)),
        "report": json.dumps(_report_document(published)),
    }
    return Outcome(report, outputs, published.errors, published.warnings)


def _survey(packages: Sequence[BuiltPackage], site: Site) -> tuple[dict[Key, OnRegistry], tuple[Finding, ...]]:
    """What the registries hold of all packages, and what could not be found out."""
    problems: list[Finding] = []
    known: list[BuiltPackage] = []
    for ecosystem in Ecosystem:
        own = [package for package in packages if package.ecosystem is ecosystem]
        try:
            if own:
                site.say(f"{ecosystem.label}: asking {site.registries[ecosystem].address} about {_counted(own)}")
            known += own
        except ReleaseError as error:
            problems += error.findings
    found: dict[Key, OnRegistry] = {}
    for package, answer in zip(known, in_parallel(lambda package: _asked(package, site), known), strict=True):
        if isinstance(answer, OnRegistry):
            found[package.key] = answer
        else:
            problems += answer.findings
    return found, tuple(dict.fromkeys(problems))


def _asked(package: BuiltPackage, site: Site) -> OnRegistry | ReleaseError:
    try:
        return site.registry(package).look_up(package)
    except ReleaseError as error:
        return error


def _obstacles(plan: Plan, site: Site, dry_run: bool) -> tuple[Finding, ...]:
    """What the registries of the planned uploads say is missing for them, all at once."""
    needed = {ecosystem: [one.package for one in plan.uploads if one.package.ecosystem is ecosystem] for ecosystem in Ecosystem}
    findings: list[Finding] = []
    for ecosystem, packages in needed.items():
        try:
            findings += site.registries[ecosystem].check(packages, dry_run=dry_run) if packages else ()
        except ReleaseError as error:
            findings += error.findings
    return tuple(findings)


def _published(release: Release, site: Site, plan: Plan, before: Mapping[Key, OnRegistry], results: Sequence[Result]) -> Published:
    by_key = {result.upload.package.key: result for result in results}
    return Published(
        release,
        plan,
        _lines(release, site, plan, before, by_key),
        tuple(chain.from_iterable(result.errors for result in results)),
        tuple(chain.from_iterable(_pointer_warnings(package, before, by_key.get(package.key)) for package in release.packages)),
    )


def _pointer_warnings(package: BuiltPackage, before: Mapping[Key, OnRegistry], result: Result | None) -> tuple[Finding, ...]:
    if package.ecosystem is not Ecosystem.NPM:
        return ()
    if result is None:
        return planning.pointer_warnings(package, before[package.key])
    if result.state is State.VISIBLE and result.found:
        return planning.pointer_warnings(package, result.found, result.upload.dist_tag)
    return ()


def _lines(release: Release, site: Site, plan: Plan, found: Mapping[Key, OnRegistry], results: Mapping[Key, Result]) -> tuple[Line, ...]:
    planned = {upload.package.key: upload for upload in plan.uploads}
    lines = []
    for package in sorted(release.packages, key=lambda package: (list(Ecosystem).index(package.ecosystem), package.name)):
        upload, result = planned.get(package.key), ""
        if package.key not in found:
            words = "unknown: the registry can't be asked"
        elif planning.conflicting(package, found[package.key]):
            words = "conflict: other content is there"
        elif upload is None:
            words, result = "nothing to do", ALREADY_THERE
        else:
            tag = f" as `{upload.dist_tag}`" if upload.dist_tag else ""
            words = f"upload {_files(upload)}{tag}"
        if package.key in results:
            result = results[package.key].state
        lines.append(Line(package, _where(package, site), words, result))
    return tuple(lines)


def _files(upload: Upload) -> str:
    count, all_files = len(upload.files), len(upload.package.files)
    if count < all_files:
        return f"{count} of {all_files} files"
    return "1 file" if count == 1 else f"{count} files"


def _where(package: BuiltPackage, site: Site) -> str:
    try:
        return f"{package.ecosystem.label} {site.registry(package).address}"
    except ReleaseError:
        return package.ecosystem.label


def _summary(published: Published, dry_run: bool) -> str:
    if not published.lines:
        return "There is nothing to publish."
    counts = Counter(line.result for line in published.lines if line.result)
    said = "; ".join(f"{result}: {count}" for result, count in counts.items())
    if published.errors:
        return f"Not everything is published. {_sentence(said)}" if published.count(*State) else "Nothing was uploaded."
    if dry_run:
        return f"A dry run: {len(published.plan.uploads)} of {_counted(published.lines)} would be uploaded, and nothing was."
    if published.plan.is_empty:
        return f"Nothing to publish: {_counted(published.lines)} already there, with the very bytes that were built."
    return _sentence(said)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _counted(items: Iterable[object]) -> str:
    count = len(list(items))
    return "1 package" if count == 1 else f"{count} packages"


def _plan_document(plan: Plan) -> list[dict[str, object]]:
    return [
        {
            "wave": number,
            "ecosystem": upload.package.ecosystem,
            "name": upload.package.name,
            "version": upload.package.version,
            "files": [file.name for file in upload.files],
            "dist-tag": upload.dist_tag,
        }
        for number, wave in enumerate(plan.waves, start=1)
        for upload in wave
    ]


def _report_document(published: Published) -> dict[str, object]:
    packages = [
        {
            "ecosystem": line.package.ecosystem,
            "name": line.package.name,
            "version": line.package.version,
            "registry": line.registry,
            "planned": line.planned,
            "result": line.result,
        }
        for line in published.lines
    ]
    return {"schema": SCHEMA, "version": str(published.release.version), "packages": packages}
