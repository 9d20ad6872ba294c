from __future__ import annotations

import pytest

from release_actions.domain.version import Version
from release_actions.manifests.go_retraction import retracted

GO_MOD = "module example.com/acme/sdk\n\ngo 1.24\n"


def retract(text: str, version: str = "1.3.0", reason: str = "It eats data.") -> str | None:
    return retracted(text, Version.parse(version), reason)


def test_the_directive_comes_at_the_end_with_the_reason_and_nothing_else_changes() -> None:
    assert retract(GO_MOD) == GO_MOD + "\nretract v1.3.0 // It eats data.\n"


def test_line_ends_and_a_missing_last_one_are_kept_to() -> None:
    assert retract("module a.example/b\r\n\r\ngo 1.24") == "module a.example/b\r\n\r\ngo 1.24\r\n\r\nretract v1.3.0 // It eats data.\r\n"


@pytest.mark.parametrize(
    "directive",
    [
        "retract v1.3.0",
        "retract v1.3.0 // why",
        "retract [v1.3.0, v1.3.0]",
        "retract (\n\tv1.2.0\n\tv1.3.0 // why\n)",
    ],
)
def test_what_is_retracted_is_left(directive: str) -> None:
    assert retract(f"{GO_MOD}\n{directive}\n") is None


def test_a_version_in_a_comment_or_of_a_dependency_is_none() -> None:
    assert retract(f"{GO_MOD}\n// retract v1.3.0\nrequire other.example/x v1.3.0\n") is not None


def test_done_twice_is_done_once() -> None:
    done = retract(GO_MOD)
    assert done is not None
    assert retract(done) is None


@pytest.mark.parametrize(
    ("module", "version", "is_its_own"),
    [
        ("example.com/a", "0.3.0", True),
        ("example.com/a", "2.0.0", False),
        ("example.com/a/v2", "2.0.0", True),
        ("example.com/a/v3", "2.0.0", False),
        ("gopkg.in/a.v2", "2.0.0", True),
        ('"example.com/a/v2"', "2.0.0", True),
        (f"example.com/a/v{'9' * 5000}", "2.0.0", False),
    ],
)
def test_only_a_module_of_that_major_version_retracts_it(module: str, version: str, is_its_own: bool) -> None:
    assert (retract(f"module {module}\n", version) is not None) is is_its_own


def test_a_reason_can_not_become_a_directive() -> None:
    made = retract(GO_MOD, reason="bad\nreplace a => b")
    assert made is not None
    assert made.splitlines()[-1] == "retract v1.3.0 // bad replace a => b"
