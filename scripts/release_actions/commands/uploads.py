"""Apply a plan: upload wave by wave, and let the registry say what became of each upload.

No answer of a client is believed. After every one the registry is asked: what it holds with our digest is done,
however the upload seemed to end; what it holds with another digest is a conflict; what is absent is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from release_actions.commands import together
from release_actions.commands.ports.registries import FINAL
from release_actions.commands.site import Site, in_parallel
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import pause as pause_after
from release_actions.domain.plan import Plan, Upload, conflicting, missing
from release_actions.domain.release import BuiltPackage, File, OnRegistry, is_symbols
from release_actions.errors import Finding, RefusedError, ReleaseError, ToolError

_TOLD_TWICE = 2
#: How many uploads are on their way at once; a client that is a process for each takes its share of memory.
_UPLOADS = {Ecosystem.NUGET: 8, Ecosystem.NPM: 32, Ecosystem.PYPI: 8}
#: The first look is soon, since many registries show at once what they took; the pauses between looks double.
_FIRST_LOOK, _LONGEST_PAUSE = 0.125, 30.0


class State(StrEnum):
    """How far the upload of a package came."""

    VISIBLE = "published, visible"
    ACCEPTED = "accepted, not visible yet"
    FAILED = "failed"
    NOT_STARTED = "not started"


@dataclass(frozen=True)
class Result:
    """What became of one upload; `found` is what the registry held when it was last asked."""

    upload: Upload
    state: State
    found: OnRegistry | None = None
    errors: tuple[Finding, ...] = ()


def apply(plan: Plan, site: Site, wait: float) -> tuple[Result, ...]:
    """Carry out `plan`, and wait up to `wait` seconds until everything is visible.

    A failure ends its wave, and no later one, which is less reversible or depends on it, is started.
    """
    results: list[Result] = []
    for wave in plan.waves:
        if any(result.errors for result in results):
            results += [Result(upload, State.NOT_STARTED) for upload in wave]
        else:
            results += _publish_wave(wave, site, wait)
    failed = any(result.errors for result in results)
    return tuple(_await(results, site, 0 if failed else wait))


def _publish_wave(wave: Sequence[Upload], site: Site, wait: float) -> list[Result]:
    """Upload together what can be, then each that is left by itself; asking about what was taken needs no client."""
    at_once = _UPLOADS[wave[0].package.ecosystem]
    sent = together.send([upload for upload in map(_readable, wave) if upload.files], site, at_once)
    taken = [upload for upload in wave if sent.get(upload.package.key)]
    others = [upload for upload in wave if not sent.get(upload.package.key)]
    looked_up = in_parallel(lambda upload: _publish(upload, site, wait, True), taken)
    return looked_up + in_parallel(lambda upload: _publish(upload, site, wait, sent.get(upload.package.key)), others, at_once)


def _readable(upload: Upload) -> Upload:
    """The upload without symbols, which nobody can be asked about."""
    return replace(upload, files=tuple(file for file in upload.files if not is_symbols(file)))


def _publish(upload: Upload, site: Site, wait: float, sent: bool | None) -> Result:
    """Upload the package; `sent` says whether a call for several that it was in went well, if it was in any."""
    try:
        result = _deliver(_readable(upload), site, wait) if sent is None else _after(_readable(upload), site, wait, sent)
        symbols = tuple(file for file in upload.files if is_symbols(file))
        errors = result.errors or _deliver_symbols(replace(upload, files=symbols), site)
        return replace(result, upload=upload, errors=errors)
    except ReleaseError as error:
        return Result(upload, State.FAILED, None, error.findings)


def _after(upload: Upload, site: Site, wait: float, sent: bool) -> Result:
    """What became of the upload in a call for several; what one that failed did not bring there is uploaded now."""
    result = _observed(Result(upload, State.ACCEPTED), site)
    if sent or result.state is not State.ACCEPTED:
        return result
    files = _still_missing(upload, result.found) if result.found else upload.files
    return _deliver(replace(upload, files=files), site, wait)


def _deliver(upload: Upload, site: Site, wait: float) -> Result:
    """Upload until the client or the registry says that the files are there; what got through shortens the rest."""
    package, files, tries = upload.package, upload.files, 0
    site.say(f"{package.ecosystem.label}: uploading {package.name} {package.version}")
    while True:
        problem = _send(replace(upload, files=files), site) if files else None
        found = _look_up(package, site)
        left = files if found is None else _still_missing(upload, found)
        if problem is None or not left:
            return Result(upload, State.ACCEPTED if left else State.VISIBLE, found)
        if problem.findings[0].rule == "already-exists" and left == files:
            left = _await_taken(upload, files, site, wait, problem)
        tries = 0 if len(left) < len(files) else tries + 1
        if tries == site.patience.tries or _is_hopeless(problem):
            raise problem
        site.clock.sleep(pause_after(tries) if tries else 0)
        files = left


def _is_hopeless(problem: ReleaseError) -> bool:
    """Whether trying again can't help: a no for ever, or a missing client. One that took too long, or died, may be luckier."""
    rule = problem.findings[0].rule
    return rule in FINAL or (isinstance(problem, ToolError) and rule not in {"tool-timeout", "tool-failed"})


def _deliver_symbols(upload: Upload, site: Site) -> tuple[Finding, ...]:
    """Upload symbol packages, for which there is nobody to ask: the client's own word has to do.

    A feed says that they are taken while it still looks into an earlier copy (NuGet API, "Symbol package publish").
    """
    said, taken = "", 0
    for attempt in range(1, site.patience.tries + 1) if upload.files else ():
        problem = _send(upload, site)
        taken += problem is not None and problem.findings[0].rule == "already-exists"
        if problem is None or taken == _TOLD_TWICE:
            return ()
        said = problem.findings[0].what
        if attempt < site.patience.tries:
            site.clock.sleep(pause_after(attempt))
    if not said:
        return ()
    remedy = "The package itself is published. Run again, which uploads its symbols once more."
    return (Finding("symbols", f"The symbols of {upload.package.name} were not taken: {said}", remedy),)


def _send(upload: Upload, site: Site) -> ReleaseError | None:
    try:
        site.registry(upload.package).upload(upload.package, site.paths(upload.files), upload.dist_tag)
    except ReleaseError as error:
        return error
    return None


def _look_up(package: BuiltPackage, site: Site) -> OnRegistry | None:
    """What the registry holds, or None when it can't be asked just now."""
    try:
        return site.registry(package).look_up(package)
    except ReleaseError:
        return None


def _still_missing(upload: Upload, found: OnRegistry) -> tuple[File, ...]:
    """Those files of the upload that are not there yet. Raises RefusedError when there is anything but our own bytes."""
    conflicts = conflicting(upload.package, found)
    if conflicts:
        raise RefusedError.of(conflicts)
    absent = missing(upload.package, found)
    return tuple(file for file in upload.files if file in absent)


def _await_taken(upload: Upload, files: tuple[File, ...], site: Site, wait: float, problem: ReleaseError) -> tuple[File, ...]:
    """Wait until some of `files`, which are said to be taken, can be read, and so be told to be ours; those still missing."""
    deadline, pause = site.clock.now() + wait, _FIRST_LOOK
    package = upload.package
    while True:
        found = _look_up(package, site)
        left = files if found is None else _still_missing(upload, found)
        remaining = deadline - site.clock.now()
        if left != files:
            return left
        if remaining <= 0:
            raise ReleaseError(
                "already-exists",
                f"{package.ecosystem.label} says that {package.name} {package.version} exists, but does not show it: "
                f"{problem.findings[0].what}",
                "Run again later, when the registry shows it and its digest can be compared; raise `wait` if that is usual there.",
            )
        site.say(f"{package.name} is said to exist; waiting until it can be compared; {remaining:.0f} seconds left")
        site.clock.sleep(min(pause, remaining))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _await(results: Iterable[Result], site: Site, wait: float) -> list[Result]:
    """Ask until all that was accepted is visible, or the time is over."""
    results = list(results)
    deadline, pause = site.clock.now() + wait, _FIRST_LOOK
    while waiting := [result for result in results if result.state is State.ACCEPTED and not result.errors]:
        answers = dict(zip(map(id, waiting), in_parallel(lambda result: _observed(result, site), waiting), strict=True))
        results = [answers.get(id(result), result) for result in results]
        left = deadline - site.clock.now()
        if left <= 0:
            break
        if any(result.state is State.ACCEPTED and not result.errors for result in results):
            site.say(f"Waiting until {_counted(answers.values())} visible; {left:.0f} seconds left")
            site.clock.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE)
    return [_late(result, wait) if wait and result.state is State.ACCEPTED and not result.errors else result for result in results]


def _observed(result: Result, site: Site) -> Result:
    found = _look_up(result.upload.package, site)
    if found is None:
        return result
    readable = replace(result.upload, files=tuple(file for file in result.upload.files if not is_symbols(file)))
    try:
        return replace(result, found=found, state=State.ACCEPTED if _still_missing(readable, found) else State.VISIBLE)
    except RefusedError as error:
        return replace(result, found=found, state=State.FAILED, errors=error.findings)


def _counted(results: Iterable[Result]) -> str:
    names = [result.upload.package.name for result in results if result.state is State.ACCEPTED]
    return f"{names[0]} is" if len(names) == 1 else f"{len(names)} packages are"


def _late(result: Result, wait: float) -> Result:
    package = result.upload.package
    finding = Finding(
        "not-visible",
        f"{package.ecosystem.label} took {package.name} {package.version}, but does not show it after {wait:g} seconds.",
        "Run again later: what is there by then is left alone. Some registries scan a package first; raise `wait` if so.",
    )
    return replace(result, errors=(*result.errors, finding))
