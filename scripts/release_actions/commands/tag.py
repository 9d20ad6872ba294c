"""Is this tag a release, and as what? Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from release_actions.commands.ports.git import Git, Tag
from release_actions.domain import tagging
from release_actions.domain.report import Block, Outcome, Report, Table, Verbatim
from release_actions.domain.tagging import Decision, Facts, Rules
from release_actions.domain.version import Channel, Version
from release_actions.errors import Finding, InputError, RefusedError, ReleaseError

#: Finds what in the files of the checkout disagrees with a version.
Disagreements = Callable[[Version], Sequence[Finding]]

_POLICIES = {
    "allow": frozenset(Channel),
    "refuse": frozenset({Channel.STABLE}),
    "only": frozenset(Channel) - {Channel.STABLE},
}
_CHECKOUT = "with:\n  fetch-depth: 0"


@dataclass(frozen=True)
class Options:
    """Which tag, and what it has to fulfil; `manifests` says whether every version-bearing file must agree with it."""

    tag: str
    rules: Rules = field(default_factory=Rules)
    manifests: bool = True


def channels(policy: Sequence[str]) -> frozenset[Channel]:
    """The channels that the input `prereleases` lets through.

    Raises:
        InputError: it is neither a policy nor a list of channels (rule `input-value`).
    """
    if len(policy) == 1 and policy[0] in _POLICIES:
        return _POLICIES[policy[0]]
    named = {channel.label: channel for channel in Channel}
    unknown = [item for item in policy if item not in named]
    if unknown or not policy:
        shown = f"`{unknown[0][:100]}`" if unknown else "empty"
        raise InputError(
            "input-value",
            f"The input `prereleases` is {shown}.",
            "Set it to `allow`, `refuse` or `only`, or to a list of `dev`, `alpha`, `beta`, `rc`; stable versions are then allowed too.",
        )
    return frozenset(named[item] for item in policy) | {Channel.STABLE}


def decide(options: Options, git: Git, disagreements: Disagreements) -> Decision:
    """The release that the tag stands for.

    Raises:
        RefusedError: it is none; all that is wrong is told at once.
    """
    facts = observe(options, git)
    version = tagging.version_of(facts.name)
    findings = list(tagging.refusals(facts, replace(options.rules, checked_out=options.manifests)))
    if options.manifests and version and facts.commit and facts.head == facts.commit:
        findings += _told(disagreements, version)
    if findings or version is None or facts.commit is None:
        raise RefusedError.of(findings)
    return tagging.decision(version, facts.commit, facts.others)


def observe(options: Options, git: Git) -> Facts:
    """What git knows of the tag."""
    tags = {tag.name: tag for tag in git.tags()}
    others = tuple(version for name in tags if name != options.tag and (version := tagging.version_of(name)))
    tag = tags.get(options.tag)
    facts = Facts(options.tag, tag.commit if tag else None, shallow=git.is_shallow(), others=others)
    if tag is None:
        return facts
    published = _published(tag, options.rules, git)
    return replace(
        facts,
        annotated=tag.annotated or (published is not None and published.annotated),
        origin=published.commit if published else None,
        head=git.commit("HEAD") if options.manifests else None,
        branches=tuple(git.branches_with(tag.commit, ("*",))) if options.rules.branches else (),
        bad_signature=_bad_signature(tag, git) if options.rules.signed else None,
    )


def _published(tag: Tag, rules: Rules, git: Git) -> Tag | None:
    """The tag as `origin` has it, asked only where a lightweight one may stand in an annotated one's place."""
    if tag.annotated or not (rules.annotated or rules.signed):
        return None
    return next((other for other in git.origin_tags() if other.name == tag.name), None)


def _bad_signature(tag: Tag, git: Git) -> str | None:
    signature = git.signature(tag.name)
    return None if signature.good else " ".join(signature.detail.split()).removesuffix(".")


def _told(disagreements: Disagreements, version: Version) -> Sequence[Finding]:
    try:
        return disagreements(version)
    except ReleaseError as error:
        return error.findings


def run(options: Options, git: Git, disagreements: Disagreements) -> Outcome:
    """Decide, and report."""
    try:
        made = decide(options, git, disagreements)
    except RefusedError as error:
        return Outcome(_refusal(options, error.findings), errors=error.findings)
    return Outcome(_report(made), made.outputs)


def _report(made: Decision) -> Report:
    version = made.version
    kind = f"a prerelease of the channel {version.channel.label}" if version.is_prerelease else "a stable release"
    latest = "becomes the latest release" if made.is_latest else f"is not the latest release; npm's dist-tag is {made.dist_tag}"
    since = f"The release before it is {made.previous.tag}." if made.previous else "No release comes before it."
    outputs = made.outputs
    spelt = tuple((label, outputs[name]) for label, name in (("NuGet", "nuget"), ("npm", "npm"), ("PyPI", "pypi")))
    return Report(
        f"{version.tag} is {kind}",
        (f"It is commit {made.commit[:12]}, and {latest}. {since}", Table(("Registry", "Version"), spelt)),
    )


def _refusal(options: Options, findings: Sequence[Finding]) -> Report:
    blocks: tuple[Block, ...] = ()
    if any(finding.rule == "tag-history" for finding in findings):
        blocks = ("Give the step with actions/checkout:", Verbatim(_CHECKOUT, "yaml"))
    return Report(f"{tagging.shown(options.tag)} is not a release", blocks)
