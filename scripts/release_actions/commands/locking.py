"""Lock files after a bump: what they derive from manifests follows, and those that can't be brought in step are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from release_actions.commands.bumped import Change, Plan
from release_actions.commands.ports.tree import Tree
from release_actions.errors import Finding, Place
from release_actions.manifests import edit, other_locks
from release_actions.manifests.edit import Edit
from release_actions.manifests.manifest import Derived, Manifest
from release_actions.manifests.workspace import Workspace


def locked(plan: Plan, whole: Workspace, tree: Tree) -> Plan:
    """`plan` with what lock files derive from what it changes, and with what it leaves stale (rule `lock-stale`)."""
    parts = (whole, *(part for _, part in whole.groups))
    manifests = {manifest.path: manifest for part in parts for manifest in part.manifests}
    locks = [manifest for manifest in manifests.values() if manifest.derived or manifest.remade_by]
    if not plan.changes or not locks:
        return plan
    after = contents([change for change in plan.changes if _concerns(change, locks)], tree)
    changes, stale = [], list(_unread(locks, manifests.values(), tree))
    for manifest in locks:
        for one in manifest.derived:
            if one.of not in manifests or (one.of not in after and manifest.path not in after):
                continue
            text = _followed(manifest, one, after, tree)
            if text is None:
                what = f"`{one.site.key}` was out of step with {one.of} before, or made in an unknown way."
                stale.append(_stale(manifest.place(one.site), what, one.command))
            elif text != one.site.text:
                changes.append(Change(manifest, Edit(one.site, text)))
    return replace(plan, changes=(*plan.changes, *changes), stale=tuple(stale))


def contents(changes: Iterable[Change], tree: Tree) -> Mapping[str, bytes]:
    """What the files will hold. Raises ManifestError when one has changed since it was read."""
    by_path: dict[str, list[Change]] = {}
    for change in changes:
        by_path.setdefault(change.manifest.path, []).append(change)
    return {path: edit.apply(of[0].manifest, tree.read(path), [change.edit for change in of]) for path, of in by_path.items()}


def _concerns(change: Change, locks: Iterable[Manifest]) -> bool:
    return any(change.manifest.path in (lock.path, *(one.of for one in lock.derived)) for lock in locks)


def _followed(manifest: Manifest, one: Derived, after: Mapping[str, bytes], tree: Tree) -> str | None:
    before = tree.read(one.of), tree.read(manifest.path)
    return one.follow(before, (after.get(one.of, before[0]), after.get(manifest.path, before[1])))


def _unread(locks: Iterable[Manifest], manifests: Iterable[Manifest], tree: Tree) -> Iterator[Finding]:
    own = [(manifest.family, manifest.name or manifest.speaks_of) for manifest in manifests]
    for lock in locks:
        names = {name for family, name in own if name and family == lock.family}
        named = other_locks.speaks_of(tree.read(lock.path), sorted(names)) if lock.remade_by else None
        if named:
            yield _stale(Place(lock.path), f"The file speaks of `{named}`, and is not followed.", lock.remade_by)


def _stale(place: Place, what: str, command: str) -> Finding:
    return Finding("lock-stale", what, f"Run `{command}` in its folder, and commit what it changes.", place)
