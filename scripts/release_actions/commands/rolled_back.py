"""What is said of a rollback: what was done, what only people can do, and how to go forward from here."""

from __future__ import annotations

import json

from release_actions.commands.rollback import ALREADY, DONE, FAILED, HAND, LATE, WOULD, RolledBack
from release_actions.domain import rollback as planning
from release_actions.domain.report import Block, Bullets, Outcome, Report, Table, Verbatim

SCHEMA = 1


def outcome(made: RolledBack, reason: str, dry_run: bool) -> Outcome:
    """The report and the outputs."""
    blocks: list[Block] = [_summary(made, dry_run)]
    if made.lines:
        rows = tuple((line.subject, line.where, line.what, line.result) for line in made.lines)
        blocks.append(Table(("What", "Where", "Step", "Result"), rows))
    if made.hands:
        items = tuple(f"{package.name} {package.version}: {page}" for package, page in made.hands)
        blocks += ["By hand, as an owner of each project: open the page, choose Yank, and give this reason.", Bullets(items)]
        blocks.append(Verbatim(planning.one_line(reason), "text"))
    if made.plan.forward:
        blocks += [_forward_words(made), Verbatim(f"git tag {made.plan.forward.tag}\ngit push origin {made.plan.forward.tag}", "sh")]
    title = f"rollback: {made.version}{' (a dry run)' if dry_run else ''}"
    return Outcome(Report(title, tuple(blocks)), _outputs(made), tuple(dict.fromkeys(made.errors)), tuple(dict.fromkeys(made.warnings)))


def _summary(made: RolledBack, dry_run: bool) -> str:
    if made.errors and not made.count(DONE, LATE):
        return "Nothing was done."
    if made.errors:
        return f"Not everything was done: {made.count(FAILED)} of {len(made.lines)} steps failed. Running again tries them again."
    if dry_run:
        return f"A dry run: {made.count(WOULD)} of {len(made.lines)} steps would be done, and nothing was."
    left = f" Left to people: {made.count(HAND)}." if made.hands else ""
    return f"{made.count(DONE, LATE)} of {len(made.lines)} steps were done; {made.count(ALREADY)} were so already.{left}"


def _forward_words(made: RolledBack) -> str:
    return (
        f"Nobody who has {made.version} installed is helped by this: only a higher version reaches them. Put the fault right"
        f" (for example by `git revert`), set version {made.plan.forward} with the action `bump`, merge, and release:"
    )


def _outputs(made: RolledBack) -> dict[str, str]:
    steps = [{"what": line.subject, "where": line.where, "step": line.what, "result": line.result} for line in made.lines]
    return {
        "version": str(made.version),
        "done": str(made.count(DONE, LATE)),
        "already": str(made.count(ALREADY)),
        "by-hand": str(len(made.hands)),
        "failed": str(made.count(FAILED)),
        "roll-forward": str(made.plan.forward or ""),
        "pull-request": made.pull_request,
        "report": json.dumps({"schema": SCHEMA, "version": str(made.version), "steps": steps}),
    }
