"""Version ranges in each ecosystem's syntax: a new version is set, and the operator kept."""

from __future__ import annotations

import re

from release_actions.domain.version import Scheme, Version

_FULL = r"[vV]?[0-9]+\.[0-9]+\.[0-9]+(?:[-+.]?[0-9A-Za-z][0-9A-Za-z.+-]*)?"
_COMPARATOR = re.compile(r"(?P<operator>\^|~=|~>|~|>=|<=|==|!=|=|>|<|)(?P<space>\s*)(?P<version>[^\s,<>=^~!]+)")
_BOUND = re.compile(r"[0-9]{1,19}(?:\.[0-9]{1,19}){0,2}")
_COMPATIBLE = re.compile(
    r">=(?P<major>[0-9]{1,19})\.(?P<minor>[0-9]{1,19})\.[0-9]{1,19}(?:(?:a|b|rc|\.dev)[0-9]{1,19})?,<(?P=major)\.(?P<next>[0-9]{1,19})\.0"
)
_PEP440_CLAUSE = re.compile(rf"(?P<operator>===|==|~=|>=)(?P<space>\s*)(?P<version>{_FULL})(?=\s*(?:,|$))")
_NUGET_RANGE = re.compile(rf"(?P<before>\[\s*|)(?P<version>{_FULL})(?P<after>\s*(?:,\s*(?P<upper>[^\s,\])]*)\s*)?[\])]|)")


class ExcludedError(ValueError):
    """A range can't be set: what it says besides its operator excludes the new version."""


def npm(text: str, version: Version) -> str | None:
    """A range of npm, as node-semver reads it; None when it holds no full version that could be set.

    Raises:
        ExcludedError: an upper bound excludes the version.
    """
    return _comparators(text, version, Scheme.SEMVER)


def poetry(text: str, version: Version) -> str | None:
    """A version constraint of Poetry; otherwise as `npm`."""
    return _comparators(text, version, Scheme.PEP440)


def poetry_locked(text: str, version: Version) -> str | None:
    """A constraint as poetry.lock repeats it; otherwise as `poetry`. It spells `~=1.2.3` as `>=1.2.3,<1.3.0`."""
    compatible = _COMPATIBLE.fullmatch(text)
    if compatible and int(compatible["next"]) == int(compatible["minor"]) + 1:
        return f">={version.spelt(Scheme.PEP440)},<{version.major}.{version.minor + 1}.0"
    return poetry(text, version)


def _comparators(text: str, version: Version, scheme: Scheme) -> str | None:
    if "|" in text or re.search(r"\s-\s", text):
        return None
    changed = False

    def follow(match: re.Match[str]) -> str:
        nonlocal changed
        operator, space, old = match.group("operator", "space", "version")
        if operator in {"<", "<="}:
            _admit(operator, old, version)
        if operator in {"<", "<=", "!=", ">"} or not re.fullmatch(_FULL, old):
            return match[0]
        changed = True
        return f"{operator}{space}{version.spelt(scheme)}"

    result = _COMPARATOR.sub(follow, text)
    return result if changed else None


def _admit(operator: str, bound: str, version: Version) -> None:
    """Raise when the upper bound is at or below the version. Prereleases of the bound are outside it everywhere."""
    if not _BOUND.fullmatch(bound):
        raise ExcludedError(f"its upper bound `{operator}{bound}` can't be compared with {version}")
    numbers = [int(number) for number in bound.split(".")]
    core = [version.major, version.minor, version.patch]
    if operator == "<=" and len(numbers) < len(core):
        core = core[: len(numbers)]  # `<=1` means `<2`: npm, "X-Ranges"
    numbers += [0] * (len(core) - len(numbers))
    if core > numbers or (core == numbers and operator == "<"):
        raise ExcludedError(f"its upper bound `{operator}{bound}` excludes {version}")


def pep440(text: str, version: Version) -> str | None:
    """A list of version specifiers (PEP 440, "Version specifiers"); otherwise as `npm`."""
    from packaging.specifiers import SpecifierSet  # a twelfth of a start, and many repositories need none

    spelt = version.spelt(Scheme.PEP440)
    changed = False

    def follow(match: re.Match[str]) -> str:
        nonlocal changed
        changed = True
        return f"{match['operator']}{match['space']}{spelt}"

    result = _PEP440_CLAUSE.sub(follow, text)
    try:
        admitted = SpecifierSet(result).contains(spelt, prereleases=True)
    except ValueError as error:  # also of a number of thousands of digits
        raise ExcludedError(f"it is no list of version specifiers ({error})") from None
    if not admitted:
        raise ExcludedError(f"`{result}` excludes {spelt}")
    return result if changed else None


def nuget(text: str, version: Version) -> str | None:
    """A version or an interval of NuGet; its lower bound is set where that is inclusive. Otherwise as `npm`."""
    return _interval(text, version, Scheme.SEMVER)


def maven(text: str, version: Version) -> str | None:
    """A version or a range of Maven; otherwise as `nuget`."""
    return _interval(text, version, Scheme.MAVEN)


def _interval(text: str, version: Version, scheme: Scheme) -> str | None:
    match = _NUGET_RANGE.fullmatch(text.strip())
    if match is None or bool(match["before"]) != bool(match["after"]):
        return None
    if match["upper"]:
        _admit("<=" if match["after"].rstrip().endswith("]") else "<", match["upper"], version)
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{lead}{match['before']}{version.spelt(scheme)}{match['after']}{trail}"
