import pytest

from release_actions.errors import ManifestError
from release_actions.manifests import gemfile_lock, gemspec, ruby_version, version_file


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('s.version = "1.2.3"', ["1.2.3"]),
        ("s.version = %q(1.2.3)", ["1.2.3"]),
        ("s.version = '1.2.3'.freeze", ["1.2.3"]),
        ('s.version = "1.2.#{patch}"', []),
        ("s.version = Acme::VERSION", []),
        ('s.version = ENV["V"] || "1.2.3"', []),
        ('s.required_ruby_version = "1.2.3"', []),
        ('version = "1.2.3"', []),
        ("<<~T\ns.version = '1.2.3'\nT", []),
        ("=begin\ns.version = '1.2.3'\n=end", []),
        ("%w[s.version = '1.2.3']; x = /'/; s.version = '1.2.3'", ["1.2.3"]),
        ("__END__\ns.version = '1.2.3'", []),
    ],
)
def test_a_specification_says_its_version(code: str, expected: list[str]) -> None:
    manifest = gemspec.read("a/acme.gemspec", code.encode())
    assert ([site.text for site in manifest.versions], manifest.name) == (expected, "acme")


def test_dependencies_of_a_gemfile_count_when_they_are_in_a_folder() -> None:
    code = b'gem "a", "1.2.3", path: "a"\ngem "b", "1.2.3"\ngem("c", "~> 1", ">= 1.2", :path => "c")\ngem "d", path: "d"\n'
    manifest = gemspec.read("Gemfile", code)
    assert manifest.name is None
    assert [(site.package, site.text, site.line) for site in manifest.dependencies] == [
        ("a", "1.2.3", 1),
        ("c", "~> 1", 3),
        ("c", ">= 1.2", 3),
    ]


@pytest.mark.parametrize("code", ["module A\n  VERSION =\nend", "VERSION = '1.2.3", "class"])
def test_broken_code_is_an_error_with_its_line(code: str) -> None:
    with pytest.raises(ManifestError, match=r"lib/version\.rb:\d"):
        ruby_version.read("lib/version.rb", code.encode())


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lib/acme/version.rb", True),
        ("a/lib/version.rb", True),
        ("version.rb", False),
        ("vendor/a/lib/version.rb", False),
        ("lib/a.rb", False),
    ],
)
def test_constants_are_looked_for_below_lib(path: str, expected: bool) -> None:
    assert ruby_version.matches(path) is expected


def test_a_lock_file_with_a_merge_conflict_is_an_error() -> None:
    with pytest.raises(ManifestError, match=r"Gemfile\.lock:3"):
        gemfile_lock.read("Gemfile.lock", b"PATH\n  remote: .\n<<<<<<< ours\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3\n", [("1.2.3", "semver", 1)]),
        ("\ufeff\r\n1.2.3-beta.1\r\n", [("1.2.3-beta.1", "semver", 2)]),
        ("1.2.3.beta.1", [("1.2.3.beta.1", "rubygems", 1)]),
        ("1.2.3b1", [("1.2.3b1", "pep440", 1)]),
        ("1.2.3.dev7", [("1.2.3.dev7", "pep440", 1)]),
        ("1.2.3 and more", []),
        ("1.2", []),
        ("", []),
    ],
)
def test_a_version_file_holds_a_version_alone(text: str, expected: list[tuple[str, str, int]]) -> None:
    data = text.encode()
    sites = version_file.read("VERSION", data).versions
    assert [(site.text, site.spelling, site.line) for site in sites] == expected
    assert [data[site.token.start : site.token.end].decode() for site in sites] == [found[0] for found in expected]
