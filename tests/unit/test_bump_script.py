from pathlib import Path

import pytest
from tests import repositories

import bump
from release_actions import runner
from release_actions.adapters.git import GitRepository
from release_actions.adapters.github_commits import SignedUpstream
from release_actions.commands import handing
from release_actions.domain.handing import HandOver
from release_actions.errors import InputError, RegistryError

INPUTS = {"repository": "acme/sdk", "sign": "true", "committer": handing.BOT}


def world(tmp_path: Path, how: HandOver = HandOver.COMMIT, *, known: bool = True, **inputs: str) -> handing.World:
    git = GitRepository(repositories.made(tmp_path).folder)
    return bump.world(runner.Inputs(INPUTS | inputs), git, "token" if known else "", how)


def test_github_signs_in_the_name_of_the_tokens_owner(tmp_path: Path) -> None:
    assert isinstance(world(tmp_path).upstream, SignedUpstream)


ADA = "Ada <ada@example.invalid>"


@pytest.mark.parametrize(("author", "committer"), [(handing.BOT, handing.BOT), (ADA, handing.BOT), ("", ADA)])
def test_nobody_else_can_be_named_in_what_github_signs(tmp_path: Path, author: str, committer: str) -> None:
    with pytest.raises(InputError) as caught:
        world(tmp_path, author=author, committer=committer)
    assert caught.value.findings[0].rule == "input-conflict"
    assert "`sign`" in caught.value.findings[0].remedy


def test_without_a_signature_anybody_can_be_named(tmp_path: Path) -> None:
    named = world(tmp_path, sign="false", author="Ada <ada@example.invalid>")
    assert not isinstance(named.upstream, SignedUpstream)


@pytest.mark.parametrize(("how", "sign"), [(HandOver.PULL_REQUEST, "false"), (HandOver.COMMIT, "true")])
def test_what_needs_github_is_refused_without_a_repository_before_anything_is_done(tmp_path: Path, how: HandOver, sign: str) -> None:
    with pytest.raises(RegistryError) as caught:
        world(tmp_path, how, repository="", sign=sign)
    assert caught.value.findings[0].rule == "github-repository"
    assert "github-release" not in caught.value.findings[0].remedy
    with pytest.raises(RegistryError) as caught:
        world(tmp_path, how, known=False, sign=sign)
    assert caught.value.findings[0].rule == "github-token"


def test_a_commit_by_git_needs_no_repository_on_github(tmp_path: Path) -> None:
    assert world(tmp_path, repository="", sign="false").upstream
