"""What every site has to say for a version, and which do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from release_actions.domain.package import Ecosystem
from release_actions.domain.version import Version
from release_actions.errors import Finding, Place, RefusedError
from release_actions.manifests import msbuild, msbuild_evaluation, spelling
from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.ranges import ExcludedError
from release_actions.manifests.workspace import Stated, Workspace, version_of


class Target(NamedTuple):
    """A site, and what it has to say; None when it bears no full version that could be set."""

    manifest: Manifest
    site: Site
    text: str | None


def targets(workspace: Workspace, version: Version) -> Iterator[Target | Finding]:
    """What each site has to say for `version`, or why it can't (rule `version-unbearable`)."""
    for manifest in workspace.manifests:
        for site in (*manifest.versions, *manifest.dependencies):
            try:
                yield Target(manifest, site, spelling.spelt(site, version))
            except ExcludedError as error:
                what = f"`{site.key}` is `{site.text}`, and {error}."
                remedy = "Change this place by hand, so that it can hold the new version, and run this again."
                yield Finding("version-unbearable", what, remedy, manifest.place(site))
    yield from _incomplete(workspace, version)


def _incomplete(workspace: Workspace, version: Version) -> Iterator[Finding]:
    """Packages whose manifests would not amount to the version, whatever their sites say."""
    places = {package.manifest for package in workspace.packages if not package.private}
    shared = {
        site.key: site
        for manifest in workspace.manifests
        for site in manifest.versions
        if manifest.family == msbuild.FAMILY and site.spelling is not Spelling.NUMERIC
    }
    for manifest in workspace.manifests:
        if manifest.path not in places or any(note.of_package for note in manifest.left_alone):
            continue
        said = version_of(manifest)
        if not said:
            what, remedy = f"`{manifest.name}` bears no version.", f"Write `{_example(manifest, version)}` into it."
            yield Finding("version-missing", what, remedy, Place(manifest.path))
        elif manifest.family == msbuild.FAMILY and not spelling.is_placeholder(said):
            yield from _misspelt(manifest, shared, version)


def _example(manifest: Manifest, version: Version) -> str:
    if manifest.family == Ecosystem.NUGET:
        return f"<Version>{version}</Version>"
    return f'"version": "{version}"' if manifest.family == Ecosystem.NPM else f'version = "{version.spelt(Ecosystem.PYPI.scheme)}"'


def _misspelt(manifest: Manifest, shared: Mapping[str, Site], version: Version) -> Iterator[Finding]:
    changed = {key: spelling.spelt(site, version) or "" for key, site in shared.items() if key in manifest.properties}
    would_be = msbuild_evaluation.version({**manifest.properties, **changed})
    if would_be != str(version) and not spelling.is_placeholder(would_be):
        what = f"The version of `{manifest.name}` would be {would_be}, not {version}: its VersionPrefix takes no label."
        remedy = "Put `<VersionSuffix></VersionSuffix>` beside it, or bear the whole version in `<Version>`."
        yield Finding("version-unbearable", what, remedy, Place(manifest.path))


def disagreements(workspace: Workspace, version: Version) -> tuple[Finding, ...]:
    """Every place that bears another version than `version`, own dependencies included (rule `version-disagrees`).

    Groups with a patch number of their own have to be of its release line (`group-line`); others do not count.
    """
    found = [finding for target in targets(workspace, version) if (finding := _disagreement(target, version))]
    return (*found, *(finding for group, part in workspace.groups if group.patch_only for finding in off_line(part, group.name, version)))


def off_line(part: Workspace, group: str, version: Version) -> Iterator[Finding]:
    """What of this group's is not of the release line of `version`."""
    for one in part.stated:
        if one.version is None or one.version.line != version.line:
            what = f"`{one.text}` is not of the line {version.major}.{version.minor}, which the group `{group}` has to follow."
            yield Finding("group-line", what, f"Run the bump to {version}.", one.place)


def _disagreement(target: Target | Finding, version: Version) -> Finding | None:
    if isinstance(target, Finding):
        return target
    if target.text is None or target.text == target.site.text:
        return None
    what = f"`{target.site.key}` is `{target.site.text}`, where {version} is `{target.text}`."
    return Finding("version-disagrees", what, f"Set it everywhere: `bump --version {version}`.", target.manifest.place(target.site))


def common(workspace: Workspace) -> Version:
    """The one version that all files state.

    Raises:
        RefusedError: they state none (rule `version-missing`), one that can't be read (`version-grammar`), or several
            (`version-drift`).
    """
    said = workspace.stated
    if not said:
        raise missing()
    unread = [one for one in said if one.version is None]
    if unread:
        raise RefusedError.of(_unreadable(one) for one in unread)
    first, *rest = said
    other = next((one for one in rest if one.version != first.version), None)
    if other or first.version is None:
        what = f"The manifests have drifted: {first.place} is {first.text}" + (f", {other.place} is {other.text}." if other else ".")
        raise RefusedError(
            "version-drift",
            what,
            "Give the exact version that all are to bear: `bump --version X.Y.Z` sets it everywhere.",
            other.place if other else None,
        )
    return first.version


def prevalent(workspace: Workspace) -> Version:
    """The version that most files state, the higher one of two.

    Raises:
        RefusedError: they state none that can be read (rules as `common`).
    """
    said = workspace.stated
    counts = Counter(one.version for one in said if one.version is not None)
    if counts:
        return max(counts, key=lambda version: (counts[version], version))
    if said:
        raise RefusedError.of(_unreadable(one) for one in said)
    raise missing()


def missing() -> RefusedError:
    """What to say of a repository in which nothing bears a version."""
    what = "No manifest of the repository bears a version that can be set; `0.0.0` counts as a placeholder."
    return RefusedError("version-missing", what, "Write the first one into a manifest by hand, or check the `exclude` patterns.")


def _unreadable(one: Stated) -> Finding:
    what = f"`{one.text}` is no version that every registry orders alike."
    return Finding("version-grammar", what, "Bump to an exact version, such as `1.2.3`.", one.place)
