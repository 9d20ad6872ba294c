"""Verify a release as its users meet it: wait until it is offered, compare what is served, install it, run it, report.

Everything is tried and reported, whatever fails before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from release_actions.commands.ports.registries import Downloads, Registry, Withdrawals
from release_actions.commands.ports.tools import Installer
from release_actions.commands.ports.waiting import Clock, Progress
from release_actions.commands.released import Released
from release_actions.domain import plan as planning
from release_actions.domain.graph import waves
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, is_symbols
from release_actions.domain.report import Outcome, Report, Table
from release_actions.errors import Finding, ReleaseError

SCHEMA = 1
_LONGEST_PAUSE = 30.0
_LONGEST_SAID = 60
YES, NO, UNTRIED, UNKNOWN = "yes", "no", "not tried", "not recorded"


@dataclass(frozen=True)
class World:
    """The registries by what is asked of each, the smoke programs, and an empty folder to install into."""

    registries: Mapping[Ecosystem, Registry]
    withdrawals: Mapping[Ecosystem, Withdrawals]
    downloads: Mapping[Ecosystem, Downloads]
    installers: Mapping[Ecosystem, Installer]
    smoke: Callable[[BuiltPackage], Path | None]
    folder: Path
    clock: Clock
    say: Progress


@dataclass(frozen=True)
class Checked:
    """What became of one package: four answers for the report, and the findings."""

    package: BuiltPackage
    registry: str
    visible: str = UNTRIED
    digest: str = UNTRIED
    installed: str = UNTRIED
    smoke: str = UNTRIED
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    def failed(self, error: ReleaseError) -> Checked:
        """The same with one more error."""
        return replace(self, errors=(*self.errors, *error.findings))


def run(released: Released, world: World, wait: float) -> Outcome:
    """Verify the release, waiting at most `wait` seconds for it to be offered, and report."""
    checked = verify(released, world, wait)
    return outcome(released, checked)


def verify(released: Released, world: World, wait: float) -> list[Checked]:
    """Verify every package: the ecosystems side by side, in each a package after what it depends on."""
    packages = released.release.packages
    wanted = [ecosystem for ecosystem in Ecosystem if any(package.ecosystem is ecosystem for package in packages)]
    deadline = world.clock.now() + wait

    def in_turn(ecosystem: Ecosystem) -> list[Checked]:
        ordered = [package for wave in waves(one for one in packages if one.ecosystem is ecosystem) for package in wave]
        return [_checked(package, released.is_recorded, world, deadline) for package in ordered]

    if not wanted:
        return []
    with ThreadPoolExecutor(len(wanted)) as pool:
        return [one for part in pool.map(in_turn, wanted) for one in part]


def outcome(released: Released, checked: Sequence[Checked]) -> Outcome:
    """The report and the outputs."""
    version = released.release.version
    rows = tuple(
        (one.package.name, one.package.version, one.registry, one.visible, one.digest, one.installed, one.smoke) for one in checked
    )
    errors = tuple(dict.fromkeys(finding for one in checked for finding in one.errors))
    warnings = tuple(dict.fromkeys(finding for one in checked for finding in one.warnings))
    fine = sum(not one.errors for one in checked)
    if not checked:
        summary = "There is no package to verify."
        errors = (Finding("no-packages", summary, "Name another version, or other ecosystems with `only`."),)
    elif errors:
        summary = f"{len(checked) - fine} of {len(checked)} packages are not as users need them."
    else:
        summary = f"Users get what was built: {len(checked)} {'package' if len(checked) == 1 else 'packages'} installed and run."
    header = ("Package", "Version", "Registry", "Visible", "Digest", "Installed", "Smoke")
    report = Report(f"verify: {version}", (summary, Table(header, rows)))
    outputs = {
        "version": str(version),
        "verified": str(fine),
        "failed": str(len(checked) - fine),
        "report": json.dumps(_document(released, checked)),
    }
    return Outcome(report, outputs, errors, warnings)


def _checked(package: BuiltPackage, recorded: bool, world: World, deadline: float) -> Checked:
    label = package.ecosystem.label
    made = Checked(package, label)
    try:
        made = replace(made, registry=f"{label} {world.registries[package.ecosystem].address}")
        world.say(f"{label}: waiting until {package.name} {package.version} is offered")
        _await_visible(package, recorded, world, deadline)
        made = replace(made, visible=YES, warnings=_standing(package, world))
    except ReleaseError as error:
        return replace(made, visible=NO).failed(error)
    return _installed(_compared(made, world) if recorded else replace(made, digest=UNKNOWN), world, deadline)


def _await_visible(package: BuiltPackage, recorded: bool, world: World, deadline: float) -> None:
    """Return when the registry shows all files of the package. Raises ReleaseError when it does not in time."""
    pause, began = 1.0, world.clock.now()
    while True:
        try:
            lacking = _lacking(package, recorded, world)
            problem = None
        except ReleaseError as error:
            lacking, problem = "any answer", error
        left = deadline - world.clock.now()
        if not lacking:
            return
        if left <= 0:
            if problem:
                raise problem
            raise ReleaseError(
                "not-visible",
                f"{package.ecosystem.label} does not show {lacking} of {package.name} {package.version}"
                f" after {world.clock.now() - began:.0f} seconds.",
                "See whether it was published. Registries scan packages first, and show them later: raise `wait`.",
            )
        world.clock.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)


def _lacking(package: BuiltPackage, recorded: bool, world: World) -> str:
    """What the registry does not show of the package, or nothing."""
    if not recorded:
        return "" if package.version in world.withdrawals[package.ecosystem].standing(package).versions else "anything"
    absent = planning.missing(package, world.registries[package.ecosystem].look_up(package))
    return ", ".join(file.name for file in absent)


def _standing(package: BuiltPackage, world: World) -> tuple[Finding, ...]:
    """What is worth a warning: the version was withdrawn."""
    words = world.withdrawals[package.ecosystem].standing(package).withdrawn.get(package.version)
    if words is None:
        return ()
    said = f": {words[:300]}" if words else ""
    what = f"{package.name} {package.version} was withdrawn from {package.ecosystem.label}{said}"
    return (Finding("withdrawn", f"{what.rstrip('.')}.", "New users no longer get it. Verify the version that they get instead."),)


def _compared(made: Checked, world: World) -> Checked:
    """Download what is served, and hold it against what was built."""
    package = made.package
    world.say(f"{package.ecosystem.label}: downloading {package.name} {package.version}, to compare it with what was built")
    try:
        served = world.downloads[package.ecosystem].served(package)
    except ReleaseError as error:
        return replace(made, digest=NO).failed(error)
    findings = []
    for file in package.files:
        digest = served.get(file.name)
        if is_symbols(file) or (digest and file.digest(digest.algorithm) == digest):
            continue
        seen = f"other content ({digest}; built: {file.digest(digest.algorithm)})" if digest else "nothing"
        findings.append(_wrong(package, f"serves {seen} as {file.name}"))
    findings += [
        _wrong(package, f"also serves {name}, which was not built") for name in sorted(set(served) - {f.name for f in package.files})
    ]
    return replace(made, digest=NO).failed(ReleaseError.of(findings)) if findings else replace(made, digest=YES)


def _wrong(package: BuiltPackage, what: str) -> Finding:
    return Finding(
        "served-content",
        f"{package.ecosystem.label} {what}, of {package.name} {package.version}.",
        "Find out who published it. Take it back with the action `rollback`, revoke the credentials that may publish,"
        " and release a higher version.",
    )


def _installed(made: Checked, world: World, deadline: float) -> Checked:
    """Install the package and run it; what the registry does not offer yet is waited for."""
    package, pause = made.package, 2.0
    installer, name = world.installers[package.ecosystem], f"{package.ecosystem}-{package.name.replace('/', '-')}"
    for attempt in range(1000):
        world.say(f"{package.ecosystem.label}: installing {package.name} {package.version}")
        folder = world.folder / f"{name}-{attempt}"
        folder.mkdir()
        try:
            installer.install(package, folder)
            break
        except ReleaseError as error:
            left = deadline - world.clock.now()
            if error.findings[0].rule != "not-installable" or left <= 0:
                return replace(made, installed=NO).failed(error)
        world.clock.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)
    made = replace(made, installed=YES)
    try:
        said = installer.run(package, world.smoke(package), folder)
    except ReleaseError as error:
        return replace(made, smoke=NO).failed(error)
    return replace(made, smoke=_last_line(said))


def _last_line(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1][:_LONGEST_SAID] if lines else YES


def _document(released: Released, checked: Sequence[Checked]) -> dict[str, object]:
    packages = [
        {
            "ecosystem": one.package.ecosystem,
            "name": one.package.name,
            "version": one.package.version,
            "registry": one.registry,
            "visible": one.visible,
            "digest": one.digest,
            "installed": one.installed,
            "smoke": one.smoke,
            "errors": [finding.rule for finding in one.errors],
        }
        for one in checked
    ]
    return {"schema": SCHEMA, "version": str(released.release.version), "packages": packages}
