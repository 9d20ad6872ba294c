import pytest

from release_actions.domain.distributions import same_version, version_of


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("acme_sdk-1.2.3-py3-none-any.whl", "1.2.3"),
        ("Acme.SDK-1.2.3b4.tar.gz", "1.2.3b4"),
        ("acme-sdk-1.2.3.zip", "1.2.3"),
        ("acme_sdk-1.2.3.dev7-1-cp312-cp312-manylinux_2_17_x86_64.whl", "1.2.3.dev7"),
        ("acme_sdk_extra-1.2.3-py3-none-any.whl", None),
        ("acme_sdk-nonsense.whl", None),
        ("acme_sdk-1.2.3.exe", None),
        (f"acme_sdk-1.{'9' * 5000}.tar.gz", None),
        ("", None),
    ],
)
def test_a_file_belongs_to_the_release_that_its_name_says(name: str, version: str | None) -> None:
    assert version_of(name, "acme-sdk") == version


def test_spellings_of_one_version_are_one_version() -> None:
    assert same_version("1.2.3b4", "1.2.3-beta.4")
    assert not same_version("1.2.3", "1.2.4")
    assert same_version("?", "?")
    assert not same_version("?", "1")
    assert not same_version("9" * 5000, "1")
