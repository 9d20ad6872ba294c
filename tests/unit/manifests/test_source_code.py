import pytest

from release_actions.errors import ManifestError
from release_actions.manifests.source_code import Kind, Language, Quotes, lexemes

GROOVY = Language(
    "Groovy",
    (Quotes('"""', '"""', code=r"\$\{", lines=True), Quotes('"', '"', code=r"\$\{"), Quotes("'", "'"), Quotes(r"\$/", r"/\$", r"\$[$/]")),
)
C_SHARP = Language("C#", (Quotes('@"', '"', '""', lines=True), Quotes('"', '"')))
NESTED = Language("Kotlin", (Quotes('"', '"'),), nested_comments=True)


def strings(code: str, language: Language) -> list[tuple[str, bool]]:
    return [(lexeme.text, lexeme.plain) for lexeme in lexemes("code", code.encode(), language) if lexeme.kind is Kind.STRING]


@pytest.mark.parametrize(
    ("code", "language", "expected"),
    [
        ("a 'x' // 'y'\n/* 'z' */ \"w\"", GROOVY, [("x", True), ("w", True)]),
        (r"'it\'s' 'x\\' 'y'", GROOVY, [(r"it\'s", False), (r"x\\", False), ("y", True)]),
        ('"""a"b\n""" "c"', GROOVY, [('a"b\n', True), ("c", True)]),
        ('"${f("}")} x" "y"', GROOVY, [('${f("}")} x', False), ("y", True)]),
        ('"${ /* } */ [1: {2}] }" "y"', GROOVY, [("${ /* } */ [1: {2}] }", False), ("y", True)]),
        ('$/a"$/b/$ "c"', GROOVY, [('a"$/b', False), ("c", True)]),
        ('@"a""b" @"c:\\" "d"', C_SHARP, [('a""b', False), ("c:\\", True), ("d", True)]),
        ('/* /* "a" */ "b" */ "c"', NESTED, [("c", True)]),
        ('/* /* "a" */ "b"', GROOVY, [("b", True)]),
        ('é "é" ü\u00a0"ü"', GROOVY, [("é", True), ("ü", True)]),
    ],
)
def test_strings_are_told_from_comments_and_from_what_is_in_them(code: str, language: Language, expected: list[tuple[str, bool]]) -> None:
    assert strings(code, language) == expected


def test_offsets_are_those_of_bytes_after_a_byte_order_mark() -> None:
    data = "\ufeffé\r\n= 'ü'".encode()
    token = lexemes("code", data, GROOVY)[-1].token
    assert (data[token.start : token.end].decode(), token.text, token.line) == ("ü", "ü", 2)


@pytest.mark.parametrize(
    ("code", "line"), [("a\n'x", 2), ("a 'x\n'", 1), ("\n\n/* x", 3), ('\n"${ a', 2), ('"${' * 2000, None), ('x\n"""y\n', 2)]
)
def test_what_does_not_end_is_an_error_where_it_starts(code: str, line: int | None) -> None:
    with pytest.raises(ManifestError) as caught:
        lexemes("code", code.encode(), GROOVY)
    (finding,) = caught.value.findings
    assert finding.rule == "manifest-syntax"
    assert finding.place is not None
    assert finding.place.line == line


def test_other_encodings_are_refused() -> None:
    with pytest.raises(ManifestError):
        lexemes("code", b"'\xff'", GROOVY)
