"""`examples/workflows/release-jobs.yml`, unchanged: a job for each registry, with the same result as one job for all.

The tests tell one story in order, as the history of one repository.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import packed
from tests.e2e import act, registries
from tests.faults.rig import Rig

from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage

pytestmark = pytest.mark.e2e

PUBLISHING = ("check", "nuget", "npm", "pypi", "finish")


@pytest.fixture(scope="module")
def repository(
    suite: Path, registry: registries.Registries, toolchains: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> act.Repository:
    folder = tmp_path_factory.mktemp("repository")
    registry.configure(folder)
    made = act.Repository(folder, suite, "release-jobs.yml", toolchains | registry.variables).create()
    made.tag("v1.4.0")
    hold_before(registry, folder, "1.3.0")
    return made


def hold_before(registry: registries.Registries, folder: Path, version: str) -> None:
    """Let npm have an earlier version, so that `latest` is somewhere."""
    packages = [BuiltPackage(Ecosystem.NPM, name, "1.4.0", ()) for name in registries.OWN]
    npm = Rig(folder, {}, {Ecosystem.NPM: registry.npm.url}, {Ecosystem.NPM: registry.npm.token})
    npm.hold_before(packed.release(folder, "1.4.0", *packages), version)


def there(registry: registries.Registries) -> set[str]:
    """The packages that are on their registry in version 1.4.0."""
    return {name for name, versions in registry.contents().items() if "1.4.0" in versions}


def test_a_failure_keeps_the_jobs_of_what_is_less_reversible_from_starting(
    repository: act.Repository, registry: registries.Registries
) -> None:
    repository.secrets = registry.secrets | {"NPM_TOKEN": "which-this-registry-refuses-only-when-something-is-written"}
    run = repository.tag_pushed("v1.4.0")
    assert {name: run.jobs.get(name) for name in PUBLISHING} == {
        "check": "success",
        "nuget": "success",
        "npm": "failure",
        "pypi": None,
        "finish": None,
    }, run.log
    assert there(registry) == {"AcmeWeather.Client", "AcmeWeather.Types"}


def test_the_next_run_does_the_rest_and_moves_the_pointers_last(repository: act.Repository, registry: registries.Registries) -> None:
    repository.secrets = registry.secrets
    run = repository.tag_pushed("v1.4.0")
    assert {name: run.jobs.get(name) for name in PUBLISHING} == dict.fromkeys(PUBLISHING, "success"), run.log
    assert there(registry) == set(registry.contents())
    for part in ("client", "types"):
        assert registry.dist_tags(part) == {"latest": "1.4.0", "staged": "1.4.0"}
    lines = [str(entry["msg"]) for entry in run.entries if "msg" in entry]
    last_upload = max(index for index, line in enumerate(lines) if "PyPI: uploading" in line)
    moved = [index for index, line in enumerate(lines) if "moving `latest`" in line]
    assert len(moved) == 2
    assert min(moved) > last_upload
    assert run.annotations("warning") == []
