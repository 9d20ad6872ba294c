"""Groups with versions of their own, as a bump sees them: which is meant, which follow, and what their tags are."""

from __future__ import annotations

from collections.abc import Iterator

from release_actions.domain.config import Config
from release_actions.domain.version import Version
from release_actions.errors import Finding, InputError, RefusedError
from release_actions.manifests import targets
from release_actions.manifests.workspace import Workspace


def chosen(whole: Workspace, group: str) -> Workspace:
    """The workspace of the group; all that belongs to none when `group` is empty (rule `input-value` for an unknown one)."""
    found = next((part for one, part in whole.groups if one.name == group), None) if group else whole
    if found is None:
        shown = ", ".join(f"`{one.name}`" for one, _ in whole.groups) or "none at all"
        raise InputError("input-value", f"The input `group` is `{group[:100]}`.", f"The configuration has {shown}.")
    return found


def tag_prefix(group: str) -> str:
    """What stands before the `v` of the group's tags."""
    return f"{group}/" if group else ""


def tag(group: str, version: Version) -> str:
    """The tag of the group's version."""
    return f"{tag_prefix(group)}{version.tag}"


def pathspecs(config: Config, group: str) -> tuple[str, ...]:
    """Where commits have to touch to count for the group, for git; a commit may count for several."""
    if group:
        return tuple(f":(top){pattern}" for one in config.groups if one.name == group for pattern in one.paths)
    others = tuple(f":(top,exclude){pattern}" for one in config.groups if not one.patch_only for pattern in one.paths)
    return (":(top)", *others) if others else ()


def followers(whole: Workspace, version: Version) -> Iterator[Workspace]:
    """The groups whose major and minor number the version changes, or whose prerelease it continues."""
    for group, part in whole.groups:
        if not group.patch_only:
            continue
        stated = [one.version for one in part.stated]
        if any(one is None or one.line != version.line or (one.is_prerelease and one < version) for one in stated):
            yield part


def refusals(whole: Workspace, group: str, version: Version) -> Iterator[Finding]:
    """Why the group can't have this version: its major and minor number are those of all that belongs to no group."""
    if not any(one.name == group and one.patch_only for one, _ in whole.groups):
        return
    line = targets.prevalent(whole).line
    if version.line != line:
        what = f"The group `{group}` has only a patch number of its own: {version} is not of the line {line[0]}.{line[1]}."
        yield Finding("group-line", what, "Bump the patch number, or bump without `group`: this one follows.")


def drifted(whole: Workspace) -> Iterator[Finding]:
    """What disagrees within each group."""
    for _, part in whole.groups:
        try:
            version = targets.prevalent(part)
        except RefusedError as error:
            yield from error.findings
        else:
            yield from targets.disagreements(part, version)
