"""Each step of a release train, carried out: commits made aside, then all refs moved by one push, or a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from release_actions.commands.candidate_site import CUT_FROM, TRAIN, Site
from release_actions.commands.ports.branching import Merge, Move
from release_actions.domain.candidate import Kind, Step
from release_actions.domain.notes import escaped
from release_actions.domain.train import Candidate, Run, Train
from release_actions.domain.version import Version
from release_actions.errors import InputError, RefusedError, ReleaseError
from release_actions.manifests import targets

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
#: The branches of pull requests, besides which everything is the users' own.
_OWN = "release-actions/"
_MERGE_COMMIT = "Create a merge commit: squashed, it would have to be merged again."


@dataclass(frozen=True)
class Done:
    """What became of a step, in a sentence. Not `is_done` when `origin` moved meanwhile; `waits` when people have to go on."""

    words: str
    is_done: bool = True
    waits: bool = False
    pull_request: str = ""


_LATE = Done("Somebody else was faster; looking again.", is_done=False)


def act(site: Site, step: Step) -> Done:
    """Carry out a step that is an act.

    Raises:
        RefusedError: `origin` or a rule forbids it, and no pull request helps.
        ToolError, RegistryError: git or GitHub can't do it.
    """
    match step:
        case Step(Kind.DISPATCH, run=Run() as run):
            return _dispatch(site, run)
        case Step(Kind.CUT, version=Version() as version):
            return _cut(site, version)
        case Step(Kind.HOTFIX, version=Version() as version):
            return _hotfix(site, version)
        case Step(Kind.MERGE_BACK, version=version):
            return _merge_back(site, version)
        case Step(kind, train=Train() as train) if kind in _ACTS:
            return _ACTS[kind](site, train)
    raise ValueError(f"{step.kind} is no act, or lacks what it is about")


def _dispatch(site: Site, run: Run) -> Done:
    if site.world.forge is None:
        raise ValueError("there is nobody to start it")
    site.world.forge.dispatch(run)
    return Done(f"{run.workflow} was started for {run.tag}.")


def _cut(site: Site, version: Version) -> Done:
    branch = f"{site.options.branches.release}{version.core}"
    commit = _with_version(site, site.development, version)
    moves = (Move(f"{_HEADS}{branch}", None, commit), _tagged(site, branch, version, commit, f"{CUT_FROM}{site.development}"))
    return _pushed(site, moves, f"{branch} was cut from {site.development[:12]}, with its first candidate {version.tag}.")


def _hotfix(site: Site, version: Version) -> Done:
    branch = f"{site.options.branches.hotfix}{version}"
    return _pushed(site, [Move(f"{_HEADS}{branch}", None, site.base)], f"{branch} begins at the last release. Push fixes onto it.")


def _respin(site: Site, train: Train) -> Done:
    """The next candidate; a pull request for an older one is closed by the end of its branch."""
    commit = _with_version(site, train.tip, train.next)
    old = [Move(f"{_HEADS}{branch}", site.refs.branches[branch], None) for branch in _own(site, train, Kind.PROMOTE)]
    moves = [Move(f"{_HEADS}{train.branch}", train.tip, commit), _tagged(site, train.branch, train.next, commit), *old]
    return _pushed(site, moves, f"{train.next.tag} was made of {train.branch}.")


def _catch_up(site: Site, train: Train) -> Done:
    base, branches = site.base or "", site.options.branches
    bears = train.candidate.version if train.candidate else None
    merged = _merged(site, train.tip, base, bears)
    missing = f"tag '{site.released[0].tag}'" if branches.is_trunk and site.released else f"branch '{branches.stable}'"
    subject = f"Merge {missing} into {train.branch}"
    return _merge(site, Kind.CATCH_UP, merged, Target(train.branch, train.tip, base, subject, str(train.version)))


def _merge_back(site: Site, version: Version | None) -> Done:
    theirs, branches = site.unmerged or "", site.options.branches
    merged = _merged(site, site.development, theirs, version, keep_higher=True)
    subject = f"Merge {version.tag if version else branches.stable} into {branches.development}"
    target = Target(branches.development, site.development, theirs, subject, str(version or branches.stable))
    return _merge(site, Kind.MERGE_BACK, merged, target)


@dataclass(frozen=True)
class Target:
    """A merge into `branch`, which is at `ours`; `name` is of the branch of a pull request, should one be needed."""

    branch: str
    ours: str
    theirs: str
    subject: str
    name: str


def _merge(site: Site, kind: Kind, merged: Merge, target: Target) -> Done:
    if merged.conflicts:
        files = "\n".join(f"- {escaped(path)}" for path in merged.conflicts[:50])
        body = f"Both sides changed:\n\n{files}\n\nResolve the conflicts here. {_MERGE_COMMIT}"
        return _proposed(site, kind, target, target.theirs, body)
    commit = site.world.branching.commit(merged.tree, [target.ours, target.theirs], f"{target.subject}\n", site.options.now)
    if site.options.by_request and kind is not Kind.CATCH_UP:  # the train's own branch is the train's to push
        return _proposed(site, kind, target, commit, _MERGE_COMMIT)
    try:
        return _pushed(site, [Move(f"{_HEADS}{target.branch}", target.ours, commit)], f"{target.subject}: done.")
    except RefusedError as error:
        return _instead(site, error, kind, target, commit)


def _merged(site: Site, ours: str, theirs: str, version: Version | None, *, keep_higher: bool = False) -> Merge:
    """The merge; where both sides changed their versions, which alone is no conflict, with one version in both.

    It is `version`, or with `keep_higher` that of `ours` when this one is higher, as where the next version was set already.
    """
    merged = site.world.branching.merge(ours, theirs)
    if not merged.conflicts or version is None:
        return merged
    try:
        wanted = max(version, _borne(site, ours) or version) if keep_higher else version
        again = site.world.branching.merge(_aligned(site, ours, wanted), _aligned(site, theirs, wanted))
    except ReleaseError:  # a manifest can't be read or bear it; people see the conflict
        return merged
    return merged if again.conflicts else again


def _aligned(site: Site, commit: str, version: Version) -> str:
    """A commit on top of this one whose manifests bear the version, to be merged and thrown away."""
    tree = site.world.branching.tree(commit, site.versioned(commit, version))
    return site.world.branching.commit(tree, [commit], f"Version {version}\n", site.options.now)


def _borne(site: Site, commit: str) -> Version | None:
    """The version that the manifests of the commit agree on."""
    with site.world.branching.checked_out(commit):
        try:
            return targets.common(site.world.workspace(site.world.tree()))
        except RefusedError:
            return None


def _promote(site: Site, train: Train) -> Done:
    """Merge the candidate, with the release's version, and tag the merge; where there is one branch alone, tag without a merge."""
    candidate, branching, branches = _candidate(train), site.world.branching, site.options.branches
    tree = branching.tree(candidate.commit, site.promoted(candidate.commit, train.version))
    final = branching.commit(tree, [train.tip], f"Version {train.version}\n", candidate.date)
    if branches.is_trunk:
        moves = [Move(f"{_HEADS}{train.branch}", train.tip, final), _tagged(site, train.branch, train.version, final)]
        return _pushed(site, moves, f"{train.version.tag} was made of {candidate.version.tag}, on {train.branch}.")
    subject = f"Release {train.version}"
    target = Target(branches.stable, site.stable, final, subject, str(train.version))
    if site.options.by_request:
        return _proposed(site, Kind.PROMOTE, target, final, _promotion(train, candidate))
    merge = branching.commit(tree, [site.stable, final], f"{subject}\n", site.options.now)
    moves = [Move(f"{_HEADS}{branches.stable}", site.stable, merge), _tagged(site, train.branch, train.version, merge)]
    try:
        return _pushed(site, moves, f"{train.version.tag} is on {branches.stable}, with the content of {candidate.version.tag}.")
    except RefusedError as error:
        return _instead(site, error, Kind.PROMOTE, target, final, _promotion(train, candidate))


def _promotion(train: Train, candidate: Candidate) -> str:
    return (
        f"{candidate.version.tag} has stood its test. This holds its very content, with the version {train.version}.\n\n"
        f"Once it is merged, the next run tags it {train.version.tag}, starts the release, and merges it back."
    )


def _candidate(train: Train) -> Candidate:
    if train.candidate is None:
        raise ValueError(f"{train.branch} has no candidate")
    return train.candidate


def _tag(site: Site, train: Train) -> Done:
    commit = train.merged or ""
    return _pushed(site, [_tagged(site, train.branch, train.version, commit)], f"{train.version.tag} was put on {commit[:12]}.")


def _clean_up(site: Site, train: Train) -> Done:
    """Delete the branch, and those of the pull requests that it needed; what forbids it stops nothing."""
    own = [branch for kind in Kind for branch in _own(site, train, kind)]
    moves = [Move(f"{_HEADS}{branch}", site.refs.branches[branch], None) for branch in (train.branch, *own)]
    try:
        return _pushed(site, moves, f"{train.branch} was deleted: all of it is in {train.version.tag}.")
    except RefusedError as error:
        return Done(f"{train.branch} was not deleted: {error.findings[0].what} Delete it by hand.", waits=True)


def _own(site: Site, train: Train, kind: Kind) -> list[str]:
    """The branch of a pull request of this kind for the train, if it is there."""
    return [name for name in (f"{_OWN}{kind}-{train.version}",) if name in site.refs.branches]


def _with_version(site: Site, commit: str, version: Version) -> str:
    """A candidate on top of the commit, unless its release could not close the changelog: another fix would soak once more."""
    site.closed(commit, version.core)
    tree = site.world.branching.tree(commit, site.versioned(commit, version))
    return site.world.branching.commit(tree, [commit], f"Version {version}\n", site.options.now)


def _tagged(site: Site, branch: str, version: Version, commit: str, more: str = "") -> Move:
    """The version's tag; what its annotation says, later runs read."""
    what = f"Candidate {version.number} for {version.core}" if version.is_prerelease else f"Release {version}"
    words = "\n".join((what, "", f"{TRAIN}{branch}", more)).rstrip()
    return Move(f"{_TAGS}{version.tag}", None, site.world.branching.annotate(version.tag, commit, words, site.options.now))


def _pushed(site: Site, moves: Sequence[Move], words: str) -> Done:
    return Done(words) if site.world.branching.push(moves) else _LATE


def _instead(site: Site, error: RefusedError, kind: Kind, target: Target, commit: str, body: str = "") -> Done:
    """A pull request, where a rule lets nobody push."""
    if error.findings[0].rule != "push-refused" or site.world.requests is None:
        raise error
    return _proposed(site, kind, target, commit, body or _MERGE_COMMIT)


def _proposed(site: Site, kind: Kind, target: Target, commit: str, body: str) -> Done:
    """A pull request for the commit, opened or brought up to date; commits that people pushed onto its branch stay."""
    if site.world.requests is None:
        what = f"“{target.subject}” needs a pull request, and there is no GitHub to open it on."
        raise InputError("candidate-proposal", what, "Set `github-token` and `repository`, or do it by hand.")
    branch = f"{_OWN}{kind}-{target.name}"
    there = site.refs.branches.get(branch)
    is_behind = there is None or (there != commit and site.has(commit, there))
    if is_behind and not site.world.branching.push([Move(f"{_HEADS}{branch}", there, commit)]):
        return _LATE
    address = site.world.requests.propose(branch, target.branch, target.subject, body)
    return Done(f"“{target.subject}” waits for its pull request: {address}", waits=True, pull_request=address)


_ACTS = {Kind.CATCH_UP: _catch_up, Kind.RESPIN: _respin, Kind.PROMOTE: _promote, Kind.TAG: _tag, Kind.CLEAN_UP: _clean_up}
