"""Release notes: what they say, and what nobody can make them do."""

import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from release_actions.domain.commits import change
from release_actions.domain.notes import LONGEST, escaped, install_command, notes, sha256sums, size
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, File, Release
from release_actions.domain.version import Scheme, Version

ADDRESS = "https://github.com/acme/sdk"
HOSTILE = [
    "@everyone and @acme/owners, look",
    "&#64;everyone &commat;everyone",
    "</details><script>alert(1)</script>",
    "<!-- nothing after this",
    "`unclosed ```fence",
    "| a | b |",
    "[click](https://evil.example) ![x](https://evil.example/x.png)",
    "https://evil.example www.evil.example mailto:a@b.cd xmpp:a@b.cd",
    "# heading",
    "> quote",
    "- [ ] item",
    "* item",
    "+ item",
    "12) item",
    "---",
    "===",
    "    code",
    "$x$ ~~x~~ **x** __x__ ^x^",
    "::error::x ##[error]x",
    "octo/repo#5",
    "\u202egnp.exe",
    "a\r\n\r\n# b\u2028c\x1b[31m\x00",
    "\\@everyone \\<b\\>",
    "[^1]: x",
    "A" * 10_000,
]


def built(ecosystem: Ecosystem, name: str, version: str = "1.2.0", *files: str) -> BuiltPackage:
    digests = [(hashlib.sha256(file.encode()).hexdigest(), hashlib.sha512(file.encode()).hexdigest()) for file in files]
    return BuiltPackage(ecosystem, name, version, tuple(File(file, 1, *digest) for file, digest in zip(files, digests, strict=True)))


def release(*packages: BuiltPackage, version: str = "1.2.0") -> Release:
    return Release(Version.parse(version), "c" * 40, packages)


def rendered(markdown: str) -> "Page":
    page = Page()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))
    return page


class Page(HTMLParser):
    """The tags and the words of a page, as GitHub's own filters see them: after Markdown, with entities decoded."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_data(self, data: str) -> None:
        self.words += data


def test_changes_are_grouped_and_the_breaking_ones_come_first() -> None:
    changes = [change("fix: a"), change("Polish"), change("feat(api): b (#12)"), change("ci: c"), change("fix!: d", "BREAKING CHANGE: e f")]
    text = notes(release(), changes, ADDRESS, "v1.1.0")
    assert re.findall(r"^(?:##|-) .*$", text, re.MULTILINE) == [
        "## ⚠️ Breaking changes",
        "- d — e f",
        "## Features",
        rf"- **api:** b \([#12]({ADDRESS}/issues/12)\)",
        "## Fixes",
        "- a",
        "## Maintenance",
        "- c",
        "## Other changes",
        "- Polish",
    ]


def test_without_types_it_is_a_plain_list() -> None:
    text = notes(release(), [change("One"), change("Note: two"), change("Merge branch 'x'")], "", "v1.1.0")
    assert text == "## Changes\n\n- One\n- Note: two\n"


def test_merges_alone_are_better_than_nothing() -> None:
    assert "- Merge branch 'x'" in notes(release(), [change("Merge branch 'x'")], "", None)


def test_no_changes_are_said() -> None:
    assert notes(release(), [], "", "v1.1.0") == "No changes since v1.1.0.\n"
    assert notes(release(), [], "", None) == "No changes.\n"


def test_each_package_has_a_line_to_install_it_in_its_own_spelling() -> None:
    version = Version.parse("1.2.0-beta.4")
    packages = [built(eco, name, version.spelt(eco.scheme)) for eco, name in ((Ecosystem.PYPI, "acme-sdk"), (Ecosystem.NPM, "@acme/sdk"))]
    packages += [built(Ecosystem.NUGET, "Acme.Sdk", version.spelt(Scheme.SEMVER)), built(Ecosystem.NPM, "@acme/core", "1.2.0-beta.4")]
    text = notes(release(*packages, version="1.2.0-beta.4"), [], "", None)
    assert re.findall(r"^(?:NuGet|npm|PyPI):$|^(?:dotnet|npm|pip) .*$", text, re.MULTILINE) == [
        "NuGet:",
        "dotnet add package Acme.Sdk --version 1.2.0-beta.4",
        "npm:",
        "npm install @acme/sdk@1.2.0-beta.4",
        "npm install @acme/core@1.2.0-beta.4",
        "PyPI:",
        "pip install acme-sdk==1.2.0b4",
    ]


def test_a_line_to_install_runs_nothing_else() -> None:
    assert install_command(built(Ecosystem.NPM, "x; rm -rf $HOME\n`id`")) == "npm install 'x; rm -rf $HOME `id`@1.2.0'"


def test_digests_are_as_sha256sum_writes_them() -> None:
    packages = [built(Ecosystem.NPM, "b", "1.2.0", "b.tgz"), built(Ecosystem.NUGET, "a", "1.2.0", "a.nupkg")]
    sums = sha256sums(packages)
    assert sums == "".join(f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in ("a.nupkg", "b.tgz"))
    assert sums in notes(release(*packages), [], "", None)


@pytest.mark.parametrize(("previous", "path"), [("v1.1.0", "compare/v1.1.0...v1.2.0"), (None, "commits/v1.2.0")])
def test_the_full_list_is_linked(previous: str | None, path: str) -> None:
    assert notes(release(), [], ADDRESS, previous).endswith(f"**Full list of changes**: {ADDRESS}/{path}\n")


@pytest.mark.parametrize("subject", HOSTILE, ids=lambda subject: subject[:20])
@pytest.mark.parametrize("kind", ["", "feat: ", "unknown: "])
def test_a_hostile_subject_is_shown_and_does_nothing(subject: str, kind: str) -> None:
    page = rendered(notes(release(), [change(kind + subject), change("After")], ADDRESS, None))
    assert page.tags == ["h2", "ul", "li", "li", "p", "strong"] or page.tags == ["h2", "ul", "li", "h2", "ul", "li", "p", "strong"]
    assert page.links == []
    assert "After" in page.words


@pytest.mark.parametrize("subject", HOSTILE, ids=lambda subject: subject[:20])
def test_hostile_words_of_a_breaking_change_and_a_scope_do_nothing(subject: str) -> None:
    page = rendered(notes(release(), [change("feat(a)!: b", f"BREAKING CHANGE: {subject}"), change(f"fix({subject}): c")], "", None))
    assert set(page.tags) <= {"h2", "ul", "li", "strong"}
    assert acts(page.words) == []


def acts(words: str) -> list[str]:
    """What in a page's words GitHub would turn into a mention, a reference elsewhere or a link."""
    return re.findall(r"@[A-Za-z0-9]|/[\w.-]+#[0-9]|[A-Za-z]://|www\.[a-z]|(?:mailto|xmpp):[^\s\u200b]", words)


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*HOSTILE[:-1], "@", "#", "1", "/", "`", "\n", " ", "<", "&", ";", "[", "]("])).map("".join)
)
def test_no_text_at_all_acts(text: str) -> None:
    page = rendered(f"- {escaped(text)}\n- after\n")
    assert [tag for tag in page.tags if tag != "p"] == ["ul", "li", "li"]
    assert acts(page.words) == []


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=100))
def test_what_is_shown_is_what_was_written(text: str) -> None:
    page = rendered(escaped(text))
    assert page.words.rstrip("\n").replace("\u200b", "") == text.replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("Fix a thing (#12)", ["12"]),
        ("#1 and #2", ["1", "2"]),
        ("octo/repo#5", []),
        ("##3", []),
        ("&#38;", []),
        ("#0 #01", []),
        ("#12345678901", []),
        ("#1-x #2x", []),
        ("a#4", []),
    ],
)
def test_numbers_are_links_only_where_they_mean_this_repository(text: str, linked: list[str]) -> None:
    assert rendered(escaped(text, ADDRESS)).links == [f"{ADDRESS}/issues/{number}" for number in linked]


@pytest.mark.parametrize("subject", ["feat: " + "x" * 300, "feat: " + "😀" * 300, "@" * 300])
def test_notes_that_would_be_too_long_are_cut_and_say_so(subject: str) -> None:
    package = built(Ecosystem.NPM, "a", "1.2.0", "a.tgz")
    text = notes(release(package), [change(subject)] * 5000, ADDRESS, "v1.1.0")
    assert LONGEST * 0.9 < size(text) <= LONGEST
    assert re.search(r"… and [0-9]+ more changes: GitHub takes notes of at most 125,000 characters\.", text)
    assert "npm install a@1.2.0" in text
    assert text.endswith("compare/v1.1.0...v1.2.0\n")


def test_the_cut_counts_every_change() -> None:
    text = notes(release(), [change("feat: " + "x" * 100)] * 3000 + [change("fix: y")], "", None)
    more = re.search(r"and ([0-9]+) more", text)
    assert more is not None
    assert text.count("\n- ") + int(more[1]) == 3001


def test_thousands_of_packages_are_left_to_the_attached_files() -> None:
    packages = [built(Ecosystem.NPM, f"package-{number}", "1.2.0", f"package-{number}.tgz") for number in range(2000)]
    text = notes(release(*packages), [change("feat: a")], ADDRESS, None)
    assert size(text) < 1000
    assert "2000 packages; their names and digests are in `release.json` and `SHA256SUMS`." in text
