from __future__ import annotations

import pytest

from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.domain.rollback import WITHDRAWN, Act, Plan, make, one_line
from release_actions.domain.rollback_record import Record, Way
from release_actions.domain.standing import Standing
from release_actions.domain.version import Version

NUGET = BuiltPackage(Ecosystem.NUGET, "Acme.Core", "1.3.0", ())
NPM = BuiltPackage(Ecosystem.NPM, "@acme/core", "1.3.0", ())
PYPI = BuiltPackage(Ecosystem.PYPI, "acme-core", "1.3.0", ())
ALL = ("1.2.0", "1.2.1", "1.3.0")


def npm(pointers: dict[str, str] | None = None, withdrawn: dict[str, str] | None = None, versions: tuple[str, ...] = ALL) -> Standing:
    return Standing(versions, withdrawn or {}, {"latest": "1.3.0"} if pointers is None else pointers)


def plan(*pairs: tuple[BuiltPackage, Standing], record: Record | None = None, previous: str = "", version: str = "1.3.0") -> Plan:
    standings = {package.key: standing for package, standing in pairs}
    wanted = Version.parse(previous) if previous else None
    return make(Version.parse(version), [package for package, _ in pairs], standings, record, wanted, "It eats data.")


def noted(**pointers: str) -> Record:
    return Record(Version.parse("1.3.0"), (Way(Ecosystem.NPM, "@acme/core", "1.3.0", "1.2.1", pointers),))


def steps(made: Plan) -> list[tuple[str, str, str, bool]]:
    return [(step.act.value, step.tag, step.target, step.done) for step in made.steps]


def test_every_registry_gets_what_it_allows_most_reversible_first() -> None:
    made = plan((PYPI, Standing(ALL)), (NPM, npm()), (NUGET, Standing(ALL)))
    assert steps(made) == [
        ("unlist", "", "", False),
        ("dist-tag", "latest", "1.2.1", False),
        ("deprecate", "", "", False),
        ("yank", "", "", False),
    ]
    assert made.conflicts == made.warnings == ()
    assert [step.act for step in made.due] == [Act.UNLIST, Act.POINT, Act.DEPRECATE]


def test_npm_says_why_and_what_to_use_instead() -> None:
    assert plan((NPM, npm())).steps[-1].words == "It eats data. Use @acme/core@1.2.1 instead."


def test_what_is_done_is_not_due() -> None:
    withdrawn = {"1.3.0": "It eats data."}
    made = plan(
        (NPM, npm({"latest": "1.2.1"}, withdrawn)),
        (NUGET, Standing(ALL, withdrawn)),
        (PYPI, Standing(ALL, withdrawn)),
        record=noted(latest="1.2.1"),
    )
    assert made.due == ()
    assert all(step.done for step in made.steps)
    assert steps(made)[1] == ("dist-tag", "latest", "1.2.1", True)


def test_what_was_never_published_needs_nothing() -> None:
    assert plan((NUGET, Standing(("1.2.0",))), (NPM, Standing())).steps == ()


def test_dist_tags_go_back_to_where_they_were_and_not_to_the_highest_version() -> None:
    made = plan((NPM, npm()), record=noted(latest="1.2.0"))
    assert steps(made)[0] == ("dist-tag", "latest", "1.2.0", False)
    assert made.steps[-1].words.endswith("Use @acme/core@1.2.0 instead.")


def test_a_dist_tag_that_somebody_moved_since_is_left_alone() -> None:
    assert steps(plan((NPM, npm({"latest": "1.2.0", "next": "1.3.0"}))))[:-1] == [("dist-tag", "next", "1.2.1", False)]


def test_a_channels_dist_tag_goes_back_within_its_channel_or_away() -> None:
    package = BuiltPackage(Ecosystem.NPM, "@acme/core", "1.4.0-beta.2", ())
    for versions, target in ((("1.3.0", "1.4.0-beta.1", "1.4.0-beta.2"), "1.4.0-beta.1"), (("1.3.0", "1.4.0-beta.2"), "")):
        made = plan((package, npm({"beta": "1.4.0-beta.2", "latest": "1.3.0"}, versions=versions)), version="1.4.0-beta.2")
        assert steps(made)[0] == ("dist-tag", "beta", target, False)
        assert made.conflicts == ()


def test_latest_never_goes_to_a_version_that_was_withdrawn_when_there_is_a_choice() -> None:
    assert steps(plan((NPM, npm(withdrawn={"1.2.1": "bad too"}))))[0] == ("dist-tag", "latest", "1.2.0", False)


def test_going_back_to_a_version_that_is_not_there_is_refused() -> None:
    for made in (plan((NPM, npm()), record=noted(latest="1.1.9")), plan((NPM, npm()), previous="1.1.9")):
        assert [finding.rule for finding in made.conflicts] == ["rollback-target-missing"]
        assert "1.1.9" in made.conflicts[0].what


def test_going_back_to_a_version_that_is_itself_deprecated_is_refused() -> None:
    for made in (
        plan((NPM, npm(withdrawn={"1.2.1": "bad"})), record=noted(latest="1.2.1")),
        plan((NPM, npm(withdrawn={"1.2.1": "bad"})), previous="1.2.1"),
    ):
        assert [finding.rule for finding in made.conflicts] == ["rollback-target-withdrawn"]


def test_the_user_may_say_where_to_go_back_to() -> None:
    made = plan((NPM, npm()), record=noted(latest="1.2.1"), previous="1.2.0")
    assert steps(made)[0] == ("dist-tag", "latest", "1.2.0", False)


def test_the_first_version_keeps_latest_which_npm_never_removes() -> None:
    made = plan((NPM, npm(versions=("1.3.0",))))
    assert [finding.rule for finding in made.warnings] == ["rollback-first"]
    assert [step.act for step in made.steps] == [Act.DEPRECATE]
    assert made.steps[0].words == "It eats data."
    assert made.conflicts == ()


def test_dependents_are_taken_back_before_what_they_depend_on() -> None:
    web = BuiltPackage(Ecosystem.NUGET, "Acme.Web", "1.3.0", (), ("Acme.Core",))
    assert [step.package.name for step in plan((NUGET, Standing(ALL)), (web, Standing(ALL))).steps] == ["Acme.Web", "Acme.Core"]


@pytest.mark.parametrize(
    ("version", "there", "expected"),
    [
        ("1.3.0", ("1.2.0", "1.3.0"), "1.3.1"),
        ("1.2.1", ("1.2.0", "1.2.1", "1.3.0"), "1.2.2"),
        ("1.2.1", ("1.2.1", "1.2.2", "1.3.0"), "1.2.3"),
        ("1.3.0-beta.1", ("1.3.0-beta.1", "1.3.0-beta.2", "1.3.0-rc.1"), "1.3.0-beta.3"),
    ],
)
def test_the_version_to_follow_is_the_next_of_the_line_that_no_registry_has(version: str, there: tuple[str, ...], expected: str) -> None:
    made = plan((BuiltPackage(Ecosystem.NUGET, "Acme.Core", version, ()), Standing(there)), version=version)
    assert str(made.forward) == expected


def test_a_reason_is_one_line_and_never_empty() -> None:
    assert one_line(" It\n eats \x0b data. ") == "It eats data."
    assert one_line(" \n ") == WITHDRAWN
    assert len(one_line("x" * 5000)) <= 300
