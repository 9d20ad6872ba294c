"""Publish a built release: ask every registry, plan, upload what is missing, wait until it is visible, report.

Nothing is uploaded unless everything that can be known beforehand is in order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from release_actions.commands import noted, pointing, preflight, uploads
from release_actions.commands.built import read, wrong
from release_actions.commands.pointing import Settled
from release_actions.commands.ports.registries import Pointers, Registry
from release_actions.commands.ports.tools import Archives
from release_actions.commands.ports.waiting import Clock, Progress
from release_actions.commands.preflight import Demands, Source
from release_actions.commands.site import Site, in_parallel
from release_actions.commands.uploads import Result, State
from release_actions.domain import plan as planning
from release_actions.domain import readiness, rollback_record
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.plan import Key, Latest, Plan, Symbols, Upload
from release_actions.domain.release import BuiltPackage, File, OnRegistry, Release
from release_actions.domain.report import Outcome, Report, Table
from release_actions.domain.rollback_record import Record
from release_actions.errors import Finding, RefusedError, ReleaseError

SCHEMA = 1


@dataclass(frozen=True)
class Options:
    """What to publish and how; `wait` is in seconds, `only` limits the ecosystems, an empty one means all.

    A `strict` dry run fails where something stands in the way that would keep everything from being uploaded.
    """

    folder: Path
    only: tuple[Ecosystem, ...] = ()
    dist_tag: str = ""
    dry_run: bool = False
    wait: float = 900
    symbols: Symbols = Symbols.AUTO
    latest: Latest = Latest.LAST
    strict: bool = False
    demands: Demands = field(default_factory=Demands)
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class Line:
    """One package in the report: where it goes, what was planned for it, what became of it."""

    package: BuiltPackage
    registry: str
    planned: str
    result: str


@dataclass(frozen=True)
class Published:
    """What `publish` did, or found in its way; `record` is the way back, as far as the registries told it before."""

    release: Release
    plan: Plan
    lines: tuple[Line, ...]
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    record: Record | None = None

    def count(self, *results: str) -> int:
        """How many packages ended as one of `results`."""
        return sum(line.result in results for line in self.lines)


ALREADY_THERE = "already there"
_DONE = (State.VISIBLE, State.ACCEPTED)


def run(
    options: Options,
    archives: Archives,
    registries: Mapping[Ecosystem, Registry],
    clock: Clock,
    say: Progress,
    source: Source | None = None,
) -> Outcome:
    """Publish, and say what happened. Whatever stands in the way becomes the outcome's errors."""
    return outcome(publish(options, archives, registries, clock, say, source), dry_run=options.dry_run)


def publish(
    options: Options,
    archives: Archives,
    registries: Mapping[Ecosystem, Registry],
    clock: Clock,
    say: Progress,
    source: Source | None = None,
) -> Published:
    """Bring the registries to hold the release of `options.folder`, which was built from a commit of `source`.

    Raises:
        InputError: the folder holds no release (rule `release-folder`).
        RefusedError: its files are not what its record says (rules `artifact-…`, `release-json`; all findings at once).
    """
    release = read(options.folder, options.only)
    findings = wrong(release, options.folder, archives)
    if findings:
        raise RefusedError.of(findings)
    site = Site(registries, options.folder, clock, say, options.patience)
    moved = preflight.moved(release, source, options.demands)
    found, unknown = _survey(release.packages, site)
    known = [package for package in release.packages if package.key in found]
    movable = _movable(known, site) if options.latest is not Latest.AT_ONCE else ()
    plan = planning.make(release.version, known, found, options.dist_tag, options.symbols, movable, options.latest)
    obstacles = (*_obstacles(plan, site, options.dry_run), *_unready(plan, release, source, options.demands))
    refused = (*moved, *unknown, *plan.conflicts)
    plan = Plan() if unknown else plan
    if refused or (obstacles and (options.strict or not options.dry_run)):
        return Published(release, plan, _lines(release, site, plan, found, {}), (*refused, *obstacles))
    large = tuple(finding for upload in plan.uploads for finding in readiness.oversized(upload.package))
    record = rollback_record.record(release, found, options.dist_tag)
    if options.dry_run:
        return Published(release, plan, _lines(release, site, plan, found, {}), warnings=(*obstacles, *large), record=record)
    record = noted.keep(record, options.folder)
    done = _applied(release, site, plan, found, options.wait)
    about_pointers = () if options.latest is Latest.LATER else done.warnings
    return replace(done, warnings=(*large, *about_pointers), record=record)


def _unready(plan: Plan, release: Release, source: Source | None, demands: Demands) -> tuple[Finding, ...]:
    """The checks that stand in the way, if anything is to be done at all."""
    return preflight.unready(release, source, demands) if plan.uploads else ()


def outcome(published: Published, dry_run: bool = False) -> Outcome:
    """The report and the outputs."""
    rows = tuple((line.package.name, line.package.version, line.registry, line.planned, line.result or "—") for line in published.lines)
    table = Table(("Package", "Version", "Registry", "Plan", "Result"), rows)
    report = Report(f"publish: {published.release.version} {_state(published, dry_run)}", (_summary(published, dry_run), table))
    outputs = {
        "published": str(published.count(*_DONE)),
        "already-there": str(published.count(ALREADY_THERE)),
        "plan": json.dumps(_plan_document(published.plan)),
        "report": json.dumps(_report_document(published)),
        "rollback": published.record.to_json() if published.record else "",
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


def _movable(packages: Sequence[BuiltPackage], site: Site) -> Collection[Key]:
    """The packages whose pointers the present credentials can move; one of which that isn't known can't."""

    def can_point(package: BuiltPackage) -> bool:
        registry = site.registry(package)
        try:
            return isinstance(registry, Pointers) and registry.can_point(package)
        except ReleaseError:
            return False

    return {package.key for package, can in zip(packages, in_parallel(can_point, packages), strict=True) if can}


def _obstacles(plan: Plan, site: Site, dry_run: bool) -> tuple[Finding, ...]:
    """What the registries of the planned uploads say is missing for them, all at once."""
    findings: list[Finding] = []
    for ecosystem in Ecosystem:
        touched = [*(upload.package for upload in plan.uploads), *(pointer.package for pointer in plan.pointers)]
        packages = list(dict.fromkeys(package for package in touched if package.ecosystem is ecosystem))
        try:
            findings += site.registries[ecosystem].check(packages, dry_run=dry_run) if packages else ()
        except ReleaseError as error:
            findings += error.findings
    return tuple(findings)


def _applied(release: Release, site: Site, plan: Plan, before: Mapping[Key, OnRegistry], wait: float) -> Published:
    """Upload, and when all of it is done move the pointers."""
    results = uploads.apply(plan, site, wait)
    failed = any(result.errors for result in results)
    settled = Settled() if failed else pointing.settle(release.version, plan, results, before, site, wait)
    by_key = {result.upload.package.key: result for result in results}
    return Published(
        release,
        plan,
        _lines(release, site, plan, before, by_key),
        (*chain.from_iterable(result.errors for result in results), *settled.errors),
        () if settled.errors else tuple(_pointer_warnings(release.packages, before, by_key, settled)),
    )


def _pointer_warnings(
    packages: Iterable[BuiltPackage], before: Mapping[Key, OnRegistry], results: Mapping[Key, Result], settled: Settled
) -> Iterator[Finding]:
    """What is odd about npm's dist-tags at the end, where that is known."""
    for package in packages:
        result = results.get(package.key)
        found = settled.found.get(package.key) or (result.found if result else before[package.key])
        if package.ecosystem is Ecosystem.NPM and found and (result is None or result.state is State.VISIBLE):
            yield from planning.pointer_warnings(package, found, result.upload.dist_tag if result else None)


def _lines(release: Release, site: Site, plan: Plan, found: Mapping[Key, OnRegistry], results: Mapping[Key, Result]) -> tuple[Line, ...]:
    planned = {upload.package.key: upload for upload in plan.uploads}
    lines = []
    for package in sorted(release.packages, key=lambda package: (list(Ecosystem).index(package.ecosystem), package.name)):
        upload, result = planned.get(package.key), ""
        if package.key not in found:
            words = "unknown: the registry can't be asked"
        elif planning.conflicting(package, found[package.key]):
            words = "conflict: other content is there"
        elif package.key not in planned and planning.missing(package, found[package.key]):
            words = "upload"  # no plan was made, since another package is unknown
        elif upload is None or upload.is_reassurance:
            words, result = _rest(package, upload, plan), ALREADY_THERE
        else:
            words = f"upload {_files(upload)}{_tags(upload, plan)}"
        if package.key in results and not (upload and upload.is_reassurance):
            result = results[package.key].state
        lines.append(Line(package, _where(package, site), words, result))
    return tuple(lines)


def _rest(package: BuiltPackage, upload: Upload | None, plan: Plan) -> str:
    """What is to be done for a package that is there."""
    tags = [f"move `{pointer.tag}` to {pointer.version}" for pointer in plan.pointers if pointer.package.key == package.key]
    return "; ".join([*(["its symbols once more"] if upload else []), *tags]) or "nothing to do"


def _tags(upload: Upload, plan: Plan) -> str:
    """The dist-tag that an upload goes under, and the one that it gets in the end."""
    after = [f", then `{pointer.tag}`" for pointer in plan.pointers if pointer.package.key == upload.package.key]
    return (f" as `{upload.dist_tag}`" if upload.dist_tag else "") + "".join(after)


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


def _state(published: Published, dry_run: bool) -> str:
    """What became of the version, in two words."""
    if published.errors:
        return "is incomplete" if published.count(*State) else "was not published"
    return "was tried" if dry_run else "is published"


def _summary(published: Published, dry_run: bool) -> str:
    if not published.lines:
        return "There is nothing to publish."
    counts = Counter(line.result for line in published.lines if line.result)
    said = "; ".join(f"{result}: {count}" for result, count in counts.items())
    if published.errors:
        return f"Not everything is published. {_sentence(said)}" if published.count(*State) else "Nothing was uploaded."
    if dry_run:
        count = sum(not upload.is_reassurance for upload in published.plan.uploads)
        return f"A dry run: {count} of {_counted(published.lines)} would be uploaded, and nothing was."
    if published.plan.is_empty:
        return f"Nothing to publish: {_counted(published.lines)} already there, with the very bytes that were built."
    return _sentence(said)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _counted(items: Iterable[object]) -> str:
    count = len(list(items))
    return "1 package" if count == 1 else f"{count} packages"


def _plan_document(plan: Plan) -> list[dict[str, object]]:
    """The uploads; and as the last wave, with no files, the dist-tags that are moved."""

    def entry(wave: int, package: BuiltPackage, version: str, files: Sequence[File], tag: str | None) -> dict[str, object]:
        names = [file.name for file in files]
        return {"wave": wave, "ecosystem": package.ecosystem, "name": package.name, "version": version, "files": names, "dist-tag": tag}

    uploaded = [
        entry(number, one.package, one.package.version, one.files, one.dist_tag)
        for number, wave in enumerate(plan.waves, start=1)
        for one in wave
        if not one.is_reassurance
    ]
    last = len(plan.waves) + 1
    return [*uploaded, *(entry(last, pointer.package, pointer.version, (), pointer.tag) for pointer in plan.pointers)]


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
