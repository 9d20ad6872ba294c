"""*.podspec (CocoaPods, "Podspec Syntax Reference")."""

from __future__ import annotations

import re

from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.ruby_document import RubyDocument

FAMILY = "cocoapods"
_FIELD = re.compile(r"[a-z_]\w*\.(name|version)")
_TAG = re.compile(r"v?(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)", re.ASCII)
FILES = ("*.podspec",)


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    return path.endswith(".podspec") and "Pods" not in path.split("/")


def read(path: str, data: bytes) -> Manifest:
    """Read a pod's specification."""
    document = RubyDocument(path, data)
    fields = [(match[1], token) for target, token in document.assigned() if (match := _FIELD.fullmatch(target))]
    name = next((token.text for field, token in fields if field == "name"), path.rpartition("/")[2].removesuffix(".podspec"))
    calls = [strings for strings, _ in document.calls("dependency") if strings]
    return Manifest(
        path,
        FAMILY,
        name=name,
        versions=tuple(Site(token, "version", Spelling.SEMVER) for field, token in fields if field == "version"),
        dependencies=(
            *(site for strings in calls for site in _requirements(strings)),
            *(site for token in document.values("tag") if (site := _tag(token, name))),
        ),
        requires=tuple(_pod(strings[0]) for strings in calls),
    )


def _pod(name: Token) -> str:
    """The pod that a dependency is on; behind a slash is a part of it."""
    return name.text.partition("/")[0]


def _requirements(strings: list[Token]) -> list[Site]:
    return [Site(token, f"dependency {strings[0].text}", Spelling.SEMVER_REQUIREMENT, _pod(strings[0])) for token in strings[1:]]


def _tag(token: Token, name: str) -> Site | None:
    match = _TAG.fullmatch(token.text)
    return Site(token.part(*match.span("version")), "source tag", Spelling.SEMVER, name) if match else None
