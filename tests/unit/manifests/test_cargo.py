import pytest

from release_actions.errors import ManifestError
from release_actions.manifests import cargo_lock, cargo_package


def test_a_package_that_inherits_its_version_bears_none() -> None:
    manifest = cargo_package.read("a/Cargo.toml", b'[package]\nname = "a"\nversion.workspace = true\npublish = false\n')
    assert (manifest.name, manifest.versions, manifest.private) == ("a", (), True)


def test_dependencies_count_when_they_have_a_path_and_a_version() -> None:
    tables = '[dependencies]\nx = "1.2.3"\ny = { path = "../y" }\nz = { path = "../z", version = "1" }\n'
    manifest = cargo_package.read("a/Cargo.toml", f"{tables}[target.'cfg(unix)'.dev-dependencies]\nw={{path='w',version='1'}}".encode())
    assert [(site.package, site.key, site.line) for site in manifest.dependencies] == [
        ("z", "dependencies.z", 4),
        ("w", "target.cfg(unix).dev-dependencies.w", 6),
    ]
    assert manifest.projects == ("y", "z", "a/w")
    assert manifest.requires == ("x", "y", "z")


def test_a_version_of_another_type_is_an_error_with_its_line() -> None:
    with pytest.raises(ManifestError) as caught:
        cargo_package.read("Cargo.toml", b'[package]\nname = "a"\nversion = 1.2\n')
    assert [(finding.rule, str(finding.place)) for finding in caught.value.findings] == [("manifest-type", "Cargo.toml:3")]


@pytest.mark.parametrize("data", [b"[[package]]\nname = ", b"[package]\nname = 'a'\n[[package]]\n", b"\xff"])
def test_a_broken_lock_file_is_an_error(data: bytes) -> None:
    with pytest.raises(ManifestError):
        cargo_lock.read("Cargo.lock", data)


def test_entries_with_a_source_are_not_seen() -> None:
    own, other = '[[package]]\nname = "a"\nversion = "1.2.3"\n', '[[package]]\nname = "b"\nversion = "1.2.3"\nsource = "registry+x"\n'
    manifest = cargo_lock.read("Cargo.lock", f'{own}dependencies = ["a 1.2.3", "b 1.2.3", "c"]\n{other}'.encode())
    assert [(site.package, site.line) for site in manifest.dependencies] == [("a", 3), ("a", 4)]
