"""Whole repositories of the cases, in which every kind of file is: to any version, again, and back."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.property.strategies import versions

from release_actions.domain.config import Config
from release_actions.domain.version import Version
from release_actions.errors import Finding
from release_actions.manifests import kinds, targets
from release_actions.manifests.edit import Edit, apply
from release_actions.manifests.manifest import Manifest
from release_actions.manifests.workspace import assemble

CASES = Path(__file__).parents[1] / "cases" / "bump"
Files = Mapping[str, bytes]


def repositories() -> dict[str, tuple[str | None, Files]]:
    """The cases without a configuration, by name: the version that all their files bear, if it is one, and what is read."""
    found: dict[str, tuple[str | None, Files]] = {}
    for folder in sorted(path for path in CASES.iterdir() if not path.name.startswith("refused_")):
        previous, top = tomllib.loads(folder.joinpath("case.toml").read_text(encoding="utf-8")).get("previous"), folder / "before"
        files = {path.relative_to(top).as_posix(): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}
        if not any(path.startswith(".github/") for path in files):
            found[folder.name] = previous, {path: data for path, data in files.items() if kinds.of(path)}
    return found


REPOSITORIES = repositories()
STABLE = st.builds(Version, st.integers(1, 999), st.integers(0, 999), st.integers(0, 999))
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def read(path: str, data: bytes) -> Manifest:
    kind = kinds.of(path)
    assert kind
    return kind.read(path, data)


def edits(files: Files, version: Version) -> dict[str, tuple[Manifest, list[Edit]]]:
    """What has to change, by file; cases in which something can't bear the version are passed over."""
    workspace = assemble((read(path, data) for path, data in files.items()), files, Config())
    found: dict[str, tuple[Manifest, list[Edit]]] = {}
    for target in targets.targets(workspace, version):
        assume(not isinstance(target, Finding))
        if isinstance(target, targets.Target) and target.text is not None and target.text != target.site.text:
            found.setdefault(target.manifest.path, (target.manifest, []))[1].append(Edit(target.site, target.text))
    return found


def bumped(files: Files, version: Version) -> Files:
    changed = {path: apply(manifest, files[path], of) for path, (manifest, of) in edits(files, version).items()}
    return {**files, **changed}


def test_the_cases_hold_every_kind() -> None:
    read_there = {kinds.of(path) for _, files in REPOSITORIES.values() for path in files}
    assert read_there == set(kinds.KINDS)


@slow
@given(st.sampled_from(sorted(REPOSITORIES)), versions())
def test_a_bump_changes_the_places_that_it_names_and_leaves_nothing_to_do(name: str, version: Version) -> None:
    _, files = REPOSITORIES[name]
    planned = edits(files, version)
    after = bumped(files, version)
    for path, (manifest, of) in planned.items():
        position, rest = 0, after[path]
        for edit in sorted(of, key=lambda edit: edit.site.token.start):
            kept, text = files[path][position : edit.site.token.start], edit.text.encode(manifest.encoding)
            assert rest.startswith(kept + text)
            rest, position = rest[len(kept) + len(text) :], edit.site.token.end
        assert rest == files[path][position:]
    assert {path: data for path, data in after.items() if path not in planned} == {
        path: data for path, data in files.items() if path not in planned
    }
    assert edits(after, version) == {}


@slow
@given(st.sampled_from(sorted(name for name, (previous, _) in REPOSITORIES.items() if previous)), STABLE)
def test_there_and_back_again_restores_every_byte(name: str, version: Version) -> None:
    """Down to a lower major, the path of a Go module may become one that others have already."""
    previous, files = Version.parse(REPOSITORIES[name][0] or ""), REPOSITORIES[name][1]
    assume(version.major >= previous.major)
    assert bumped(bumped(files, version), previous) == files
