from collections.abc import Callable

import pytest

from release_actions.domain.version import Version
from release_actions.manifests import ranges
from release_actions.manifests.ranges import ExcludedError

STABLE, BETA = Version.parse("1.3.0"), Version.parse("1.3.0-beta.4")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3", "1.3.0-beta.4"),
        ("=1.2.3", "=1.3.0-beta.4"),
        ("^1.2.3", "^1.3.0-beta.4"),
        ("^ 1.2.3", "^ 1.3.0-beta.4"),
        ("~1.2.3-rc.1", "~1.3.0-beta.4"),
        ("v1.2.3", "1.3.0-beta.4"),
        (">=1.2.3 <2.0.0", ">=1.3.0-beta.4 <2.0.0"),
        (">= 1.2.3  < 2", ">= 1.3.0-beta.4  < 2"),
        (">=1.2.3 <=1", ">=1.3.0-beta.4 <=1"),
        ("^1.2.3+build.5", "^1.3.0-beta.4"),
        *((text, None) for text in ("*", "", "1.x", "^1", "^1.2", "1.2.x", "latest", ">1.2.3", "^1.2.3 || ^2.0.0", "1.2.3 - 2.0.0", "<2")),
    ],
)
def test_npm_ranges_keep_their_operator(text: str, expected: str | None) -> None:
    assert ranges.npm(text, BETA) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^1.2.3", "^1.3.0b4"),
        ("~1.2.3b1", "~1.3.0b4"),
        ("~=1.2.3", "~=1.3.0b4"),
        ("==1.2.3", "==1.3.0b4"),
        ("1.2.3", "1.3.0b4"),
        (">=1.2.3,<2.0", ">=1.3.0b4,<2.0"),
        (">=1.2.3 , !=1.2.4", ">=1.3.0b4 , !=1.2.4"),
        ("*", None),
        ("^1.2", None),
        ("^1.2.3 | ^2.0.0", None),
    ],
)
def test_poetry_constraints_keep_their_operator(text: str, expected: str | None) -> None:
    assert ranges.poetry(text, BETA) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("==1.2.3", "==1.3.0b4"),
        ("===1.2.3", "===1.3.0b4"),
        (" >= 1.2.3 , < 2 ", " >= 1.3.0b4 , < 2 "),
        ("~=1.2.3", "~=1.3.0b4"),
        ("==1.2.3.dev4", "==1.3.0b4"),
        ("==1.2.3-beta.4", "==1.3.0b4"),
        (">=1.2.3.post1", ">=1.3.0b4"),
        (">=1.2.3,!=1.2.4", ">=1.3.0b4,!=1.2.4"),
        ("==1.*", None),
        (">=1", None),
        ("~=1.2", None),
        ("<2", None),
        (">1.2.3", None),
    ],
)
def test_specifiers_keep_their_operator(text: str, expected: str | None) -> None:
    assert ranges.pep440(text, BETA) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3", "1.3.0-beta.4"),
        (" 1.2.3 ", " 1.3.0-beta.4 "),
        ("1.2.3.0", "1.3.0-beta.4"),
        ("[1.2.3]", "[1.3.0-beta.4]"),
        ("[1.2.3, 2.0.0)", "[1.3.0-beta.4, 2.0.0)"),
        ("[1.2.3,)", "[1.3.0-beta.4,)"),
        *((text, None) for text in ("(1.2.3,)", "(,1.2.3]", "*", "1.*", "1.2.*", "1.2", "$(X)", "[1.2.3", "1.2.3]", "")),
    ],
)
def test_nuget_ranges_keep_their_form(text: str, expected: str | None) -> None:
    assert ranges.nuget(text, BETA) == expected


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (ranges.npm, ">=1.2.3 <1.3.0"),
        (ranges.npm, ">=1.2.3 <1.3"),
        (ranges.npm, ">=1.2.3 <=1.2"),
        (ranges.npm, "<1"),
        (ranges.npm, ">=1.2.3 <1.3.0-rc.1"),
        (ranges.poetry, ">=1.2.3,<1.3"),
        (ranges.pep440, ">=1.2.3,<1.3"),
        (ranges.pep440, "==1.2.*"),
        (ranges.pep440, "!=1.3.0b4,!=1.3.0"),
        (ranges.nuget, "[1.2.3,1.3.0)"),
        (ranges.nuget, "[1.2.3,1.2.9]"),
        (ranges.npm, f">=1.2.3 <{'9' * 5000}"),
        (ranges.poetry, f">=1.2.3,<{'9' * 5000}"),
        (ranges.nuget, f"[1.2.3,{'9' * 5000}]"),
    ],
)
@pytest.mark.parametrize("version", [STABLE, BETA])
def test_a_bound_that_excludes_the_version_is_an_error(change: Callable[[str, Version], str | None], text: str, version: Version) -> None:
    with pytest.raises(ExcludedError, match=r"excludes|compared"):
        change(text, version)


def test_specifiers_that_python_can_not_hold_are_an_error() -> None:
    with pytest.raises(ExcludedError, match="no list of version specifiers"):
        ranges.pep440(f">=1.2.3,<{'9' * 5000}", STABLE)
