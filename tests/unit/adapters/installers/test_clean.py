"""What a failed installation means: not offered, or offered and of no use."""

import re
import sys
from pathlib import Path

import pytest
from tests import packed

from release_actions.adapters.installers import clean
from release_actions.domain.package import Ecosystem
from release_actions.errors import ReleaseError


@pytest.mark.parametrize(("said", "rule"), [("404 Not Found", "not-installable"), ("wrong checksum", "install-failed")])
def test_a_package_that_is_not_offered_is_told_from_one_that_is_of_no_use(tmp_path: Path, said: str, rule: str) -> None:
    package = packed.package(tmp_path, Ecosystem.NPM, "acme", "1.2.3")
    command = [sys.executable, "-c", f"raise SystemExit('{said} with secret-token')"]
    with pytest.raises(ReleaseError) as caught:
        clean.install(command, package, tmp_path, re.compile("404"), secrets={"TOKEN": "secret-token"})
    (finding,) = caught.value.findings
    assert (finding.rule, finding.what) == (rule, f"npm package acme 1.2.3 can't be installed:\n{said} with ***\n")


def test_a_program_that_fails_is_shown_with_what_it_said(tmp_path: Path) -> None:
    package = packed.package(tmp_path, Ecosystem.PYPI, "acme", "1.2.3")
    with pytest.raises(ReleaseError, match=r"(?s)is installed, but fails:\nthe reason.*\[smoke-failed\]"):
        clean.run([sys.executable, "-c", "raise SystemExit('the reason')"], package, tmp_path)
