"""The law of versions, held against each ecosystem's own implementation."""

import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
import semver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.version import Version as PythonVersion
from tests.property.strategies import versions

from release_actions.adapters import process
from release_actions.domain.version import Scheme, Version
from release_actions.errors import RefusedError

ORACLES = Path(__file__).parent.parent / "oracles"
Sort = Callable[[Sequence[str]], list[str]]


@pytest.fixture(scope="session")
def node_semver(toolchains: Mapping[str, str]) -> Sort:
    """Sorting by the node-semver that npm itself ships."""
    npm = Path(shutil.which("npm", path=toolchains["PATH"]) or "").resolve()
    library = npm.parent.parent / "node_modules" / "semver"
    script = f"const semver = require({json.dumps(str(library))}); {(ORACLES / 'sort.js').read_text()}"
    node = shutil.which("node", path=toolchains["PATH"]) or ""
    return lambda texts: _sorted_by([node, "-e", script], texts, toolchains)


@pytest.fixture(scope="session")
def nuget_versioning(toolchains: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Sort:
    """Sorting by the NuGet.Versioning that the .NET SDK itself ships."""
    dotnet = shutil.which("dotnet", path=toolchains["PATH"]) or ""
    listed = process.run([dotnet, "--list-sdks"], added=toolchains).stdout.split()
    version, folder = listed[-2], listed[-1].strip("[]")
    framework = "netcoreapp3.1" if version.startswith("3.") else f"net{'.'.join(version.split('.')[:2])}"
    source, target = (tmp_path_factory.mktemp("nuget-oracle") / name for name in ("source", "built"))
    shutil.copytree(ORACLES / "nuget", source)
    properties = [f"-p:TargetFramework={framework}", f"-p:SdkFolder={folder}/{version}"]
    process.run([dotnet, "build", "-o", str(target), *properties], folder=source, added=toolchains, timeout=300)
    return lambda texts: _sorted_by([dotnet, str(target / "oracle.dll")], texts, toolchains)


@pytest.fixture(scope="session")
def gem_version() -> Sort:
    """Sorting by the Gem::Version that Ruby itself ships."""
    script = "puts STDIN.read.split.sort_by { |text| Gem::Version.new(text) }"
    command = [_installed("ruby"), "-e", script]
    return lambda texts: _sorted_by(command, texts, os.environ)


@pytest.fixture(scope="session")
def maven_comparison() -> Callable[[Sequence[str]], list[str]]:
    """How each of the texts compares with the next, by the ComparableVersion that Maven itself ships."""
    libraries = Path(_installed("mvn")).resolve().parent.parent / "lib"
    command = [_installed("java"), "-cp", f"{libraries}/*", "org.apache.maven.artifact.versioning.ComparableVersion"]

    def compared(texts: Sequence[str]) -> list[str]:
        done = subprocess.run([*command, *texts], capture_output=True, text=True, check=True, timeout=120)
        return re.findall(r"^ {3}\S+ ([<=>]+) \S+$", done.stdout, re.MULTILINE)

    return compared


def _installed(tool: str) -> str:
    """The tool's path. It is no part of the suite's own toolchains, so it may be missing on a machine that is not CI's."""
    found = shutil.which(tool)
    if found is None and os.environ.get("CI"):
        pytest.fail(f"{tool} is missing; .ci/run installs it where it can")
    if found is None:
        pytest.skip(f"{tool} is not on the PATH, so its order can't be asked for")
    return found


def _sorted_by(command: Sequence[str], texts: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    done = subprocess.run(command, input="\n".join(texts), env=dict(environment), capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.split()


def _shuffled(texts: Sequence[str]) -> list[str]:
    mixed = list(texts)
    random.Random(0).shuffle(mixed)  # noqa: S311 - order only
    return mixed


@given(versions(), versions())
def test_order_is_that_of_semver_and_of_packaging(left: Version, right: Version) -> None:
    by_semver = semver.Version.parse(str(left)).compare(str(right))
    pythons = [PythonVersion(version.spelt(Scheme.PEP440)) for version in (left, right)]
    assert (left > right) - (left < right) == by_semver == (pythons[0] > pythons[1]) - (pythons[0] < pythons[1])


many = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@many
@given(found=st.sets(versions(), min_size=2, max_size=120))
def test_order_is_that_of_node_semver(node_semver: Sort, found: set[Version]) -> None:
    expected = [str(version) for version in sorted(found)]
    assert node_semver(_shuffled(expected)) == expected


@pytest.mark.xdist_group("nuget-oracle")
@many
@given(found=st.sets(versions(), min_size=2, max_size=120))
def test_order_is_that_of_nuget(nuget_versioning: Sort, found: set[Version]) -> None:
    expected = [str(version) for version in sorted(found)]
    assert nuget_versioning(_shuffled(expected)) == expected


@many
@given(found=st.sets(versions(), min_size=2, max_size=120))
def test_order_is_that_of_rubygems(gem_version: Sort, found: set[Version]) -> None:
    expected = [version.spelt(Scheme.RUBYGEMS) for version in sorted(found)]
    assert gem_version(_shuffled(expected)) == expected


@many
@given(found=st.sets(versions(), min_size=2, max_size=120))
def test_order_is_that_of_maven(maven_comparison: Callable[[Sequence[str]], list[str]], found: set[Version]) -> None:
    ascending = [version.spelt(Scheme.MAVEN) for version in sorted(found)]
    assert maven_comparison(ascending) == ["<"] * (len(found) - 1)


def test_rubygems_and_maven_sort_builds_of_the_dev_channel_first_only_as_they_are_spelt(
    gem_version: Sort, maven_comparison: Callable[[Sequence[str]], list[str]]
) -> None:
    """The plain spellings would sort elsewhere, and the oracles can see it."""
    assert gem_version(["1.0.0.dev.1", "1.0.0.alpha.1"]) == ["1.0.0.alpha.1", "1.0.0.dev.1"]
    assert maven_comparison(["1.0.0-0.dev.1", "1.0.0"]) == [">"]
    assert maven_comparison(["1.0.0-SNAPSHOT", "1.0.0-rc.1"]) == [">"]


@pytest.mark.xdist_group("nuget-oracle")
def test_the_oracles_know_where_ecosystems_differ(node_semver: Sort, nuget_versioning: Sort) -> None:
    """What the grammar excludes is excluded for a reason that the oracles can see."""
    mixed = ["1.0.0-SNAPSHOT", "1.0.0-alpha.1", "1.0.0-rc.1"]
    assert node_semver(mixed) == mixed
    assert nuget_versioning(mixed) == ["1.0.0-alpha.1", "1.0.0-rc.1", "1.0.0-SNAPSHOT"]
    beyond = ["1.0.0-beta.9000000000", "1.0.0-beta.10000000000"]
    assert node_semver(beyond) == beyond
    assert nuget_versioning(beyond) == beyond[::-1]


@pytest.mark.parametrize("scheme", [scheme for scheme in Scheme if scheme is not Scheme.NUMERIC])
@given(left=versions(), right=versions())
def test_no_two_versions_share_a_spelling(scheme: Scheme, left: Version, right: Version) -> None:
    assert (left == right) == (left.spelt(scheme) == right.spelt(scheme))


@given(versions())
def test_every_version_reads_back_from_its_tag(version: Version) -> None:
    assert Version.parse(version.tag[1:]) == version


@given(versions())
def test_the_python_spelling_is_normal(version: Version) -> None:
    spelling = version.spelt(Scheme.PEP440)
    assert str(PythonVersion(spelling)) == spelling


@given(st.text(alphabet="0123456789.-alphbetrcdv+\n٣ ", max_size=40))
def test_whatever_is_read_is_read_as_it_was_written(text: str) -> None:
    try:
        version = Version.parse(text)
    except RefusedError:
        return
    assert str(version) == text
