import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from release_actions.domain.report import Bullets, Report, Table, Verbatim, markdown, text

REPORT = Report(
    "Published 1.2.3",
    (
        "Everything is there.",
        Table(("Package", "Registry"), (("@acme/client", "npm"), ("Acme.Client", "NuGet"))),
        Bullets(("one", "two")),
        Verbatim("npm install @acme/client@1.2.3", "sh"),
    ),
)


def test_a_report_for_a_terminal_has_aligned_columns() -> None:
    assert text(REPORT) == (
        "Published 1.2.3\n===============\n\nEverything is there.\n\n"
        "Package       Registry\n------------  --------\n@acme/client  npm\nAcme.Client   NuGet\n\n"
        "- one\n- two\n\n    npm install @acme/client@1.2.3\n"
    )


def test_a_table_is_aligned_by_the_columns_that_a_terminal_shows() -> None:
    """Two for each of these characters, and none for a mark above one (UAX #11)."""
    table = Table(("Name", "Number"), (("東京", "1"), ("e\u0301", "2"), ("longer", "3")))
    assert text(Report("A", (table,))).split("\n\n")[1] == ("Name    Number\n------  ------\n東京    1\ne\u0301       2\nlonger  3\n")


def test_a_report_for_a_summary_is_markdown() -> None:
    assert markdown(REPORT) == (
        "## Published 1.2.3\n\nEverything is there.\n\n"
        "| Package | Registry |\n| --- | --- |\n| &#64;acme/client | npm |\n| Acme.Client | NuGet |\n\n"
        "- one\n- two\n\n```sh\nnpm install @acme/client@1.2.3\n```\n"
    )


TEXT = {"inline", "text", "text_special"}
HOSTILE = [
    "<script>x</script>",
    "[a](http://x)",
    "![a](http://x)",
    "*b*",
    "`c`",
    "| d |",
    "# e",
    "- f",
    "-",
    " - f",
    "7) g",
    "1. g",
    "a\n\n# h",
    "&lt;",
    "https://x.example",
    "~~~",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_plain_text_stays_plain(words: str) -> None:
    assert _tokens(markdown(Report(words, (words,)))) <= {"heading", "paragraph", *TEXT}
    assert _tokens(markdown(Report("x", (Bullets((words,)),)))) <= {"heading", "bullet_list", "list_item", "paragraph", *TEXT}
    assert _tokens(markdown(Report("x", (Table((words,), ((words,),)),)))) <= {
        "heading",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        *TEXT,
    }


@given(st.text(alphabet="`~\n abc<", max_size=40))
def test_verbatim_text_can_not_leave_its_block(content: str) -> None:
    (token,) = MarkdownIt().parse(markdown(Report("x", (Verbatim(content),))))[3:]
    assert (token.type, token.content.rstrip("\n")) == ("fence", content.rstrip("\n"))


def _tokens(source: str) -> set[str]:
    found = set()
    for token in MarkdownIt("commonmark").enable("table").parse(source):
        found.add(token.type.removesuffix("_open").removesuffix("_close"))
        found.update(child.type for child in token.children or ())
    return found
