"""Import paths of Go, which bear the major version (Go Modules Reference, "Module paths", "Major version suffixes").

Two majors of a module are two modules: a path counts as one of the repository's only with the major that it bears now.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from release_actions.domain.version import Version

_MAJOR = re.compile(r"v(?:[2-9]|[1-9][0-9]+)")
#: This host's paths have always borne the major version, in another form.
_GOPKG = "gopkg.in/"
_GOPKG_MAJOR = re.compile(r"\.v[0-9]+(?:-unstable)?\Z")


def modules(path: str) -> Iterator[str]:
    """Every module that the package `path` may be in, the shortest first."""
    segments = path.split("/")
    if "." not in segments[0]:
        return
    for count in range(1, len(segments) + 1):
        if count == len(segments) or not _MAJOR.fullmatch(segments[count]):
            yield "/".join(segments[:count])


def spelt(path: str, module: str, version: Version) -> str:
    """`path`, of a package in `module`, as it is imported at `version`."""
    rest = path[len(module) :]
    if module.startswith(_GOPKG):
        return f"{_GOPKG_MAJOR.sub('', module)}.v{version.major}{rest}"
    above, _, last = module.rpartition("/")
    root = above if _MAJOR.fullmatch(last) else module
    return f"{root}/v{version.major}{rest}" if version.major > 1 else f"{root}{rest}"
