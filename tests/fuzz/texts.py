"""Versions, tags, commits, changelogs, records, inputs and configuration: text that people and other programs wrote."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import jsonschema
import pytest
import yaml
from tests import actions_runner
from tests.fuzz.judge import Target

from release_actions import runner
from release_actions.adapters import config, git
from release_actions.domain import changelog, commits, notes, report, tagging
from release_actions.domain.config import PATH
from release_actions.domain.distributions import same_version, version_of
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import Release
from release_actions.domain.report import Bullets, Outcome, Report, Table, Verbatim
from release_actions.domain.rollback_record import Record
from release_actions.domain.version import Level, Scheme, Version
from release_actions.errors import ManifestError, Place, RefusedError, ReleaseError

TOP = Path(__file__).parents[2]
ACTION = TOP / "actions/tag/action.yml"


def _text(data: bytes) -> str:
    """Text as Python has it from the command line and the environment, where half a character stands for what is no UTF-8."""
    return data.decode(errors="surrogateescape")


def _version(data: bytes) -> None:
    text = _text(data)
    version = Version.parse(text)
    assert str(version) == text
    assert Version.parse(str(version)) == version
    spellings = [version.spelt(scheme) for scheme in Scheme]
    assert same_version(spellings[list(Scheme).index(Scheme.PEP440)], version.spelt(Scheme.PEP440))
    for level in Level:
        assert version.raised(level) > version


def _tag(data: bytes) -> None:
    name = _text(data)
    for commit in (None, "0" * 40):
        found = tagging.refusals(
            tagging.Facts(name, commit, branches=(name,), bad_signature=name), tagging.Rules(branches=("main",), signed=True)
        )
        version = tagging.version_of(name)
        assert version is None or version.tag == name
        if found:
            raise ReleaseError.of(found)


def _commit(data: bytes) -> None:
    subject, _, body = data.decode(errors="replace").partition("\n")
    found = commits.change(subject, body)
    commits.is_merge(subject)
    release = Release(Version(1, 2, 3), "0" * 40, ())
    made = notes.notes(release, [found], "https://example.invalid/acme/sdk", "v1.2.2")
    assert "<" not in made.replace("\\<", "")
    assert notes.size(made) <= notes.LONGEST


def _changelog(data: bytes) -> None:
    closed = changelog.closed(data, "CHANGELOG.md", "1.2.3", "2026-01-31", "v1.2.3")
    assert len(closed) > len(data)
    with pytest.raises(RefusedError, match=r"changelog-(version|empty)"):
        changelog.closed(closed, "CHANGELOG.md", "1.2.3", "2026-01-31", "v1.2.3")


def _release(data: bytes) -> None:
    release = Release.from_json(data.decode(errors="replace"))
    assert Release.from_json(release.to_json()) == release
    _valid(release.to_json(), "release")


def _rollback(data: bytes) -> None:
    record = Record.from_json(data.decode(errors="replace"))
    assert Record.from_json(record.to_json()) == record
    _valid(record.to_json(), "rollback")


def _valid(document: str, schema: str) -> None:
    jsonschema.validate(json.loads(document), SCHEMAS[schema])


class _OneFile:
    """A tree that holds the configuration alone."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, path: str) -> bytes:
        if path != PATH:
            raise ManifestError("file-missing", "It is not there.", "Write it.", Place(path))
        return self.data

    def each(self, paths: object, use: object) -> NoReturn:
        raise AssertionError("there are no manifests")

    def replace(self, contents: object) -> NoReturn:
        raise AssertionError("reading writes nothing")


def _config(data: bytes) -> None:
    config.load(_OneFile(data))
    document = yaml.load(data.decode("utf-8-sig"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - as the reader
    jsonschema.validate({} if document is None else json.loads(json.dumps(document)), SCHEMAS["config"])


def _inputs(data: bytes) -> None:
    """The document of a step's inputs; what each says is then written as an output and reported."""
    os.environ["INPUTS"] = _text(data).replace("\0", "")
    inputs = runner.read_inputs(ACTION)
    for name in ("tag", "branches", "signed", "channels", "newer"):
        inputs.items(name)
        value = inputs.text(name)
        with tempfile.TemporaryDirectory() as folder:
            _report(value, Path(folder))
        for read in (inputs.flag, inputs.number, inputs.required):
            try:
                read(name)
            except ReleaseError as error:
                _report(str(error), Path(folder), written=False)


def _report(value: str, folder: Path, *, written: bool = True) -> None:
    blocks = (value, Table((value, "b"), ((value, value),)), Bullets((value,)), Verbatim(value))
    outcome = Outcome(Report(value, blocks), {"value": value})
    assert actions_runner.commands(runner.defuse(report.text(outcome.report))) == []
    if written:
        for name in ("OUTPUT", "STEP_SUMMARY"):
            folder.joinpath(name).touch()
            os.environ[f"GITHUB_{name}"] = str(folder / name)
        runner.set_output("value", value)
        runner._summarise(outcome)
        read = actions_runner.outputs((folder / "OUTPUT").read_bytes().decode())
        assert set(read) == {"value"}


class _Printed(git.GitRepository):
    """A repository in which git prints what it is told to."""

    def __init__(self, printed: str) -> None:
        super().__init__(Path())
        self.printed = printed

    def _git(self, *words: str) -> str:
        return self.printed


def _log(data: bytes) -> None:
    """Whatever messages there are, as `git log -z` prints them, each is read as it is: no message holds a NUL."""
    messages = [part.decode(errors="replace").replace("\0", "").partition("\n") for part in data.split(b"\0")]
    printed = "".join(f"{index:040x}\0{subject}\0{body}\0" for index, (subject, _, body) in enumerate(messages))
    found = _Printed(printed).commits(None, "HEAD")
    assert [(commit.subject, commit.body) for commit in found] == [(subject, body.strip("\n")) for subject, _, body in messages]


def _status(data: bytes) -> None:
    """The paths that `git status` and `git ls-files` print, whatever is in them but a NUL."""
    names = [name for name in dict.fromkeys(part.decode(errors="replace") for part in data.split(b"\0")) if name]
    changes = _Printed("".join(f"?? {name}\0" for name in names)).changes()
    assert list(changes.untracked) == names
    assert list(_Printed("".join(f"100644 {0:040x} 0\t{name}\0" for name in names)).files()) == names


def _file_name(data: bytes) -> None:
    version = version_of(_text(data), "acme-sdk")
    assert version is None or same_version(version, version)


def _schema(name: str) -> object:
    return json.loads((TOP / f"schemas/{name}.schema.json").read_text(encoding="utf-8"))


SCHEMAS: dict[str, dict[str, object]] = {name: _schema(name) for name in ("release", "rollback", "config")}  # type: ignore[misc]

_VERSIONS = (
    "1.2.3",
    "1.2.3-alpha.1",
    "1.2.3-beta.4",
    "1.2.3-rc.4",
    "1.2.3-0.dev.7",
    "2147483647.0.0",
    "1.2.3+build",
    "01.2.3",
    "1.2.3-nightly.1",
)
_MESSAGES = (
    "feat(api)!: remove `x` (#12)\n\nBREAKING CHANGE: use @acme/y\nRefs: #3\n",
    "fix: <b>bold</b> see https://example.invalid and www.example.invalid\n",
    "Merge pull request #1 from a/b\n\nfeat: c\n",
)
_CHANGELOG = b"""# Changelog

## [Unreleased]

### Added

- This.

```md
## [Unreleased]
```

## [1.2.2] - 2026-01-01

- That.

[Unreleased]: https://example.invalid/acme/compare/v1.2.2...HEAD
[1.2.2]: https://example.invalid/acme/compare/v1.2.1...v1.2.2
"""
_RELEASE = {
    "schema": 1,
    "tag": "v1.2.3-rc.1",
    "version": "1.2.3-rc.1",
    "commit": "0" * 40,
    "packages": [
        {
            "ecosystem": ecosystem,
            "name": "@acme/sdk",
            "version": "1.2.3rc1",
            "files": [{"name": f"acme.{ecosystem}", "size": 5, "sha256": "a" * 64, "sha512": "b" * 128}],
            "depends_on": ["acme-core"],
        }
        for ecosystem in Ecosystem
    ],
}
_WAY = {"ecosystem": "npm", "name": "a", "version": "1.2.3", "previous": "1.2.2", "pointers": {"latest": "1.2.2", "beta": None}}
_ROLLBACK = {
    "schema": 1,
    "tag": "v1.2.3",
    "version": "1.2.3",
    "packages": [_WAY, {**_WAY, "ecosystem": "pypi", "previous": None, "pointers": {}}],
}
_CONFIG = b"""exclude: [examples/*]
files: [openapi.yaml]
patterns:
  - {path: "*.md", pattern: 'acme==(?P<version>[^ ]+)', spelling: pep440}
groups:
  cli: {paths: [cli/*], version: patch}
packages:
  npm:
    "@acme/internal": {private: true}
    "@acme/client": {registry: "https://npm.acme.example", smoke: smoke/a.mjs}
"""
_INPUTS = {
    "tag": "v1.2.3",
    "branches": "main\nrelease/*",
    "signed": "true",
    "channels": "stable,rc",
    "newer": "line",
    "more": None,
    "number": 7,
}
_FILES = (
    "acme_sdk-1.2.3b4-py3-none-any.whl",
    "acme_sdk-1.2.3b4.tar.gz",
    "acme-sdk-1!2.0.post1.zip",
    "acme_sdk-1.0-1-cp311-abi3-manylinux_2_17_x86_64.whl",
)


def _encoded(texts: Iterable[str]) -> list[bytes]:
    return [text.encode() for text in texts]


TEXTS = [
    Target("version", _version, lambda: _encoded(_VERSIONS)),
    Target("tag", _tag, lambda: _encoded(f"{prefix}{version}" for version in _VERSIONS for prefix in ("v", "", "V", "client/v"))),
    Target("commit", _commit, lambda: _encoded(_MESSAGES)),
    Target(
        "changelog",
        _changelog,
        lambda: [_CHANGELOG, _CHANGELOG.replace(b"\n", b"\r\n"), _CHANGELOG.replace(b"[Unreleased]\n", b"Unreleased\n")],
    ),
    Target("release_json", _release, lambda: [json.dumps(_RELEASE).encode()]),
    Target("rollback_json", _rollback, lambda: [json.dumps(_ROLLBACK).encode()]),
    Target("config", _config, lambda: [_CONFIG]),
    Target("inputs", _inputs, lambda: [json.dumps(_INPUTS).encode()]),
    Target("git_log", _log, lambda: ["\0".join(_MESSAGES).encode()]),
    Target("git_paths", _status, lambda: [b"a/package.json\0b c.txt\0\xc3\xa4"]),
    Target("file_name", _file_name, lambda: _encoded(_FILES)),
]
