from __future__ import annotations

import pytest

from release_actions.domain.package import Ecosystem
from release_actions.domain.standing import Standing, before, known, parsed
from release_actions.domain.version import Version


def versions(*texts: str) -> list[Version]:
    return [Version.parse(text) for text in texts]


@pytest.mark.parametrize("text", ["1.2.3", "1.2.3-alpha.4", "1.2.3-beta.4", "1.2.3-rc.4", "1.2.3-0.dev.4"])
@pytest.mark.parametrize("ecosystem", Ecosystem)
def test_what_an_ecosystem_spells_is_read_back(ecosystem: Ecosystem, text: str) -> None:
    version = Version.parse(text)
    assert parsed(ecosystem, version.spelt(ecosystem.scheme)) == version


@pytest.mark.parametrize("text", ["1.2", "1.2.3-nightly.1", "1.2.3.post1", "1.2.3+build", ""])
@pytest.mark.parametrize("ecosystem", Ecosystem)
def test_versions_of_others_are_left_out(ecosystem: Ecosystem, text: str) -> None:
    assert known(ecosystem, [text, "1.0.0"]) == (Version.parse("1.0.0"),)


def test_what_was_withdrawn_is_there_and_not_offered() -> None:
    standing = Standing(("1.0.0", "1.1.0"), {"1.1.0": ""})
    assert standing.offers("1.0.0")
    assert not standing.offers("1.1.0")
    assert not standing.offers("2.0.0")


@pytest.mark.parametrize(
    ("version", "tag", "expected"),
    [
        ("1.3.0", "latest", "1.2.1"),
        ("1.1.1", "release-1.1.x", "1.1.0"),
        ("1.2.1", "release-1.2.x", "1.2.0"),
        ("1.4.0-beta.2", "beta", "1.4.0-beta.1"),
        ("1.4.0-beta.1", "beta", None),
        ("1.4.0-beta.2", "latest", "1.3.0"),
    ],
)
def test_a_pointer_goes_back_to_the_highest_version_that_fits_it(version: str, tag: str, expected: str | None) -> None:
    others = versions("1.1.0", "1.1.1", "1.2.0", "1.2.1", "1.3.0", "1.4.0-beta.1", "1.4.0-beta.2", "1.4.0-alpha.1")
    found = before(Version.parse(version), others, tag)
    assert (str(found) if found else None) == expected
