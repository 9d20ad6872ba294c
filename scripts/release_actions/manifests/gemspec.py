"""*.gemspec, and the gems that a Gemfile takes from a folder (RubyGems Guides, "Specification Reference"; Bundler, "Gemfile")."""

from __future__ import annotations

import re

from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.ruby_document import RubyDocument

FAMILY = "rubygems"
_RUN_TIME = ("add_dependency", "add_runtime_dependency")
_FIELD = re.compile(r"[a-z_]\w*\.(name|version)")
FILES = ("*.gemspec", "Gemfile", "gems.rb")


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    name = path.rpartition("/")[2]
    return (name.endswith(".gemspec") or name in {"Gemfile", "gems.rb"}) and "vendor" not in path.split("/")


def read(path: str, data: bytes) -> Manifest:
    """Read a gem's specification, or a Gemfile, which makes no gem.

    A specification that computes its name is taken to be named like its file. A version that it computes is found
    where it comes from: in a file `version.rb` or `VERSION`.
    """
    document = RubyDocument(path, data)
    if not path.endswith(".gemspec"):
        local = [strings for strings, keywords in document.calls("gem") if "path" in keywords]
        return Manifest(path, FAMILY, dependencies=tuple(site for strings in local for site in _requirements("gem", strings)))
    fields = [(match[1], token) for target, token in document.assigned() if (match := _FIELD.fullmatch(target))]
    calls = [strings for strings, _ in document.calls(*_RUN_TIME, "add_development_dependency") if strings]
    return Manifest(
        path,
        FAMILY,
        name=next((token.text for field, token in fields if field == "name"), path.rpartition("/")[2].removesuffix(".gemspec")),
        versions=tuple(Site(token, "version", Spelling.RUBYGEMS) for field, token in fields if field == "version"),
        dependencies=tuple(site for strings in calls for site in _requirements("dependency", strings)),
        requires=tuple(strings[0].text for strings, _ in document.calls(*_RUN_TIME) if strings),
    )


def _requirements(kind: str, strings: list[Token]) -> list[Site]:
    """The sites of the requirements that follow a gem's name."""
    return [Site(token, f"{kind} {strings[0].text}", Spelling.RUBYGEMS_REQUIREMENT, strings[0].text) for token in strings[1:]]
