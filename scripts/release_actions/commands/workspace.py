"""The packages of a repository and the files that bear their version, found among git's files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase

from release_actions.commands.ports.git import Git
from release_actions.commands.ports.tree import Tree
from release_actions.domain.config import Config
from release_actions.errors import ConfigError, Finding, ManifestError
from release_actions.manifests import followed_version, kinds, markers, patterns
from release_actions.manifests.manifest import Manifest
from release_actions.manifests.targets import disagreements
from release_actions.manifests.workspace import Workspace, assemble

__all__ = ["Workspace", "disagreements", "read"]


def read(git: Git, tree: Tree, config: Config) -> Workspace:
    """Find and read every manifest among git's files.

    Raises:
        ManifestError: files can't be read as what their names say, declared files bear no version, or packages share a
            name; all findings at once.
    """
    tracked = sorted(git.files())
    included = [path for path in tracked if not _is_excluded(path, config)]
    findings: list[Finding] = []
    manifests = [
        *_followed(_manifests(included, tree, config, findings), tracked, tree, config, findings),
        *_marked(sorted(set(included).intersection(git.files_with(markers.WORD))), tree, findings),
        *_matched(tracked, tree, config, findings),
    ]
    if findings:
        raise ManifestError.of(findings)
    return assemble(manifests, set(tracked), config)


def _manifests(paths: Iterable[str], tree: Tree, config: Config, findings: list[Finding]) -> Iterator[Manifest]:
    """Every manifest among `paths`; what is wrong with one is added to `findings`."""
    declared = set(config.files)
    known = {path: kind for path in paths if (kind := kinds.of(path, declared=path in declared))}
    for found in tree.each(list(known), lambda path, data: known[path].read(path, data)):
        if isinstance(found, tuple):
            findings += found
        else:
            yield found


def _followed(given: Iterable[Manifest], tracked: Sequence[str], tree: Tree, config: Config, findings: list[Finding]) -> Iterator[Manifest]:
    """`given`, with the files that dynamic versions come from; what is wrong with these is added to `findings`."""
    for found in followed_version.follow(given, set(tracked), lambda path: _is_excluded(path, config), tree.read):
        if isinstance(found, Finding):
            findings.append(found)
        else:
            yield found


def _is_excluded(path: str, config: Config) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in config.exclude)


def _marked(paths: Iterable[str], tree: Tree, findings: list[Finding]) -> Iterator[Manifest]:
    for path in paths:
        try:
            yield markers.read(path, tree.read(path))
        except ManifestError as error:
            findings += error.findings


def _matched(tracked: Sequence[str], tree: Tree, config: Config, findings: list[Finding]) -> Iterator[Manifest]:
    """What the configured patterns match, each by itself; one that matches nothing is a finding (rule `pattern-unmatched`)."""
    for pattern in config.patterns:
        found = False
        for path in (path for path in tracked if fnmatchcase(path, pattern.path)):
            try:
                manifest = patterns.read(path, tree.read(path), pattern)
            except (ConfigError, ManifestError) as error:
                findings += error.findings
                found = True
            else:
                found = found or bool(manifest.versions)
                yield manifest
        if not found:
            findings.append(patterns.unmatched(pattern))
