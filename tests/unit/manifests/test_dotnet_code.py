import pytest

from release_actions.errors import ManifestError
from release_actions.manifests import assembly_info, nuspec


def attributes(code: str, path: str = "Properties/AssemblyInfo.cs") -> list[tuple[str, str, int]]:
    return [(site.key, site.text, site.line) for site in assembly_info.read(path, code.encode()).versions]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('[assembly: AssemblyVersion("1.2.3.0")]', [("AssemblyVersion", "1.2.3.0", 1)]),
        ('[assembly:\r\n  A.AssemblyFileVersionAttribute ( @"1.2.3.0" )]', [("AssemblyFileVersionAttribute", "1.2.3.0", 2)]),
        ('[assembly: AssemblyTitle("a"), AssemblyInformationalVersion("1.2.3")]', [("AssemblyInformationalVersion", "1.2.3", 1)]),
        ('[assembly: AssemblyVersion("1.2." + "3")]', []),
        ('[assembly: AssemblyInformationalVersion("dev")]', []),
        ('var x = \'"\'; [assembly: AssemblyVersion("1.2.3.0")]', [("AssemblyVersion", "1.2.3.0", 1)]),
        ('"""[assembly: AssemblyVersion("1.2.3.0")]"""', []),
        ('AssemblyVersion("1.2.3.0")', []),
    ],
)
def test_attributes_of_assemblies_bear_versions(code: str, expected: list[tuple[str, str, int]]) -> None:
    assert attributes(code) == expected


def test_f_sharp_and_visual_basic_have_their_own_comments() -> None:
    assert attributes('(* " *) [<assembly: AssemblyVersion("1.2.3.0")>]', "AssemblyInfo.fs")
    assert attributes('REM "\n\' "\n<Assembly: AssemblyVersion("1.2.3.0")>', "GlobalAssemblyInfo.vb")


def test_code_that_does_not_end_is_an_error() -> None:
    with pytest.raises(ManifestError, match=r"AssemblyInfo\.cs:2"):
        attributes('\n/* [assembly: AssemblyVersion("1.2.3.0")]')


@pytest.mark.parametrize("path", ["a/AssemblyInfo.cs", "SharedAssemblyInfo.vb", "a/assemblyinfo.FS"])
def test_the_files_that_hold_them_are_known_by_name(path: str) -> None:
    assert assembly_info.matches(path)


@pytest.mark.parametrize("path", ["obj/Debug/A.AssemblyInfo.cs", "a/obj/AssemblyInfo.cs", "AssemblyInfo.ts", "AssemblyInfoTests.cs"])
def test_what_builds_make_is_not_read(path: str) -> None:
    assert not assembly_info.matches(path)


@pytest.mark.parametrize(
    ("inside", "rule"),
    [("<version>1.2.<!-- x -->3</version>", "manifest-escape"), ("<version>1.2.3", "manifest-syntax")],
)
def test_a_description_that_can_not_be_set_is_an_error(inside: str, rule: str) -> None:
    with pytest.raises(ManifestError) as caught:
        nuspec.read("a.nuspec", f"<package><metadata>{inside}</metadata></package>".encode())
    assert [finding.rule for finding in caught.value.findings] == [rule]


def test_other_documents_are_no_descriptions() -> None:
    with pytest.raises(ManifestError, match="root is `Project`"):
        nuspec.read("a.nuspec", b"<Project/>")
    assert nuspec.read("a.nuspec", b"<package><files><version>1.2.3</version></files></package>").versions == ()
