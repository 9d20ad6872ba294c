"""What is no release ends in the first job of `examples/workflows/release.yml`, with words that say what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.e2e import act, hostile

pytestmark = pytest.mark.e2e

Create = Callable[..., act.Repository]


@pytest.mark.parametrize(
    ("tag", "rule", "words"),
    [
        ("v1.2", "tag-grammar", "Did you mean `v1.2.0`?"),
        ("1.4.0", "tag-grammar", "Did you mean `v1.4.0`?"),
        ("v01.2.3", "tag-grammar", "Did you mean `v1.2.3`?"),
        ("v1.2.3-nightly.1", "tag-grammar", "nightly"),
        ("v1.5.0", "version-disagrees", "1.4.0"),
    ],
)
def test_a_tag_that_is_no_release_ends_in_the_first_job(create: Create, tag: str, rule: str, words: str) -> None:
    run = create("release.yml").push_tag(tag)
    assert run.jobs == {"tag": "failure"}, run.log
    assert any(words in message for message in run.annotations()), run.log
    assert rule in run.summary
    assert set(run.outputs("tag").values()) == {""}


def test_a_tag_on_another_branch_ends_in_the_first_job(create: Create) -> None:
    repository = create("release.yml")
    repository.switch("feature/rain")
    repository.commit("Rain")
    run = repository.push_tag("v1.4.0")
    assert run.jobs == {"tag": "failure"}, run.log
    assert any("feature/rain" in message and "main" in message for message in run.annotations()), run.log


@pytest.mark.parametrize("tag", hostile.TAGS)
def test_a_hostile_tag_sets_no_output_and_runs_nothing(create: Create, tag: str) -> None:
    repository = create("release.yml")
    run = repository.push_tag(tag)
    assert run.jobs == {"tag": "failure"}, run.log
    assert set(run.outputs("tag").values()) == {""}
    assert "tag-grammar" in run.summary
    assert not repository.was_broken_into


def test_a_hostile_branch_name_sets_no_output_and_runs_nothing(create: Create) -> None:
    repository = create("release.yml")
    repository.git("checkout", "--quiet", "--orphan", "elsewhere")
    for branch in hostile.BRANCHES:
        repository.switch(branch)
        repository.commit("Not on a branch of releases")
    run = repository.push_tag("v1.4.0")
    assert run.jobs == {"tag": "failure"}, run.log
    assert "tag-branch" in run.summary
    assert set(run.outputs("tag").values()) == {""}
    assert not repository.was_broken_into


CARELESS = """
on: push
jobs:
  tag:
    runs-on: ubuntu-latest
    outputs:
      version: ${{ steps.tag.outputs.version }}
    steps:
      - id: tag
        run: echo version=${{ github.ref_name }} >> "$GITHUB_OUTPUT"
"""


def test_a_hostile_tag_breaks_into_a_careless_workflow(create: Create) -> None:
    """The control: the names above are dangerous, and these tests would see the harm."""
    repository = create("release.yml")
    repository.top.joinpath(".github/workflows/release.yml").write_text(CARELESS, encoding="utf-8")
    run = repository.push_tag("v1.4.0;touch${IFS}$HOME/pwned")
    assert repository.was_broken_into
    assert run.jobs == {"tag": "success"}
