"""Set one version in every manifest of a repository, or check that all bear it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from release_actions.commands import workspace as workspaces
from release_actions.commands.ports import Git, Tree
from release_actions.domain.config import Config
from release_actions.domain.package import Ecosystem
from release_actions.domain.report import Block, Bullets, Outcome, Report, Table
from release_actions.domain.version import Channel, Level, Version
from release_actions.errors import Finding, InputError, RefusedError
from release_actions.manifests import edit, targets
from release_actions.manifests.edit import Edit
from release_actions.manifests.manifest import Manifest
from release_actions.manifests.workspace import Workspace


@dataclass(frozen=True)
class Options:
    """What to set: `version` is exact, a level, or empty for a check of whether all manifests agree with each other.

    `channel` is where `prerelease` starts a row. `files` are declared files besides those of the configuration.
    """

    version: str
    channel: Channel = Channel.BETA
    check: bool = False
    allow_downgrade: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One edit of one file."""

    manifest: Manifest
    edit: Edit


@dataclass(frozen=True)
class Plan:
    """The version to set, the one that all manifests had (None when they had drifted), the edits, and what forbids them."""

    version: Version
    previous: Version | None
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that change, sorted."""
        return tuple(sorted({change.manifest.path for change in self.changes}))


def run(options: Options, git: Git, tree: Tree, config: Config) -> Outcome:
    """Observe the manifests, decide what each has to say, write it unless this is a check, and report."""
    workspace = workspaces.read(git, tree, replace(config, files=(*config.files, *options.files)))
    plan = decide(workspace, options)
    if options.check:
        return _checked(workspace, plan)
    if plan.findings:
        return Outcome(_report("bump: refused, nothing is changed", workspace, plan), _outputs(plan), plan.findings)
    apply(plan.changes, tree)
    return Outcome(_report(_title(plan), workspace, plan), _outputs(plan))


def decide(workspace: Workspace, options: Options) -> Plan:
    """What has to change, and whether it may.

    Raises:
        RefusedError: the version can't be told from the manifests (rules of `targets.common`).
        InputError: the input `version` is missing or unreadable (rule `input-version`).
    """
    version = _version(workspace, options)
    if not options.check and not any(manifest.versions or manifest.dependencies for manifest in workspace.manifests):
        raise targets.missing()
    changes, findings = [], list(() if options.check or options.allow_downgrade else _downgrades(workspace, version))
    for target in targets.targets(workspace, version):
        if isinstance(target, Finding):
            findings.append(target)
        elif target.text is not None and target.text != target.site.text:
            changes.append(Change(target.manifest, Edit(target.site, target.text)))
    return Plan(version, _previous(workspace), tuple(changes), tuple(findings))


def _version(workspace: Workspace, options: Options) -> Version:
    if options.version in set(Level):
        if options.check:
            raise _unusable(options.version, "A check compares; it takes an exact version, or none.")
        return targets.common(workspace).raised(Level(options.version), options.channel)
    if options.version:
        return _exact(options.version)
    if not options.check:
        raise _unusable("", "Set it to an exact version such as 1.2.3, or to major, minor, patch or prerelease.")
    return targets.prevalent(workspace)


def _unusable(version: str, remedy: str) -> InputError:
    return InputError("input-version", f"The input `version` is `{version}`." if version else "The input `version` is empty.", remedy)


def _exact(text: str) -> Version:
    if re.match(r"[vV][0-9]", text):
        raise _unusable(text, "Leave out the `v`.")
    return Version.parse(text)


def _previous(workspace: Workspace) -> Version | None:
    try:
        return targets.common(workspace)
    except RefusedError:
        return None


def _downgrades(workspace: Workspace, version: Version) -> Iterable[Finding]:
    for one in targets.stated(workspace):
        if one.version and one.version > version:
            remedy = "Give a higher version, or set `allow-downgrade`."
            yield Finding("version-downgrade", f"The file bears {one.text}, which is higher than {version}.", remedy, one.place)


def apply(changes: Iterable[Change], tree: Tree) -> None:
    """Make all changes, or none. Raises ManifestError when a file can't be written, or has changed since it was read."""
    by_path: dict[str, list[Change]] = {}
    for change in changes:
        by_path.setdefault(change.manifest.path, []).append(change)
    tree.replace({path: edit.apply(of[0].manifest, tree.read(path), [change.edit for change in of]) for path, of in by_path.items()})


def _checked(workspace: Workspace, plan: Plan) -> Outcome:
    findings = targets.disagreements(workspace, plan.version)
    title = f"bump: {_count(findings, 'place')} disagree{'s' * (len(findings) == 1)}" if findings else "bump: all manifests agree"
    return Outcome(_report(f"{title} with {plan.version}", workspace, plan), _outputs(plan), findings)


def _title(plan: Plan) -> str:
    if not plan.changes:
        return f"bump: all manifests bear {plan.version} already"
    return f"bump: {plan.previous or 'drifted versions'} → {plan.version}"


def _report(title: str, workspace: Workspace, plan: Plan) -> Report:
    rows = tuple(_row(change) for change in sorted(plan.changes, key=lambda change: change.manifest.place(change.edit.site)))
    spellings = " · ".join(f"{one.label} {plan.version.spelt(one.scheme)}" for one in Ecosystem)
    blocks: list[Block] = [f"{_count(plan.files, 'file')}, {_count(rows, 'place')}. {spellings}"]
    if rows:
        blocks.append(Table(("File", "Line", "From", "To", "Kind"), rows))
    left_alone = tuple(
        f"{manifest.place(note)}: {note.key}{f' is {note.text}' if note.text else ''}: {note.why}"
        for manifest in workspace.manifests
        for note in manifest.left_alone
    )
    if left_alone:
        blocks += ["Left alone:", Bullets(left_alone)]
    return Report(title, tuple(blocks))


def _row(change: Change) -> tuple[str, ...]:
    site = change.edit.site
    return change.manifest.path, str(site.line), site.text, change.edit.text, site.key


def _count(things: Sequence[object], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _outputs(plan: Plan) -> Mapping[str, str]:
    return {
        "version": str(plan.version),
        "previous-version": str(plan.previous or ""),
        "changed-files": json.dumps(plan.files),
        **{ecosystem.value: plan.version.spelt(ecosystem.scheme) for ecosystem in Ecosystem},
    }
