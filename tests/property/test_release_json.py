"""`release.json`: what is written is read again, and whatever else is read as the schema says, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.strategies import versions

from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, File, Release
from release_actions.errors import RefusedError

SCHEMA = json.loads(Path(__file__).parents[2].joinpath("schemas/release.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

hexadecimal = st.text("0123456789abcdef", min_size=1, max_size=1)
file_names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,20}\.(tgz|whl|nupkg)", fullmatch=True)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789abcdef", min_size=length, max_size=length)


@st.composite
def releases(draw: st.DrawFn) -> Release:
    """Any release that could have been built."""
    version = draw(versions())
    keys = draw(st.lists(st.tuples(st.sampled_from(Ecosystem), st.text(min_size=1, max_size=20)), unique=True, max_size=4))
    names = iter(draw(st.lists(file_names, unique=True, min_size=2 * len(keys), max_size=2 * len(keys))))
    packages = []
    for ecosystem, name in keys:
        files = tuple(File(next(names), draw(st.integers(0, 2**40)), draw(digits(64)), draw(digits(128))) for _ in range(2))
        needed = tuple(draw(st.lists(st.text(min_size=1), max_size=2)))
        packages.append(BuiltPackage(ecosystem, name, version.spelt(ecosystem.scheme), files, needed))
    return Release(version, draw(digits(40)), tuple(packages))


@given(releases())
@settings(deadline=None)
def test_what_is_written_is_read_again(release: Release) -> None:
    assert Release.from_json(release.to_json()) == release
    VALIDATOR.validate(json.loads(release.to_json()))


def accepted(text: str) -> bool:
    """Whether the text is read; if not, it has to be refused in words that name the file."""
    if read(text) is None:
        return True
    with pytest.raises(RefusedError) as caught:
        Release.from_json(text)
    assert caught.value.findings[0].rule == "release-json"
    assert caught.value.findings[0].place is not None
    assert len(str(caught.value)) < 1000
    return False


def read(text: str) -> RefusedError | None:
    try:
        Release.from_json(text)
    except RefusedError as error:
        return error
    return None


# No integral floats: JSON Schema takes 1.0 for an integer, and no JSON writer of ours would write one.
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=80), st.sampled_from([0.5, -1, "", "v1", "1.2.3\n", "..", "a/b"])
)
values = st.recursive(
    scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3))
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to everything in a JSON document."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    node = document
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return document


@given(releases(), st.data())
@settings(deadline=None, max_examples=300)
def test_the_reader_takes_nothing_that_the_schema_forbids(release: Release, data: st.DataObject) -> None:
    document = json.loads(release.to_json())
    document = changed(document, data.draw(st.sampled_from(places(document))), data.draw(values))
    if accepted(json.dumps(document)):
        VALIDATOR.validate(document)
    elif VALIDATOR.is_valid(document):
        assert beyond_the_schema(document)


def beyond_the_schema(document: Any) -> bool:
    """Whether the document breaks a rule that the schema only tells in words: the version's grammar, the tag, nothing twice."""
    files = [file["name"] for package in document["packages"] for file in package["files"]]
    keys = [(package["ecosystem"], package["name"]) for package in document["packages"]]
    return document["tag"] != f"v{document['version']}" or len(set(files)) < len(files) or len(set(keys)) < len(keys)


@given(st.one_of(st.text(), values.map(json.dumps)))
def test_any_text_is_refused_in_words(text: str) -> None:
    assert not accepted(text)


def test_the_ways_to_break_a_json_reader_are_refused_in_words() -> None:
    for text in ("[" * 100_000, '{"schema": NaN}', '{"schema": 1e999}', "1" * 5000, "\ud800", '{"schema": 1}', "\0", "﻿{}"):
        assert not accepted(text)
