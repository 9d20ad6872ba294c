from pathlib import Path

import pytest
from tests import repositories

from release_actions.adapters.git import GitRepository
from release_actions.commands import tag
from release_actions.commands.tag import Options
from release_actions.domain.report import text
from release_actions.domain.tagging import Rules
from release_actions.domain.version import Channel, Version
from release_actions.errors import Finding, InputError, ManifestError

ALL = frozenset(Channel)


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        (["allow"], ALL),
        (["refuse"], {Channel.STABLE}),
        (["only"], ALL - {Channel.STABLE}),
        (["beta", "rc"], {Channel.BETA, Channel.RC, Channel.STABLE}),
        (["dev"], {Channel.DEV, Channel.STABLE}),
    ],
)
def test_a_policy_lets_its_channels_through(policy: list[str], allowed: set[Channel]) -> None:
    assert tag.channels(policy) == allowed


@pytest.mark.parametrize("policy", [[], ["nightly"], ["allow", "beta"], ["Beta"]])
def test_a_policy_of_other_words_is_an_error(policy: list[str]) -> None:
    with pytest.raises(InputError, match="`allow`, `refuse` or `only`"):
        tag.channels(policy)


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    """A repository with the release v1.0.0, and v1.1.0 checked out."""
    repository = repositories.made(tmp_path)
    repository.commit()
    repository.git("tag", "v1.0.0")
    repository.commit()
    repository.git("tag", "v1.1.0")
    return GitRepository(tmp_path)


def agreeing(_: Version) -> list[Finding]:
    return []


def unasked(_: Version) -> list[Finding]:
    raise AssertionError("the manifests were read")


def test_a_release_is_reported_with_its_spellings(git: GitRepository) -> None:
    outcome = tag.run(Options("v1.1.0"), git, agreeing)
    assert outcome.errors == ()
    assert outcome.outputs["previous-tag"] == "v1.0.0"
    assert "becomes the latest release. The release before it is v1.0.0." in text(outcome.report)


def test_manifests_are_asked_with_the_version_of_the_tag(git: GitRepository) -> None:
    asked: list[Version] = []

    def disagreeing(version: Version) -> list[Finding]:
        asked.append(version)
        return [Finding("version-disagrees", "It does.", "Bump it.")]

    outcome = tag.run(Options("v1.1.0"), git, disagreeing)
    assert asked == [Version.parse("1.1.0")]
    assert [finding.rule for finding in outcome.errors] == ["version-disagrees"]
    assert outcome.outputs == {}


def test_unreadable_manifests_are_told_beside_all_else(git: GitRepository) -> None:
    def broken(_: Version) -> list[Finding]:
        raise ManifestError("json", "It is no JSON.", "Correct it.")

    outcome = tag.run(Options("v1.1.0", Rules(annotated=True)), git, broken)
    assert [finding.rule for finding in outcome.errors] == ["tag-annotated", "json"]


@pytest.mark.parametrize("options", [Options("v1.1.0", manifests=False), Options("v1.0.0"), Options("v1.1"), Options("v9.9.9")])
def test_manifests_of_another_commit_are_not_asked(git: GitRepository, options: Options) -> None:
    tag.run(options, git, unasked)
