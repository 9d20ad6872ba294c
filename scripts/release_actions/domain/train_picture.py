"""A release train as a Gantt chart in Mermaid, which GitHub draws in job summaries. No text of others is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from release_actions.domain.train import DAY, Facts, Rules, Train

#: The most recent candidates of a train that are drawn.
_MOST = 12


def gantt(facts: Facts, rules: Rules) -> str:
    """The trains: each candidate from its tag to the next, the soaking of the last one, what is released, and the next cut.

    Empty when there is nothing to draw.
    """
    sections = [line for train in sorted(facts.trains, key=lambda one: one.version) for line in _section(train, facts, rules)]
    if facts.last_cut is not None and not any(train.is_under_way for train in facts.trains):
        due = max((facts.last_cut // DAY + rules.cadence_days) * DAY, facts.now)
        sections += ["    section Next", f"    cut :milestone, {_at(due)}, 0d"]
    if not sections:
        return ""
    return "\n".join(["gantt", "    dateFormat YYYY-MM-DD HH:mm", "    axisFormat %d %b", *sections])


def _section(train: Train, facts: Facts, rules: Rules) -> Iterator[str]:
    if not train.candidates:
        return
    yield f"    section {train.version}"
    shown = train.candidates[-_MOST:]
    for one, following in pairwise(shown):
        yield f"    rc.{one.version.number} :done, {_at(one.date)}, {_at(max(following.date, one.date + 60))}"
    last, soak = shown[-1], 0 if train.is_hotfix else rules.soak_days * DAY
    until = max(last.date + soak, last.date + 60)
    state = "done" if train.released else "crit" if train.offending or train.blockers else "active"
    yield f"    rc.{last.version.number} :{state}, {_at(last.date)}, {_at(until)}"
    name = "released" if train.released else "release, at the earliest"
    yield f"    {name} :milestone, {_at(max(until, facts.now if not train.released else until))}, 0d"


def _at(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
