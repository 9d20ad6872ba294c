"""Which changed files make a release worth while."""

from __future__ import annotations

from dataclasses import replace

from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.shipping import changed

CLIENT = Package(Ecosystem.NPM, "@acme/client", "1.0.0", "sdks/js/client", "sdks/js/client/package.json", depends_on=("@acme/types",))
TYPES = Package(Ecosystem.NPM, "@acme/types", "1.0.0", "shared/types", "shared/types/package.json", private=True)
TOOLS = Package(Ecosystem.NPM, "tools", "1.0.0", "tools/x", "tools/x/package.json", private=True)
ALL = (CLIENT, TYPES, TOOLS)


def ships(path: str, *patterns: str) -> bool:
    return changed([path], ALL, patterns) == (path,)


def test_what_lies_in_a_published_package_ships() -> None:
    assert ships("sdks/js/client/src/deep/index.ts")
    assert ships("sdks/js/client/README.md")


def test_what_a_published_package_needs_ships_though_it_is_private() -> None:
    assert ships("shared/types/index.ts")


def test_what_packages_share_in_the_folders_above_ships() -> None:
    assert ships("sdks/js/tsconfig.base.json")
    assert ships("sdks/Directory.Build.props")
    assert ships("LICENSE")


def test_words_about_the_repository_do_not_ship() -> None:
    for path in ("README.md", "sdks/CONTRIBUTING.md", ".gitignore", ".gitattributes", "CODEOWNERS"):
        assert not ships(path)


def test_what_lies_elsewhere_does_not_ship() -> None:
    for path in ("docs/index.html", ".github/workflows/ci.yml", "tools/x/index.js", "sdks/js/clientele/index.ts"):
        assert not ships(path)


def test_a_package_at_the_top_ships_everything_but_its_workflows() -> None:
    top = replace(CLIENT, folder=".", manifest="package.json")
    assert changed([".github/workflows/ci.yml", "src/index.ts", "README.md"], [top]) == ("src/index.ts", "README.md")


def test_patterns_decide_instead_where_they_are_given() -> None:
    assert ships("api/openapi.yaml", "api/*", "sdks/*")
    assert not ships("LICENSE", "api/*", "sdks/*")
