import pytest

from release_actions.domain.graph import waves
from release_actions.domain.package import Ecosystem, Package
from release_actions.errors import RefusedError


def package(name: str, *depends_on: str, ecosystem: Ecosystem = Ecosystem.NPM) -> Package:
    return Package(ecosystem, name, "1.0.0", name, f"{name}/package.json", depends_on=depends_on)


def names(*packages: Package) -> list[list[str]]:
    return [[one.name for one in wave] for wave in waves(packages)]


def test_dependencies_come_first() -> None:
    assert names(package("app", "core", "types"), package("core", "types"), package("types")) == [["types"], ["core"], ["app"]]


def test_a_wave_is_sorted_by_ecosystem_and_name() -> None:
    mixed = (package("b"), package("a"), package("z", ecosystem=Ecosystem.NUGET), package("c", ecosystem=Ecosystem.PYPI))
    assert names(*mixed) == [["z", "a", "b", "c"]]


def test_one_name_in_two_ecosystems_is_two_packages() -> None:
    assert names(package("acme", "base"), package("base", ecosystem=Ecosystem.PYPI), package("base")) == [["base", "base"], ["acme"]]


def test_dependencies_that_are_not_given_are_ignored() -> None:
    assert names(package("app", "left-pad")) == [["app"]]


def test_a_circle_is_named() -> None:
    with pytest.raises(RefusedError, match=r"dependency-cycle") as caught:
        waves([package("a", "b"), package("b", "c"), package("c", "a")])
    assert "→" in str(caught.value)
