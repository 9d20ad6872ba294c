"""What can go wrong, said so that a person knows what to do next.

    ReleaseError            something the user can put right; exit code 1
    ├── InputError          an input or a flag is missing or can't be read
    ├── ConfigError         the configuration file can't be read
    ├── ManifestError       a version-bearing file can't be read or edited
    ├── RefusedError        a rule forbids this release
    ├── ToolError           a tool is missing, failed or took too long
    └── RegistryError       a registry, or GitHub, answered with something unusable

Anything else that is raised is a defect of this suite; exit code 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """Where a finding is: a path relative to the repository, and a line counted from 1."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the rule it breaks, what was seen, where, and what to do.

    `rule` is a stable code in kebab case, for example `tag-grammar`; users may search for it.
    """

    rule: str
    what: str
    remedy: str
    place: Place | None = None

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.what} {self.remedy} [{self.rule}]"


class ReleaseError(Exception):
    """One or more findings that stop the work. All that are known are reported at once."""

    def __init__(self, rule: str, what: str, remedy: str, place: Place | None = None) -> None:
        self.findings: tuple[Finding, ...] = (Finding(rule, what, remedy, place),)
        super().__init__(str(self.findings[0]))

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> ReleaseError:
        """Make one error of all `findings`, of which there must be at least one."""
        first, *rest = findings
        error = cls(first.rule, first.what, first.remedy, first.place)
        error.findings = (first, *rest)
        return error

    def __str__(self) -> str:
        return "\n".join(str(finding) for finding in self.findings)


class InputError(ReleaseError):
    """An input of an action, or a flag of a command, is missing or can't be read."""


class ConfigError(ReleaseError):
    """The configuration file can't be read."""


class ManifestError(ReleaseError):
    """A version-bearing file can't be read or edited."""


class RefusedError(ReleaseError):
    """A rule forbids this release."""


class ToolError(ReleaseError):
    """A tool is missing, failed or took too long."""


class RegistryError(ReleaseError):
    """A registry, or GitHub, answered with something unusable."""
