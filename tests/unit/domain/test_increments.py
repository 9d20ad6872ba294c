"""What commits raise, by examples of Conventional Commits."""

import pytest

from release_actions.domain.increments import Entry, increment
from release_actions.domain.version import Level, Version

STABLE, INITIAL = Version(1, 4, 0), Version(0, 4, 0)


def entries(*messages: str) -> list[Entry]:
    """Commits, newest first, named by their place counted from the oldest."""
    count = len(messages)
    split = ((str(count - index), *message.partition("\n\n")[::2]) for index, message in enumerate(messages))
    return [Entry(name.rjust(40, "0"), subject, body) for name, subject, body in split]


@pytest.mark.parametrize(
    ("message", "stable", "initial"),
    [
        ("fix: a crash", "patch", "patch"),
        ("perf(core): less copying", "patch", "patch"),
        ("Feat: rain", "minor", "minor"),
        ("feat!: rain only", "major", "minor"),
        ("chore(api)!: drop snow", "major", "minor"),
        ("docs: x\n\nBREAKING CHANGE: the docs are gone", "major", "minor"),
        ("Any words\n\nBREAKING-CHANGE: all of it", "major", "minor"),
        ("docs: fix: x", None, None),
        ("chore: x", None, None),
        ("Fix the crash", None, None),
        ("fix a: crash", None, None),
        ("feature: x", None, None),
        ("Merge branch 'feat: x'\n\nfeat: x", None, None),
        ("chore: x\n\nfeat: not a subject\nbreaking change: no", None, None),
    ],
)
def test_one_commit_raises_what_its_type_says(message: str, stable: str | None, initial: str | None) -> None:
    assert increment(entries(message), STABLE).level == stable
    assert increment(entries(message), INITIAL).level == initial


def test_the_highest_level_wins_and_its_oldest_commit_is_named() -> None:
    found = increment(entries("fix: d", "feat: c", "chore: x", "feat: b", "fix: a"), STABLE)
    assert found.level is Level.MINOR
    assert found.decided_by is not None
    assert (found.decided_by.subject, found.read) == ("feat: b", 5)


def test_nothing_raises_nothing() -> None:
    assert increment([], STABLE).level is None
    assert increment(entries("docs: x", "Whatever"), STABLE).decided_by is None


def test_what_was_reverted_counts_no_more() -> None:
    feature = "3".rjust(40, "0")
    revert = f'Revert "feat!: c"\n\nThis reverts commit {feature}.'
    assert increment(entries(revert, "feat!: c", "fix: b", "chore: a"), STABLE).level is Level.PATCH


def test_what_was_reverted_and_restored_counts_again() -> None:
    again = f"revert: the reversal\n\nThis reverts commit {'3'.rjust(40, '0')}."
    revert = f"revert: b\n\nThis reverts commit {'2'.rjust(40, '0')}."
    assert increment(entries(again, revert, "feat: b", "chore: a"), STABLE).level is Level.MINOR


def test_reverting_what_was_released_is_a_patch() -> None:
    assert increment(entries(f"revert: x\n\nThis reverts commit {'f' * 40}."), STABLE).level is Level.PATCH
