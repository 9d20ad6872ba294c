"""A changelog's Unreleased section, closed byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_actions.domain.changelog import closed
from release_actions.errors import InputError, RefusedError

WHOLE = """# Changelog

<!-- ## [Unreleased] is where to write. -->

## [Unreleased]

### Added

- Rain, in `v1.4.0` of ümläut.

```markdown
## [1.4.0] - no heading
```

## [1.4.0] - 2026-01-05

- All of it.

[Unreleased]: https://example.invalid/acme/sdk/compare/v1.4.0...HEAD
[1.4.0]: https://example.invalid/acme/sdk/releases/tag/v1.4.0
"""
AFTER = WHOLE.replace("## [Unreleased]\n\n###", "## [Unreleased]\n\n## [1.5.0] - 2026-11-21\n\n###").replace(
    "[Unreleased]: https://example.invalid/acme/sdk/compare/v1.4.0...HEAD\n",
    "[Unreleased]: https://example.invalid/acme/sdk/compare/v1.5.0...HEAD\n"
    "[1.5.0]: https://example.invalid/acme/sdk/compare/v1.4.0...v1.5.0\n",
)


def close(text: str, version: str = "1.5.0", date: str = "2026-11-21") -> str:
    return closed(text.encode(), "CHANGELOG.md", version, date, f"v{version}").decode()


def test_entries_move_under_the_version_and_links_follow() -> None:
    assert close(WHOLE) == AFTER


def test_line_ends_and_byte_order_mark_stay() -> None:
    assert close("\ufeff" + WHOLE.replace("\n", "\r\n")) == "\ufeff" + AFTER.replace("\n", "\r\n")


def test_a_changelog_without_links_or_final_newline_gets_none() -> None:
    assert close("## Unreleased\n\n- x") == "## Unreleased\n\n## 1.5.0 - 2026-11-21\n\n- x"


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        ("# Changelog\n\n- x\n", "changelog-unreleased", None),
        ("```\n## [Unreleased]\n```\n- x\n", "changelog-unreleased", None),
        ("# Changelog\n\n## [Unreleased]\n\n### Added\n\n## [1.4.0]\n\n- x\n", "changelog-empty", 3),
        ("## [Unreleased]\n\n<!--\n- x\n-->\n", "changelog-empty", 1),
        ("## [Unreleased]\n\n- x\n\n## [1.5.0] - 2026-01-01\n\n- y\n", "changelog-version", 5),
        ("## [Unreleased]\n\n- x\n\n## 1.5.0\n", "changelog-version", 5),
    ],
)
def test_what_can_not_be_closed_is_refused_with_its_line(text: str, rule: str, line: int | None) -> None:
    with pytest.raises(RefusedError) as caught:
        close(text)
    (finding,) = caught.value.findings
    assert (finding.rule, finding.place and finding.place.line) == (rule, line)


def test_other_versions_that_start_alike_are_not_the_version() -> None:
    assert "## [1.5.0] - " in close("## [Unreleased]\n\n- x\n\n## [1.5.0-rc.1] - 2026-01-01\n\n## [1.5.01]\n")


@pytest.mark.parametrize("date", ["", "today", "2026-13-01", "21.11.2026", "2026-11-21\n## [9.9.9]"])
def test_a_date_is_a_date(date: str) -> None:
    with pytest.raises(InputError, match="input-value"):
        close(WHOLE, date=date)


@given(st.text("#[]Unrelasd -*\n\r`~<!>:x", max_size=80), st.text("-* x\n\r#[]:", max_size=40))
def test_only_lines_are_added(before: str, after: str) -> None:
    text = f"{before}\n## [Unreleased]\n- x\n{after}"
    try:
        done = close(text)
    except RefusedError:
        return
    at = next(index for index in range(len(done)) if not text.startswith(done[: index + 1]))
    assert done.endswith(text[at:])
