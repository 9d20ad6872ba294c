"""What a rehearsal refuses, and what it finds wrong."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests import packed

from rehearsal import course, npm, steps
from release_actions.commands.publish import Published
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Plan, Upload
from release_actions.errors import InputError, ToolError


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="path-missing"), steps.copy(tmp_path / "none", "", ()):
        pass


def test_a_second_run_that_uploads_something_is_a_defect(tmp_path: Path) -> None:
    package = packed.package(tmp_path, Ecosystem.NPM, "acme", "1.2.3")
    first = Published(packed.release(tmp_path, "1.2.3", package), Plan(), ())
    again = replace(first, plan=Plan(((Upload(package, package.files),),)))
    assert course._errors(first, (), first) == ()
    assert [finding.rule for finding in course._errors(first, (), again)] == ["not-idempotent"]


def test_a_registry_that_does_not_start_is_told_with_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!{sys.executable}\nraise SystemExit('the reason')\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    running = npm._running(Path("verdaccio"), tmp_path / "config.yaml", {"PATH": os.environ["PATH"]})
    with pytest.raises(ToolError, match=r"(?s)does not start:\nthe reason.*\[rehearsal-registry\]"), running:
        pass
