"""Every kind of version-bearing file: what is read is where it is said to be, and an edit is read back as what it says."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import cast

from tests.fuzz.judge import Target

from release_actions.domain.config import Config, Pattern
from release_actions.domain.version import Scheme, Version
from release_actions.errors import Finding
from release_actions.manifests import go_retraction, kinds, markers, patterns, targets
from release_actions.manifests.edit import Edit, apply
from release_actions.manifests.manifest import Manifest
from release_actions.manifests.workspace import assemble

CASES = Path(__file__).parents[1] / "cases" / "bump"
SET = [Version.parse(text) for text in ("7.8.9", "1.2.4-rc.5", "2.0.0-0.dev.6")]


def _name(kind: kinds.Kind) -> str:
    return cast("ModuleType", kind).__name__.rpartition(".")[2]


def _files() -> list[tuple[str, bytes]]:
    tops = sorted(CASES.glob("*/before"))
    return [(path.relative_to(top).as_posix(), path.read_bytes()) for top in tops for path in sorted(top.rglob("*")) if path.is_file()]


def _seeds(kind: kinds.Kind) -> Iterable[bytes]:
    return [path.encode() + b"\n" + data for path, data in _files() if kind.matches(path)]


def _check(kind: kinds.Kind, given: bytes) -> None:
    """The first line of `given` is the file's path, the rest what it holds."""
    name, _, data = given.partition(b"\n")
    path = name.decode(errors="replace")
    if kind.matches(path):
        manifest = kind.read(path, data)
        _check_places(manifest, data)
        for version in SET:
            _check_edit(kind, manifest, data, version)


def _check_places(manifest: Manifest, data: bytes) -> None:
    for site in (*manifest.versions, *manifest.candidates, *manifest.dependencies):
        token = site.token
        assert data[token.start : token.end] == token.text.encode(manifest.encoding)
        assert manifest.encoding != "utf-8" or token.line == data.count(b"\n", 0, token.start) + 1


def _edits(manifest: Manifest, version: Version) -> list[Edit]:
    """What a bump of this file alone would change; nothing when it would be refused."""
    wanted = list(targets.targets(assemble([manifest], {manifest.path}, Config()), version))
    if any(isinstance(target, Finding) for target in wanted):
        return []
    found = [target for target in wanted if isinstance(target, targets.Target)]
    return [Edit(one.site, one.text) for one in found if one.text is not None and one.text != one.site.text]


def _check_edit(kind: kinds.Kind, manifest: Manifest, data: bytes, version: Version) -> None:
    edits = _edits(manifest, version)
    edited = apply(manifest, data, edits)
    if edits:
        try:
            again = kind.read(manifest.path, edited)
        except Exception as error:
            raise AssertionError(f"after an edit to {version} the file can't be read: {edited!r}") from error
        if again.name != manifest.name:  # of Go: another major version is another module, and others may need that one too
            return
        left = [(edit.site.key, edit.site.text, edit.text) for edit in _edits(again, version)]
        assert not left, f"after an edit to {version} this is left: {left} in {edited!r}"


def _pattern(given: bytes) -> None:
    """The first line of `given` is the expression, the rest the file."""
    expression, _, data = given.partition(b"\n")
    manifest = patterns.read("notes.txt", data, Pattern("*.txt", expression.decode(errors="replace"), Scheme.SEMVER, 1))
    _check_places(manifest, data)


def _marked(data: bytes) -> None:
    manifest = markers.read("notes.txt", data)
    _check_places(manifest, data)


def _retracted(data: bytes) -> None:
    text = data.decode(errors="replace")
    changed = go_retraction.retracted(text, SET[0], "it is broken")
    assert changed is None or go_retraction.retracted(changed, SET[0], "it is broken") is None


def _texts() -> list[bytes]:
    return [data for path, data in _files() if kinds.of(path) is None]


MANIFESTS = [
    *(Target(_name(kind), partial(_check, kind), partial(_seeds, kind)) for kind in (*kinds.KINDS, *kinds.DECLARED)),
    Target(
        "pattern", _pattern, lambda: [rb"acme (?P<version>\S+)" + b"\nacme 1.2.3 and acme 1.2.3-rc.1\n", rb"v(?P<version>[0-9.]+)\nv1.2.3"]
    ),
    Target("marker", _marked, lambda: [*_texts(), b"a = '1.2.3'  # release-actions:version\nb 1.2.3b1 release-actions:version=pep440\n"]),
    Target("go_retraction", _retracted, lambda: [data for path, data in _files() if path.endswith("go.mod")]),
]
