import pytest
from hypothesis import given
from hypothesis import strategies as st

from release_actions.domain import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain äöü 日本 🎉", "plain äöü 日本 🎉"),
        ("\x1b[31mred\x1b[0m and \x9b1mbold", "red and bold"),
        ("tag\u202e3.2.1v", "tag\\u202e3.2.1v"),
        ("a\x00b\x08c\x7f\x85", "a\\u0000b\\u0008c\\u007f\\u0085"),
        ("half \udcff of a character", "half \\udcff of a character"),
        ("tab\tstays", "tab\tstays"),
        ("family 👨\u200d👩", "family 👨\u200d👩"),
    ],
)
def test_what_would_not_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible.visible(text) == shown


@given(st.text(st.characters(exclude_categories=[])))
def test_whatever_is_shown_can_be_written_down_and_holds_no_control(text: str) -> None:
    for line in visible.lines(text):
        assert line.encode().decode() == line
        assert not set(line) & {"\n", "\r", "\x1b", "\u2028", "\u202e"}


def test_a_line_is_one_and_not_too_long() -> None:
    assert visible.one_line("a\r\nb\n\nc\u2028d", 100) == "a b c d"
    assert visible.one_line("x" * 500, 10) == "xxxxxxxxx…"


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("日本", 4), ("e\u0301", 1), ("🎉", 2), ("", 0), ("a\u200bb", 2)])
def test_a_text_takes_as_many_columns_as_a_terminal_gives_it(text: str, columns: int) -> None:
    assert visible.width(text) == columns
