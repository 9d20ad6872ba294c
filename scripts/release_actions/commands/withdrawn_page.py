"""How a withdrawn release looks on GitHub: marked in its title and notes, no longer `latest`, and with all its files.

It becomes a prerelease, which GitHub never takes for the latest, rather than a draft: links to it and to its files go
on working, and an immutable release can't become a draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from release_actions.commands.ports.github import WITHDRAWN_MARK, ReleasePage
from release_actions.domain import notes
from release_actions.domain.rollback import one_line
from release_actions.domain.version import Channel, Version
from release_actions.errors import Finding, RefusedError

_WARNING = "> [!CAUTION]\n> **This release was withdrawn.**"


@dataclass(frozen=True)
class Pages:
    """The pages to write, in their order; why it can't be done; and the words for each that is as it should be."""

    rewrites: tuple[ReleasePage, ...] = ()
    conflicts: tuple[Finding, ...] = ()


def plan(page: ReleasePage, pages: Sequence[ReleasePage], previous: Version | None, reason: str) -> Pages:
    """How to withdraw `page`, one of `pages`; `previous` overrides which release becomes `latest`."""
    target, conflicts = _latest(page, pages, previous)
    heir = [replace(target, latest=True)] if target and not target.latest and (page.latest or previous) else []
    marked = _marked(page, reason, target.tag if target else "")
    # First the heir, so that there is a latest release at every moment.
    return Pages((*heir, *([marked] if marked != page else [])), conflicts)


def is_withdrawn(page: ReleasePage) -> bool:
    """Whether the page is marked so."""
    return page.title.endswith(WITHDRAWN_MARK)


def _marked(page: ReleasePage, reason: str, instead: str) -> ReleasePage:
    title = page.title if is_withdrawn(page) else f"{page.title}{WITHDRAWN_MARK}"
    advice = f" Use {instead} instead." if instead else ""
    warning = f"{_WARNING} {notes.escaped(one_line(reason))}{advice}\n\n"
    text = page.notes if page.notes.startswith(_WARNING) else f"{warning}{page.notes}"
    return replace(page, title=title, notes=text[: notes.LONGEST], prerelease=True, latest=False)


def _latest(page: ReleasePage, pages: Iterable[ReleasePage], previous: Version | None) -> tuple[ReleasePage | None, tuple[Finding, ...]]:
    """The release that is to be `latest`: the one that the user names, else the highest stable one that is good."""
    good = {version: one for one in pages if one.tag != page.tag and not is_withdrawn(one) and (version := _version(one.tag))}
    if previous:
        if previous in good:
            return good[previous], ()
        finding = Finding(
            "rollback-target-missing",
            f"GitHub shows no release {previous.tag} that was not withdrawn itself.",
            "Nothing was done. Set the input `previous` to a version that is there and good.",
        )
        return None, (finding,)
    stable = [version for version, one in good.items() if version.channel is Channel.STABLE and not one.prerelease]
    return (good[max(stable)] if stable else None), ()


def _version(tag: str) -> Version | None:
    try:
        return Version.parse(tag.removeprefix("v"))
    except RefusedError:
        return None
