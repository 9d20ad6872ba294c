import pytest

from release_actions.domain.version import Channel, Level, Scheme, Version
from release_actions.errors import RefusedError


@pytest.mark.parametrize(
    ("text", "pep440", "numeric"),
    [
        ("1.2.3", "1.2.3", "1.2.3.0"),
        ("1.2.3-alpha.1", "1.2.3a1", "1.2.3.0"),
        ("1.2.3-beta.4", "1.2.3b4", "1.2.3.0"),
        ("1.2.3-rc.10", "1.2.3rc10", "1.2.3.0"),
        ("1.2.3-0.dev.7", "1.2.3.dev7", "1.2.3.0"),
        ("0.0.0", "0.0.0", "0.0.0.0"),
        ("2147483647.0.0-beta.0", "2147483647.0.0b0", "2147483647.0.0.0"),
    ],
)
def test_each_scheme_has_its_spelling(text: str, pep440: str, numeric: str) -> None:
    version = Version.parse(text)
    assert (str(version), version.tag) == (text, f"v{text}")
    assert (version.spelt(Scheme.SEMVER), version.spelt(Scheme.PEP440), version.spelt(Scheme.NUMERIC)) == (text, pep440, numeric)


@pytest.mark.parametrize(
    ("text", "rubygems", "maven"),
    [
        ("1.2.3", "1.2.3", "1.2.3"),
        ("1.2.3-alpha.0", "1.2.3.alpha.0", "1.2.3-alpha.0"),
        ("1.2.3-beta.4", "1.2.3.beta.4", "1.2.3-beta.4"),
        ("1.2.3-rc.10", "1.2.3.rc.10", "1.2.3-rc.10"),
        ("1.2.3-0.dev.7", "1.2.3.a.dev.7", "1.2.3-alpha-snapshot.7"),
    ],
)
def test_rubygems_and_maven_have_theirs(text: str, rubygems: str, maven: str) -> None:
    version = Version.parse(text)
    assert (version.spelt(Scheme.RUBYGEMS), version.spelt(Scheme.MAVEN)) == (rubygems, maven)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("1.2", "Use X.Y.Z"),
        ("v1.2.3", "Use X.Y.Z"),
        ("01.2.3", "without leading zeros"),
        ("1.2.3-beta.01", "without leading zeros"),
        ("1.2.3-nightly.1", "For a nightly use"),
        ("1.2.3-dev.1", "For a nightly use"),
        ("1.2.3-SNAPSHOT", "For a nightly use"),
        ("1.2.3+build", "without build metadata"),
        ("1.2.3-beta", "Use X.Y.Z"),
        ("1.2.3-beta.1.2", "Use X.Y.Z"),
        ("1.2.3-1", "Use X.Y.Z"),
        ("1.2.3b4", "Use X.Y.Z"),
        ("1.2.3-RC.1", "in lower case"),
        ("2147483648.0.0", "at most 2147483647"),
        ("1.2.3-beta.2147483648", "at most 2147483647"),
        ("1.2.3\n", "Use X.Y.Z"),
        (" 1.2.3", "Use X.Y.Z"),
        ("1.2.٣", "Use X.Y.Z"),
        ("", "Use X.Y.Z"),
        ("1" * 10_000, "Use X.Y.Z"),
    ],
)
def test_what_not_every_registry_orders_alike_is_refused_with_advice(text: str, advice: str) -> None:
    with pytest.raises(RefusedError) as caught:
        Version.parse(text)
    (finding,) = caught.value.findings
    assert finding.rule == "version-grammar"
    assert advice in finding.remedy
    assert len(str(finding)) < 400


@pytest.mark.parametrize(
    ("start", "level", "expected"),
    [
        ("1.2.3", Level.MAJOR, "2.0.0"),
        ("1.2.3", Level.MINOR, "1.3.0"),
        ("1.2.3", Level.PATCH, "1.2.4"),
        ("2.0.0-rc.1", Level.MAJOR, "2.0.0"),
        ("2.1.0-rc.1", Level.MAJOR, "3.0.0"),
        ("1.3.0-beta.2", Level.MINOR, "1.3.0"),
        ("1.3.1-beta.2", Level.MINOR, "1.4.0"),
        ("1.2.4-beta.1", Level.PATCH, "1.2.4"),
        ("1.2.3", Level.PRERELEASE, "1.2.4-beta.1"),
        ("1.2.4-beta.1", Level.PRERELEASE, "1.2.4-beta.2"),
        ("1.2.4-alpha.7", Level.PRERELEASE, "1.2.4-beta.1"),
        ("1.2.4-0.dev.7", Level.PRERELEASE, "1.2.4-beta.1"),
        ("1.2.4-rc.1", Level.PRERELEASE, "1.2.5-beta.1"),
    ],
)
def test_a_bump_raises_its_level(start: str, level: Level, expected: str) -> None:
    assert str(Version.parse(start).raised(level)) == expected


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("channel", [Channel.DEV, Channel.ALPHA, Channel.BETA, Channel.RC])
def test_a_bump_always_goes_up(level: Level, channel: Channel) -> None:
    for start in ("1.2.3", "1.2.3-0.dev.3", "1.2.3-alpha.1", "1.2.0-beta.1", "1.0.0-rc.1", "0.0.0-alpha.0"):
        assert Version.parse(start).raised(level, channel) > Version.parse(start)


def test_the_core_of_a_prerelease_is_what_it_leads_to() -> None:
    version = Version.parse("1.2.3-rc.4")
    assert (version.core, version.line, version.is_prerelease, version.channel.label) == (Version(1, 2, 3), (1, 2), True, "rc")
