"""The action `tag` as its step runs it: inputs by INPUTS, outputs by the runner's files, a real repository around it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests import actions_runner, repositories
from tests.repositories import Repository

pytestmark = pytest.mark.e2e

TOP = Path(__file__).parents[2]
DEFAULTS = {
    name: declared["default"]
    for name, declared in yaml.safe_load(TOP.joinpath("actions/tag/action.yml").read_text("utf-8"))["inputs"].items()
}


@dataclass(frozen=True)
class Step:
    """What a step left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def errors(self) -> list[str]:
        """The rules of the errors that the run's page shows."""
        return [dict(command.properties)["title"] for command in actions_runner.commands(self.log) if command.name == "error"]

    @property
    def messages(self) -> str:
        """What these errors say."""
        return "\n".join(command.message for command in actions_runner.commands(self.log) if command.name == "error")


def step(repository: Repository, ref: str = "", **inputs: str) -> Step:
    """Run the script in this repository as the runner would for the pushed `ref`."""
    files = repository.folder.parent / "runner"
    files.mkdir(exist_ok=True)
    output, summary = files / "output", files / "summary"
    for file in (output, summary):
        file.write_text("")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(files),
        "INPUTS": json.dumps(DEFAULTS | {name.replace("_", "-"): value for name, value in inputs.items()}),
        "GITHUB_ACTIONS": "true",
        "GITHUB_REF": ref,
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-X", "utf8", TOP / "scripts/tag.py"],
        cwd=repository.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode != 2, done.stdout
    return Step(done.returncode, done.stdout, actions_runner.outputs(output.read_text("utf-8")), summary.read_text("utf-8"))


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """A repository with a manifest, and releases v1.4.0 and v1.5.0-beta.1."""
    repository = repositories.made(tmp_path / "origin")
    for version in ("1.4.0", "1.5.0-beta.1"):
        repository.write("package.json", json.dumps({"name": "weather", "version": version}))
        repository.commit(f"Release {version}")
        repository.git("tag", "--annotate", f"--message={version}", f"v{version}")
    return repository


@pytest.mark.parametrize("options", [(), ("--depth=1",), ("--depth=1", "--branch=v1.5.0-beta.1")])
def test_the_pushed_tag_of_any_checkout_is_judged_alike(origin: Repository, tmp_path: Path, options: tuple[str, ...]) -> None:
    clone = origin.cloned(tmp_path / "clone", *options)
    done = step(clone, "refs/tags/v1.5.0-beta.1")
    assert done.code == 0, done.log
    assert done.outputs == {
        "version": "1.5.0-beta.1",
        "major": "1",
        "minor": "5",
        "patch": "0",
        "prerelease": "true",
        "channel": "beta",
        "nuget": "1.5.0-beta.1",
        "npm": "1.5.0-beta.1",
        "pypi": "1.5.0b1",
        "dist-tag": "beta",
        "is-latest": "false",
        "previous-tag": "v1.4.0",
        "commit": origin.git("rev-parse", "HEAD"),
    }
    assert done.errors == []
    assert "prerelease of the channel beta" in done.summary


def test_the_default_checkout_of_a_pushed_annotated_tag_is_judged(origin: Repository, tmp_path: Path) -> None:
    clone = repositories.checked_out(origin, tmp_path / "clone", "v1.5.0-beta.1")
    done = step(clone, "refs/tags/v1.5.0-beta.1", annotated="true")
    assert done.code == 0, done.log
    assert done.outputs["previous-tag"] == "v1.4.0"


def test_a_lightweight_tag_is_told_from_one_that_the_checkout_replaced(origin: Repository, tmp_path: Path) -> None:
    origin.git("tag", "v1.5.0-beta.2", "HEAD")
    clone = repositories.checked_out(origin, tmp_path / "clone", "v1.5.0-beta.2")
    done = step(clone, "refs/tags/v1.5.0-beta.2", annotated="true", manifests="false")
    assert done.errors == ["tag-annotated"]
    full = origin.cloned(tmp_path / "full")
    full.git("tag", "--force", "v1.5.0-beta.1", "v1.5.0-beta.1^{commit}")
    assert step(full, "refs/tags/v1.5.0-beta.1", annotated="true", newer="off").code == 0


def test_a_shallow_checkout_behind_its_branch_says_exactly_what_to_change(origin: Repository, tmp_path: Path) -> None:
    origin.commit("main moves on")
    clone = repositories.checked_out(origin, tmp_path / "clone", "v1.5.0-beta.1")
    done = step(clone, "refs/tags/v1.5.0-beta.1")
    assert done.errors == ["tag-history"]
    assert "with:\n  fetch-depth: 0" in done.summary
    assert done.outputs == {}
    assert step(clone, "refs/tags/v1.5.0-beta.1", branches="").code == 0
    clone.git("fetch", "--quiet", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*")
    assert step(clone, "refs/tags/v1.5.0-beta.1").code == 0


def test_a_shallow_checkout_whose_origin_is_gone_says_what_to_change(origin: Repository, tmp_path: Path) -> None:
    clone = repositories.checked_out(origin, tmp_path / "clone", "v1.5.0-beta.1")
    clone.git("remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    done = step(clone, "refs/tags/v1.5.0-beta.1")
    assert (done.code, done.errors, done.outputs) == (1, ["origin-unreachable"], {})
    assert "fetch-depth: 0" in done.messages


def test_a_tag_that_moved_at_origin_is_refused(origin: Repository, tmp_path: Path) -> None:
    clone = repositories.checked_out(origin, tmp_path / "clone", "v1.5.0-beta.1")
    origin.commit()
    origin.git("tag", "--force", "v1.5.0-beta.1")
    assert step(clone, "refs/tags/v1.5.0-beta.1").errors == ["tag-checkout"]
    full = origin.cloned(tmp_path / "full")
    full.git("tag", "--force", "v1.5.0-beta.1", "v1.4.0^{commit}")
    assert step(full, "refs/tags/v1.5.0-beta.1", annotated="true", manifests="false").errors == ["tag-moved", "tag-annotated"]


def test_a_tag_on_another_branch_is_refused(origin: Repository) -> None:
    origin.git("switch", "--quiet", "--create", "feature/rain")
    origin.commit()
    origin.git("tag", "v1.5.0-beta.2")
    done = step(origin, tag="v1.5.0-beta.2", manifests="false")
    assert done.errors == ["tag-branch"]
    assert "`feature/rain`; releases are made on `main`" in done.messages
    assert step(origin, tag="v1.5.0-beta.2", manifests="false", branches="main\nfeature/*").code == 0


def test_a_manifest_that_disagrees_is_named_with_its_line(origin: Repository) -> None:
    origin.git("tag", "v1.5.0-beta.2")
    done = step(origin, "refs/tags/v1.5.0-beta.2")
    assert done.errors == ["version-disagrees"]
    (command,) = [command for command in actions_runner.commands(done.log) if command.name == "error"]
    assert dict(command.properties)["file"] == "package.json"
    assert dict(command.properties)["line"] == "1"


def test_a_broken_manifest_is_told_beside_what_else_is_wrong(origin: Repository) -> None:
    origin.write("package.json", "{")
    origin.commit()
    origin.git("tag", "v1.4.0-rc.1")
    done = step(origin, "refs/tags/v1.4.0-rc.1")
    assert done.errors[0] == "tag-newer"
    assert len(done.errors) == 2


def test_another_commit_than_the_checked_out_one_is_refused_before_its_files_are_believed(origin: Repository) -> None:
    done = step(origin, tag="v1.4.0")
    assert done.errors == ["tag-checkout"]
    assert "{ref: refs/tags/v1.4.0}" in done.messages
    assert step(origin, tag="refs/tags/v1.4.0", manifests="false").outputs["version"] == "1.4.0"


@pytest.mark.parametrize(
    ("inputs", "rule", "words"),
    [
        ({}, "tag-unknown", "push: tags: ['v*']"),
        ({"tag": "v9.9.9"}, "tag-missing", "git fetch origin tag v9.9.9"),
        ({"tag": "v1.4.0", "newer": "never"}, "input-value", "`line`, `all`, `off`"),
        ({"tag": "v1.4.0", "prereleases": "beta, nightly"}, "input-value", "`nightly`"),
        ({"tag": "v1.4.0", "prereleases": ""}, "input-value", "is empty"),
        ({"tag": "v1.4.0", "signed": "yes"}, "input-value", "`true`, `false`"),
        ({"tag": "v1.5.0-beta.1", "prereleases": "refuse"}, "tag-prerelease", "only `stable`"),
        ({"tag": "v1.5.0-beta.1", "prereleases": "rc, alpha"}, "tag-prerelease", "only `alpha`, `rc`, `stable`"),
        ({"tag": "v1.4.0", "prereleases": "only", "manifests": "false"}, "tag-prerelease", "`beta`"),
        ({"tag": "v1.5.0-beta.1", "signed": "true"}, "tag-signed", "gpg.ssh.allowedSignersFile"),
    ],
)
def test_each_wrong_input_or_tag_says_what_to_do(origin: Repository, inputs: dict[str, str], rule: str, words: str) -> None:
    done = step(origin, "refs/heads/main", **inputs)
    assert (done.code, done.errors, done.outputs) == (1, [rule], {})
    assert words in done.messages


COMMANDS = ["::set-output name=version::9.9.9", "##[set-output name=version]9.9.9", "::add-mask::1", "  ::stop-commands::x", "##[error]boo"]
SHELL = ["$(touch owned)", "`touch owned`", ";touch owned;", "| touch owned", "&& touch owned", "version=9.9.9", "version<<EOF", "EOF"]


@pytest.mark.parametrize(
    "message", [*COMMANDS, *SHELL, "\n\n".join(COMMANDS + SHELL), "\r".join(COMMANDS), "x" * 10_000, "\u2028::error::x"]
)
def test_no_commit_message_changes_anything(origin: Repository, tmp_path: Path, message: str) -> None:
    clean = step(origin, tag="v1.5.0-beta.1").outputs
    origin.commit(message)
    origin.git("tag", "--annotate", "--cleanup=verbatim", "--file=-", "v1.5.0-beta.2", text=message)
    origin.git("branch", "release/1.5")
    before = sorted(tmp_path.rglob("*"))
    done = step(origin, tag="v1.5.0-beta.2", manifests="false", signed="true", branches="nothing")
    assert (done.errors, done.outputs) == (["tag-branch", "tag-signed"], {})
    assert {command.name for command in actions_runner.commands(done.log)} == {"error"}
    done = step(origin, tag="v1.5.0-beta.2", manifests="false")
    changed = {"version", "nuget", "npm", "pypi", "previous-tag", "commit"}
    assert {name: value for name, value in done.outputs.items() if name not in changed} == {
        name: value for name, value in clean.items() if name not in changed
    }
    assert actions_runner.commands(done.log) == []
    assert sorted(tmp_path.rglob("*")) == before


NAMES = [
    "-x",
    "--help",
    "v1.4.0;touch${IFS}owned",
    "v$(touch${IFS}owned)",
    "`touch${IFS}owned`",
    "set-output_name=version##]9.9.9",
    "v1.4.0%0A%0D",
    "v1.4.0<<EOF",
    "version=9.9.9",
    "v1.4.0\u2028\u202e\x85",
    "v1.4.0'\"|&",
    "{}",
    "@-{u",
    "v" + "9" * 230,
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_tag_or_branch_changes_anything(origin: Repository, tmp_path: Path, name: str) -> None:
    origin.ref(f"refs/tags/{name}")
    origin.ref(f"refs/heads/{name}")
    shallow = origin.cloned(tmp_path / "clone", "--depth=1")
    before = sorted(path for path in tmp_path.rglob("*") if tmp_path / "runner" not in path.parents)
    for repository, rule in ((origin, "tag-branch"), (shallow, "tag-history")):
        done = step(repository, f"refs/tags/{name}", branches="nothing")
        assert (done.errors, done.outputs) == (["tag-grammar", rule], {})
        assert {command.name for command in actions_runner.commands(done.log)} == {"error"}
        done = step(repository, "refs/tags/v1.5.0-beta.1")
        assert done.code == 0, done.log
        assert done.outputs["previous-tag"] == "v1.4.0"
    after = sorted(path for path in tmp_path.rglob("*") if tmp_path / "runner" not in path.parents)
    assert [path for path in after if path not in before] == [tmp_path / "runner"]


@pytest.mark.parametrize("name", [*COMMANDS, *SHELL, "a\nversion=9.9.9", "x" * 10_000, "v1.4.0\n::set-output name=version::9"])
def test_no_text_given_as_a_tag_changes_anything(origin: Repository, name: str) -> None:
    done = step(origin, tag=name)
    assert (done.code, done.errors, done.outputs) == (1, ["tag-grammar"], {})
    assert {command.name for command in actions_runner.commands(done.log)} == {"error"}


def test_a_reader_who_leaves_early_is_no_fault(origin: Repository) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    script = f"{sys.executable} {TOP / 'scripts/tag.py'} --tag v1.5.0-beta.1 | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=origin.folder, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
