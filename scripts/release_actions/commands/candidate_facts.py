"""From branches and tags to the facts that the next step rests on. GitHub is asked only of what can matter."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from release_actions.commands import raising
from release_actions.commands.candidate_site import CUT_FROM, Site, train_of
from release_actions.commands.ports.branching import Mark
from release_actions.commands.ports.git import Tag
from release_actions.domain import sequence, train
from release_actions.domain.increments import Entry
from release_actions.domain.sequence import Past
from release_actions.domain.train import DAY, Blocker, Call, Candidate, Facts, Run, Train
from release_actions.domain.version import Channel, Version
from release_actions.errors import RefusedError

#: A tag that is older than this was not forgotten by a run that ended before it started the workflow.
_LATEST_START = 7 * DAY
#: GitHub runs no more jobs of one matrix.
_MOST_PROJECTS = 256


def facts(site: Site, started: Iterable[Run] = ()) -> Facts:
    """What the next step rests on; `started` are the workflows that this run has started, which GitHub may not show yet.

    Raises:
        ReleaseError: a release can't be told from the manifests or tags, or GitHub can't be asked.
    """
    trains = tuple(_asked(site, _train(site, branch)) for branch in site.refs.branches if site.options.branches.version_of(branch))
    is_free = not site.unmerged and not any(one.is_under_way for one in trains)
    return Facts(
        now=site.options.now,
        trains=trains,
        released=site.released[0] if site.released else None,
        last_cut=max((mark.date for version, mark in site.marks.items() if _is_cut(version, mark)), default=None),
        unmerged=site.unmerged,
        call=call(site) if is_free else None,
        waiting=tuple(_waiting(site, trains, {(run.workflow, run.tag) for run in started})),
    )


def require(site: Site) -> None:
    """Ask beforehand for what a run would miss only after it has pushed a tag.

    Raises:
        RefusedError, RegistryError: a project is not there (rule `candidate-projects`), or GitHub shows no such workflow
            (`candidate-permission`).
    """
    workflows, forge = site.options.workflows, site.world.forge
    if workflows.downstream:
        projects(site, "HEAD", site.development)
    for workflow in filter(None, (workflows.release, workflows.downstream)):
        if forge:
            forge.has_run(workflow, "", site.development)


def _is_cut(version: Version, mark: Mark) -> bool:
    """Whether the tag was made when a release branch was cut; of one that people made, its number says so."""
    return CUT_FROM in mark.words or (version.channel is Channel.RC and version.number == 1 and not train_of(mark))


def _train(site: Site, branch: str) -> Train:
    """The branch, as git alone shows it."""
    options, branches, tip = site.options, site.options.branches, site.refs.branches[branch]
    version = branches.version_of(branch)
    if version is None:
        raise ValueError(f"{branch} is no train")
    numbered = sorted(one for one in site.marks if one.core == version and one.channel is Channel.RC)
    reached = [one for one in numbered if site.has(tip, site.marks[one].commit)]
    candidates = tuple(Candidate(one, site.marks[one].commit, site.marks[one].date) for one in reached)
    last, final = candidates[-1].commit if candidates else None, site.marks.get(version)
    found = Train(
        branch,
        version,
        tip,
        Version(version.major, version.minor, version.patch, Channel.RC, 1 + max((one.number for one in numbered), default=0)),
        is_hotfix=branches.is_hotfix(branch),
        candidates=candidates,
        changed=tuple(site.world.branching.differing(last, tip)) if last and last != tip else (),
    )
    if final:
        home = tip if branches.is_trunk else site.stable
        late = not site.has(final.commit, tip) and (last is None or bool(found.changed))
        return replace(found, released=final.commit, stray=not site.has(home, final.commit), late=late)
    behind = bool(site.base) and not site.has(tip, site.base or "")
    merged = _merged(site, found) if behind and not branches.is_trunk else None
    ahead = site.base is None or not site.has(site.base, tip)
    return replace(found, ahead=ahead, behind=behind, merged=merged, offending=tuple(_offending(site, found, options.fixes.kinds)))


def _merged(site: Site, one: Train) -> str | None:
    """The commit of the stable branch that has the very content that the last candidate becomes by promotion.

    The changelog may be closed under another date: that of the day on which the pull request was made.
    """
    branching = site.world.branching
    trail = branching.trail(one.tip, site.stable)
    if one.candidate is None or not trail:
        return None
    tree = branching.tree(one.candidate.commit, site.promoted(one.candidate.commit, one.version))
    return next((commit for commit in reversed(trail) if {*branching.differing(commit, tree)} <= {site.options.changelog}), None)


def _offending(site: Site, one: Train, kinds: Sequence[str]) -> Iterator[Entry]:
    """The commits that are no fixes, since the branch was cut; on a hotfix, since it left what is released."""
    if one.is_hotfix:
        entries = _entries(site, site.base, one.tip)
    elif one.candidates:
        apart = {entry.name for entry in _entries(site, site.base, one.tip)}
        # What was given up, and cut once more, has candidates from before in its history.
        cut = next((each for each in reversed(one.candidates) if CUT_FROM in site.marks[each.version].words), one.candidates[0])
        entries = [entry for entry in _entries(site, cut.commit, one.tip) if entry.name in apart]
    else:
        return
    own = {candidate.commit for candidate in one.candidates}
    for entry in train.suspects([entry for entry in entries if entry.name not in own], kinds):
        if not _is_allowed(site, entry):
            yield entry


def _entries(site: Site, since: str | None, until: str) -> list[Entry]:
    return [Entry(commit.name, commit.subject, commit.body) for commit in site.world.git.commits(since, until)]


def _is_allowed(site: Site, entry: Entry) -> bool:
    fixes, forge = site.options.fixes, site.world.forge
    changed = site.world.branching.changed_by(entry.name) if fixes.paths else ()
    if changed and all(any(fnmatchcase(path, pattern) for pattern in fixes.paths) for path in changed):
        return True
    return bool(fixes.labels and forge and forge.labels(entry.name).intersection(fixes.labels))


def _asked(site: Site, one: Train) -> Train:
    """The train with what GitHub says of its candidate, if that can matter."""
    forge, options = site.world.forge, site.options
    if not (forge and one.candidate and one.is_tried_out):
        return one
    checks = tuple(forge.checks(one.candidate.commit)) if options.rules.checks else ()
    blockers: tuple[Blocker, ...] = tuple(forge.blockers(options.blocker)) if options.blocker else ()
    return replace(one, checks=checks, blockers=blockers)


def call(site: Site) -> Call:
    """What the development branch calls for.

    Raises:
        RefusedError: the manifests do not agree before the first release (rules of `targets.common`), or no version is in
            order (rules of `sequence.next_version`).
    """
    world, tags = site.world, [Tag(mark.name, mark.commit, annotated=bool(mark.words)) for mark in site.marks.values()]
    with world.branching.checked_out(site.development):
        raised = raising.from_commits(world.git, world.workspace(world.tree()), tags=tags)
    base = site.options.base
    if base and site.released:
        version, why = site.released[0].raised(base), f"The base is set: the {base} release after {site.released[0].tag}."
    elif raised.is_due:
        version, why = raised.version, raised.words()
    else:
        return Call(raised.words())
    return Call(why, sequence.next_version(version, Channel.RC, tuple(_past(site)), site.marks))


def _past(site: Site) -> Iterator[Past]:
    """The releases that the next one has to be higher than, if what is there now leads to them or comes from them."""
    floor = site.released[0] if site.released else None
    for version, mark in site.marks.items():
        if floor is None or version.core > floor or version == floor:
            yield Past(version, mark.source is not None, site.has(site.development, mark.source or mark.commit))


def _waiting(site: Site, trains: Sequence[Train], started: Collection[tuple[str, str]]) -> Iterator[Run]:
    """The workflows that have to run and did not. The projects are looked for only then, since GitHub is asked for some."""
    for workflow, version in _wanted(site, trains):
        if (workflow, version.tag) in started or _has_run(site, workflow, version.tag):
            continue
        inputs: tuple[tuple[str, str], ...] = ()
        if workflow == site.options.workflows.downstream:
            found = projects(site, f"refs/tags/{version.tag}", site.refs.tags[version.tag].commit)
            inputs = (("version", str(version)), ("projects", found))
        yield Run(workflow, version.tag, inputs)


def _wanted(site: Site, trains: Sequence[Train]) -> Iterator[tuple[str, Version]]:
    """The workflows that have to run, and the version: for every open candidate, and for the last release."""
    workflows = site.options.workflows
    for version in (one.candidate.version for one in trains if one.candidate and not one.released):
        if _is_fresh(site, version):
            yield from ((workflow, version) for workflow in (workflows.release, workflows.downstream) if workflow)
    if workflows.release and site.released and _is_fresh(site, site.released[0]):
        yield workflows.release, site.released[0]


def _is_fresh(site: Site, version: Version) -> bool:
    """Whether a train made the tag of late: what others tagged, they released."""
    mark = site.marks[version]
    return bool(train_of(mark)) and site.options.now - mark.date < _LATEST_START


def _has_run(site: Site, workflow: str, tag: str) -> bool:
    return site.world.forge is None or site.world.forge.has_run(workflow, tag, site.refs.tags[tag].commit)


def projects(site: Site, ref: str, commit: str) -> str:
    """The projects that have to build with the candidate at `ref`, which is `commit`, as JSON: a list for a matrix.

    Raises:
        RefusedError: a pattern finds no folder, or there are more projects than a matrix has jobs (rule `candidate-projects`).
    """
    folders = [pattern for pattern in site.options.projects if "@" not in pattern]
    others = [name.partition("@")[::2] for name in site.options.projects if "@" in name]
    here = [_project(path, site.options.repository, ref, path) for path in _found(site, commit, folders)]
    forge = site.world.forge
    there = [_project(name, name, forge.newest(name) if at == "latest" and forge else at, ".") for name, at in others]
    if len(here) + len(there) > _MOST_PROJECTS:
        what = f"{len(here) + len(there)} projects are to be tried with a candidate."
        raise RefusedError("candidate-projects", what, f"A matrix has {_MOST_PROJECTS} jobs at most: try several in one job.")
    return json.dumps([*here, *there], separators=(",", ":"))


def _project(name: str, repository: str, ref: str, path: str) -> dict[str, str]:
    return {"name": name, "repository": repository, "ref": ref, "path": path}


def _found(site: Site, commit: str, patterns: Sequence[str]) -> list[str]:
    """The folders of the commit that fit a pattern, part by part."""
    folders = site.world.branching.folders(commit) if patterns else ()
    found: list[str] = []
    for pattern in patterns:
        fitting = [folder for folder in folders if _fits(folder.split("/"), pattern.strip("/").split("/"))]
        if not fitting:
            what = f"The pattern `{pattern}` of `downstream` finds no folder in {commit[:12]}."
            raise RefusedError("candidate-projects", what, "Correct it: each part of a path has a pattern of its own, as in `examples/*`.")
        found += [folder for folder in fitting if folder not in found]
    return found


def _fits(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(parts) == len(patterns) and all(fnmatchcase(part, pattern) for part, pattern in zip(parts, patterns, strict=True))
