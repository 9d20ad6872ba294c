"""The fault matrix, as far as every change is held to it; `python3 tests/faults/matrix.py` runs all of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults import cells
from tests.faults.cells import ALWAYS, ONCE, Cell
from tests.faults.proxy import Fault, Kind, When
from tests.faults.rig import Rig, operations, release, rig

from release_actions.domain.package import Ecosystem

pytestmark = pytest.mark.contract

READS = ((Fault(Kind.HALF, When.AFTER), ALWAYS), (Fault(Kind.STATUS, status=503, retry_after=1), ONCE))
WRITES = (
    (Fault(Kind.CUT, When.AFTER), ONCE),
    (Fault(Kind.LIE, status=201), ONCE),
    (Fault(Kind.STATUS, status=429, retry_after=3600), ALWAYS),
    (Fault(Kind.STATUS, When.AFTER, 409), ONCE),
)
CHOSEN = [
    Cell(ecosystem, operation, fault, times)
    for ecosystem in Ecosystem
    for operation in operations(ecosystem)
    for fault, times in (WRITES if operation in {"upload", "symbols", "pointer"} else READS)
]


@pytest.fixture(scope="module")
def rigs(toolchains: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Ecosystem, Rig]]:
    """One registry of each kind for all tests, each of which publishes packages of names of its own."""
    before = dict(os.environ)
    os.environ.update(toolchains)
    with rig(tmp_path_factory.mktemp("storage"), toolchains) as whole:
        yield {
            one: Rig(whole.storage, {one: whole.proxies[one]}, {one: whole.addresses[one]}, {one: whole.tokens[one]}) for one in Ecosystem
        }
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("cell", CHOSEN, ids=str)
def test_whatever_befalls_a_publish_the_next_ends_with_every_file_there_once_and_both_tell_the_truth(
    rigs: dict[Ecosystem, Rig], tmp_path: Path, cell: Cell
) -> None:
    verdict = cells.judge(rigs[cell.ecosystem], cell, tmp_path, CHOSEN.index(cell))
    assert (verdict.befell, verdict.misses) == (True, ())


@pytest.mark.parametrize("ecosystem", [Ecosystem.NPM, Ecosystem.PYPI], ids=str)
def test_a_version_that_is_accepted_and_not_shown_yet_is_waited_for_and_told_to_be_ours(
    rigs: dict[Ecosystem, Rig], tmp_path: Path, ecosystem: Ecosystem
) -> None:
    """Npm hides a version while it scans it, says that there is none, and refuses it as one that exists."""
    site, built, top = rigs[ecosystem], tmp_path / "built", tmp_path / "top"
    made = release(built, [ecosystem], "hidden")
    top.mkdir()
    assert cells.run(site, built, top).errors == ()
    proxy = site.proxies[ecosystem]
    proxy.requests.clear()
    proxy.befall("look-up", Fault(Kind.STATUS, status=404), 6)
    again = cells.run(site, built, top)
    site.heal()
    assert "upload" in {request.operation for request in proxy.requests}, "what is hidden was not tried to be uploaded"
    assert (again.errors, list(cells.told_wrongly(again, site, made, built))) == ((), [])
    assert cells.run(site, built, top).outputs["plan"] == "[]"
