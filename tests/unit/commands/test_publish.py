import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests import packed
from tests.fakes import FakeClock, FakeRegistry, Fault, Said

from release_actions.adapters.archives import PackedFiles
from release_actions.commands import publish as command
from release_actions.commands.ports.registries import FINAL
from release_actions.commands.publish import Options
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.plan import Latest, Symbols
from release_actions.domain.release import BuiltPackage, File, Release
from release_actions.domain.report import Outcome, Table
from release_actions.errors import Finding, InputError, RefusedError, RegistryError, ReleaseError, ToolError

VERSION = "1.2.3"
TRIES = Patience().tries


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def registries(clock: FakeClock) -> dict[Ecosystem, FakeRegistry]:
    return {ecosystem: FakeRegistry(ecosystem, clock) for ecosystem in Ecosystem}


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return packed.release(
        tmp_path,
        VERSION,
        packed.package(tmp_path, Ecosystem.PYPI, "acme-sdk", VERSION),
        packed.package(tmp_path, Ecosystem.NPM, "@acme/sdk", VERSION),
        packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", VERSION, symbols=True),
    )


def run(folder: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock, **options: object) -> Outcome:
    return command.run(replace(Options(folder), **options), PackedFiles(), registries, clock, Said())  # type: ignore[arg-type]


def rows(outcome: Outcome) -> dict[str, str]:
    """What the report's table says became of each package."""
    (table,) = [block for block in outcome.report.blocks if isinstance(block, Table)]
    return {row[0]: row[4] for row in table.rows}


def uploads(registries: dict[Ecosystem, FakeRegistry]) -> list[str]:
    return [name for registry in registries.values() for name in registry.uploads]


def rules(outcome: Outcome) -> list[str]:
    return [error.rule for error in outcome.errors]


def test_a_release_is_published_once_and_a_second_run_finds_nothing_to_do(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    first = run(tmp_path, registries, clock)
    assert (first.errors, first.outputs["published"], first.outputs["already-there"]) == ((), "3", "0")
    assert set(rows(first).values()) == {"published, visible"}
    assert uploads(registries) == [
        "Acme.Sdk.1.2.3.nupkg",
        "acme-sdk-1.2.3.tgz",
        "acme_sdk-1.2.3-py3-none-any.whl",
        "acme_sdk-1.2.3.tar.gz",
    ]
    assert registries[Ecosystem.NUGET].symbols == ["Acme.Sdk.1.2.3.snupkg"]
    second = run(tmp_path, registries, clock)
    assert (second.errors, second.outputs["published"], second.outputs["already-there"]) == ((), "0", "3")
    assert json.loads(second.outputs["plan"]) == []
    assert len(uploads(registries)) == 4
    assert "Nothing to publish" in str(second.report.blocks[0])


def test_the_way_back_is_kept_beside_the_record_and_a_second_run_leaves_it(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    before = packed.package(tmp_path, Ecosystem.NPM, "@acme/sdk", "1.2.2")
    registries[Ecosystem.NPM].hold(before, [tmp_path / file.name for file in before.files], "latest")
    first = run(tmp_path, registries, clock)
    text = (tmp_path / "rollback.json").read_text(encoding="utf-8")
    assert first.outputs["rollback"] == text
    (npm,) = [way for way in json.loads(text)["packages"] if way["ecosystem"] == "npm"]
    assert npm == {"ecosystem": "npm", "name": "@acme/sdk", "version": "1.2.3", "previous": "1.2.2", "pointers": {"latest": "1.2.2"}}
    assert run(tmp_path, registries, clock).outputs["rollback"] == text


def test_jobs_that_publish_one_ecosystem_each_note_all_ways_back_in_one_folder(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    for ecosystem in Ecosystem:
        run(tmp_path, registries, clock, only=(ecosystem,))
    noted = json.loads((tmp_path / "rollback.json").read_text(encoding="utf-8"))
    assert {way["ecosystem"] for way in noted["packages"]} == set(Ecosystem)


def test_a_note_of_another_release_or_none_at_all_is_replaced(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    for text in ("{", '{"schema": 1, "tag": "v1.0.0", "version": "1.0.0", "packages": []}'):
        (tmp_path / "rollback.json").write_text(text)
        assert json.loads(run(tmp_path, registries, clock).outputs["rollback"])["version"] == VERSION


def test_a_folder_that_takes_no_note_takes_no_upload(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    (tmp_path / "rollback.json").mkdir()
    with pytest.raises(RefusedError, match="folder-unwritable"):
        run(tmp_path, registries, clock)
    assert uploads(registries) == []


def test_a_dry_run_notes_nothing(tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock) -> None:
    assert json.loads(run(tmp_path, registries, clock, dry_run=True).outputs["rollback"])["version"] == VERSION
    assert not (tmp_path / "rollback.json").exists()


def test_a_dry_run_shows_the_plan_and_uploads_nothing(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    outcome = run(tmp_path, registries, clock, dry_run=True)
    assert (outcome.errors, uploads(registries)) == ((), [])
    assert outcome.report.title == f"publish: {VERSION} was tried"
    plan = json.loads(outcome.outputs["plan"])
    assert [(entry["wave"], entry["ecosystem"], entry["dist-tag"]) for entry in plan] == [
        (1, "nuget", None),
        (2, "npm", "latest"),
        (3, "pypi", None),
    ]


def test_only_the_chosen_ecosystems_are_published(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    run(tmp_path, registries, clock, only=(Ecosystem.NPM,))
    assert uploads(registries) == ["acme-sdk-1.2.3.tgz"]
    assert registries[Ecosystem.PYPI].lookups == 0


def test_a_conflict_on_one_package_keeps_all_from_being_uploaded(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    theirs = packed.package(other, Ecosystem.NPM, "@acme/sdk", VERSION, content="theirs")
    registries[Ecosystem.NPM].hold(theirs, [other / theirs.files[0].name])
    registries[Ecosystem.NPM].uploads.clear()
    outcome = run(tmp_path, registries, clock)
    assert (rules(outcome), uploads(registries)) == (["other-content"], [])
    assert outcome.report.title == f"publish: {VERSION} was not published"
    assert len(outcome.errors[0].what) < 200  # two digests as far as people compare them
    assert rows(outcome) == {"Acme.Sdk": "—", "@acme/sdk": "—", "acme-sdk": "—"}


def test_missing_credentials_of_all_registries_are_told_at_once_and_nothing_is_uploaded(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    for registry in registries.values():
        registry.obstacles = (Finding("credential-missing", f"No token for {registry.ecosystem}.", "Set it."),)
    outcome = run(tmp_path, registries, clock)
    assert (rules(outcome), uploads(registries)) == (["credential-missing"] * 3, [])
    assert [warning.rule for warning in run(tmp_path, registries, clock, dry_run=True).warnings] == ["credential-missing"] * 3


def test_a_strict_dry_run_fails_where_something_stands_in_the_way(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    assert run(tmp_path, registries, clock, dry_run=True, strict=True).errors == ()
    registries[Ecosystem.PYPI].obstacles = (Finding("credential-missing", "No token.", "Set it."),)
    outcome = run(tmp_path, registries, clock, dry_run=True, strict=True)
    assert (rules(outcome), uploads(registries)) == (["credential-missing"], [])


def test_a_run_that_leaves_the_pointers_to_another_moves_none_and_warns_of_none(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    two_packages(tmp_path, "1.2.2")
    run(tmp_path, registries, clock)
    release = two_packages(tmp_path, VERSION)
    for _ in range(2):
        outcome = run(tmp_path, registries, clock, latest=Latest.LATER)
        assert (outcome.errors, outcome.warnings) == ((), ())
        assert {held["latest"] for held in tags(registries, release).values()} == {"1.2.2"}
    assert run(tmp_path, registries, clock).errors == ()
    assert {held["latest"] for held in tags(registries, release).values()} == {VERSION}


def test_no_credential_is_needed_where_nothing_is_to_be_uploaded(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    run(tmp_path, registries, clock)
    registries[Ecosystem.PYPI].obstacles = (Finding("credential-missing", "No token.", "Set it."),)
    assert run(tmp_path, registries, clock).errors == ()


def test_a_registry_that_cant_be_asked_keeps_all_from_being_uploaded(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.PYPI].deaf = [True]
    outcome = run(tmp_path, registries, clock)
    assert (rules(outcome), uploads(registries)) == (["registry-unreachable"], [])


def test_what_was_not_asked_about_is_not_said_to_be_there(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.PYPI].deaf = [True]
    assert set(rows(run(tmp_path, registries, clock)).values()) == {"—"}


def test_a_client_that_takes_too_long_is_tried_again(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm, left = (
        registries[Ecosystem.NPM],
        [ToolError("tool-timeout", "It takes long.", "Wait."), ToolError("tool-failed", "It died.", "Wait.")],
    )
    upload = npm.upload

    def slow(package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:
        if left:
            raise left.pop()
        upload(package, files, dist_tag)

    monkeypatch.setattr(npm, "upload", slow)
    outcome = run(tmp_path, registries, clock)
    assert (outcome.errors, rows(outcome)["@acme/sdk"]) == ((), "published, visible")


def test_a_failure_stops_what_is_less_reversible_and_the_rest_is_still_reported(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.NPM].faults = [Fault.CUT_BEFORE] * TRIES
    outcome = run(tmp_path, registries, clock)
    assert rules(outcome) == ["upload-refused"]
    assert rows(outcome) == {"Acme.Sdk": "published, visible", "@acme/sdk": "failed", "acme-sdk": "not started"}
    assert run(tmp_path, registries, clock).errors == ()


def test_an_upload_that_errs_but_took_effect_is_done(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.NPM].faults = [Fault.CUT_AFTER]
    outcome = run(tmp_path, registries, clock)
    assert (outcome.errors, rows(outcome)["@acme/sdk"]) == ((), "published, visible")
    assert registries[Ecosystem.NPM].uploads == ["acme-sdk-1.2.3.tgz"]


def test_a_version_that_is_said_to_be_taken_is_waited_for_and_found_to_be_ours(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.NUGET].faults = [Fault.CUT_AFTER_AND_LAG]
    outcome = run(tmp_path, registries, clock)
    assert (outcome.errors, rows(outcome)["Acme.Sdk"]) == ((), "published, visible")


@pytest.mark.parametrize("rule", sorted(FINAL))
def test_a_no_for_ever_is_not_tried_again(
    tmp_path: Path,
    release: Release,
    registries: dict[Ecosystem, FakeRegistry],
    clock: FakeClock,
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[str] = []

    def refuse(package: BuiltPackage, *_: object) -> None:
        tried.append(package.name)
        raise RegistryError(rule, "It never will.", "Take another one.")

    monkeypatch.setattr(registries[Ecosystem.NUGET], "upload", refuse)
    assert (rules(run(tmp_path, registries, clock)), tried, clock.time) == ([rule], ["Acme.Sdk"], 0)


def test_a_version_that_is_said_to_be_taken_and_never_shown_stops_the_release(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.NUGET].faults = [Fault.CUT_AFTER_AND_LAG]
    registries[Ecosystem.NUGET].lag = 10_000
    outcome = run(tmp_path, registries, clock, wait=100)
    assert (rules(outcome), uploads(registries)) == (["already-exists"], ["Acme.Sdk.1.2.3.nupkg"])


def test_someone_elses_bytes_that_appear_meanwhile_are_a_conflict(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    theirs = packed.package(other, Ecosystem.NUGET, "Acme.Sdk", VERSION, content="theirs")
    registries[Ecosystem.NUGET].hold(theirs, [other / theirs.files[0].name], delay=50)
    outcome = run(tmp_path, registries, clock)
    assert rules(outcome) == ["other-content"]
    assert rows(outcome)["acme-sdk"] == "not started"


def test_what_is_accepted_is_waited_for_and_late_is_an_error(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.NPM].faults = [Fault.LAG]
    registries[Ecosystem.NPM].lag = 500
    outcome = run(tmp_path, registries, clock, wait=60)
    assert (rules(outcome), rows(outcome)["@acme/sdk"]) == (["not-visible"], "accepted, not visible yet")
    clock.sleep(500)
    assert rows(run(tmp_path, registries, clock))["@acme/sdk"] == "already there"


def test_with_no_wait_late_is_no_error(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.NPM].faults = [Fault.LAG]
    outcome = run(tmp_path, registries, clock, wait=0)
    assert (outcome.errors, rows(outcome)["@acme/sdk"]) == ((), "accepted, not visible yet")


def test_symbols_that_are_not_taken_fail_the_run_and_can_be_uploaded_again(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    registries[Ecosystem.NUGET].faults = [Fault.NONE, *[Fault.CUT_BEFORE] * TRIES]
    outcome = run(tmp_path, registries, clock)
    assert (rules(outcome), registries[Ecosystem.NUGET].symbols) == (["symbols"], [])
    assert run(tmp_path, registries, clock, symbols=Symbols.AGAIN).errors == ()
    assert registries[Ecosystem.NUGET].symbols == ["Acme.Sdk.1.2.3.snupkg"]


def two_packages(folder: Path, version: str) -> Release:
    return packed.release(folder, version, *(packed.package(folder, Ecosystem.NPM, name, version) for name in ("sdk", "types")))


def tags(registries: dict[Ecosystem, FakeRegistry], release: Release) -> dict[str, dict[str, str]]:
    return {package.name: dict(registries[Ecosystem.NPM].look_up(package).pointers) for package in release.packages}


def test_latest_moves_when_the_whole_release_is_there_and_not_before(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    two_packages(tmp_path, "1.2.2")
    run(tmp_path, registries, clock)
    release = two_packages(tmp_path, VERSION)
    registries[Ecosystem.NPM].faults = [Fault.NONE, *[Fault.CUT_BEFORE] * (1 + TRIES)]  # with the other one, then by itself
    assert run(tmp_path, registries, clock).errors
    assert {held["latest"] for held in tags(registries, release).values()} == {"1.2.2"}
    outcome = run(tmp_path, registries, clock)
    assert outcome.errors == ()
    assert {held["latest"] for held in tags(registries, release).values()} == {VERSION}
    assert [entry["dist-tag"] for entry in json.loads(outcome.outputs["plan"])] == ["latest", "latest"]
    assert json.loads(run(tmp_path, registries, clock).outputs["plan"]) == []


def test_a_run_that_ended_before_the_pointers_is_completed_by_the_next(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    two_packages(tmp_path, "1.2.2")
    run(tmp_path, registries, clock)
    release = two_packages(tmp_path, VERSION)
    npm = registries[Ecosystem.NPM]
    npm.refused = {f"point {package.name} latest {VERSION}" for package in release.packages}
    refused = run(tmp_path, registries, clock)
    assert (rules(refused), set(rows(refused).values())) == (["dist-tag"] * 2, {"published, visible"})
    assert refused.report.title == f"publish: {VERSION} is incomplete"
    assert {tuple(sorted(held.items())) for held in tags(registries, release).values()} == {(("latest", "1.2.2"), ("staged", VERSION))}
    npm.refused = set()
    assert run(tmp_path, registries, clock).errors == ()
    assert {held["latest"] for held in tags(registries, release).values()} == {VERSION}


def test_a_higher_version_that_is_released_meanwhile_keeps_latest(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_packages(tmp_path, "1.2.2")
    run(tmp_path, registries, clock)
    npm, other = registries[Ecosystem.NPM], tmp_path / "other"
    other.mkdir()
    higher = two_packages(other, "2.0.0")
    release = two_packages(tmp_path, VERSION)
    move = npm.point

    def overtaken(package: BuiltPackage, tag: str, version: str) -> None:
        for one in higher.packages:
            if one.name == package.name and version == VERSION:
                npm.hold(one, [other / file.name for file in one.files], "latest")
        move(package, tag, version)

    monkeypatch.setattr(npm, "point", overtaken)
    assert run(tmp_path, registries, clock).errors == ()
    assert {held["latest"] for held in tags(registries, release).values()} == {"2.0.0"}


def test_a_first_publication_of_a_prerelease_that_took_latest_is_told(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    packed.release(tmp_path, "1.2.3-beta.1", packed.package(tmp_path, Ecosystem.NPM, "sdk", "1.2.3-beta.1"))
    outcome = run(tmp_path, registries, clock)
    assert (outcome.errors, [warning.rule for warning in outcome.warnings]) == ((), ["dist-tag"])


def _tampered(folder: Path, package: BuiltPackage) -> BuiltPackage:
    with folder.joinpath(package.files[0].name).open("ab") as file:
        file.write(b"x")
    return package


def _gone(folder: Path, package: BuiltPackage) -> BuiltPackage:
    folder.joinpath(package.files[0].name).unlink()
    return package


def _broken(folder: Path, package: BuiltPackage) -> BuiltPackage:
    path = folder / package.files[0].name
    path.write_bytes(b"no archive")
    return replace(package, files=(packed.measured(path),))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (_tampered, "artifact-changed"),
        (_gone, "artifact-missing"),
        (_broken, "artifact-broken"),
        (lambda folder, package: replace(package, name="@acme/other"), "artifact-name"),
        (lambda folder, package: replace(package, version="1.2.4"), "artifact-version"),
        (lambda folder, package: replace(package, files=()), "artifact-missing"),
        (lambda folder, package: replace(package, files=package.files * 2), "release-json"),
    ],
)
def test_an_artifact_that_is_not_what_the_record_says_keeps_all_from_being_uploaded(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock, spoil: object, rule: str
) -> None:
    good = packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", VERSION)
    bad = packed.package(tmp_path, Ecosystem.NPM, "@acme/sdk", VERSION)
    packed.release(tmp_path, VERSION, good, spoil(tmp_path, bad))  # type: ignore[operator]
    with pytest.raises(ReleaseError) as caught:
        run(tmp_path, registries, clock)
    assert rule in [finding.rule for finding in caught.value.findings]
    assert uploads(registries) == []
    assert all(registry.lookups == 0 for registry in registries.values())


@pytest.mark.parametrize("ecosystem", Ecosystem)
@pytest.mark.parametrize("wrong", ["name", "version"])
def test_a_package_with_another_name_or_version_inside_is_refused(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock, ecosystem: Ecosystem, wrong: str
) -> None:
    inside = packed.package(tmp_path, ecosystem, "other" if wrong == "name" else "sdk", "9.9.9" if wrong == "version" else VERSION)
    packed.release(tmp_path, VERSION, replace(inside, name="sdk", version=VERSION))
    with pytest.raises(RefusedError) as caught:
        run(tmp_path, registries, clock)
    assert {finding.rule for finding in caught.value.findings} == {f"artifact-{wrong}"}


def test_all_that_is_wrong_with_the_files_is_told_at_once(
    tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    one = _tampered(tmp_path, packed.package(tmp_path, Ecosystem.NPM, "a", VERSION))
    two = _gone(tmp_path, packed.package(tmp_path, Ecosystem.NUGET, "b", VERSION))
    packed.release(tmp_path, VERSION, one, two)
    with pytest.raises(ReleaseError) as caught:
        run(tmp_path, registries, clock)
    assert [finding.rule for finding in caught.value.findings] == ["artifact-changed", "artifact-missing"]


def test_a_folder_without_a_record_is_refused(tmp_path: Path, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock) -> None:
    with pytest.raises(InputError, match="release-folder"):
        run(tmp_path / "nowhere", registries, clock)


def test_a_file_of_the_same_size_with_one_other_bit_is_refused(
    tmp_path: Path, release: Release, registries: dict[Ecosystem, FakeRegistry], clock: FakeClock
) -> None:
    file: File = release.packages[0].files[0]
    content = bytearray(tmp_path.joinpath(file.name).read_bytes())
    content[-1] ^= 1
    tmp_path.joinpath(file.name).write_bytes(content)
    with pytest.raises(ReleaseError, match="artifact-changed"):
        run(tmp_path, registries, clock)
