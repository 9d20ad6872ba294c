from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, OnRegistry, Release
from release_actions.domain.rollback_record import Record, Way, record
from release_actions.domain.version import Version
from release_actions.errors import RefusedError

SCHEMA = json.loads(Path(__file__).parents[3].joinpath("schemas/rollback.schema.json").read_text(encoding="utf-8"))
NPM = (Ecosystem.NPM, "@acme/core")


def noted(version: str, found: OnRegistry, ecosystem: Ecosystem = Ecosystem.NPM, dist_tag: str = "") -> Way:
    parsed = Version.parse(version)
    package = BuiltPackage(ecosystem, "@acme/core", parsed.spelt(ecosystem.scheme), ())
    (way,) = record(Release(parsed, "0" * 40, (package,)), {package.key: found}, dist_tag).packages
    return way


def test_where_the_dist_tag_is_before_the_release_is_noted() -> None:
    way = noted("1.3.0", OnRegistry({}, ("1.1.0", "1.2.0"), {"latest": "1.1.0"}))
    assert (way.previous, way.pointers) == ("1.2.0", {"latest": "1.1.0"})


def test_asked_again_after_the_release_it_is_worked_out_from_the_versions() -> None:
    way = noted("1.3.0", OnRegistry({}, ("1.1.0", "1.2.0", "1.3.0"), {"latest": "1.3.0"}))
    assert (way.previous, way.pointers) == ("1.2.0", {"latest": "1.2.0"})


def test_the_first_of_a_channel_has_nowhere_to_go_back_to() -> None:
    way = noted("1.3.0-beta.1", OnRegistry({}, ("1.2.0",), {"latest": "1.2.0"}))
    assert (way.previous, way.pointers) == ("1.2.0", {"beta": ""})


def test_a_first_publication_takes_latest_too() -> None:
    assert noted("1.3.0-beta.1", OnRegistry()).pointers == {"beta": "", "latest": ""}


def test_a_given_dist_tag_is_the_one_that_is_noted() -> None:
    assert noted("1.3.0", OnRegistry({}, ("1.2.0",), {"next": "1.2.0"}), dist_tag="next").pointers == {"next": "1.2.0"}


def test_other_registries_have_no_pointers_and_their_own_spelling() -> None:
    way = noted("1.3.0-beta.2", OnRegistry({}, ("1.3.0b1",)), Ecosystem.PYPI)
    assert (way.version, way.previous, way.pointers) == ("1.3.0b2", "1.3.0b1", {})


def full() -> Record:
    return Record(
        Version.parse("1.3.0"),
        (Way(*NPM, "1.3.0", "1.2.0", {"latest": "1.2.0", "next": ""}), Way(Ecosystem.PYPI, "acme-core", "1.3.0", "", {})),
    )


def test_it_is_read_as_it_was_written_and_fits_its_schema() -> None:
    text = full().to_json()
    assert Record.from_json(text) == full()
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(text))


def test_a_package_that_was_not_noted_has_no_pointers() -> None:
    assert full().pointers(BuiltPackage(*NPM, "1.3.0", ())) == {"latest": "1.2.0", "next": ""}
    assert full().pointers(BuiltPackage(Ecosystem.NPM, "other", "1.3.0", ())) == {}


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(schema=2),
        lambda document: document.pop("schema"),
        lambda document: document.update(version="1.3"),
        lambda document: document.update(packages={}),
        lambda document: document["packages"][0].update(ecosystem="cargo"),
        lambda document: document["packages"][0].update(name=""),
        lambda document: document["packages"][0].update(previous=3),
        lambda document: document["packages"][0].update(pointers=[]),
        lambda document: document["packages"][0].update(pointers={"latest": ""}),
        lambda document: document["packages"][0].pop("pointers"),
    ],
)
def test_what_is_not_of_the_form_is_refused(change: Any) -> None:
    document = json.loads(full().to_json())
    change(document)
    text = json.dumps(document)
    with pytest.raises(RefusedError, match="rollback-json"):
        Record.from_json(text)
    if document.get("version") != "1.3":  # the schema leaves the grammar of versions to the code
        assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"schema": 1}', "[" * 100_000])
def test_what_is_no_record_at_all_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="rollback-json"):
        Record.from_json(text)
