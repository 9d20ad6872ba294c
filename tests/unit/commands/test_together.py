from collections.abc import Sequence
from pathlib import Path

import pytest
from tests import packed
from tests.fakes import FakeClock, FakeRegistry, Fault, Said

from release_actions.adapters.archives import PackedFiles
from release_actions.commands import publish, together
from release_actions.commands.ports.registries import Parcel
from release_actions.commands.publish import Options, Published
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Upload
from release_actions.domain.release import BuiltPackage, File
from release_actions.errors import RegistryError, ToolError

MIB = 1024 * 1024


class Index(FakeRegistry):
    """An index that remembers which packages each call brought.

    It always refuses those in `never`; and before one of `forestalled` arrives, somebody else uploads the files named there.
    """

    def __init__(self) -> None:
        super().__init__(Ecosystem.PYPI, FakeClock())
        self.calls: list[list[str]] = []
        self.never: set[str] = set()
        self.forestalled: dict[str, list[Path]] = {}

    def upload_together(self, parcels: Sequence[Parcel]) -> None:
        self.calls.append([parcel.package.name for parcel in parcels])
        super().upload_together(parcels)

    def upload(self, package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:
        if package.name in self.never:
            raise RegistryError("upload-refused", f"{package.name} is not yours.", "Ask its owner.")
        if package.name in self.forestalled:
            self.hold(package, self.forestalled.pop(package.name))
        super().upload(package, files, dist_tag)


@pytest.fixture
def index() -> Index:
    return Index()


def published(folder: Path, index: Index, count: int = 20) -> Published:
    packages = [packed.only_wheel(packed.package(folder, Ecosystem.PYPI, f"acme-{number:02}", "1.2.3")) for number in range(count)]
    packed.release(folder, "1.2.3", *packages)
    return publish.publish(Options(folder), PackedFiles(), {Ecosystem.PYPI: index}, index.clock, Said())


def results(done: Published) -> dict[str, str]:
    return {line.package.name: line.result for line in done.lines}


def test_packages_share_a_few_calls(tmp_path: Path, index: Index) -> None:
    done = published(tmp_path, index)
    assert (done.errors, set(results(done).values())) == ((), {"published, visible"})
    assert sorted(len(call) for call in index.calls) == [2, 3, 3, 3, 3, 3, 3]
    assert len(index.uploads) == 20


def test_a_package_alone_needs_no_company(tmp_path: Path, index: Index) -> None:
    assert published(tmp_path, index, count=1).errors == ()
    assert (index.calls, len(index.uploads)) == ([], 1)


def test_who_is_refused_is_named_and_nobody_else_suffers(tmp_path: Path, index: Index) -> None:
    index.never = {"acme-00", "acme-10"}
    done = published(tmp_path, index)
    assert {error.what for error in done.errors} == {"acme-00 is not yours.", "acme-10 is not yours."}
    assert {name for name, result in results(done).items() if result == "failed"} == index.never
    assert len(index.uploads) == len(set(index.uploads)) == 18


@pytest.mark.parametrize("fault", list(Fault))
def test_whatever_befalls_a_call_each_package_goes_up_once(tmp_path: Path, index: Index, fault: Fault) -> None:
    index.faults = [Fault.NONE, fault]
    done = published(tmp_path, index, count=4)
    if fault is not Fault.LOST:  # the registry said that it took what it dropped; the next run finds that out
        assert (done.errors, set(results(done).values())) == ((), {"published, visible"})
    assert published(tmp_path, index, count=4).errors == ()
    assert sorted(index.uploads) == [f"acme_{number:02}-1.2.3-py3-none-any.whl" for number in range(4)]


def test_a_client_that_is_missing_is_told_for_each(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise ToolError("tool-missing", "`uv` is not on the PATH.", "Install it.")

    monkeypatch.setattr(index, "upload", missing)
    done = published(tmp_path, index, count=3)
    assert {error.rule for error in done.errors} == {"tool-missing"}
    assert set(results(done).values()) == {"failed"}


def other(folder: Path, name: str) -> list[Path]:
    """A file of the package with other bytes than those that are built."""
    folder.joinpath("other").mkdir()
    theirs = packed.only_wheel(packed.package(folder / "other", Ecosystem.PYPI, name, "1.2.3", content="theirs"))
    return [folder / "other" / theirs.files[0].name]


def test_somebody_elses_bytes_that_appear_meanwhile_are_a_conflict_of_that_package(tmp_path: Path, index: Index) -> None:
    index.forestalled = {"acme-01": other(tmp_path, "acme-01")}
    done = published(tmp_path, index, count=4)
    assert [error.rule for error in done.errors] == ["other-content"]
    assert {name for name, result in results(done).items() if result == "failed"} == {"acme-01"}


def test_one_of_twenty_that_is_there_with_other_bytes_keeps_all_from_being_uploaded(tmp_path: Path, index: Index) -> None:
    index.hold(BuiltPackage(Ecosystem.PYPI, "acme-13", "1.2.3", ()), other(tmp_path, "acme-13"))
    index.uploads.clear()
    done = published(tmp_path, index)
    assert ([error.rule for error in done.errors], index.calls, index.uploads) == (["other-content"], [], [])


@pytest.mark.parametrize(
    ("sizes", "counts"),
    [
        ([1], [1]),
        ([1, 1, 1], [2, 1]),
        ([1] * 16, [2] * 8),
        ([1] * 20, [3] * 6 + [2]),
        ([1] * 1000, [20] * 50),
        ([30 * MIB, 30 * MIB, 1], [1, 2]),
        ([200 * MIB, 1, 1, 200 * MIB], [1, 2, 1]),
    ],
)
def test_shares_are_neither_too_many_nor_too_large(sizes: list[int], counts: list[int]) -> None:
    wave = [
        Upload(BuiltPackage(Ecosystem.PYPI, f"acme-{number}", "1.2.3", ()), (File("a", size, "", ""),)) for number, size in enumerate(sizes)
    ]
    made = together.shares(wave, 8)
    assert [len(share) for share in made] == counts
    assert [upload for share in made for upload in share] == wave
