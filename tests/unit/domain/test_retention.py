"""Which nightlies may go."""

from __future__ import annotations

from release_actions.domain.retention import Rules, old
from release_actions.domain.version import Version

DAY = 86_400
MADE = [(Version.parse(f"1.5.0-beta.{number}"), number * DAY) for number in range(1, 11)]


def numbers(now: int, rules: Rules, *pointed: str) -> list[int]:
    return [version.number for version in old(MADE, now * DAY, rules, [Version.parse(one) for one in pointed])]


def test_nothing_goes_unless_it_is_asked_for() -> None:
    assert numbers(1000, Rules()) == []


def test_the_newest_stay_however_old_they_are() -> None:
    assert numbers(1000, Rules(keep=3, days=0)) == [1, 2, 3, 4, 5, 6, 7]
    assert numbers(1000, Rules(keep=10)) == []


def test_the_young_stay_however_many_they_are() -> None:
    assert numbers(34, Rules(keep=1, days=30)) == [1, 2, 3, 4]


def test_what_a_dist_tag_is_at_stays() -> None:
    assert numbers(1000, Rules(keep=7, days=0), "1.5.0-beta.2") == [1, 3]
