from collections.abc import Callable

import pytest

import release
import tag
from release_actions.errors import InputError


@pytest.mark.parametrize("pushed_tag", [tag.pushed_tag, release.pushed_tag])
def test_without_a_tag_the_pushed_one_is_meant_and_must_be_one(pushed_tag: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_REF", "refs/tags/v1.2.3")
    assert pushed_tag() == "v1.2.3"
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    with pytest.raises(InputError, match="tag-unknown"):
        pushed_tag()
