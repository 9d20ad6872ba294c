"""Whether a nightly is due."""

from __future__ import annotations

from dataclasses import replace

from release_actions.domain.nightly import Decision, Facts, Last, Turn, decide
from release_actions.domain.sequence import Past
from release_actions.domain.version import Channel, Version

STABLE = Past(Version.parse("1.4.0"), reached=True)
FIRST = Past(Version.parse("1.5.0-beta.1"), nightly=True)
SECOND = Past(Version.parse("1.5.0-beta.2"), nightly=True)
FACTS = Facts(Version.parse("1.5.0"), "Because.", (STABLE, FIRST, SECOND), frozenset(), Last(SECOND))


def decided(facts: Facts, *, force: bool = False) -> Decision:
    return decide(facts, Channel.BETA, force=force)


def test_none_is_due_while_nothing_that_ships_has_changed() -> None:
    found = decided(FACTS)
    assert (found.turn, found.is_due, found.version) == (Turn.NOTHING, False, None)
    assert found.reason == "Nothing that ships has changed since v1.5.0-beta.2."


def test_a_change_makes_one_due() -> None:
    found = decided(replace(FACTS, last=Last(SECOND, ("a", "b", "c", "d"))))
    assert (found.turn, str(found.version), found.previous) == (Turn.MAKE, "1.5.0-beta.3", SECOND.version)
    assert found.reason == "Changed since v1.5.0-beta.2: a, b, c and 1 more. Because."


def test_the_first_of_all_is_due() -> None:
    found = decided(Facts(Version.parse("0.1.0"), "Because."))
    assert (found.turn, str(found.version), found.previous) == (Turn.MAKE, "0.1.0-beta.1", None)


def test_one_can_be_asked_for() -> None:
    found = decided(FACTS, force=True)
    assert (found.turn, str(found.version)) == (Turn.MAKE, "1.5.0-beta.3")
    assert "asked for" in found.reason


def test_one_that_is_not_complete_is_completed_also_when_another_is_asked_for() -> None:
    for force in (False, True):
        found = decided(replace(FACTS, last=Last(SECOND, missing=("x is not on npm",))), force=force)
        assert (found.turn, found.version, found.previous) == (Turn.COMPLETE, SECOND.version, FIRST.version)
        assert "x is not on npm" in found.reason


def test_one_that_is_not_complete_is_left_behind_by_a_change() -> None:
    found = decided(replace(FACTS, last=Last(SECOND, ("a",), ("x is not on npm",))))
    assert (found.turn, str(found.version)) == (Turn.MAKE, "1.5.0-beta.3")


def test_a_release_that_somebody_else_makes_is_not_completed_here() -> None:
    found = decided(replace(FACTS, last=Last(STABLE, missing=("x is not on npm",))))
    assert found.turn is Turn.NOTHING


def test_an_old_commit_does_not_follow_a_newer_one() -> None:
    old = replace(FACTS, last=Last(SECOND, ("a",), ahead=True))
    assert decided(old).turn is Turn.NOTHING
    assert decided(old).reason == "v1.5.0-beta.2 was made of a later commit than this one."
    assert decided(old, force=True).turn is Turn.MAKE
