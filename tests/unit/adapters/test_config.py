"""The configuration file; the published schema and the loader must agree on every document."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from release_actions.adapters import config
from release_actions.adapters.tree import WorkTree
from release_actions.domain.config import PATH, Config, Group, PackageSettings, Pattern
from release_actions.domain.package import Ecosystem
from release_actions.domain.version import Scheme
from release_actions.errors import ConfigError

SCHEMA = json.loads(Path(__file__).parents[3].joinpath("schemas/config.schema.json").read_text(encoding="utf-8"))

GOOD = {
    "": Config(),
    "# nothing yet\n": Config(),
    "{}": Config(),
    "exclude: ['vendor/*', \"a b\"]": Config(exclude=("vendor/*", "a b")),
    "files:\n- a/package.json\n": Config(files=("a/package.json",)),
    "patterns: []": Config(),
    "patterns:\n  - {path: a.md, pattern: 'a (?P<version>.)'}\n  - {path: b*, pattern: b, spelling: pep440}": Config(
        patterns=(Pattern("a.md", "a (?P<version>.)"), Pattern("b*", "b", Scheme.PEP440))
    ),
    "groups: {}": Config(),
    "groups:\n  cli: {paths: [cli/*]}\n  py: {paths: [py/*, p], version: patch}": Config(
        groups=(Group("cli", ("cli/*",)), Group("py", ("py/*", "p"), patch_only=True))
    ),
    "packages: {}": Config(),
    "packages:\n  npm:\n    '@acme/a': {private: true}\n  pypi: {}\n": Config(
        packages={(Ecosystem.NPM, "@acme/a"): PackageSettings(private=True)}
    ),
    "packages: {nuget: {Acme: {registry: 'https://example.invalid/v3/index.json', private: false}, B: {}}}": Config(
        packages={
            (Ecosystem.NUGET, "Acme"): PackageSettings(private=False, registry="https://example.invalid/v3/index.json"),
            (Ecosystem.NUGET, "B"): PackageSettings(),
        }
    ),
    "packages: {pypi: {acme: {smoke: smoke/acme.py}}}": Config(packages={(Ecosystem.PYPI, "acme"): PackageSettings(smoke="smoke/acme.py")}),
}
# What the schema can say too: (document, rule, line).
BAD = [
    ("excludes: []", "config-key", 1),
    ("\n\nfiles: a.json", "config-type", 3),
    ("files:\n- a\n- 1", "config-type", 3),
    ("files: ['']", "config-type", 1),
    ("files: [' ']", "config-type", 1),
    ("files: null", "config-type", 1),
    ("files: {a: b}", "config-type", 1),
    ("- a", "config-type", 1),
    ("text", "config-type", 1),
    ("patterns: {}", "config-type", 1),
    ("patterns:\n- a.md", "config-type", 2),
    ("patterns:\n- {path: a.md}", "config-key", 2),
    ("patterns:\n- {pattern: a}", "config-key", 2),
    ("patterns:\n- {path: a.md, pattern: a, group: 1}", "config-key", 2),
    ("patterns:\n- {path: a.md, pattern: 1}", "config-type", 2),
    ("patterns:\n- path: a.md\n  pattern: a\n  spelling: calver", "config-type", 4),
    ("groups: []", "config-type", 1),
    ("groups:\n  cli: []", "config-type", 2),
    ("groups:\n  cli: {}", "config-key", 2),
    ("groups:\n  cli: {paths: []}", "config-key", 2),
    ("groups:\n  Cli/x: {paths: [a]}", "config-key", 2),
    ("groups:\n  cli:\n    paths: [a]\n    version: minor", "config-type", 4),
    ("packages: []", "config-type", 1),
    ("packages:\n  maven: {}", "config-key", 2),
    ("packages:\n  npm:\n    a:\n      privat: true", "config-key", 4),
    ("packages:\n  npm:\n    a:\n      private: 'true'", "config-type", 4),
    ("packages:\n  npm:\n    a: null", "config-type", 3),
    ("packages:\n  npm:\n    a: {registry: registry.example}", "config-type", 3),
    ("packages:\n  npm:\n    a: {registry: 1}", "config-type", 3),
]
# What only the loader sees.
UNREADABLE = [
    ("files: [", "config-yaml", 2),
    ("files: []\nfiles: []", "config-key", 2),
    ("packages:\n  npm:\n    a:\n      smoke: [node]", "config-type", 4),
    ("packages:\n  npm:\n    a: {}\n    a: {}", "config-key", 4),
    ("packages: {npm: {a: {private: yes}}}", "config-type", 1),
    ("packages: {npm: {1: {}}}", "config-type", 1),
    ("a: 1\n---\nb: 2", "config-yaml", 2),
    ("files: !!python/object/apply:os.system ['x']", "config-type", 1),
    ("? [a]\n: b", "config-type", 1),
    ("<<: {files: []}", "config-type", 1),
    ("&a [*a]", "config-type", 1),
    ("\t- a", "config-yaml", 1),
    ("[" * 5000, "config-yaml", 2),
]


def test_brackets_without_end_take_little_time(tmp_path: Path) -> None:
    began = time.process_time()
    assert refusal(tmp_path, "files: " + "{" * 4_000)[0] == "config-yaml"
    assert time.process_time() - began < 1


def load(top: Path, document: str | bytes) -> Config:
    top.joinpath(".github").mkdir(exist_ok=True)
    data = document.encode() if isinstance(document, str) else document
    top.joinpath(PATH).write_bytes(data)
    return config.load(WorkTree(top))


@pytest.mark.parametrize("document", GOOD)
def test_what_the_schema_allows_is_read(document: str, tmp_path: Path) -> None:
    assert load(tmp_path, document) == GOOD[document]
    assert Draft7Validator(SCHEMA).is_valid(yaml.safe_load(document) or {})


@pytest.mark.parametrize(("document", "rule", "line"), BAD)
def test_what_the_schema_refuses_is_refused_with_its_line(document: str, rule: str, line: int, tmp_path: Path) -> None:
    assert not Draft7Validator(SCHEMA).is_valid(yaml.safe_load(document))
    assert refusal(tmp_path, document) == (rule, line)


@pytest.mark.parametrize(("document", "rule", "line"), UNREADABLE)
def test_what_only_a_reader_of_yaml_sees_is_refused(document: str, rule: str, line: int | None, tmp_path: Path) -> None:
    assert refusal(tmp_path, document) == (rule, line)


def refusal(top: Path, document: str | bytes) -> tuple[str, int | None]:
    with pytest.raises(ConfigError) as error:
        load(top, document)
    (finding,) = error.value.findings
    assert finding.place is not None
    assert finding.place.path == PATH
    return finding.rule, finding.place.line


def test_the_file_may_have_a_byte_order_mark_and_must_be_utf_8(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbffiles: [a]\r\n") == Config(files=("a",))
    assert refusal(tmp_path, b"files:\n- \xff") == ("config-yaml", 2)


def test_without_a_file_nothing_is_configured(tmp_path: Path) -> None:
    assert config.load(WorkTree(tmp_path)) == Config()


def test_a_file_where_it_is_not_read_is_an_error(tmp_path: Path) -> None:
    tmp_path.joinpath("release-actions.yml").write_text("files: []", encoding="utf-8")
    with pytest.raises(ConfigError, match="config-misplaced"):
        config.load(WorkTree(tmp_path))


def test_the_schema_is_a_schema_and_describes_every_key() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]["packages"]["properties"]) == set(Ecosystem)
    assert all(value["description"] for value in SCHEMA["properties"].values())


def test_settings_are_found_by_any_spelling_of_the_name(tmp_path: Path) -> None:
    read = load(tmp_path, "packages: {pypi: {Acme.Core: {private: true}}, npm: {Acme: {private: true}}}")
    assert read.settings(Ecosystem.PYPI, "acme_core").private is True
    assert read.settings(Ecosystem.NPM, "Acme").private is True
    assert read.settings(Ecosystem.NPM, "acme").private is None
    assert read.settings(Ecosystem.NUGET, "Acme.Core").private is None
