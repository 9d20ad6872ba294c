"""The next version of the one sequence of prereleases."""

from __future__ import annotations

import pytest

from release_actions.domain.sequence import Past, last, next_version
from release_actions.domain.version import LARGEST_NUMBER, Channel, Version
from release_actions.errors import RefusedError

BETA, DEV = Channel.BETA, Channel.DEV


def version(text: str) -> Version:
    return Version.parse(text)


def nightly(text: str) -> Past:
    return Past(version(text), nightly=True)


def reached(text: str) -> Past:
    return Past(version(text), reached=True)


def elsewhere(text: str) -> Past:
    return Past(version(text))


def following(wanted: str, *past: Past, channel: Channel = BETA, on_registries: tuple[str, ...] = ()) -> str:
    return str(next_version(version(wanted), channel, past, [version(one) for one in on_registries]))


def test_the_first_is_number_one() -> None:
    assert following("1.5.0", reached("1.4.0")) == "1.5.0-beta.1"
    assert following("1.5.0", reached("1.4.0"), channel=DEV) == "1.5.0-0.dev.1"
    assert following("0.1.0") == "0.1.0-beta.1"


def test_nightlies_and_betas_that_people_tag_share_one_sequence() -> None:
    past = (reached("1.4.0"), nightly("1.5.0-beta.1"), elsewhere("1.5.0-beta.2"))
    assert following("1.5.0", *past) == "1.5.0-beta.3"


def test_a_number_that_any_registry_has_is_taken() -> None:
    assert following("1.5.0", reached("1.4.0"), on_registries=("1.5.0-beta.7", "1.4.0", "1.5.0-alpha.9")) == "1.5.0-beta.8"


def test_the_base_rises_between_nightlies() -> None:
    past = (reached("1.4.0"), nightly("1.4.1-beta.5"))
    assert following("1.5.0", *past) == "1.5.0-beta.1"


def test_the_base_never_falls_below_that_of_an_earlier_nightly() -> None:
    past = (reached("1.4.0"), nightly("1.5.0-beta.5"))
    assert following("1.4.1", *past) == "1.5.0-beta.6"


def test_the_base_never_falls_below_a_prerelease_of_this_history() -> None:
    past = (reached("1.4.0"), reached("2.0.0-alpha.1"))
    assert following("1.5.0", *past) == "2.0.0-beta.1"


def test_a_prerelease_of_another_branch_does_not_raise_the_base() -> None:
    past = (reached("1.4.0"), elsewhere("2.0.0-alpha.1"))
    assert following("1.5.0", *past) == "1.5.0-beta.1"


def test_once_released_the_numbers_start_anew() -> None:
    past = (nightly("1.5.0-beta.9"), reached("1.5.0"))
    assert following("1.5.1", *past) == "1.5.1-beta.1"


def test_a_release_that_is_not_merged_back_yet_is_followed_by_its_next_patch() -> None:
    past = (reached("1.4.0"), nightly("1.5.0-beta.9"), elsewhere("1.5.0"))
    assert following("1.5.0", *past) == "1.5.1-beta.1"
    assert following("1.5.0", *past, elsewhere("1.5.1")) == "1.5.2-beta.1"


def test_what_a_registry_has_released_is_followed_even_without_a_tag() -> None:
    assert following("3.2.1", on_registries=("3.2.1",)) == "3.2.2-beta.1"


def test_an_old_line_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"1\.5\.0, but 2\.0\.0 is released.*\[nightly-behind\]"):
        following("1.5.0", reached("1.4.0"), elsewhere("2.0.0"))


def test_a_candidate_on_a_branch_of_its_own_closes_its_release() -> None:
    past = (reached("1.4.0"), nightly("1.5.0-beta.3"), elsewhere("1.5.0-rc.1"), elsewhere("1.5.1-rc.1"))
    assert following("1.5.0", *past) == "1.5.2-beta.1"


def test_a_candidate_of_this_history_is_not_passed_over() -> None:
    with pytest.raises(RefusedError, match=r"v1\.5\.0-rc\.1 leads to 1\.5\.0.*\[nightly-order\]"):
        following("1.5.0", reached("1.4.0"), reached("1.5.0-rc.1"))


def test_dev_after_beta_is_refused() -> None:
    with pytest.raises(RefusedError, match="nightly-order"):
        following("1.5.0", reached("1.4.0"), nightly("1.5.0-beta.1"), channel=DEV)


def test_dev_below_what_only_a_registry_knows_is_refused() -> None:
    with pytest.raises(RefusedError, match="nightly-order"):
        following("1.5.0", reached("1.4.0"), channel=DEV, on_registries=("1.5.0-beta.1",))


def test_beta_after_dev_goes_on() -> None:
    assert following("1.5.0", reached("1.4.0"), nightly("1.5.0-0.dev.8")) == "1.5.0-beta.1"


def test_numbers_that_are_used_up_are_refused() -> None:
    with pytest.raises(RefusedError, match="version-grammar"):
        following("1.5.0", nightly(f"1.5.0-beta.{LARGEST_NUMBER}"))


def test_the_last_is_the_highest_that_counts() -> None:
    assert last([]) is None
    assert last([elsewhere("9.0.0")]) is None
    assert last([reached("1.4.0"), nightly("1.5.0-beta.1"), elsewhere("9.0.0")]) == nightly("1.5.0-beta.1")
