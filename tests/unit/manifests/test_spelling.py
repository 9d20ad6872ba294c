import pytest

from release_actions.domain.version import Version
from release_actions.manifests import spelling
from release_actions.manifests.manifest import Site, Spelling, Token
from release_actions.manifests.ranges import ExcludedError


def site(text: str, how: Spelling) -> Site:
    return Site(Token(0, len(text), 1, text), "version", how)


@pytest.mark.parametrize(
    ("how", "old", "expected"),
    [
        (Spelling.SEMVER, "1.2.3", "1.3.0-0.dev.7"),
        (Spelling.PEP440, "1.2.3", "1.3.0.dev7"),
        (Spelling.CORE, "1.2.3", "1.3.0"),
        (Spelling.SUFFIX, "", "0.dev.7"),
        (Spelling.NUMERIC, "1.2.3.4", "1.3.0.0"),
        (Spelling.NUMERIC, "1.2.3", "1.3.0"),
        (Spelling.NUMERIC, "1.2", "1.3"),
        (Spelling.NUMERIC, "1.2.*", None),
        (Spelling.NUMERIC, "1", None),
    ],
)
def test_a_version_in_each_spelling(how: Spelling, old: str, expected: str | None) -> None:
    assert spelling.spelt(site(old, how), Version.parse("1.3.0-0.dev.7")) == expected


def test_the_suffix_of_a_stable_version_is_empty() -> None:
    assert spelling.spelt(site("beta.1", Spelling.SUFFIX), Version.parse("1.3.0")) == ""


def test_a_number_that_no_assembly_holds_is_an_error() -> None:
    assert spelling.spelt(site("1.2.3.0", Spelling.NUMERIC), Version.parse("65534.0.0")) == "65534.0.0.0"
    with pytest.raises(ExcludedError):
        spelling.spelt(site("1.2.3.0", Spelling.NUMERIC), Version.parse("65535.0.0"))


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0", "0.0.0-development", "v0.0.0", "^0.0.0", "0.0.0.0", "0.0.0.dev0", "0.0.0a1", "[0.0.0]", "0.0.0+local"),
        *("${VERSION}", "$(Version)", "$(A)-$(B)", "{{version}}", "@VERSION@", "%VERSION%", "__VERSION__", "#{version}", "<%= v %>"),
    ],
)
def test_placeholders_are_known(text: str) -> None:
    assert spelling.is_placeholder(text)


@pytest.mark.parametrize("text", ["0.0.1", "0.0.01", "10.0.0", "1.0.0.0", "0.0.0.1", "", "latest", "1.2.3-SNAPSHOT", "0.0.00"])
def test_versions_are_no_placeholders(text: str) -> None:
    assert not spelling.is_placeholder(text)


@pytest.mark.parametrize(
    ("how", "text", "expected"),
    [
        (Spelling.SEMVER, "1.2.3-rc.1", "1.2.3-rc.1"),
        (Spelling.SEMVER, "1.2.3-SNAPSHOT", None),
        (Spelling.SEMVER, "1.2", None),
        (Spelling.SEMVER, "", None),
        (Spelling.CORE, "1.2.3", "1.2.3"),
        (Spelling.PEP440, "1.2.3rc1", "1.2.3-rc.1"),
        (Spelling.PEP440, "1.2.3.dev0", "1.2.3-0.dev.0"),
        (Spelling.PEP440, "v1.2.3-beta.4", "1.2.3-beta.4"),
        (Spelling.PEP440, "1.2.3.post1", None),
        (Spelling.PEP440, "1.2.3a1.dev2", None),
        (Spelling.PEP440, "1!1.2.3", None),
        (Spelling.PEP440, "1.2.3+local", None),
        (Spelling.PEP440, "1.2.3.4", None),
        (Spelling.PEP440, "1.2.3.0", None),
        (Spelling.PEP440, "soon", None),
    ],
)
def test_what_a_text_means(how: Spelling, text: str, expected: str | None) -> None:
    assert spelling.meant(site(text, how)) == (Version.parse(expected) if expected else None)


@pytest.mark.parametrize("how", [Spelling.PEP440, Spelling.SEMVER, Spelling.RUBYGEMS, Spelling.MAVEN])
def test_numbers_of_thousands_of_digits_mean_no_version(how: Spelling) -> None:
    assert spelling.meant(site(f"1.2.{'9' * 5000}", how)) is None
