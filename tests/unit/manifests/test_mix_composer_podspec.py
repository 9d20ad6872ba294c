import pytest

from release_actions.domain.version import Version
from release_actions.errors import ManifestError
from release_actions.manifests import composer_package, mix_project, podspec, requirements
from release_actions.manifests.ranges import ExcludedError


def mix(code: str) -> tuple[str | None, list[tuple[str, int]]]:
    manifest = mix_project.read("mix.exs", code.encode())
    return manifest.name, [(site.text, site.line) for site in manifest.versions]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('def project do\n[app: :a, version: "1.2.3"]\nend', ("a", [("1.2.3", 2)])),
        ('@version "1.2.3"\ndef project do [version: @version, app: :a] end', ("a", [("1.2.3", 1)])),
        ('@version File.read!("V")\ndef project do [app: :a, version: @version] end', ("a", [])),
        ('def project do [app: :a, version: "1.2.#{x}"] end', ("a", [])),
        ('def project do [app: :a, docs: [version: "1.2.3"]] end', ("a", [])),
        ('def other do [version: "1.2.3"] end', (None, [])),
        ('~S[def project do [] "] ; x = ?" ; def project do [app: :a, version: "1.2.3"] end', ("a", [("1.2.3", 1)])),
        ('def project do [app: :a, x: even?(?"), version: "1.2.3"] end', ("a", [("1.2.3", 1)])),
        ("~s'''\nversion: \"\n''' ; def project do [version: \"1.2.3\"] end", (None, [("1.2.3", 3)])),
    ],
)
def test_the_keywords_of_a_mix_project_say_its_version(code: str, expected: tuple[str | None, list[tuple[str, int]]]) -> None:
    assert mix(code) == expected


def test_an_elixir_string_that_does_not_end_is_an_error() -> None:
    with pytest.raises(ManifestError, match=r"mix\.exs:2"):
        mix('\n@version "1.2.3')


@pytest.mark.parametrize("constraint", ["dev-main", "1.2.x-dev", "^1.2@dev", "self.version"])
def test_constraints_on_branches_are_no_versions(constraint: str) -> None:
    text = f'{{"name": "a/b", "require": {{"a/c": "{constraint}", "a/d": "^1.2.3"}}}}'
    manifest = composer_package.read("composer.json", text.encode())
    assert [site.package for site in manifest.dependencies if requirements.composer(site.text, Version.parse("2.0.0"))] == ["a/d"]


def test_composer_takes_no_builds_of_the_dev_channel() -> None:
    with pytest.raises(ExcludedError, match="Composer"):
        requirements.composer("^1.2.3", Version.parse("2.0.0-0.dev.7"))
    assert requirements.composable(Version.parse("2.0.0-alpha.0"))


@pytest.mark.parametrize(("tag", "expected"), [("'v1.2.3'", ["1.2.3"]), ("'main'", []), ("s.version.to_s", []), ('"v#{s.version}"', [])])
def test_the_tag_of_a_pods_sources_follows_where_it_is_written_out(tag: str, expected: list[str]) -> None:
    code = f"Pod::Spec.new do |s|\ns.name = 'A'\ns.source = {{ :git => 'x', :tag => {tag} }}\nend"
    manifest = podspec.read("A.podspec", code.encode())
    assert [(site.text, site.package) for site in manifest.dependencies] == [(text, "A") for text in expected]


def test_a_pod_is_named_by_its_file_when_it_computes_its_name() -> None:
    assert podspec.read("ios/Acme.podspec", b"Pod::Spec.new { |s| s.name = NAME }").name == "Acme"


@pytest.mark.parametrize("opening", ["def project do [", "def project() do\n[", "def project, do: [", "def project(), do: ["])
def test_a_project_of_mix_is_a_list_in_any_form_of_the_function(opening: str) -> None:
    manifest = mix_project.read("mix.exs", f'{opening}app: :acme, version: "1.2.3", deps: deps()]'.encode())
    assert (manifest.name, [site.text for site in manifest.versions]) == ("acme", ["1.2.3"])
