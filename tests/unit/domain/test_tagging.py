import subprocess

import pytest

from release_actions.domain import tagging
from release_actions.domain.tagging import Facts, Newer, Rules
from release_actions.domain.version import Channel, Version

COMMIT = "a" * 40


def versions(*texts: str) -> tuple[Version, ...]:
    return tuple(Version.parse(text) for text in texts)


def rules_broken(facts: Facts, rules: Rules) -> list[str]:
    return [finding.rule for finding in tagging.refusals(facts, rules)]


def newer(version: str, others: tuple[str, ...], rule: Newer) -> list[str]:
    return rules_broken(Facts(f"v{version}", COMMIT, others=versions(*others)), Rules(newer=rule))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("v1.2", "v1.2.0"),
        ("1.2.3", "v1.2.3"),
        ("v01.2.3", "v1.2.3"),
        ("V1.2.3", "v1.2.3"),
        ("v.1.2.3", "v1.2.3"),
        ("v1", "v1.0.0"),
        ("v1.2.3-nightly.1", "v1.2.3-beta.1"),
        ("v1.2.3b4", "v1.2.3-beta.4"),
        ("v1.2.3-RC1", "v1.2.3-rc.1"),
        ("v1.2.3.dev7", "v1.2.3-0.dev.7"),
        ("v1.2.3-beta", "v1.2.3-beta.1"),
    ],
)
def test_a_wrong_tag_is_refused_with_what_was_meant(name: str, meant: str) -> None:
    (finding,) = tagging.refusals(Facts(name, COMMIT), Rules())
    assert finding.rule == "tag-grammar"
    assert name in finding.what
    assert f"Did you mean `{meant}`?" in finding.what
    assert f"git push --delete origin refs/tags/{name}" in finding.remedy
    assert f"git tag {meant} {COMMIT}" in finding.remedy


@pytest.mark.parametrize(
    "name", ["", "v", "latest", "v1.2.3+build", "sdk/v1.2.3", "v1.2.3.4", "v1.2.3-snapshot.1", "v99999999999.0.0", "-x"]
)
def test_a_tag_of_unknown_meaning_is_refused_without_a_guess(name: str) -> None:
    (finding,) = tagging.refusals(Facts(name, COMMIT), Rules())
    assert finding.rule == "tag-grammar"
    assert "Did you mean" not in finding.what


@pytest.mark.parametrize(
    "name", ["-x", "a b;touch owned", "$(touch owned)", "`touch owned`", "'; touch owned; '", "a\ntouch owned", "--help"]
)
def test_the_way_to_delete_a_tag_is_safe_to_paste(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("paste")
    (finding,) = tagging.refusals(Facts(name, COMMIT), Rules())
    commands = finding.remedy.partition("delete it: `")[2].rpartition("`.")[0]
    shown = subprocess.run(
        ["/bin/sh", "-c", f'git() {{ for word in "$@"; do printf "%s\\0" "$word"; done; }}\n{commands}'],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split("\0")[:-1] == ["push", "--delete", "origin", f"refs/tags/{name}", "tag", "--delete", "--", name]
    assert list(folder.iterdir()) == []


def test_a_tag_that_is_not_there_says_how_to_get_it() -> None:
    (finding,) = tagging.refusals(Facts("v1.2.3", None), Rules(branches=("main",), annotated=True, checked_out=True))
    assert finding.rule == "tag-missing"
    assert "git fetch origin tag v1.2.3" in finding.remedy


def test_a_wrong_tag_that_is_not_there_is_told_only_of_its_name() -> None:
    assert rules_broken(Facts("v1.2", None), Rules(branches=("main",))) == ["tag-grammar"]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    facts = Facts("v1.2.3-rc.1", COMMIT, head="b" * 40, origin="c" * 40, others=versions("1.2.3"), bad_signature="none")
    rules = Rules(frozenset({Channel.STABLE}), ("main",), annotated=True, signed=True, checked_out=True)
    assert rules_broken(facts, rules) == [
        "tag-moved",
        "tag-checkout",
        "tag-branch",
        "tag-annotated",
        "tag-signed",
        "tag-prerelease",
        "tag-newer",
    ]
    assert rules_broken(Facts("v1.2", COMMIT, branches=("topic",)), Rules(branches=("main",))) == ["tag-grammar", "tag-branch"]


def test_a_tag_that_fulfils_all_rules_is_a_release() -> None:
    facts = Facts("v1.2.3", COMMIT, annotated=True, head=COMMIT, origin=COMMIT, others=versions("1.2.2"), branches=("release/1.2",))
    assert rules_broken(facts, Rules(branches=("main", "release/*"), annotated=True, signed=True, checked_out=True)) == []


def test_the_branch_rule_names_the_branches_that_hold_the_commit() -> None:
    (finding,) = tagging.refusals(Facts("v1.2.3", COMMIT, branches=("topic", "x" * 200)), Rules(branches=("main", "release/*")))
    assert "`topic`" in finding.what
    assert "`main`, `release/*`" in finding.what
    assert "x" * 101 not in finding.what


def test_a_shallow_checkout_that_can_not_tell_the_branch_says_what_to_change() -> None:
    (finding,) = tagging.refusals(Facts("v1.2.3", COMMIT, shallow=True), Rules(branches=("main",)))
    assert finding.rule == "tag-history"
    assert "`with: {fetch-depth: 0}`" in finding.remedy
    assert rules_broken(Facts("v1.2.3", COMMIT, shallow=True, branches=("main",)), Rules(branches=("main",))) == []


@pytest.mark.parametrize(
    ("version", "others", "line", "every"),
    [
        ("1.2.3", ("1.2.2", "1.1.9"), True, True),
        ("1.2.3", ("1.2.4",), False, False),
        ("1.2.3", ("1.3.0", "2.0.0"), True, False),
        ("1.2.3", ("1.2.4-beta.1", "1.3.0-rc.1"), True, True),
        ("1.2.3-rc.1", ("1.2.3",), False, False),
        ("1.2.3-rc.1", ("1.2.3-beta.9",), True, True),
        ("1.2.3-beta.2", ("1.2.3-rc.1",), False, False),
        ("1.2.3-beta.2", ("1.3.0-beta.1",), True, False),
        ("1.2.3-0.dev.5", ("1.2.3-beta.1",), True, True),
        ("1.2.3-0.dev.5", ("1.2.3-0.dev.6",), False, False),
        ("1.2.3-0.dev.5", ("1.2.3",), False, False),
        ("1.2.3-alpha.1", ("1.2.3-0.dev.6",), True, True),
    ],
)
def test_a_release_is_newer_than_those_that_it_competes_with(version: str, others: tuple[str, ...], line: bool, every: bool) -> None:
    assert newer(version, others, Newer.LINE) == ([] if line else ["tag-newer"])
    assert newer(version, others, Newer.ALL) == ([] if every else ["tag-newer"])
    assert newer(version, others, Newer.OFF) == []


@pytest.mark.parametrize(
    ("version", "others", "suggested"),
    [
        ("1.2.3", ("1.2.5",), "v1.2.6"),
        ("1.2.3-rc.1", ("1.2.3",), "v1.2.4-rc.1"),
        ("1.2.3-beta.1", ("1.2.3-beta.7",), "v1.2.3-beta.8"),
        ("1.2.3-beta.1", ("1.2.3-rc.1",), "v1.2.4-beta.1"),
        ("1.2.3-rc.1", ("1.2.4-beta.1",), "v1.2.4-rc.1"),
    ],
)
def test_an_old_version_is_told_a_newer_one(version: str, others: tuple[str, ...], suggested: str) -> None:
    (finding,) = tagging.refusals(Facts(f"v{version}", COMMIT, others=versions(*others)), Rules())
    assert f"such as `{suggested}`" in finding.remedy
    assert newer(suggested.removeprefix("v"), others, Newer.LINE) == []


@pytest.mark.parametrize(
    ("version", "others", "expected"),
    [
        ("1.2.3", ("1.2.2", "1.2.3-rc.1", "1.1.0", "2.0.0"), "1.2.2"),
        ("1.2.3-rc.2", ("1.2.2", "1.2.3-rc.1", "2.0.0"), "1.2.3-rc.1"),
        ("2.0.0", ("1.9.9", "2.0.0-rc.1"), "1.9.9"),
        ("1.0.0", ("1.0.0-rc.1", "1.1.0"), None),
    ],
)
def test_notes_start_from_the_release_before(version: str, others: tuple[str, ...], expected: str | None) -> None:
    previous = tagging.decision(Version.parse(version), COMMIT, versions(version, *others)).previous
    assert (str(previous) if previous else None) == expected


def test_the_outputs_of_a_prerelease() -> None:
    assert tagging.decision(Version.parse("1.2.3-beta.4"), COMMIT, versions("1.2.2")).outputs == {
        "version": "1.2.3-beta.4",
        "major": "1",
        "minor": "2",
        "patch": "3",
        "prerelease": "true",
        "channel": "beta",
        "nuget": "1.2.3-beta.4",
        "npm": "1.2.3-beta.4",
        "pypi": "1.2.3b4",
        "dist-tag": "beta",
        "is-latest": "false",
        "previous-tag": "v1.2.2",
        "commit": COMMIT,
    }


def test_a_patch_to_an_old_line_takes_neither_latest_nor_its_dist_tag() -> None:
    outputs = tagging.decision(Version.parse("1.2.3"), COMMIT, versions("2.0.0")).outputs
    assert (outputs["is-latest"], outputs["dist-tag"]) == ("false", "release-1.2.x")
    outputs = tagging.decision(Version.parse("2.0.1"), COMMIT, versions("2.0.0", "3.0.0-rc.1")).outputs
    assert (outputs["is-latest"], outputs["dist-tag"]) == ("true", "latest")


def test_a_name_in_a_checkout_snippet_is_quoted_where_yaml_needs_it() -> None:
    def remedy(name: str) -> str:
        return next(
            found.remedy for found in tagging.refusals(Facts(name, COMMIT), Rules(checked_out=True)) if found.rule == "tag-checkout"
        )

    assert "{ref: refs/tags/v1.2.3}" in remedy("v1.2.3")
    assert "{ref: 'refs/tags/a, b: ''c'''}" in remedy("a, b: 'c'")


def test_a_name_is_shown_short_and_without_letters_that_hide_others() -> None:
    assert tagging.shown("v1.0.0\u202e\u2028\x85\n") == "v1.0.0\\u202e\\u2028\\u0085\\u000a"
    assert tagging.shown("é" * 10_000) == "é" * 100 + "… (10000 characters)"
