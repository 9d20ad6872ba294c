import pytest

from release_actions.domain.version import Version
from release_actions.manifests import requirements
from release_actions.manifests.ranges import ExcludedError


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        ("1.2.3", "2.0.0", "2.0.0"),
        ("1.2", "2.0.0", "2.0"),
        ("1", "2.0.0", "2"),
        ("1", "2.0.0-beta.1", "2.0.0-beta.1"),
        ("1.2.3-rc.1", "1.2.3", "1.2.3"),
        ("^ 1.2.3", "2.0.0", "^ 2.0.0"),
        ("=1.2.3", "2.0.0", "=2.0.0"),
        ("~> 1.2 and < 3.0.0", "2.0.0", "~> 2.0 and < 3.0.0"),
        (">=1.2.3 <3.0.0", "2.0.0", ">=2.0.0 <3.0.0"),
        (">= 1.2, <= 2", "2.0.0", ">= 2.0, <= 2"),
        (">= 1.2, < 3.0.0-0", "2.0.0", ">= 2.0, < 3.0.0-0"),
        ("!= 1.2.3, >= 1.2.0", "2.0.0", "!= 1.2.3, >= 2.0.0"),
        ("v1.2.3", "2.0.0", "v2.0.0"),
        ("*", "2.0.0", None),
        ("any", "2.0.0", None),
        ("self.version", "2.0.0", None),
        ("2.*", "2.0.0", None),
        ("2.0.x", "2.0.0", None),
        ("^1.2 || ^2.0", "2.0.0", None),
        ("~> 1.2 or ~> 2.0", "2.0.0", None),
        ("1.0.0 - 2.0.0", "2.0.0", None),
    ],
)
def test_a_requirement_keeps_its_operators_and_its_length(text: str, version: str, expected: str | None) -> None:
    assert requirements.semver(text, Version.parse(version)) == expected


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (">=1.2.3 <2.0.0", "2.0.0"),
        ("<= 1.9", "1.10.0"),
        ("1.*", "2.0.0"),
        ("1.2.x", "1.2.3-beta.1"),
        ("1.*", "10.0.0"),
        ("< two", "1.0.0"),
        (f">= 1.2.3 < {'9' * 5000}", "1.3.0"),
    ],
)
def test_a_requirement_that_would_exclude_the_version_is_said_to(text: str, version: str) -> None:
    with pytest.raises(ExcludedError):
        requirements.semver(text, Version.parse(version))


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [("~> 1.2", "2.0.0", "~> 2.0"), ("~> 1.2", "2.0.0-beta.1", "~> 2.0.0.beta.1"), ("= 1.2.3.a.dev.7", "1.2.3", "= 1.2.3")],
)
def test_rubygems_spells_prereleases_its_own_way(text: str, version: str, expected: str) -> None:
    assert requirements.rubygems(text, Version.parse(version)) == expected
