"""Files of no known kind, whose version a configured regular expression finds.

The expressions are the repository's own; `regex` runs them, because it can be told to give up on one that backtracks
without end, which the standard library can't.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from release_actions.domain import config as configuration
from release_actions.domain.config import Pattern
from release_actions.errors import ConfigError, Finding, ManifestError, Place
from release_actions.manifests import spelling
from release_actions.manifests.lines import Lines, decoded
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

FAMILY = "pattern"
#: Whatever could be a version in some spelling.
_LIKE_A_VERSION = re.compile(r"[0-9][0-9A-Za-z]*(?:[-.+][0-9A-Za-z]+)*", re.ASCII)
_LINE = re.compile(rb"[^\r\n]+")
#: Seconds for one line. An expression without a flaw takes microseconds.
_PATIENCE = 1.0


def read(path: str, data: bytes, pattern: Pattern) -> Manifest:
    """Every place in the file that `pattern` names.

    Raises:
        ConfigError: the pattern is no regular expression with one group `version`, or backtracks without end (rule
            `config-pattern`).
        ManifestError: the file is not UTF-8 (`manifest-encoding`), or what the group holds is no version
            (`pattern-version`).
    """
    expression = _compiled(pattern)
    start = decoded(path, data).bom
    lines = Lines(data)
    found = (_sites(path, lines.at(line.start()), line, pattern, expression) for line in _LINE.finditer(data, start))
    return Manifest(path, FAMILY, versions=tuple(site for sites in found for site in sites))


@lru_cache
def _compiled(pattern: Pattern) -> Any:
    import regex  # few repositories configure patterns

    try:
        expression = regex.compile(pattern.pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise _unusable(pattern, f"is no regular expression: {error}", "Correct it.") from None
    if "version" not in expression.groupindex:
        raise _unusable(pattern, "has no group `version`", "Mark the version in it, as in `acme==(?P<version>[^ ]+)`.")
    return expression


def _sites(path: str, number: int, line: re.Match[bytes], pattern: Pattern, expression: Any) -> Iterator[Site]:
    text = line[0].decode()
    try:
        for match in expression.finditer(text, timeout=_PATIENCE):
            yield _site(path, number, line.start(), match, pattern)
    except TimeoutError:
        what = f"takes more than {_PATIENCE:g} second on {path}:{number}"
        raise _unusable(pattern, what, "Let it repeat nothing that repeats itself, as `(a+)+` does.") from None


def _site(path: str, number: int, start: int, match: Any, pattern: Pattern) -> Site:
    text = match["version"] or ""
    if len(match.spans("version")) != 1 or not (_LIKE_A_VERSION.fullmatch(text) or spelling.is_placeholder(text)):
        what = f"What the configured pattern takes for the version here is `{text[:100]}`."
        raise ManifestError("pattern-version", what, "Narrow the pattern's group `version`.", Place(path, number))
    before = len(match.string[: match.start("version")].encode())
    token = Token(start + before, start + before + len(text.encode()), number, text)
    return Site(token, "pattern", Spelling(pattern.scheme))


def _unusable(pattern: Pattern, what: str, remedy: str) -> ConfigError:
    return ConfigError("config-pattern", f"The pattern `{pattern.pattern[:100]}` {what}.", remedy, _place(pattern))


def unmatched(pattern: Pattern) -> Finding:
    """What to say of a pattern that names no place (rule `pattern-unmatched`)."""
    what = f"The pattern `{pattern.pattern[:100]}` matches no line of a file `{pattern.path}`."
    return Finding("pattern-unmatched", what, "Correct the path or the pattern, or remove this item.", _place(pattern))


def _place(pattern: Pattern) -> Place:
    return Place(configuration.PATH, pattern.line)
