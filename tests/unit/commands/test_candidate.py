"""The release train, run by run: cut, respin, hold, promote, refuse; what people do in between; and runs that end too soon."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.memory_git import MemoryClone, MemoryGit
from tests.trains import START, Yard

from release_actions.commands.candidate import Fixes, Options, Workflows
from release_actions.domain import report
from release_actions.domain.readiness import Check, Verdict
from release_actions.domain.report import Outcome
from release_actions.domain.train import DAY, Blocker, Branches, Cut, Rules, Run
from release_actions.domain.version import Level
from release_actions.errors import RegistryError

RULES = Rules(checks=("all",))


@pytest.fixture
def yard() -> Yard:
    made = Yard(options=Options(now=0, rules=RULES, blocker="release-blocker", workflows=Workflows("release.yml")))
    made.pass_days(1)
    made.commit("develop", "feat: rain")
    return made


def rules(outcome: Outcome) -> set[str]:
    return {finding.rule for finding in outcome.errors}


def steps(outcome: Outcome) -> list[str]:
    return list(json.loads(outcome.outputs["steps"]))


def text(outcome: Outcome) -> str:
    return str(outcome.report.blocks)


def promoted(yard: Yard) -> Outcome:
    """The outcome of the run that promotes what is cut."""
    yard.pass_days(7)
    return yard.run()


def test_a_release_branch_is_cut_with_its_first_candidate(yard: Yard) -> None:
    before = yard.origin.branches["develop"]
    outcome = yard.run()
    assert outcome.errors == ()
    assert steps(outcome) == ["cut", "dispatch"]
    assert (outcome.outputs["step"], outcome.outputs["tag"], outcome.outputs["pypi"]) == ("cut", "v1.5.0-rc.1", "1.5.0rc1")
    assert yard.origin.tags["v1.5.0-rc.1"].commit == yard.origin.branches["release-1.5.0"]
    assert yard.version("release-1.5.0") == ("1.5.0-rc.1", "1.5.0rc1")
    assert yard.origin.branches["develop"] == before
    assert [(run.workflow, run.tag) for run in yard.forge.started] == [("release.yml", "v1.5.0-rc.1")]
    assert "```mermaid\ngantt" in report.markdown(outcome.report)
    assert "gantt" not in report.text(outcome.report)


def test_a_candidate_is_held_until_it_has_soaked(yard: Yard) -> None:
    yard.run()
    yard.pass_days(6.9)
    outcome = yard.run()
    assert (outcome.outputs["step"], outcome.errors, steps(outcome)) == ("hold", (), [])
    assert outcome.outputs["until"] == "2026-01-13 12:00 UTC"
    assert "tried out until 2026-01-13 12:00 UTC" in text(outcome)


def test_what_stood_the_test_is_released_merged_back_and_cleaned_up(yard: Yard) -> None:
    yard.run()
    yard.commit("develop", "feat: snow")
    outcome = promoted(yard)
    assert steps(outcome) == ["promote", "dispatch", "merge-back", "clean-up"]
    assert (outcome.outputs["tag"], outcome.errors) == ("v1.5.0", ())
    assert yard.origin.tags["v1.5.0"].commit == yard.origin.branches["master"]
    assert yard.version("master") == yard.version("develop") == ("1.5.0", "1.5.0")
    assert set(yard.origin.branches) == {"master", "develop"}
    assert yard.origin.branches["master"] in yard.origin.history(yard.origin.branches["develop"])
    assert [run.tag for run in yard.forge.started] == ["v1.5.0-rc.1", "v1.5.0"]
    clone = MemoryClone(yard.origin)
    changed = clone.differing(yard.origin.tags["v1.5.0-rc.1"].commit, yard.origin.tags["v1.5.0"].commit)
    assert changed == ["npm/package.json", "py/pyproject.toml"]


def test_a_fix_makes_another_candidate_and_the_soak_starts_again(yard: Yard) -> None:
    yard.run()
    yard.pass_days(5)
    yard.commit("release-1.5.0", "fix: less rain")
    outcome = yard.run()
    assert (outcome.outputs["step"], outcome.outputs["tag"]) == ("respin", "v1.5.0-rc.2")
    assert yard.version("release-1.5.0") == ("1.5.0-rc.2", "1.5.0rc2")
    yard.pass_days(6)
    assert yard.run().outputs["step"] == "hold"
    yard.pass_days(1)
    assert yard.run().outputs["tag"] == "v1.5.0"


def test_a_commit_that_changes_nothing_makes_no_candidate(yard: Yard) -> None:
    yard.run()
    yard.commit("release-1.5.0", "chore: nothing", {})
    assert yard.run().outputs["step"] == "hold"
    assert promoted(yard).outputs["tag"] == "v1.5.0"


@pytest.mark.parametrize("message", ["feat: hail", "Make it better", "fix!: another way", "fix: x\n\nBREAKING CHANGE: all of it"])
def test_a_commit_that_is_no_fix_is_refused_and_listed(yard: Yard, message: str) -> None:
    yard.run()
    name = yard.commit("release-1.5.0", message)
    outcome = promoted(yard)
    assert rules(outcome) == {"candidate-not-a-fix"}
    assert name[:12] in outcome.errors[0].what
    assert "v1.5.0-rc.2" not in yard.origin.tags


def test_what_is_reverted_is_refused_no_more(yard: Yard) -> None:
    yard.run()
    name = yard.commit("release-1.5.0", "feat: hail", {"src/hail.py": b""})
    assert yard.run().outputs["step"] == "refuse"
    yard.commit("release-1.5.0", f'Revert "feat: hail"\n\nThis reverts commit {name}.', {"src/hail.py": b"gone\n"})
    assert yard.run().outputs["tag"] == "v1.5.0-rc.2"


def test_a_label_or_its_files_allow_a_commit(yard: Yard) -> None:
    yard.run()
    labelled = yard.commit("release-1.5.0", "Improve the words")
    yard.commit("release-1.5.0", "Better pages", {"docs/index.html": b"x"})
    yard.forge.labelled[labelled] = frozenset({"bug"})
    allowed = Fixes(labels=("bug",), paths=("docs/*",))
    assert (
        rules(yard.run(fixes=replace(allowed, labels=()))) == rules(yard.run(fixes=replace(allowed, paths=()))) == {"candidate-not-a-fix"}
    )
    assert yard.run(fixes=allowed).outputs["tag"] == "v1.5.0-rc.2"


def test_more_offenders_than_fit_are_counted(yard: Yard) -> None:
    yard.run()
    for number in range(12):
        yard.commit("release-1.5.0", f"feat: {number}")
    outcome = yard.run()
    assert len(outcome.errors) == 11
    assert "2 more commits that are no fixes" in outcome.errors[-1].what


@pytest.mark.parametrize(
    ("checks", "rule"),
    [
        ((), "no checks"),
        ((Check("Tests", Verdict.FAILED),), "`Tests` of the commit failed"),
        ((Check("Tests", Verdict.RUNNING),), "`Tests` of the commit has not ended"),
    ],
)
def test_checks_that_are_not_green_hold_it(yard: Yard, checks: tuple[Check, ...], rule: str) -> None:
    yard.run()
    yard.forge.otherwise = checks
    outcome = promoted(yard)
    assert (outcome.outputs["step"], outcome.errors) == ("hold", ())
    assert rule in text(outcome)


def test_an_open_blocker_holds_it(yard: Yard) -> None:
    yard.run()
    yard.forge.issues = [Blocker(7, "Everything burns", "https://github.example/7")]
    outcome = promoted(yard)
    assert outcome.outputs["step"] == "hold"
    assert "#7 “Everything burns” blocks releases" in text(outcome)
    yard.forge.issues = []
    assert yard.run().outputs["tag"] == "v1.5.0"


def test_the_next_branch_is_cut_two_weeks_after_the_last(yard: Yard) -> None:
    yard.run()
    yard.commit("develop", "feat: snow")
    promoted(yard)
    yard.pass_days(6)
    outcome = yard.run()
    assert outcome.outputs["step"] == "hold"
    assert "The next release branch is cut 2026-01-20" in text(outcome)
    yard.now -= 600  # the clock strikes some minutes earlier on that day
    yard.pass_days(1)
    assert yard.run().outputs["tag"] == "v1.6.0-rc.1"


def test_nothing_worth_a_release_cuts_nothing(yard: Yard) -> None:
    yard.run()
    promoted(yard)
    yard.commit("develop", "docs: words")
    yard.pass_days(30)
    outcome = yard.run()
    assert outcome.outputs["step"] == "hold"
    assert "nothing to cut a release branch for" in text(outcome)


def test_a_person_may_cut_now_never_or_by_a_level(yard: Yard) -> None:
    never = yard.run(rules=replace(RULES, cut=Cut.NEVER))
    assert (steps(never), never.outputs["step"]) == ([], "hold")
    assert yard.run(base=Level.MAJOR).outputs["tag"] == "v2.0.0-rc.1"
    yard.commit("develop", "fix: snow")
    promoted(yard)
    yard.commit("develop", "fix: hail")
    assert yard.run().outputs["step"] == "hold"
    assert yard.run(rules=replace(RULES, cut=Cut.NOW)).outputs["tag"] == "v2.0.1-rc.1"


def test_a_dry_run_changes_nothing(yard: Yard) -> None:
    before = dict(yard.origin.branches), dict(yard.origin.tags)
    outcome = yard.run(dry_run=True)
    assert (dict(yard.origin.branches), dict(yard.origin.tags), yard.forge.started) == (*before, [])
    assert outcome.report.title == "candidate: cut would be next"
    assert "v1.5.0-rc.1 would be next" in text(outcome)


def test_a_hotfix_needs_no_soak_and_reaches_every_branch(yard: Yard) -> None:
    yard.run()
    assert yard.run(rules=replace(RULES, cut=Cut.HOTFIX)).outputs["step"] == "hotfix"
    assert yard.origin.branches["hotfix-1.4.1"] == yard.origin.branches["master"]
    assert "has nothing yet" in text(yard.run())
    yard.commit("hotfix-1.4.1", "fix: the leak")
    yard.forge.otherwise = (Check("Tests", Verdict.RUNNING),)
    assert yard.run().outputs["tag"] == "v1.4.1-rc.1"
    yard.forge.otherwise = (Check("Tests", Verdict.PASSED),)
    outcome = yard.run()
    assert outcome.outputs["tag"] == "v1.4.1"
    assert steps(outcome) == ["promote", "dispatch", "catch-up", "respin", "dispatch", "merge-back", "clean-up"]
    assert yard.version("master") == ("1.4.1", "1.4.1")
    assert yard.version("release-1.5.0") == ("1.5.0-rc.2", "1.5.0rc2")
    assert promoted(yard).outputs["tag"] == "v1.5.0"


def test_a_hotfix_and_a_release_never_lead_to_one_version(yard: Yard) -> None:
    yard.run(base=Level.PATCH)
    outcome = yard.run(rules=replace(RULES, cut=Cut.HOTFIX))
    assert rules(outcome) == {"candidate-hotfix"}
    assert "release-1.4.1 leads to 1.4.1 already" in outcome.errors[0].what
    assert "hotfix-1.4.1" not in yard.origin.branches


def test_a_release_waits_for_the_hotfix_that_leads_to_its_version(yard: Yard) -> None:
    yard.run(rules=replace(RULES, cut=Cut.HOTFIX))
    outcome = yard.run(base=Level.PATCH)
    assert "hotfix-1.4.1 leads to 1.4.1, too, and goes first" in text(outcome)
    assert "release-1.4.1" not in yard.origin.branches


def test_a_feature_on_a_hotfix_is_refused(yard: Yard) -> None:
    yard.run(rules=replace(RULES, cut=Cut.HOTFIX))
    yard.commit("hotfix-1.4.1", "feat: more")
    assert "candidate-not-a-fix" in rules(yard.run())


def test_a_hotfix_for_an_older_release_is_refused(yard: Yard) -> None:
    yard.origin.branches["hotfix-1.3.9"] = yard.origin.branches["master"]
    yard.commit("hotfix-1.3.9", "fix: old")
    assert "candidate-behind" in rules(yard.run())


def test_a_version_that_was_raised_meanwhile_is_no_conflict(yard: Yard) -> None:
    yard.run()
    files = {
        "npm/package.json": b'{"name": "client", "version": "1.6.0-beta.1"}\n',
        "py/pyproject.toml": b'[project]\nname = "client"\nversion = "1.6.0b1"\n',
    }
    yard.commit("develop", "chore: go on", files)
    outcome = promoted(yard)
    assert steps(outcome) == ["promote", "dispatch", "merge-back", "clean-up"]
    assert yard.version("develop") == ("1.6.0-beta.1", "1.6.0b1")


def test_a_conflict_on_the_way_back_opens_a_pull_request(yard: Yard) -> None:
    yard.run()
    yard.commit("release-1.5.0", "fix: a", {"src/a.py": b"fixed\n"})
    yard.run()
    yard.commit("develop", "feat: a", {"src/a.py": b"another\n"})
    outcome = promoted(yard)
    assert steps(outcome) == ["promote", "dispatch", "merge-back"]
    assert outcome.errors == ()
    branch = "release-actions/merge-back-1.5.0"
    title, body = yard.requests.open[branch, "develop"]
    assert (title, "- src/a.py" in body) == ("Merge v1.5.0 into develop", True)
    assert yard.origin.branches[branch] == yard.origin.branches["master"]
    assert yard.run().outputs["step"] == "merge-back"
    yard.commit(branch, "Resolve", {"src/a.py": b"both\n"}, [yard.origin.branches["develop"]])
    resolved = yard.origin.branches[branch]
    yard.run()
    assert yard.origin.branches[branch] == resolved
    yard.merge("develop", resolved)
    assert steps(yard.run()) == ["clean-up"]
    assert set(yard.origin.branches) == {"master", "develop"}


def test_a_conflict_with_a_hotfix_opens_a_pull_request(yard: Yard) -> None:
    yard.run()
    yard.commit("release-1.5.0", "fix: a", {"src/a.py": b"one\n"})
    yard.run(rules=replace(RULES, cut=Cut.HOTFIX))
    yard.commit("hotfix-1.4.1", "fix: a", {"src/a.py": b"two\n"})
    yard.run()
    outcome = yard.run()
    assert outcome.outputs["pull-request"] == "https://github.example/pull/release-actions/catch-up-1.5.0"
    assert ("release-actions/catch-up-1.5.0", "release-1.5.0") in yard.requests.open
    assert "v1.5.0" not in promoted(yard).outputs["tag"]


def test_a_protected_stable_branch_gets_a_pull_request_and_its_merge_is_tagged(yard: Yard) -> None:
    yard.run()
    yard.origin.locked.add("refs/heads/master")
    outcome = promoted(yard)
    assert steps(outcome) == ["promote"]
    assert outcome.report.title == "candidate: promote waits for people"
    assert "waits for its pull request" in text(outcome)
    branch = "release-actions/promote-1.5.0"
    assert yard.requests.open[branch, "master"][0] == "Release 1.5.0"
    yard.pass_days(2)
    assert yard.run().outputs["step"] == "promote"
    merged = yard.merge("master", yard.origin.branches[branch])
    outcome = yard.run()
    assert steps(outcome) == ["tag", "dispatch", "merge-back", "clean-up"]
    assert yard.origin.tags["v1.5.0"].commit == merged
    assert set(yard.origin.branches) == {"master", "develop"}


def test_a_squashed_pull_request_is_tagged_too(yard: Yard) -> None:
    yard.run()
    outcome = promoted_by_request(yard)
    assert steps(outcome) == ["promote"]
    content = yard.origin.files(yard.origin.branches["release-actions/promote-1.5.0"])
    squashed = yard.origin.made(content, [yard.origin.branches["master"]], "Release 1.5.0 (#9)", yard.now)
    yard.origin.branches["master"] = squashed
    outcome = yard.run(by_request=True)
    assert yard.origin.tags["v1.5.0"].commit == squashed
    assert outcome.errors == ()


def promoted_by_request(yard: Yard) -> Outcome:
    yard.pass_days(7)
    return yard.run(by_request=True)


def test_a_fix_after_the_pull_request_closes_it_and_makes_another_candidate(yard: Yard) -> None:
    yard.run()
    promoted_by_request(yard)
    assert "release-actions/promote-1.5.0" in yard.origin.branches
    yard.commit("release-1.5.0", "fix: late")
    assert yard.run(by_request=True).outputs["tag"] == "v1.5.0-rc.2"
    assert "release-actions/promote-1.5.0" not in yard.origin.branches


def test_a_protected_development_branch_gets_a_pull_request(yard: Yard) -> None:
    yard.run()
    yard.origin.locked.add("refs/heads/develop")
    outcome = promoted(yard)
    assert steps(outcome) == ["promote", "dispatch", "merge-back"]
    assert ("release-actions/merge-back-1.5.0", "develop") in yard.requests.open


def test_a_protected_release_branch_is_left_with_a_word(yard: Yard) -> None:
    yard.run()
    yard.origin.locked.add("refs/heads/release-1.5.0")
    outcome = promoted(yard)
    assert steps(outcome) == ["promote", "dispatch", "merge-back", "clean-up"]
    assert "release-1.5.0 was not deleted" in text(outcome)
    assert outcome.errors == ()


def test_a_tag_that_a_rule_forbids_is_an_error(yard: Yard) -> None:
    yard.origin.locked.add("refs/tags/v1.5.0-rc.1")
    outcome = yard.run()
    assert rules(outcome) == {"push-refused"}
    assert "release-1.5.0" not in yard.origin.branches


def test_without_github_a_conflict_is_an_error_with_a_remedy(yard: Yard) -> None:
    yard.run()
    yard.commit("release-1.5.0", "fix: a", {"src/a.py": b"fixed\n"})
    yard.run()
    yard.commit("develop", "feat: a", {"src/a.py": b"another\n"})
    yard.pass_days(7)
    world = replace(yard.world(), requests=None)
    from release_actions.commands import candidate

    assert rules(candidate.run(replace(yard.options, now=yard.now), world)) == {"candidate-proposal"}


def test_commits_after_the_release_keep_the_branch(yard: Yard) -> None:
    yard.run()
    yard.origin.locked.add("refs/heads/release-1.5.0")
    promoted(yard)
    yard.commit("release-1.5.0", "fix: too late")
    outcome = yard.run()
    assert rules(outcome) == {"candidate-late"}
    assert "release-1.5.0" in yard.origin.branches


def test_a_release_that_somebody_tagged_elsewhere_is_refused(yard: Yard) -> None:
    yard.run()
    yard.tag("v1.5.0", yard.origin.branches["release-1.5.0"])
    assert rules(yard.run()) == {"candidate-stray"}


def test_a_branch_of_a_persons_own_gets_its_candidate(yard: Yard) -> None:
    yard.origin.branches["release-1.7.0"] = yard.commit("develop", "feat: much")
    outcome = yard.run()
    assert (outcome.outputs["step"], outcome.outputs["tag"]) == ("respin", "v1.7.0-rc.1")


def test_a_branch_that_was_given_up_may_be_cut_once_more(yard: Yard) -> None:
    yard.run()
    yard.merge("develop", yard.origin.branches.pop("release-1.5.0"), "Merge branch 'release-1.5.0' into develop")
    yard.pass_days(1)
    yard.commit("develop", "feat: something else")
    assert yard.run(rules=replace(RULES, cut=Cut.NOW)).outputs["tag"] == "v1.5.0-rc.2"
    assert promoted(yard).outputs["tag"] == "v1.5.0"


def test_a_number_that_was_taken_elsewhere_is_not_taken_again(yard: Yard) -> None:
    yard.tag("v1.5.0-rc.3", yard.origin.made({}, (), "Elsewhere", START))
    assert yard.run(rules=replace(RULES, cut=Cut.NOW)).outputs["tag"] == "v1.5.0-rc.4"


def test_nightlies_of_a_higher_release_raise_the_train(yard: Yard) -> None:
    yard.tag("v2.0.0-beta.1", yard.origin.branches["develop"])
    assert yard.run().outputs["tag"] == "v2.0.0-rc.1"


def test_one_branch_in_both_roles_is_tagged_on_the_release_branch(yard: Yard) -> None:
    del yard.origin.branches["develop"]
    yard.origin.branches["main"] = yard.origin.branches.pop("master")
    trunk = Branches("main", "main")
    yard.commit("main", "feat: rain")
    assert yard.run(branches=trunk).outputs["tag"] == "v1.5.0-rc.1"
    yard.commit("main", "feat: meanwhile")
    yard.pass_days(7)
    outcome = yard.run(branches=trunk)
    assert steps(outcome) == ["promote", "dispatch", "merge-back", "clean-up"]
    final = yard.origin.tags["v1.5.0"].commit
    assert MemoryClone(yard.origin).differing(yard.origin.tags["v1.5.0-rc.1"].commit, final) == ["npm/package.json", "py/pyproject.toml"]
    assert final in yard.origin.history(yard.origin.branches["main"])
    assert set(yard.origin.branches) == {"main"}


def test_a_hotfix_of_one_branch_leaves_what_is_not_released(yard: Yard) -> None:
    trunk = Branches("develop", "develop")
    yard.run(branches=trunk, rules=replace(RULES, cut=Cut.HOTFIX))
    yard.commit("hotfix-1.4.1", "fix: the leak", {"src/leak.py": b""})
    yard.run(branches=trunk, rules=replace(RULES, cut=Cut.NEVER))
    outcome = yard.run(branches=trunk, rules=replace(RULES, cut=Cut.NEVER))
    final = yard.origin.tags["v1.4.1"].commit
    assert not any(path.startswith("src/") and path not in {"src/a.py", "src/leak.py"} for path in yard.origin.files(final)), outcome
    assert final in yard.origin.history(yard.origin.branches["develop"])


def test_a_missing_branch_is_named(yard: Yard) -> None:
    outcome = yard.run(branches=Branches(stable="main"))
    assert rules(outcome) == {"candidate-branch"}
    assert "it has `master`, `develop`" in outcome.errors[0].what


def test_no_release_yet_makes_no_hotfix(yard: Yard) -> None:
    yard.origin.tags.clear()
    assert rules(yard.run(rules=replace(RULES, cut=Cut.HOTFIX))) == {"candidate-hotfix"}


def test_the_first_release_of_all_is_what_the_manifests_say(yard: Yard) -> None:
    yard.origin.tags.clear()
    assert yard.run().outputs["tag"] == "v1.4.0-rc.1"
    assert promoted(yard).outputs["tag"] == "v1.4.0"


def test_projects_are_handed_to_the_workflow_that_tries_them(yard: Yard) -> None:
    yard.forge.latest["acme/platform"] = "v3.1.0"
    projects = ("examples/*", "acme/platform@latest", "acme/site@main")
    outcome = yard.run(workflows=Workflows("", "downstream.yml"), projects=projects, repository="acme/sdks")
    [run] = yard.forge.started
    assert outcome.outputs["projects"] == dict(run.inputs)["projects"]
    inputs = dict(run.inputs)
    assert (run.workflow, run.tag, inputs["version"]) == ("downstream.yml", "v1.5.0-rc.1", "1.5.0-rc.1")
    assert json.loads(inputs["projects"]) == [
        {"name": "examples/app", "repository": "acme/sdks", "ref": "refs/tags/v1.5.0-rc.1", "path": "examples/app"},
        {"name": "acme/platform", "repository": "acme/platform", "ref": "v3.1.0", "path": "."},
        {"name": "acme/site", "repository": "acme/site", "ref": "main", "path": "."},
    ]


def test_projects_are_looked_for_once_for_each_candidate(yard: Yard) -> None:
    yard.forge.latest["acme/platform"] = "v3.1.0"
    settings = {"workflows": Workflows("", "downstream.yml"), "projects": ("acme/platform@latest",)}
    yard.run(**settings)
    yard.forge.asked.clear()
    yard.run(**settings)
    assert [run.tag for run in yard.forge.started] == ["v1.5.0-rc.1"]
    assert yard.forge.asked["acme/platform"] == 2  # beforehand, and for the output


@pytest.mark.parametrize("projects", [("samples/*",), tuple(f"acme/p{number}@main" for number in range(257))])
def test_projects_that_no_matrix_can_hold_are_refused(yard: Yard, projects: tuple[str, ...]) -> None:
    outcome = yard.run(workflows=Workflows("", "downstream.yml"), projects=projects)
    assert rules(outcome) == {"candidate-projects"}
    assert set(yard.origin.branches) == {"master", "develop"}


def test_a_workflow_that_is_not_there_is_told_before_anything_is_pushed(yard: Yard) -> None:
    yard.forge.unknown = {"release.yml"}
    assert rules(yard.run()) == {"candidate-permission"}
    assert set(yard.origin.branches) == {"master", "develop"}


def test_what_goes_wrong_after_the_cut_is_told_beside_it(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(run: Run) -> None:
        raise RegistryError("candidate-dispatch", f"GitHub does not start {run.workflow}.", "Allow it.")

    monkeypatch.setattr(yard.forge, "dispatch", refuse)
    outcome = yard.run()
    assert outcome.report.title == "candidate: v1.5.0-rc.1 was cut, but not all is well"
    assert rules(outcome) == {"candidate-dispatch"}
    monkeypatch.undo()
    assert steps(yard.run()) == ["dispatch"]


def test_a_workflow_that_was_not_started_is_started_by_the_next_run(yard: Yard) -> None:
    yard.run(workflows=Workflows())
    assert yard.forge.started == []
    assert steps(yard.run()) == ["dispatch"]
    assert steps(yard.run()) == []


def test_what_people_tagged_is_not_released_again(yard: Yard) -> None:
    yard.run(rules=replace(RULES, cut=Cut.NEVER))
    assert yard.forge.started == []


def test_a_run_that_looked_before_another_looks_again(yard: Yard) -> None:
    def rival() -> None:
        yard.run()

    yard.origin.before_push = rival
    outcome = yard.run()
    assert outcome.errors == ()
    assert [name for name in yard.origin.tags if "rc" in name] == ["v1.5.0-rc.1"]
    assert "Somebody else was faster; looking again." in yard.said.lines


def test_rivals_without_end_are_an_error(yard: Yard) -> None:
    def again() -> None:
        yard.origin.link += 1
        yard.origin.before_push = again

    yard.origin.before_push = again
    assert rules(yard.run()) == {"candidate-rivals"}


def test_the_changelog_is_closed_by_the_release_and_not_by_candidates(yard: Yard) -> None:
    yard.commit("develop", "docs: changes", {"CHANGELOG.md": b"# Changelog\n\n## [Unreleased]\n\n- Rain\n"})
    yard.run(changelog="CHANGELOG.md")
    assert b"1.5.0" not in yard.origin.files(yard.origin.branches["release-1.5.0"])["CHANGELOG.md"]
    yard.pass_days(7)
    yard.run(changelog="CHANGELOG.md")
    assert b"## [1.5.0] - 2026-01-13" in yard.origin.files(yard.origin.branches["master"])["CHANGELOG.md"]


def test_a_changelog_that_a_release_could_not_close_makes_no_candidate(yard: Yard) -> None:
    yard.commit("develop", "docs: changes", {"CHANGELOG.md": b"# Changelog\n\n## [Unreleased]\n"})
    assert rules(yard.run(changelog="CHANGELOG.md")) == {"changelog-empty"}
    assert set(yard.origin.branches) == {"master", "develop"}


def test_catching_up_is_pushed_where_others_are_merged_by_request(yard: Yard) -> None:
    yard.run(by_request=True)
    yard.run(rules=replace(RULES, cut=Cut.HOTFIX), by_request=True)
    yard.commit("hotfix-1.4.1", "fix: the leak")
    yard.run(by_request=True)
    yard.merge("master", yard.origin.branches["release-actions/promote-1.4.1"])
    outcome = yard.run(by_request=True)
    assert steps(outcome) == ["tag", "dispatch", "catch-up", "respin", "dispatch", "merge-back"]
    assert yard.origin.branches["master"] in yard.origin.history(yard.origin.branches["release-1.5.0"])
    assert {base for _, base in yard.requests.open} == {"master", "develop"}


def test_soaking_is_counted_from_the_tag_in_days(yard: Yard) -> None:
    yard.run(rules=replace(RULES, soak_days=1))
    yard.now += DAY - 1
    assert yard.run(rules=replace(RULES, soak_days=1)).outputs["step"] == "hold"
    yard.now += 1
    assert yard.run(rules=replace(RULES, soak_days=1)).outputs["tag"] == "v1.5.0"


def test_a_checkout_that_is_not_whole_is_refused(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryGit, "is_shallow", lambda _: True)
    monkeypatch.setattr(MemoryGit, "changed", lambda _: ["src/a.py"])
    outcome = yard.run()
    assert rules(outcome) == {"candidate-history", "dirty-tree"}
    assert set(yard.origin.branches) == {"master", "develop"}


def test_steps_without_end_are_a_defect_that_is_told(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("release_actions.commands.candidate._MOST_STEPS", 2)
    outcome = yard.run()
    assert rules(outcome) == {"candidate-circle"}
    assert steps(outcome) == ["cut", "dispatch"]
