"""Publishers that are killed, and publishers that run at the same time, against real registries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.fakes import Said
from tests.faults import cells, kills
from tests.faults.rig import Rig, release, rig

from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.registries.configured import registries
from release_actions.commands import publish
from release_actions.commands.built import read
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Latest
from release_actions.domain.report import Outcome

pytestmark = pytest.mark.contract


@pytest.fixture
def whole(with_toolchains: dict[str, str], tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path / "storage", with_toolchains) as made:
        yield made


def published(site: Rig, built: Path, only: tuple[Ecosystem, ...] = (), latest: Latest = Latest.LAST) -> Outcome:
    clock = SystemClock()
    options = publish.Options(built, only=only, wait=60, latest=latest)
    return publish.run(options, PackedFiles(), registries(site.settings(), built, built.parent, clock), clock, Said())


def tags(site: Rig, built: Path) -> set[str]:
    """Where `latest` of the npm packages in `built` is."""
    made = read(built)
    return {site.truth(package, built).pointers["latest"] for package in made.packages if package.ecosystem is Ecosystem.NPM}


def test_a_publisher_that_is_killed_anywhere_is_finished_by_the_next(whole: Rig, with_toolchains: dict[str, str], tmp_path: Path) -> None:
    seen = kills.moments(whole, with_toolchains, tmp_path / "unhurt", "unhurt")
    operations = [request.operation for request, _ in seen]
    chosen = {
        "between a package and its symbols": (operations.index("symbols"), False),
        "while a client uploads, which goes on alone": (operations.index("upload", operations.index("symbols") + 4), True),
        "before the pointers": (operations.index("pointer"), False),
        "while it reports": (kills.REPORTING, False),
    }
    for number, (moment, orphans) in enumerate(chosen.values()):
        verdict = kills.judge(whole, with_toolchains, tmp_path / str(number), number, moment, orphans=orphans)
        assert (verdict.befell, verdict.misses) == (True, ()), verdict


def test_two_publishers_of_one_release_at_once_both_end_well(whole: Rig, tmp_path: Path) -> None:
    built = tmp_path / "built"
    made = release(built, Ecosystem)
    whole.hold_before(made, "1.2.2")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: published(whole, built), range(2)))
    assert [outcome.errors for outcome in both] == [(), ()]
    assert list(cells.not_there(whole, made, built)) == []
    assert published(whole, built).outputs["plan"] == "[]"


@pytest.mark.parametrize("versions", [("1.4.1", "2.0.0"), ("1.5.0-beta.1", "1.5.0-beta.2"), ("1.4.1", "2.0.0-rc.1")], ids=" and ".join)
def test_two_releases_at_once_leave_latest_at_the_highest_stable_version(whole: Rig, tmp_path: Path, versions: tuple[str, str]) -> None:
    folders = [tmp_path / version for version in versions]
    releases = [release(folder, Ecosystem, version=version) for folder, version in zip(folders, versions, strict=True)]
    whole.hold_before(releases[0], "1.4.0")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda folder: published(whole, folder), folders))
    assert [outcome.errors for outcome in both] == [(), ()]
    stable = [one.version for one in releases if not one.version.is_prerelease]
    for folder, made in zip(folders, releases, strict=True):
        assert tags(whole, folder) == {str(max(stable)) if stable else "1.4.0"}
        for package in made.packages:
            truth = whole.truth(package, folder)
            assert cells.is_whole(package, truth, symbols=True)
            assert truth.pointers.get("beta", "1.5.0-beta.2") == "1.5.0-beta.2"
        assert published(whole, folder).outputs["plan"] == "[]"


def test_runs_of_one_ecosystem_each_and_one_for_the_pointers_do_what_one_run_of_all_does(whole: Rig, tmp_path: Path) -> None:
    apart, together = tmp_path / "apart", tmp_path / "together"
    for built, mark in ((apart, "apart"), (together, "together")):
        whole.hold_before(release(built, Ecosystem, mark), "1.2.2")
    runs = [published(whole, apart, (ecosystem,), Latest.LATER) for ecosystem in Ecosystem]
    assert tags(whole, apart) == {"1.2.2"}
    end, one = published(whole, apart), published(whole, together)
    assert [(outcome.errors, outcome.warnings) for outcome in (*runs, end, one)] == [((), ())] * 5
    assert {entry["dist-tag"] for entry in json.loads(end.outputs["plan"])} == {"latest"}
    assert sum(int(outcome.outputs["published"]) for outcome in runs) == int(one.outputs["published"]) == 7
    for built in (apart, together):
        assert list(cells.not_there(whole, read(built), built)) == []
        assert published(whole, built).outputs["plan"] == "[]"
