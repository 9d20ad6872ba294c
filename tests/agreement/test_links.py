"""Links of the documentation lead somewhere: to a file of this repository, and to a heading that it has."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """The documentation; tests hold Markdown that is meant to be odd."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=TOP, capture_output=True, text=True, check=True).stdout.split("\n")
    return [TOP / name for name in listed if name and not name.startswith("tests/")]


def anchors(text: str) -> set[str]:
    """The headings by the names that GitHub gives them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)).lower().replace(" ", "-") for heading in headings}


def broken(page: Path, text: str) -> list[str]:
    """The links of the page that lead nowhere."""
    found = []
    for target, anchor in LINK.findall(FENCE.sub("", text)):
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            found.append(f"{target}#{anchor}")
    return found


def test_every_link_leads_somewhere() -> None:
    assert len(pages()) > 15
    assert {str(page.relative_to(TOP)): links for page in pages() if (links := broken(page, page.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize("link", ["docs/none.md", "docs/errors.md#no-such-rule", "#nowhere"])
def test_a_link_that_leads_nowhere_is_found(link: str) -> None:
    assert broken(TOP / "README.md", f"See [this]({link}) and [that](docs/errors.md#errors).") == [link if "#" in link else f"{link}#"]
