"""What a bump says: its plan as a report and as outputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from release_actions.commands.handing import HandedOver
from release_actions.commands.raising import Raised
from release_actions.domain.package import Ecosystem
from release_actions.domain.report import Block, Bullets, Report, Table
from release_actions.domain.version import Version
from release_actions.errors import Finding
from release_actions.manifests.edit import Edit
from release_actions.manifests.manifest import Manifest


class Change(NamedTuple):
    """One edit of one file."""

    manifest: Manifest
    edit: Edit


@dataclass(frozen=True)
class Plan:
    """The version to set, the one that all manifests had (None when they had drifted), the edits, and what forbids them.

    `raised` is why it is this version, when the commits decided. `stale` names the lock files that somebody has to make anew.
    """

    version: Version
    previous: Version | None
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    raised: Raised | None = None
    stale: tuple[Finding, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The files that change, sorted."""
        return tuple(sorted({change.manifest.path for change in self.changes}))


def title(plan: Plan) -> str:
    """What was done, in a line."""
    if plan.raised and not plan.raised.is_due:
        return f"bump: nothing to release since {plan.raised.since}"
    if not plan.changes:
        return f"bump: all manifests bear {plan.version} already"
    return f"bump: {plan.previous or 'drifted versions'} → {plan.version}"


def report(heading: str, manifests: Iterable[Manifest], plan: Plan) -> Report:
    """The table of places, why it is this version, and what is left alone."""
    rows = tuple(_row(change) for change in sorted(plan.changes, key=lambda change: (change.manifest.path, change.edit.site.line)))
    spellings = " · ".join(f"{one.label} {plan.version.spelt(one.scheme)}" for one in Ecosystem)
    blocks: list[Block] = [f"{count(plan.files, 'file')}, {count(rows, 'place')}. {spellings}"]
    if plan.raised:
        blocks.insert(0, plan.raised.words())
    if rows:
        blocks.append(Table(("File", "Line", "From", "To", "Kind"), rows))
    if plan.stale:
        blocks += ["Lock files that are not in step any more:", Bullets(tuple(map(str, plan.stale)))]
    left_alone = tuple(
        f"{manifest.place(note)}: {note.key}{f' is {note.text}' if note.text else ''}: {note.why}"
        for manifest in manifests
        for note in manifest.left_alone
    )
    if left_alone:
        blocks += ["Left alone:", Bullets(left_alone)]
    return Report(heading, tuple(blocks))


def _row(change: Change) -> tuple[str, ...]:
    site = change.edit.site
    return change.manifest.path, str(site.line), site.text, change.edit.text, site.key


def count(things: Sequence[object], name: str) -> str:
    """How many, with the word for it."""
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def invitation(tag: str) -> str:
    """What a pull request asks for."""
    return f"Merge this, and tag the merged commit {tag} to release it. Running the bump again brings this up to date."


def outputs(plan: Plan, done: HandedOver | None = None, files: Iterable[str] = ()) -> Mapping[str, str]:
    """What later steps may want to know; `files` changed besides those of the plan."""
    done = done or HandedOver()
    return {
        "version": str(plan.version),
        "previous-version": str(plan.previous or ""),
        "changed": "true" if plan.changes else "false",
        "changed-files": json.dumps(sorted({*plan.files, *files})),
        "decided-by": plan.raised.decided_by if plan.raised else "",
        "branch": done.branch,
        "commit": done.commit,
        "tag": done.tag,
        "pull-request": done.pull_request,
        **{ecosystem.value: plan.version.spelt(ecosystem.scheme) for ecosystem in Ecosystem},
    }
