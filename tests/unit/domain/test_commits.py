"""Conventional Commits, by the examples of their specification."""

import pytest

from release_actions.domain.commits import Change, change, is_merge


@pytest.mark.parametrize(
    ("subject", "kind", "scope", "text"),
    [
        ("feat: allow provided config object to extend other configs", "feat", "", "allow provided config object to extend other configs"),
        ("feat(lang): add Polish language", "feat", "lang", "add Polish language"),
        ("Fix(parser core): x", "fix", "parser core", "x"),
        ("docs: correct spelling of CHANGELOG", "docs", "", "correct spelling of CHANGELOG"),
    ],
)
def test_a_typed_subject_is_read(subject: str, kind: str, scope: str, text: str) -> None:
    assert change(subject) == Change(subject, text, kind, scope)


@pytest.mark.parametrize("subject", ["Add a thing", "feat:no space", "feat : x", "feat(): x", "feat(a)(b): x", ": x", "", "1: x", "feat: "])
def test_any_other_subject_stays_whole(subject: str) -> None:
    assert change(subject) == Change(subject, subject)


@pytest.mark.parametrize("subject", ["feat!: send an email", "feat(api)!: send an email", "chore!: drop support for Node 6"])
def test_an_exclamation_mark_is_a_breaking_change(subject: str) -> None:
    assert change(subject).breaking


def test_a_footer_is_a_breaking_change_and_ends_where_the_next_begins() -> None:
    body = "Some words.\n\nBREAKING CHANGE: `extends` is now used\nfor extending.\nReviewed-by: Z\nRefs: #123"
    assert change("feat: x", body).note == "`extends` is now used\nfor extending."
    assert change("x", "BREAKING-CHANGE: all new\r\n\r\nNot this.").note == "all new"
    assert change("x", "BREAKING-CHANGE: all new").breaking


@pytest.mark.parametrize("body", ["breaking change: no", "It is no BREAKING CHANGE: at all", "BREAKING CHANGES: x"])
def test_words_that_only_look_like_the_footer_are_none(body: str) -> None:
    assert not change("feat: x", body).breaking


@pytest.mark.parametrize(
    ("subject", "merge"),
    [
        ("Merge pull request #1 from a/b", True),
        ("Merge branch 'main' into x", True),
        ("Merge sort is stable now", False),
        ("merge branch x", False),
    ],
)
def test_merges_are_told_from_work(subject: str, merge: bool) -> None:
    assert is_merge(subject) is merge


def test_a_body_of_a_megabyte_is_read_at_once() -> None:
    assert change("feat: x", "BREAKING CHANGE: " + "a: \n" * 250_000).breaking
