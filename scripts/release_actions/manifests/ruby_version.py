"""version.rb below `lib`: the constant `VERSION` of a gem (RubyGems Guides, "Name your gem")."""

from __future__ import annotations

import re

from release_actions.manifests import gemspec
from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.ruby_document import RubyDocument

_CONSTANT = re.compile(r"(?:(?:::)?[A-Z]\w*::)*VERSION")
_PASSED_OVER = {"vendor", "node_modules", "spec", "test"}
FILES = ("version.rb",)


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    *folders, name = path.split("/")
    return name == "version.rb" and "lib" in folders and _PASSED_OVER.isdisjoint(folders)


def read(path: str, data: bytes) -> Manifest:
    """Read a file that holds a gem's version."""
    found = [(target, token) for target, token in RubyDocument(path, data).assigned() if _CONSTANT.fullmatch(target)]
    return Manifest(path, gemspec.FAMILY, versions=tuple(Site(token, target, Spelling.RUBYGEMS) for target, token in found))
