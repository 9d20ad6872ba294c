"""What a registry offers of a package: its versions, those that were withdrawn, and where its pointers are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from release_actions.domain import pointers
from release_actions.domain.package import Ecosystem
from release_actions.domain.version import Channel, Version
from release_actions.errors import RefusedError

#: Python's spelling of our versions (PEP 440), with the labels of ours.
_PEP440 = re.compile(r"(\d+\.\d+\.\d+)(?:(\.dev|a|b|rc)(\d+))?", re.ASCII)
_LABELS = {".dev": "-0.dev.", "a": "-alpha.", "b": "-beta.", "rc": "-rc."}
_LINE = re.compile(r"release-(\d+)\.(\d+)\.x", re.ASCII)


@dataclass(frozen=True)
class Standing:
    """One package on its registry.

    `versions` are all that are there, as the registry spells them; `withdrawn` those of them that it keeps from new
    users (unlisted, deprecated or yanked), each with the words that it shows, which may be none. `pointers` are npm's dist-tags.
    """

    versions: tuple[str, ...] = ()
    withdrawn: Mapping[str, str] = field(default_factory=dict)
    pointers: Mapping[str, str] = field(default_factory=dict)

    def offers(self, version: str) -> bool:
        """Whether the version is there and was not withdrawn."""
        return version in self.versions and version not in self.withdrawn


def parsed(ecosystem: Ecosystem, text: str) -> Version | None:
    """The version that a registry spells so, or None when it is not of our grammar."""
    if ecosystem is Ecosystem.PYPI:
        match = _PEP440.fullmatch(text)
        text = f"{match[1]}{_LABELS[match[2]]}{match[3]}" if match and match[2] else text
    try:
        return Version.parse(text)
    except RefusedError:
        return None


def known(ecosystem: Ecosystem, versions: Iterable[str]) -> tuple[Version, ...]:
    """Those of `versions` that are of our grammar."""
    return tuple(version for version in (parsed(ecosystem, text) for text in versions) if version)


def before(version: Version, others: Iterable[Version], tag: str = pointers.LATEST) -> Version | None:
    """Where the pointer `tag` belongs once `version` is gone: the highest of `others` that fits it.

    `latest` and the tags of old lines take stable versions only, the latter those of their line; any other tag takes
    a lower version of the same channel.
    """
    line = _LINE.fullmatch(tag)
    fitting = [other for other in others if other != version]
    if tag == pointers.LATEST:
        fitting = [other for other in fitting if other.channel is Channel.STABLE]
    elif line:
        fitting = [other for other in fitting if other.channel is Channel.STABLE and other.line == (int(line[1]), int(line[2]))]
    else:
        fitting = [other for other in fitting if other < version and other.channel is version.channel]
    return max(fitting, default=None)
