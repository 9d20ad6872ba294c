"""The catalogue of rules: it is all of them, each is declared, and each was broken by a test."""

import ast
import re
from types import SimpleNamespace
from typing import Any

import pytest
from tests import catalogue, error_page, provoked

from release_actions.domain.version import Version
from release_actions.errors import Finding, RefusedError


def sites(source: str) -> dict[str, tuple[str, str]]:
    return {rule: (site.what, site.remedy) for rule, site in catalogue.sites("a.py", ast.parse(source))}


def test_rules_are_in_kebab_case_and_say_what_is_wrong_and_what_to_do() -> None:
    rules = catalogue.rules()
    assert len(rules) > 150
    assert [rule for rule in rules if not re.fullmatch(r"[a-z]+(-[a-z]+)*", rule)] == []
    assert [(rule, site) for rule, found in rules.items() for site in found if not (site.what and site.remedy)] == []


def test_every_rule_has_one_section_to_which_a_link_leads() -> None:
    page = error_page.page()
    headings = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    anchors = [heading.lower().replace(" ", "-") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) <= set(anchors)
    assert set(catalogue.rules()) == set(re.findall(r"^### (.+)$", page, re.MULTILINE))
    assert all(re.search(rf"^## {topic}\n\n### ", page, re.MULTILINE) for topic in error_page.TOPICS)


def test_every_rule_is_of_an_action_or_of_a_rehearsal() -> None:
    reach = catalogue.reach()
    assert [site.path for found in catalogue.rules().values() for site in found if not reach.get(site.path)] == []
    assert reach["release_actions/runner.py"] == tuple(sorted({entry for entries in reach.values() for entry in entries}))
    assert "bump" not in reach["release_actions/commands/publish.py"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise RefusedError("a-b", f"`{name[:9]}` is {self.old}.", "Do.")', {"a-b": ("`‹name›` is ‹old›.", "Do.")}),
        ('Finding(rule="a", remedy="Do " + "it.", what="No.")', {"a": ("No.", "Do it.")}),
        ('def f():\n what = "No."\n return Finding("a", what, REMEDY)\nREMEDY = "Do."', {"a": ("No.", "Do.")}),
        ('def f(x):\n return Finding("a", "No." if x else f"{x}?", "Do.")', {"a": ("No. / ‹x›?", "Do.")}),
        (
            'def f(rule, what):\n return Finding(rule, f"It {what}.", "Do.")\ndef g():\n f("a", "is")\n f("b", f"{x} was")',
            {"a": ("It is.", "Do."), "b": ("It ‹x› was.", "Do.")},
        ),
    ],
)
def test_words_are_read_from_the_source_with_placeholders(source: str, found: dict[str, tuple[str, str]]) -> None:
    assert sites(source) == found


@pytest.mark.parametrize("source", ['Finding(f"a-{b}", "No.", "Do.")', 'def f(rule):\n return Finding(rule, "No.", "Do.")\nf(b)'])
def test_a_rule_that_is_computed_is_not_declared(source: str) -> None:
    with pytest.raises(catalogue.UndeclaredError, match=r"a\.py:\d+: the rule is no literal"):
        sites(source)


def test_a_rule_counts_as_broken_when_the_suite_says_so_and_not_when_a_test_does() -> None:
    with pytest.raises(RefusedError):
        Version.parse("nonsense")
    RefusedError("made-by-a-test", "No.", "Do.")
    Finding("made-by-a-test", "No.", "Do.")
    assert "version-grammar" in provoked.SEEN
    assert "made-by-a-test" not in provoked.SEEN


def test_a_rule_that_no_test_has_broken_is_named() -> None:
    everything = set(catalogue.rules())
    assert provoked.missing(everything) == []
    assert provoked.missing(everything - {"tag-moved", "flag"}) == ["flag", "tag-moved"]


def session(**changed: Any) -> Any:
    options = SimpleNamespace(keyword=changed.get("keyword", ""), markexpr="", collectonly=False)
    source = pytest.Config.ArgsSource.ARGS if changed.get("args") else pytest.Config.ArgsSource.TESTPATHS
    return SimpleNamespace(config=SimpleNamespace(option=options, args_source=source), testsfailed=changed.get("failed", 0))


def test_only_a_whole_run_proves_that_a_rule_is_never_broken() -> None:
    assert provoked.is_whole(session())
    assert not any(provoked.is_whole(session(**one)) for one in ({"keyword": "tag"}, {"args": True}, {"failed": 1}))
