import pytest

from release_actions.errors import ManifestError
from release_actions.manifests import gradle_build, gradle_properties, maven_pom
from release_actions.manifests.manifest import Manifest


def pom(inside: str) -> Manifest:
    return maven_pom.read("pom.xml", f"<project>\n<groupId>g</groupId><artifactId>a</artifactId>\n{inside}\n</project>".encode())


def test_a_project_is_named_by_its_group_or_its_parents() -> None:
    assert pom("").name == "g:a"
    child = (
        b"<project><parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version></parent><artifactId>c</artifactId></project>"
    )
    assert maven_pom.read("c/pom.xml", child).name == "g:c"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<version>1.2.3</version>", ["1.2.3"]),
        ("<version>1.2.3-SNAPSHOT</version>", ["1.2.3-SNAPSHOT"]),
        ("<version></version>", []),
        ("<version/>", []),
        ("<build><version>1.2.3</version></build>", []),
        ("<version>${v}</version><properties><v>1.2.3</v><w>1.2.3</w></properties>", ["1.2.3"]),
        ("<version>${v}</version><properties><v>${w}</v></properties>", []),
        ("<version>${v}</version>", []),
    ],
)
def test_the_version_is_the_projects_own(inside: str, expected: list[str]) -> None:
    assert [site.text for site in pom(inside).versions] == expected


@pytest.mark.parametrize("inside", ["<version>1.2.3<!-- x --></version>", "<version>1.2.&#51;</version>", "<version><x/></version>"])
def test_a_version_with_markup_is_an_error(inside: str) -> None:
    with pytest.raises(ManifestError) as caught:
        pom(inside)
    assert [(finding.rule, str(finding.place)) for finding in caught.value.findings] == [("manifest-escape", "pom.xml:3")]


@pytest.mark.parametrize("data", [b"<project>", b"<settings/>", b"<!DOCTYPE project [<!ENTITY v '1'>]><project/>"])
def test_what_is_no_project_is_an_error(data: bytes) -> None:
    with pytest.raises(ManifestError):
        maven_pom.read("pom.xml", data)


@pytest.mark.parametrize(
    ("tag", "expected"), [("HEAD", []), ("v1.2.3", ["1.2.3"]), ("sdk-1.2.3-rc.1", ["1.2.3-rc.1"]), ("java/v1.2.3", ["1.2.3"])]
)
def test_the_tag_of_the_sources_is_a_git_tag(tag: str, expected: list[str]) -> None:
    sites = pom(f"<scm><tag>{tag}</tag></scm>").dependencies
    assert [(site.text, site.package, site.spelling) for site in sites] == [(text, "g:a", "semver") for text in expected]


@pytest.mark.parametrize(
    ("text", "rule"),
    [("version=1.2.3\nversion=1.2.3", "manifest-duplicate-key"), ("version=1.2.\\\n3", "manifest-escape"), ("\n= x\n", "manifest-syntax")],
)
def test_properties_that_can_not_be_set_are_errors(text: str, rule: str) -> None:
    with pytest.raises(ManifestError) as caught:
        gradle_properties.read("gradle.properties", text.encode())
    assert [finding.rule for finding in caught.value.findings] == [rule]
    assert caught.value.findings[0].place is not None
    assert caught.value.findings[0].place.line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("version=1.2.3", [("1.2.3", 1)]),
        ("\r\n  version : 1.2.3 \r\n", [("1.2.3", 2)]),
        ("version 1.2.3", [("1.2.3", 1)]),
        ("version=", []),
        ("version", []),
        ("my.version=1.2.3\nversion\\ x=1", []),
        ("a=\\\r\nversion=1.2.3", []),
        ("", []),
    ],
)
def test_properties_are_read_as_java_reads_them(text: str, expected: list[tuple[str, int]]) -> None:
    manifest = gradle_properties.read("gradle.properties", text.encode())
    assert [(site.text, site.line) for site in manifest.versions] == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("version = '1.2.3'", ["1.2.3"]),
        ("version '1.2.3'", ["1.2.3"]),
        ("version('1.2.3')", ["1.2.3"]),
        ("project.version = '1.2.3'", ["1.2.3"]),
        ("java.version = '1.2.3'", []),
        ("versions = '1.2.3'; id 'x' version '1.2.3'", []),
        ("ext { v = '1.2.3' }\nversion = v", ["1.2.3"]),
        ("ext.v = '1.2.3'\nversion = v", ["1.2.3"]),
        ("version = \"1.2.3${suffix}\"", []),
        ("version = \"$v\"", []),
        ("x(version: '1.2.3')", []),
        ("}\nversion = '1.2.3'", ["1.2.3"]),
        ("assert version", []),
        ("version", []),
    ],
)  # fmt: skip
def test_a_build_script_gives_its_project_a_version(code: str, expected: list[str]) -> None:
    assert [site.text for site in gradle_build.read("build.gradle", code.encode()).versions] == expected
