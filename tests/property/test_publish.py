"""Interrupted publishes converge, and nothing but the built bytes ever goes out."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import packed
from tests.fakes import FakeArchives, FakeClock, FakeRegistry, Fault, Said
from tests.property.strategies import versions

from release_actions.commands.publish import Options, Published, publish
from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Release
from release_actions.domain.version import Channel, Version

VERSION = Version(1, 2, 3)


@dataclass
class World:
    """A built release, and the registries that it goes to."""

    folder: Path
    release: Release
    clock: FakeClock
    registries: dict[Ecosystem, FakeRegistry]

    def publish(self, wait: float = 300, dry_run: bool = False) -> Published:
        identities = {
            file.name: Identity(package.ecosystem, package.name, package.version)
            for package in self.release.packages
            for file in package.files
        }
        options = Options(self.folder, wait=wait, dry_run=dry_run)
        return publish(options, FakeArchives(identities), self.registries, self.clock, Said())

    def files(self) -> list[str]:
        return sorted(file.name for package in self.release.packages for file in package.files if not file.name.endswith(".snupkg"))

    def uploaded(self) -> list[str]:
        return sorted(name for registry in self.registries.values() for name in registry.uploads)


@st.composite
def shapes(draw: st.DrawFn) -> list[tuple[Ecosystem, str, list[str], int]]:
    """Packages as ecosystem, name, dependencies on earlier ones, and number of files."""
    packages: list[tuple[Ecosystem, str, list[str], int]] = []
    for ecosystem in Ecosystem:
        names = [f"{ecosystem}-{index}" for index in range(draw(st.integers(0, 3)))]
        for index, name in enumerate(names):
            dependencies = draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
            count = draw(st.integers(1, 3)) if ecosystem is Ecosystem.PYPI else 1
            packages.append((ecosystem, name, dependencies, count))
    return packages


def built(folder: Path, shape: list[tuple[Ecosystem, str, list[str], int]], version: Version = VERSION) -> World:
    packages = []
    for ecosystem, name, dependencies, count in shape:
        paths = [folder / f"{name}-{index}.bin" for index in range(count)]
        for path in paths:
            path.write_bytes(path.name.encode())
        files = tuple(packed.measured(path) for path in paths)
        packages.append(BuiltPackage(ecosystem, name, version.spelt(ecosystem.scheme), files, tuple(dependencies)))
    release = packed.release(folder, str(version), *packages)
    clock = FakeClock()
    return World(folder, release, clock, {ecosystem: FakeRegistry(ecosystem, clock) for ecosystem in Ecosystem})


faults = st.lists(st.sampled_from(Fault), max_size=12)


@settings(deadline=None)
@given(
    shape=shapes(),
    befall=st.lists(faults, min_size=3, max_size=3),
    deaf=st.lists(st.booleans(), max_size=12),
    wait=st.sampled_from([0, 5, 300]),
)
def test_whatever_fails_reruns_end_with_every_file_there_once_and_an_empty_plan(
    shape: list[tuple[Ecosystem, str, list[str], int]], befall: list[list[Fault]], deaf: list[bool], wait: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = built(Path(folder), shape)
        for registry, some in zip(world.registries.values(), befall, strict=True):
            registry.faults = list(some)
            registry.deaf = list(deaf)
        runs = 0
        while runs < 60:
            runs += 1
            last = world.publish(wait)
            world.clock.sleep(60)
            if not last.errors and not last.plan.uploads:
                break
        assert (last.errors, last.plan.is_empty) == ((), True)
        assert world.uploaded() == world.files()
        for package in world.release.packages:
            world.registries[package.ecosystem].deaf.clear()
            held = world.registries[package.ecosystem].look_up(package).files
            assert held == {file.name: file.digest(held[file.name].algorithm) for file in package.files}


@settings(deadline=None)
@given(shape=shapes().filter(bool), data=st.data())
def test_one_conflict_anywhere_keeps_everything_from_being_uploaded(
    shape: list[tuple[Ecosystem, str, list[str], int]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other:
        world = built(Path(folder), shape)
        victim = data.draw(st.sampled_from(world.release.packages))
        stranger = Path(other, data.draw(st.sampled_from([victim.files[0].name, "foreign-file"])))
        stranger.write_bytes(b"other bytes")
        registry = world.registries[victim.ecosystem]
        registry.hold(victim, [stranger])
        registry.uploads.clear()
        published = world.publish()
        assert published.errors
        assert {error.rule for error in published.errors} <= {"other-content", "foreign-file"}
        assert world.uploaded() == []


@settings(deadline=None)
@given(shape=shapes(), befall=st.lists(faults, min_size=3, max_size=3))
def test_nothing_is_uploaded_before_what_it_depends_on_nor_to_a_less_reversible_registry_first(
    shape: list[tuple[Ecosystem, str, list[str], int]], befall: list[list[Fault]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = built(Path(folder), shape)
        order: list[str] = []
        for registry, some in zip(world.registries.values(), befall, strict=True):
            registry.faults = [fault for fault in some if fault not in {Fault.LOST, Fault.LAG, Fault.CUT_AFTER_AND_LAG}]
            registry.uploads = order
        world.publish()
        place = {name: index for index, name in enumerate(order)}
        for package in world.release.packages:
            for file in package.files:
                for dependency in package.depends_on:
                    if file.name in place:
                        assert place[f"{dependency}-0.bin"] < place[file.name]
        ecosystems = [list(Ecosystem).index(Ecosystem(name.partition("-")[0])) for name in order]
        assert ecosystems == sorted(ecosystems)
        assert all(count == 1 for count in Counter(order).values())


@settings(deadline=None)
@given(shape=shapes())
def test_a_dry_run_uploads_nothing_and_plans_what_a_real_run_does(shape: list[tuple[Ecosystem, str, list[str], int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = built(Path(folder), shape)
        dry = world.publish(dry_run=True)
        assert world.uploaded() == []
        assert dry.plan == world.publish().plan


@settings(deadline=None)
@given(st.lists(versions(), min_size=1, max_size=6, unique=True))
def test_whatever_order_versions_are_released_in_latest_is_the_highest_stable_one(order: list[Version]) -> None:
    clock = FakeClock()
    registries = {ecosystem: FakeRegistry(ecosystem, clock) for ecosystem in Ecosystem}
    stable: list[Version] = []
    for version in order:
        with tempfile.TemporaryDirectory() as folder:
            world = built(Path(folder), [(Ecosystem.NPM, "npm-0", [], 1)], version)
            World(world.folder, world.release, clock, registries).publish()
            stable += [version] if version.channel is Channel.STABLE else []
            held = registries[Ecosystem.NPM].look_up(world.release.packages[0])
            if stable and order[0] in stable:  # npm gives `latest` to a first publication, whatever it is
                assert held.pointers["latest"] == str(max(stable))
