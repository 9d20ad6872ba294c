"""Whether a git tag is a release, and as what."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from release_actions.domain.package import Ecosystem
from release_actions.domain.pointers import dist_tag, is_latest
from release_actions.domain.version import Channel, Version
from release_actions.errors import Finding, ReleaseError

_LONGEST_NAME = 100
_MEANT = re.compile(
    r"v?\.?(\d{1,10})(?:\.(\d{1,10}))?(?:\.(\d{1,10}))?(?:[-._+]?(a|alpha|b|beta|rc|c|pre|preview|nightly|0\.dev|dev)[-._]?(\d{1,10})?)?",
    re.ASCII | re.IGNORECASE,
)
_LABELS = {"a": "alpha", "b": "beta", "c": "rc", "pre": "beta", "preview": "beta", "nightly": "beta", "dev": "0.dev"}


class Newer(StrEnum):
    """What a release has to be newer than."""

    LINE = "line"  # the releases of its own major and minor version
    ALL = "all"  # every release
    OFF = "off"  # nothing


@dataclass(frozen=True)
class Rules:
    """What a tag has to fulfil.

    `channels` are those that may be released. `branches` are shell-style patterns, in which `*` also matches `/`; the
    tagged commit must be on a branch that matches one of them, unless there are none.
    """

    channels: frozenset[Channel] = frozenset(Channel)
    branches: tuple[str, ...] = ()
    annotated: bool = False
    signed: bool = False
    newer: Newer = Newer.LINE
    checked_out: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of the tag `name`.

    `commit` is None when there is no such tag, `head` the commit that is checked out, `origin` the commit that the tag
    leads to at `origin`, where that was asked. `others` are the versions of all other release tags, `branches` all
    that hold the commit; in a `shallow` checkout more may hold it than can be seen. `bad_signature` says why a
    signature is not good; it is None when it is good, or was not asked for.
    """

    name: str
    commit: str | None
    annotated: bool = False
    head: str | None = None
    origin: str | None = None
    others: tuple[Version, ...] = ()
    branches: tuple[str, ...] = ()
    shallow: bool = False
    bad_signature: str | None = None


@dataclass(frozen=True)
class Decision:
    """The release that a tag stands for. `previous` is the release that its notes start from."""

    version: Version
    commit: str
    dist_tag: str
    is_latest: bool
    previous: Version | None

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the action `tag`."""
        version = self.version
        return {
            "version": str(version),
            "major": str(version.major),
            "minor": str(version.minor),
            "patch": str(version.patch),
            "prerelease": _truth(version.is_prerelease),
            "channel": version.channel.label,
            **{ecosystem.value: version.spelt(ecosystem.scheme) for ecosystem in Ecosystem},
            "dist-tag": self.dist_tag,
            "is-latest": _truth(self.is_latest),
            "previous-tag": self.previous.tag if self.previous else "",
            "commit": self.commit,
        }


def version_of(tag: str) -> Version | None:
    """The version that the tag bears, or None when it is no release tag."""
    try:
        return Version.parse(tag[1:]) if tag.startswith("v") else None
    except ReleaseError:
        return None


def decision(version: Version, commit: str, others: Iterable[Version]) -> Decision:
    """What `version` is among the `others` that are released."""
    released = [other for other in others if other != version]
    return Decision(version, commit, dist_tag(version, released), is_latest(version, released), previous(version, released))


def previous(version: Version, released: Iterable[Version]) -> Version | None:
    """The highest lower release: for a stable version among the stable ones, else among all."""
    lower = (other for other in released if other < version and (version.is_prerelease or not other.is_prerelease))
    return max(lower, default=None)


def refusals(facts: Facts, rules: Rules) -> tuple[Finding, ...]:
    """Everything that keeps the tag from being a release; nothing when it is one."""
    version = version_of(facts.name)
    findings = [] if version else [_no_release_tag(facts)]
    if facts.commit is None:
        return (_missing(version),) if version else tuple(findings)
    findings += [*_place_refusals(facts, facts.commit, rules), *_object_refusals(facts, facts.commit, rules)]
    if version:
        findings += _version_refusals(version, facts, rules)
    return tuple(findings)


def _no_release_tag(facts: Facts) -> Finding:
    meant = _meant(facts.name)
    hint = f" Did you mean `{meant.tag}`?" if meant else ""
    try:
        Version.parse(facts.name.removeprefix("v"))
        remedy = "A release tag is `v` and the version."
    except ReleaseError as error:
        remedy = f"A release tag is `v` and the version. {error.findings[0].remedy}"
    if facts.commit is not None:
        remedy += " " + _deletion(facts.name)
        remedy += f" Then: `git tag {meant.tag} {facts.commit} && git push origin {meant.tag}`." if meant else ""
    return Finding("tag-grammar", f"{_shown(facts)} is no release tag.{hint}", remedy)


def _meant(name: str) -> Version | None:
    """The version that the author of a wrong tag may have had in mind."""
    match = _MEANT.fullmatch(name)
    if match is None:
        return None
    major, minor, patch, label, number = match.groups()
    core = ".".join(str(int(part or 0)) for part in (major, minor, patch))
    label = label and _LABELS.get(label.lower(), label.lower())
    return version_of(f"v{core}-{label}.{int(number or 1)}" if label else f"v{core}")


def _missing(version: Version) -> Finding:
    return Finding(
        "tag-missing",
        f"There is no tag `{version.tag}` that leads to a commit.",
        f"Fetch it with `git fetch origin tag {version.tag}`, or make it: `git tag {version.tag} && git push origin {version.tag}`.",
    )


def _place_refusals(facts: Facts, commit: str, rules: Rules) -> Iterator[Finding]:
    if facts.origin not in (None, commit):
        yield Finding(
            "tag-moved",
            f"{_shown(facts)} leads to {facts.origin} at `origin`.",
            "Never move a tag: what it named may be published. Delete your copy, fetch it again, and release the next version.",
        )
    if rules.checked_out and facts.head != commit:
        yield Finding(
            "tag-checkout",
            f"{_shown(facts)} is not what is checked out: that is {facts.head}.",
            f"Give the step with actions/checkout `with: {{ref: {_quoted('refs/tags/' + facts.name)}}}`;"
            f" by hand: `git switch --detach {shlex.quote(facts.name)}`.",
        )
    if rules.branches and not any(fnmatchcase(branch, pattern) for branch in facts.branches for pattern in rules.branches):
        yield _not_on_a_branch(facts, rules)


def _not_on_a_branch(facts: Facts, rules: Rules) -> Finding:
    wanted = ", ".join(f"`{pattern}`" for pattern in rules.branches)
    if facts.shallow:
        return Finding(
            "tag-history",
            f"Whether {_shown(facts)} is on a branch of {wanted} can't be told: the checkout is shallow, and no such branch ends there.",
            "Give the step with actions/checkout `with: {fetch-depth: 0}`.",
        )
    found = ", ".join(f"`{shown(branch)}`" for branch in facts.branches[:5]) or "no branch"
    return Finding(
        "tag-branch",
        f"{_shown(facts)} is on {found}; releases are made on {wanted}.",
        f"{_deletion(facts.name)} Then tag a commit of such a branch, or set `branches` to the branches that you release from.",
    )


def _object_refusals(facts: Facts, commit: str, rules: Rules) -> Iterator[Finding]:
    again = f"git tag --force {{}} --message 'Release' -- {shlex.quote(facts.name)} {commit}"
    push = f"git push --force origin {shlex.quote('refs/tags/' + facts.name)}"
    if rules.annotated and not facts.annotated:
        yield Finding(
            "tag-annotated",
            f"{_shown(facts)} is a lightweight tag, and an annotated one is demanded.",
            f"If nothing of it is published, make it again: `{again.format('--annotate')} && {push}`.",
        )
    if rules.signed and facts.bad_signature is not None:
        yield Finding(
            "tag-signed",
            f"{_shown(facts)} bears no good signature: {facts.bad_signature}.",
            f"If nothing of it is published, sign it: `{again.format('--sign')} && {push}`. Let the workflow know the signer's key"
            " in a step before this one: for SSH `git config gpg.ssh.allowedSignersFile FILE`, for GPG `gpg --import FILE`.",
        )


def _version_refusals(version: Version, facts: Facts, rules: Rules) -> Iterator[Finding]:
    if version.channel not in rules.channels:
        allowed = ", ".join(f"`{channel.label}`" for channel in sorted(rules.channels))
        yield Finding(
            "tag-prerelease",
            f"{_shown(facts)} is of the channel `{version.channel.label}`; only {allowed} may be released.",
            f"{_deletion(facts.name)} Or allow the channel by `prereleases`.",
        )
    if rules.newer is Newer.OFF:
        return
    rival = max((other for other in facts.others if other > version and _competes(other, version, rules.newer)), default=None)
    if rival is not None:
        yield Finding(
            "tag-newer",
            f"{_shown(facts)} is older than `{rival.tag}`, which is released.",
            f"To run an older release once more, set `newer: off`. {_deletion(facts.name)}"
            f" Then tag a higher version, such as `{_next(version, rival).tag}`.",
        )


def _competes(other: Version, version: Version, newer: Newer) -> bool:
    """Whether `version` may not be lower than `other`.

    Stable versions compete among themselves, since a patch may come while the next prereleases are out. Builds of the
    dev channel go on while betas are out, and compete only with each other. No prerelease follows its own release.
    """
    if newer is Newer.LINE and other.line != version.line:
        return False
    if not other.is_prerelease:
        return True
    return version.is_prerelease and (version.channel is not Channel.DEV or other.channel is Channel.DEV)


def _next(version: Version, rival: Version) -> Version:
    """A version of the kind of `version` that comes after `rival`."""
    if not version.is_prerelease:
        return Version(rival.major, rival.minor, rival.patch + 1)
    if rival.is_prerelease and rival.channel <= version.channel:
        return Version(rival.major, rival.minor, rival.patch, version.channel, 1 if rival.channel < version.channel else rival.number + 1)
    return Version(rival.major, rival.minor, rival.patch + 1, version.channel, 1)


def _shown(facts: Facts) -> str:
    at = f" at {facts.commit[:12]}" if facts.commit else ""
    return f"`{shown(facts.name)}`{at}"


def shown(name: str) -> str:
    """`name` for reading: short, and without what would hide or turn around its letters."""
    start = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in name[:_LONGEST_NAME])
    return start if len(name) <= _LONGEST_NAME else f"{start}… ({len(name)} characters)"


def _deletion(name: str) -> str:
    """How to delete a tag, in words that a shell reads as nothing else."""
    remote, local = shlex.quote(f"refs/tags/{name}"), shlex.quote(name)
    return f"If nothing of it is published, delete it: `git push --delete origin {remote}; git tag --delete -- {local}`."


def _quoted(text: str) -> str:
    """`text` as a YAML flow scalar."""
    return text if re.fullmatch(r"[\w./-]+", text, re.ASCII) else "'" + text.replace("'", "''") + "'"


def _truth(value: bool) -> str:
    return "true" if value else "false"
