"""Set one version in every manifest of a repository, or check that all bear it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from release_actions.commands import bumped, grouping, handing, locking, raising
from release_actions.commands import workspace as workspaces
from release_actions.commands.bumped import Change, Plan
from release_actions.commands.handing import World
from release_actions.commands.ports.git import Git
from release_actions.commands.ports.tree import Tree
from release_actions.commands.raising import Raised
from release_actions.domain import changelog
from release_actions.domain.config import Config
from release_actions.domain.handing import HandOver
from release_actions.domain.report import Outcome, markdown
from release_actions.domain.version import Channel, Level, Version
from release_actions.errors import Finding, InputError, RefusedError
from release_actions.manifests import targets
from release_actions.manifests.edit import Edit
from release_actions.manifests.workspace import Workspace


@dataclass(frozen=True)
class Options:
    """What to set: `version` is exact, a level, or empty for a check of whether all manifests agree with each other.

    With `from_commits` it is empty, and the commits since the last release decide. `channel` is where `prerelease`
    starts a row. `files` are declared files besides those of the configuration. `changelog` is the path of the changelog
    whose Unreleased section is closed with `date` (YYYY-MM-DD), if any. `group` is the only one to bump; empty is all that
    belongs to none.
    """

    version: str
    channel: Channel = Channel.BETA
    check: bool = False
    allow_downgrade: bool = False
    files: tuple[str, ...] = ()
    from_commits: bool = False
    hand_over: handing.Options = field(default_factory=handing.Options)
    changelog: str = ""
    date: str = ""
    group: str = ""


def run(options: Options, git: Git, tree: Tree, config: Config, world: World | None = None) -> Outcome:
    """Observe the manifests, decide what each has to say, write it unless this is a check, hand it over, and report."""
    whole = workspaces.read(git, tree, replace(config, files=(*config.files, *options.files)))
    workspace = grouping.chosen(whole, options.group)
    plan = _grouped(whole, decide(workspace, options, _from_commits(workspace, options, git, config)), options)
    plan = locking.locked(plan, whole, tree)
    if options.check:
        return _checked(workspace, plan)
    closed = _changelog(options, plan, tree)
    findings = plan.findings or _in_the_way(options, plan, git)
    if findings:
        heading = "bump: refused, nothing is changed"
        return Outcome(bumped.report(heading, workspace.manifests, plan), bumped.outputs(plan), findings)
    report = bumped.report(bumped.title(plan), workspace.manifests, plan)
    if closed:
        report = replace(report, blocks=(*report.blocks, f"The changes in {options.changelog} are under {plan.version} now."))
    files = {**locking.contents(plan.changes, tree), **closed}
    if options.hand_over.how is HandOver.NONE or not files:
        tree.replace(files)
        return Outcome(report, bumped.outputs(plan, files=files), warnings=plan.stale)
    words = markdown(replace(report, blocks=(bumped.invitation(grouping.tag(options.group, plan.version)), *report.blocks)))
    wanted = handing.Bumped(files, str(plan.version), grouping.tag(options.group, plan.version), words)
    done = handing.hand_over(options.hand_over, git, tree, world or World(), wanted)
    return Outcome(replace(report, blocks=(done.words(), *report.blocks)), bumped.outputs(plan, done, files), warnings=plan.stale)


def _grouped(whole: Workspace, plan: Plan, options: Options) -> Plan:
    """`plan` with the groups that have to follow it, or with what keeps the one that is bumped from it."""
    if options.group:
        return replace(plan, findings=(*plan.findings, *grouping.refusals(whole, options.group, plan.version)))
    if options.check:
        return plan
    for part in grouping.followers(whole, plan.version):
        following = decide(part, replace(options, version=str(plan.version), from_commits=False))
        plan = replace(plan, changes=(*plan.changes, *following.changes), findings=(*plan.findings, *following.findings))
    return plan


def _in_the_way(options: Options, plan: Plan, git: Git) -> tuple[Finding, ...]:
    if options.hand_over.how is HandOver.NONE or not plan.changes:
        return ()
    files = (*plan.files, options.changelog) if options.changelog else plan.files
    return handing.refusals(options.hand_over, files, grouping.tag(options.group, plan.version), git)


def _changelog(options: Options, plan: Plan, tree: Tree) -> Mapping[str, bytes]:
    """The changelog with its Unreleased section closed, unless there is nothing to bump: then it was closed before."""
    if not options.changelog or not plan.changes or plan.version.is_prerelease:
        return {}
    path = options.changelog
    return {path: changelog.closed(tree.read(path), path, str(plan.version), options.date, grouping.tag(options.group, plan.version))}


def _from_commits(workspace: Workspace, options: Options, git: Git, config: Config) -> Raised | None:
    if not options.from_commits:
        return None
    if options.version or options.check:
        other = "version" if options.version else "check"
        what = f"The input `from` is `{raising.COMMITS}`, and `{other}` is set too."
        raise InputError("input-conflict", what, "Set only one of them: the commits decide the version, and it is then set.")
    return raising.from_commits(git, workspace, grouping.tag_prefix(options.group), grouping.pathspecs(config, options.group))


def decide(workspace: Workspace, options: Options, raised: Raised | None = None) -> Plan:
    """What has to change, and whether it may; `raised` is the version that the commits call for.

    Raises:
        RefusedError: the version can't be told from the manifests (rules of `targets.common`).
        InputError: the input `version` is missing or unreadable (rule `input-version`).
    """
    if raised and not raised.is_due:
        return Plan(raised.version, _previous(workspace), (), (), raised)
    version = raised.version if raised else _version(workspace, options)
    if not options.check and not any(manifest.versions or manifest.dependencies for manifest in workspace.manifests):
        raise targets.missing()
    changes, findings = [], list(() if options.check or options.allow_downgrade else _downgrades(workspace, version))
    for target in targets.targets(workspace, version):
        if isinstance(target, Finding):
            findings.append(target)
        elif target.text is not None and target.text != target.site.text:
            changes.append(Change(target.manifest, Edit(target.site, target.text)))
    return Plan(version, _previous(workspace), tuple(changes), tuple(findings), raised)


def _version(workspace: Workspace, options: Options) -> Version:
    if options.version in set(Level):
        if options.check:
            raise _unusable(options.version, "A check compares; it takes an exact version, or none.")
        return targets.common(workspace).raised(Level(options.version), options.channel)
    if options.version:
        return _exact(options.version)
    if not options.check:
        raise _unusable("", "Set it to an exact version such as 1.2.3, or to major, minor, patch or prerelease.")
    return targets.prevalent(workspace)


def _unusable(version: str, remedy: str) -> InputError:
    return InputError("input-version", f"The input `version` is `{version}`." if version else "The input `version` is empty.", remedy)


def _exact(text: str) -> Version:
    if re.match(r"[vV][0-9]", text):
        raise _unusable(text, "Leave out the `v`.")
    return Version.parse(text)


def _previous(workspace: Workspace) -> Version | None:
    try:
        return targets.common(workspace)
    except RefusedError:
        return None


def _downgrades(workspace: Workspace, version: Version) -> Iterable[Finding]:
    for one in workspace.stated:
        if one.version and one.version > version:
            remedy = "Give a higher version, or set `allow-downgrade`."
            yield Finding("version-downgrade", f"The file bears {one.text}, which is higher than {version}.", remedy, one.place)


def versioned(workspace: Workspace, version: Version, tree: Tree) -> Mapping[str, bytes]:
    """What the files hold with this version, whatever they bear now; only those that change.

    Raises:
        RefusedError: a file can't bear the version.
        ManifestError: a file has changed since it was read.
    """
    plan = locking.locked(decide(workspace, Options(str(version), allow_downgrade=True)), workspace, tree)
    if plan.findings:
        raise RefusedError.of(plan.findings)
    return locking.contents(plan.changes, tree)


def _checked(workspace: Workspace, plan: Plan) -> Outcome:
    findings = (*targets.disagreements(workspace, plan.version), *grouping.drifted(workspace))
    findings += tuple(finding for finding in plan.findings if finding.rule == "group-line")
    places = f"bump: {bumped.count(findings, 'place')} disagree{'s' * (len(findings) == 1)}" if findings else "bump: all manifests agree"
    return Outcome(bumped.report(f"{places} with {plan.version}", workspace.manifests, plan), bumped.outputs(plan), findings)
