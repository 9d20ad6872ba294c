"""Lines of any text file that a marker comment says to bear the version, such as `# release-actions:version=pep440`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from release_actions.domain.version import Scheme
from release_actions.errors import ManifestError, Place
from release_actions.manifests.lines import Lines, decoded
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

FAMILY = "marker"
#: What every marker holds.
WORD = "release-actions:version"

_LINE = re.compile(rb"[^\r\n]*" + re.escape(WORD).encode() + rb"[^\r\n]*")
_MARKER = re.compile(rf"{re.escape(WORD)}(?:=(?P<spelling>[\w-]*))?(?![\w=-])", re.ASCII)
_CORE = r"[0-9]+\.[0-9]+\.[0-9]+"
_LABELS: Mapping[Scheme, str] = {
    Scheme.SEMVER: r"(?:-(?:(?:alpha|beta|rc|0\.dev)\.[0-9]+|SNAPSHOT))?",
    Scheme.PEP440: r"(?:(?:a|b|rc|\.dev)[0-9]+)?",
    Scheme.RUBYGEMS: r"(?:\.(?:a\.dev|alpha|beta|rc|pre)\.?[0-9]+)?",
    Scheme.MAVEN: r"(?:-(?:(?:alpha-snapshot|alpha|beta|rc)\.[0-9]+|SNAPSHOT))?",
}
_SHAPES: Mapping[Scheme, str] = {
    **{scheme: _CORE + label for scheme, label in _LABELS.items()},
    Scheme.NUMERIC: r"[0-9]+(?:\.[0-9]+){1,3}",
}
#: A `v` may stand before the version, and a label behind it; neither may be more of a word or of a version than that.
_EDGES = r"(?<![0-9A-Za-z.+])v?(?P<version>{})(?![0-9A-Za-z+]|[-.][0-9A-Za-z])"


def read(path: str, data: bytes) -> Manifest:
    """The version on each line that bears a marker.

    Raises:
        ManifestError: the file is not UTF-8 (rule `manifest-encoding`), a marker names no spelling (`marker-spelling`),
            or its line does not hold one version (`marker-version`).
    """
    found = list(_sites(path, data, decoded(path, data).bom))
    wrong = [finding for error in found if isinstance(error, ManifestError) for finding in error.findings]
    if wrong:
        raise ManifestError.of(wrong)
    return Manifest(path, FAMILY, versions=tuple(site for site in found if isinstance(site, Site)))


def _sites(path: str, data: bytes, start: int) -> Iterator[Site | ManifestError]:
    lines = Lines(data)
    for line in _LINE.finditer(data, start):
        number = lines.at(line.start())
        try:
            yield _site(Place(path, number), number, line.start(), line[0].decode())
        except ManifestError as error:
            yield error


def _site(place: Place, number: int, start: int, text: str) -> Site:
    marker = _MARKER.search(text)
    named = Scheme.SEMVER if marker and marker["spelling"] is None else marker["spelling"] if marker else ""
    if marker is None or named not in set(Scheme):
        shown = ", ".join(f"`{WORD}={one}`" for one in Scheme)
        raise ManifestError("marker-spelling", "This marker names no spelling.", f"Write `{WORD}` or one of {shown}.", place)
    scheme = Scheme(named)
    rest = text[: marker.start()] + " " * len(marker[0]) + text[marker.end() :]
    found = list(re.finditer(_EDGES.format(_SHAPES[scheme]), rest, re.ASCII))
    if len(found) != 1:
        what = f"The marker's line holds {len(found) or 'no'} version{'s' * (len(found) > 1)} as `{scheme}` spells it."
        remedy = f"Let the line hold just one, or describe it under `patterns` in the configuration, or take `{WORD}` out of it."
        raise ManifestError("marker-version", what, remedy, place)
    begin, end = (start + len(rest[:offset].encode()) for offset in found[0].span("version"))
    return Site(Token(begin, end, number, found[0]["version"]), "marker", Spelling(scheme))
