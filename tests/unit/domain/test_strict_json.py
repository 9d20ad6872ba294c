import pytest

from release_actions.domain import strict_json


def test_json_is_read() -> None:
    assert strict_json.loads(b'{"a": [1, 2.5, true, null, "\\u00e4"]}') == {"a": [1, 2.5, True, None, "ä"]}


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a":' * 100_000, "9" * 5000, "NaN", "-Infinity", b"\xff", "{} {}"])
def test_nothing_but_a_value_error_says_that_it_is_none(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict_json.loads(text)
