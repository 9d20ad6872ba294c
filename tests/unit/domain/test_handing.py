import pytest

from release_actions.domain import handing
from release_actions.errors import InputError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada <ada@example.invalid>", ("Ada", "ada@example.invalid")),
        ("  Ada Ünlü  <ada@example.invalid> ", ("Ada Ünlü", "ada@example.invalid")),
        ("bot[bot] <1+bot[bot]@example.invalid>", ("bot[bot]", "1+bot[bot]@example.invalid")),
    ],
)
def test_a_person_has_a_name_and_an_address(text: str, expected: tuple[str, str]) -> None:
    assert handing.person(text, "author") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ada",
        "<ada@example.invalid>",
        " <ada@example.invalid>",
        "Ada <>",
        "Ada <a b>",
        "Ada <a>\nX: y <b>",
        "A<d>a <a>",
        "Ada <a\0>",
        "Ada <a> b",
    ],
)
def test_what_is_no_person_is_refused_under_the_name_of_its_input(text: str) -> None:
    with pytest.raises(InputError) as caught:
        handing.person(text, "committer")
    assert caught.value.findings[0].rule == "input-value"
    assert "`committer`" in caught.value.findings[0].what


@pytest.mark.parametrize("name", ["bump", "release-actions/bump", "a.b/c_d", "v1.2.3+x=y", "a@b"])
def test_a_name_that_every_server_takes_is_a_branch(name: str) -> None:
    assert handing.branch(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        "/x",
        "x/",
        ".x",
        "x.",
        "x..y",
        "x//y",
        "x/.y",
        "x@{1}",
        "@",
        "x.lock",
        "x.lock/y",
        "x y",
        "x~1",
        "x:y",
        "x^",
        "x\n",
        "é",
        "x?",
        "x\\y",
    ],
)
def test_a_name_that_git_gives_a_meaning_to_is_no_branch(name: str) -> None:
    with pytest.raises(InputError) as caught:
        handing.branch(name)
    assert caught.value.findings[0].rule == "input-value"


def test_the_message_holds_the_version_and_ends_its_lines_as_git_does() -> None:
    assert handing.message(" {version}: it is {version}\r\n\r\nAll {of} it.\r\n", "1.2.3") == "1.2.3: it is 1.2.3\n\nAll {of} it."


@pytest.mark.parametrize("template", ["", " \r\n\t", "a\0b"])
def test_a_message_without_words_is_refused(template: str) -> None:
    with pytest.raises(InputError) as caught:
        handing.message(template, "1.2.3")
    assert caught.value.findings[0].rule == "input-value"
