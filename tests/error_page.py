"""The page of all rules, `docs/errors.md`, written from the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from tests import catalogue
from tests.catalogue import Site

TITLE = """# Errors

Generated from the source by `python3 tests/generate.py`.

Every error and warning ends with the name of its rule in brackets, such as `[tag-grammar]`; on a run's page it is the title.
The names are stable: what a name means does not change, and none is used for something else. Each stands here with what it
says, where ‹words› stand for what was seen, and with what to do. The exit code is 1 for whatever you can put right, and 2 for a
`defect` of the suite itself.
"""
#: Where a topic's rules are made; a rule that is made in several places belongs to the first topic that has one.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "Calling an action": ("release_actions/runner.py", "tag.py", "bump.py", "rollback.py", "release.py", "*/domain/package.py"),
    "Configuration": ("*/adapters/config.py", "*/manifests/patterns.py", "*/manifests/markers.py", "*/manifests/workspace.py"),
    "Versions and manifests": ("*/domain/version.py", "*/manifests/*", "*/adapters/tree.py", "*/commands/workspace.py"),
    "Tags and git": ("*/domain/tagging.py", "*/adapters/git.py", "*/commands/tag.py"),
    "Bumping and handing over": (
        *("*/commands/bump*.py", "*/commands/raising.py", "*/commands/grouping.py", "*/domain/changelog.py", "*/domain/handing.py"),
        *("*/commands/locking.py", "*/commands/handing.py", "*/adapters/upstream.py", "*/adapters/github_commits.py"),
    ),
    "Building": (
        *("*/commands/build.py", "*/commands/built.py", "*/commands/placing.py", "*/domain/artifacts.py", "*/domain/graph.py"),
        *("*/adapters/archives.py", "*/adapters/toolchains/*", "*/domain/release.py"),
    ),
    "Before publishing": ("*/domain/readiness.py", "*/commands/preflight.py", "*/adapters/source.py"),
    "Publishing without lasting tokens": ("*/adapters/identity.py", "*/registries/trusted.py"),
    "Publishing": ("*/domain/plan.py", "*/commands/uploads.py", "*/commands/p*.py", "*/commands/noted.py", "*/adapters/registries/*"),
    "Registries and the network": ("*/adapters/http.py",),
    "GitHub": ("*/adapters/github*.py", "*/commands/release.py"),
    "Prereleases by the clock": ("*/nightly*.py", "*/domain/sequence.py", "*/adapters/workbench.py"),
    "The release train": ("*/candidate*.py", "*/domain/train*.py", "*/adapters/branching.py"),
    "Verifying": ("*/commands/verify.py", "*/adapters/installers/*"),
    "Rolling back": ("*/rollback*.py", "*/commands/released.py", "*/commands/withdrawn_page.py"),
    "Tools and the environment": ("*/adapters/process.py", "*/adapters/session.py", "*/adapters/environments.py"),
    "Rehearsing": ("rehearsal/*",),
}
_DEPENDS = "It depends on the place; the message says it."


def page() -> str:
    """The text of the page."""
    rules = catalogue.rules()
    topics = {topic: [rule for rule, sites in rules.items() if _topic(sites) == topic] for topic in TOPICS}
    contents = "\n".join(f"- [{topic}](#{anchor(topic)}): {', '.join(f'[{rule}](#{rule})' for rule in topics[topic])}" for topic in TOPICS)
    parts = [TITLE, contents + "\n"]
    for topic, names in topics.items():
        parts += [f"## {topic}\n", *("\n".join(_section(rule, rules[rule])) + "\n" for rule in names)]
    return "\n".join(parts)


def of_action(name: str) -> dict[str, list[str]]:
    """The rules that the action of this name can break, by topic."""
    found: dict[str, list[str]] = {}
    for topic in TOPICS:
        rules = [rule for rule, sites in catalogue.rules().items() if _topic(sites) == topic and name in _entries(sites)]
        found |= {topic: rules} if rules else {}
    return found


def anchor(title: str) -> str:
    """Where on the page a heading is."""
    return title.lower().replace(" ", "-")


def _topic(sites: tuple[Site, ...]) -> str:
    """The rule's topic. Raises LookupError when no topic has the file."""
    for topic, patterns in TOPICS.items():
        if any(fnmatchcase(site.path, pattern) for site in sites for pattern in patterns):
            return topic
    raise LookupError(f"tests/error_page.py has no topic for {sites[0].path}")


def _section(rule: str, sites: tuple[Site, ...]) -> Iterator[str]:
    yield f"### {rule}\n"
    for what, remedy in dict.fromkeys((site.what, site.remedy) for site in sites):
        yield f"- {_escaped(what)}\\\n  → {_escaped(_DEPENDS if re.fullmatch('‹[^›]*›', remedy) else remedy)}"
    yield f"\n<sub>{_actions(sites)}</sub>"


def _actions(sites: tuple[Site, ...]) -> str:
    """Who can meet the rule, by what each action loads."""
    every = {entry for entries in catalogue.reach().values() for entry in entries}
    found = _entries(sites)
    names = ("the root action" if entry == "release" else f"`{entry}`" for entry in sorted(found))
    return "every action" if found == every else ", ".join(names)


def _entries(sites: tuple[Site, ...]) -> set[str]:
    """The actions that load one of the sites."""
    return {entry for site in sites for entry in catalogue.reach().get(site.path, ())}


def _escaped(words: str) -> str:
    """`words` as Markdown; what stands between backticks is code already."""
    parts = words.split("`")
    return "`".join(re.sub(r"([\\*<\[\]])", r"\\\1", part) if index % 2 == 0 else part for index, part in enumerate(parts))
