"""Requirements of Python packages as one string (PEP 508): what they name, and the versions that they admit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from release_actions.manifests.manifest import Site, Spelling, Token

#: A requirement up to its specifiers, and these (PEP 508, "Names", "Extras").
_UP_TO_SPECIFIERS = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*\(?\s*(?P<specifiers>[^;)]*?)\s*(?:[;)].*)?", re.DOTALL)
#: Requirements in the plainest form, which need no parser to be known to be right.
_PLAIN = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?P<specifiers>(?:[=<>!]=|[<>])[0-9]+(?:\.[0-9]+)*"
    r"(?:,(?:[=<>!]=|[<>])[0-9]+(?:\.[0-9]+)*)*)?"
)


@dataclass(frozen=True)
class PythonRequirement:
    """A requirement: its text, and what it names; `by_address` where it says an address and no version."""

    token: Token
    name: str
    by_address: bool = False

    def site(self, key: str, spelling: Spelling = Spelling.PEP440_SPECIFIER, owner: str | None = None) -> Site | None:
        """Where its specifiers are, if it has any."""
        match = _UP_TO_SPECIFIERS.fullmatch(self.token.text)
        if match and match["specifiers"] and not self.by_address and self.token.text.isascii():
            return Site(self.token.part(*match.span("specifiers")), f"{key}: {self.name}", spelling, self.name, owner)
        return None


def parse(token: Token) -> PythonRequirement:
    """The requirement that the token says. Raises ValueError when it is none: packaging's InvalidRequirement is one."""
    plain = _PLAIN.fullmatch(token.text)
    if plain:
        return PythonRequirement(token, plain["name"])
    from packaging.requirements import Requirement  # most are plain, and need not wait for it

    read = Requirement(token.text)
    return PythonRequirement(token, read.name, by_address=read.url is not None)


def parsed(token: Token) -> PythonRequirement | None:
    """The requirement that the token says, if it is one."""
    try:
        return parse(token)
    except ValueError:
        return None
