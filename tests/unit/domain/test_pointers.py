import pytest

from release_actions.domain.pointers import dist_tag, is_latest
from release_actions.domain.version import Version


@pytest.mark.parametrize(
    ("version", "released", "latest", "tag"),
    [
        ("1.0.0", [], True, "latest"),
        ("1.2.3", ["1.2.2", "1.2.3"], True, "latest"),
        ("1.2.3", ["1.2.2", "1.3.0-beta.1"], True, "latest"),
        ("1.2.3", ["1.3.0"], False, "release-1.2.x"),
        ("1.2.3-beta.1", [], False, "beta"),
        ("2.0.0-rc.1", ["1.0.0"], False, "rc"),
        ("2.0.0-alpha.1", ["1.0.0"], False, "alpha"),
        ("2.0.0-0.dev.1", ["1.0.0"], False, "dev"),
    ],
)
def test_only_the_highest_stable_version_is_the_latest(version: str, released: list[str], latest: bool, tag: str) -> None:
    others = [Version.parse(other) for other in released]
    assert is_latest(Version.parse(version), others) is latest
    assert dist_tag(Version.parse(version), others) == tag
