"""Whether a packed file is what the release expects."""

from __future__ import annotations

import pytest

from release_actions.domain import artifacts
from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem, Package, ecosystems
from release_actions.domain.version import Version
from release_actions.errors import InputError

NPM, PYPI, NUGET = Ecosystem.NPM, Ecosystem.PYPI, Ecosystem.NUGET


def found(ecosystem: Ecosystem, name: str, identity: Identity, version: str = "1.2.3-beta.4") -> list[str]:
    package = Package(ecosystem, name, "", "sdk", "sdk/manifest")
    return [finding.rule for finding in artifacts.disagreements(package, Version.parse(version), {"file": identity})]


@pytest.mark.parametrize(
    ("ecosystem", "name", "said"),
    [
        (PYPI, "Acme.Core", ("acme_core", "1.2.3b4")),
        (PYPI, "acme", ("acme", "1.2.3-beta.4")),
        (NUGET, "Acme.Core", ("acme.core", "1.2.3-beta.4")),
        (NPM, "@acme/core", ("@acme/core", "1.2.3-beta.4")),
    ],
)
def test_names_and_versions_are_compared_as_the_registry_does(ecosystem: Ecosystem, name: str, said: tuple[str, str]) -> None:
    assert found(ecosystem, name, Identity(ecosystem, *said)) == []


@pytest.mark.parametrize(
    ("ecosystem", "said", "rule"),
    [
        (NPM, Identity(NPM, "Acme", "1.2.3-beta.4"), "artifact-name"),
        (NPM, Identity(PYPI, "acme", "1.2.3b4"), "artifact-name"),
        (NPM, Identity(NPM, "acme", "1.2.3-beta.04"), "artifact-version"),
        (PYPI, Identity(PYPI, "acme", "1.2.3"), "artifact-version"),
        (PYPI, Identity(PYPI, "acme", "unknown"), "artifact-version"),
        (NUGET, Identity(NUGET, "acme", "1.2.3-beta4"), "artifact-version"),
    ],
)
def test_what_differs_is_found(ecosystem: Ecosystem, said: Identity, rule: str) -> None:
    assert found(ecosystem, "acme", said) == [rule]


def test_a_python_package_needs_both_kinds_of_distribution() -> None:
    package = Package(PYPI, "acme", "1.2.3", ".", "pyproject.toml")
    assert [finding.what for finding in artifacts.missing_kinds(package, ["a.whl"])] == ["Packing acme made no source distribution."]
    assert [finding.what for finding in artifacts.missing_kinds(package, ["a.tar.gz"])] == ["Packing acme made no wheel."]
    assert list(artifacts.missing_kinds(package, ["a.tar.gz", "a.whl"])) == []


def test_ecosystems_are_named_in_any_order_and_case() -> None:
    assert ecosystems(["PyPI", "nuget"]) == (NUGET, PYPI)
    assert ecosystems([]) == ()
    with pytest.raises(InputError, match="`cargo`"):
        ecosystems(["npm", "cargo"])


def test_what_a_registry_insists_on_is_missed_before_anything_is_uploaded() -> None:
    (finding,) = artifacts.unpublishable("Acme.1.2.3.nupkg", Identity(NUGET, "Acme", "1.2.3", lacking=("authors", "description")))
    assert (finding.rule, finding.what) == ("artifact-metadata", "Acme.1.2.3.nupkg lacks `authors`, `description`, which NuGet insists on.")
