"""A package.json that npm could not read either, or that means nothing where something is looked for."""

from pathlib import Path

import pytest

from release_actions.adapters.toolchains.npm import NpmToolchain
from release_actions.domain.package import Ecosystem, Package
from release_actions.errors import ManifestError, Place, RefusedError

PACKAGE = Package(Ecosystem.NPM, "acme", "1.2.3", "js", "js/package.json")


def pack(tmp_path: Path, content: str) -> None:
    tmp_path.joinpath("js").mkdir()
    tmp_path.joinpath("js/package.json").write_text(content)
    NpmToolchain(tmp_path).pack([PACKAGE], tmp_path / "out", 0)


@pytest.mark.parametrize("content", ["{", "[" * 100_000, '{"a": ' + "9" * 5000 + "}"])
def test_one_that_is_no_json_is_refused_with_its_place(tmp_path: Path, content: str) -> None:
    with pytest.raises(ManifestError) as caught:
        pack(tmp_path, content)
    assert [(finding.rule, finding.place) for finding in caught.value.findings] == [("npm-manifest", Place("js/package.json"))]


def test_entries_of_another_kind_are_no_dependencies_and_no_scripts(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="npm-local-dependency"):
        pack(tmp_path, '{"scripts": 7, "dependencies": ["a"], "optionalDependencies": "b", "peerDependencies": {"c": "file:../c"}}')
