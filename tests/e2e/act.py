"""The workflows of `examples/`, run by `act` as GitHub would run them, in a repository of their own with an origin.

Registries and tokens come from outside. Third-party actions that need GitHub's services or the internet are stood in
for by composite actions of the same inputs; the actions of this suite are real, as users would download them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from release_actions.adapters import environments, process

TOP = Path(__file__).parents[2]
EXAMPLES = TOP / "examples"
_TIMEOUT = 900
#: How this machine reaches package registries.
_NETWORK = ("PIP_*", "UV_*", "npm_config_*", "NPM_CONFIG_*")

#: What stands in for an action, as the lines of its `run`; artifacts are kept in the folder $ARTIFACTS.
_STUBS: Mapping[str, tuple[tuple[str, ...], str]] = {
    # Only where a ref or a repository is named; otherwise it is act's own.
    "actions/checkout": (
        ("repository", "ref", "persist-credentials"),
        'git init --quiet; git fetch --quiet "https://github.com/$given_repository.git" "$given_ref"; git checkout --quiet FETCH_HEAD',
    ),
    "actions/attest": (("subject-path",), "ls $given_subject_path"),
    "actions/setup-dotnet": (("dotnet-version",), "true"),
    "actions/setup-node": (("node-version", "package-manager-cache"), "true"),
    "astral-sh/setup-uv": (("enable-cache",), "true"),
    "actions/upload-artifact": (
        ("name", "path", "if-no-files-found"),
        'test -e "$given_path"; mkdir -p "$ARTIFACTS"; cp -R "$given_path" "$ARTIFACTS/$given_name"',
    ),
    "actions/download-artifact": (("name", "path"), 'mkdir -p "$given_path"; cp -R "$ARTIFACTS/$given_name/." "$given_path"'),
}


#: What the sample's repository is called on GitHub.
REPOSITORY = "acme-weather/sdks"
_ADDRESS = f"https://github.com/{REPOSITORY}.git"


def git(folder: Path, *arguments: str, text: str | None = None, config: str = os.devnull) -> str:
    """What git says in `folder`, with an identity of its own and no settings but those of the file `config`."""
    settings = {
        "GIT_CONFIG_GLOBAL": config,
        "GIT_CONFIG_SYSTEM": os.devnull,
        **{
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Ada"), ("EMAIL", "ada@acme.example"))
        },
    }
    command = ["git", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", *arguments]
    done = subprocess.run(command, cwd=folder, env=os.environ | settings, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"git {arguments}: {done.stderr}"
    return done.stdout.strip()


def downloaded(target: Path) -> Path:
    """This suite as users download it: the files that git puts into archives, new ones included, and nothing else."""
    tracked = [
        name
        for name in git(TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        if TOP.joinpath(name).is_file()
    ]
    attributes = git(TOP, "check-attr", "-z", "--stdin", "export-ignore", text="\0".join(tracked)).split("\0")
    ignored = {path for path, value in zip(attributes[::3], attributes[2::3], strict=False) if value == "set"}
    for path in map(Path, tracked):
        if not ignored & {str(path), *map(str, path.parents)}:
            target.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(TOP / path, target / path)
    return target


@dataclass(frozen=True)
class Run:
    """One run of a workflow: how it ended, and what was logged, as `act --json` writes it."""

    code: int
    entries: tuple[Mapping[str, Any], ...]

    @property
    def jobs(self) -> dict[str, str]:
        """The result of each job that ran, `success` or `failure`, by its id."""
        return {entry["jobID"]: entry["jobResult"] for entry in self.entries if "jobResult" in entry}

    def outputs(self, step: str) -> dict[str, str]:
        """The outputs of the step of this id, as the steps and jobs after it see them."""
        found = (entry for entry in self.entries if entry.get("command") == "set-output" and entry.get("stepID") == [step])
        return {entry["name"]: entry["arg"] for entry in found}

    def annotations(self, kind: str = "error") -> list[str]:
        """The messages of the annotations of this kind."""
        return [str(entry["arg"]) for entry in self.entries if entry.get("command") == kind]

    @property
    def summary(self) -> str:
        """All job summaries, one after the other. What an action's own step wrote, act tells of the action once more."""
        return "\n".join(dict.fromkeys(str(entry["content"]) for entry in self.entries if entry.get("command") == "summary"))

    @property
    def log(self) -> str:
        """Everything that was logged, for people."""
        return "\n".join(f"[{entry.get('jobID', '')}] {str(entry.get('msg', '')).rstrip()}" for entry in self.entries)


@dataclass
class Repository:
    """A copy of the sample repository with one workflow of `examples/`, cloned from a bare `origin` beside it."""

    folder: Path
    suite: Path
    workflow: str
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)  # the context `vars`

    @property
    def top(self) -> Path:
        """The work tree."""
        return self.folder / "sdks"

    @property
    def origin(self) -> Path:
        """The bare repository that it was cloned from."""
        return self.folder / "origin.git"

    @property
    def was_broken_into(self) -> bool:
        """Whether something ran that a name or a message asked for: `touch $HOME/pwned`."""
        return (self.folder / "pwned").exists()

    def create(self) -> Repository:
        """Lay out the files, make the first commit, push it."""
        copy_sample(self.top)
        workflows = self.top / ".github" / "workflows"
        workflows.mkdir(parents=True)
        shutil.copyfile(EXAMPLES / "workflows" / self.workflow, workflows / self.workflow)
        git(self.folder, "init", "--quiet", "--bare", str(self.origin))
        # The work tree knows its origin by the address on GitHub, which act takes the repository's name from.
        git(self.folder, "config", "--file", str(self.folder / ".gitconfig"), f"url.{self.origin}.insteadOf", _ADDRESS)
        self.git("init", "--quiet")
        self.git("remote", "add", "origin", _ADDRESS)
        self.commit("The SDKs of one API")
        return self

    def git(self, *arguments: str, text: str | None = None) -> str:
        """What git says in the work tree."""
        return git(self.top, *arguments, text=text, config=str(self.folder / ".gitconfig"))

    def with_workflow(self, name: str) -> Repository:
        """The same repository, to run another of its workflows."""
        shutil.copyfile(EXAMPLES / "workflows" / name, self.top / ".github" / "workflows" / name)
        return replace(self, workflow=name)

    def commit(self, message: str) -> str:
        """Commit everything that has changed, and push the branch; the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--file=-", text=message)
        self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def bump(self, version: str) -> None:
        """Set the version everywhere as a developer would, by this suite's own command, and commit."""
        command = [sys.executable, str(self.suite / "scripts" / "launch.py"), "bump", "--version", version]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        done = subprocess.run(command, cwd=self.top, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        self.commit(f"Version {version}")

    def switch(self, branch: str, *start: str) -> None:
        """Check out a new branch that starts at `start`, or here."""
        self.git("switch", "--quiet", "--create", branch, *start)

    def tag(self, name: str) -> None:
        """Tag the commit that is checked out, and push the tag."""
        self.git("tag", "--", name)
        self.git("push", "--quiet", "origin", f"refs/tags/{name}")

    def push_tag(self, name: str) -> Run:
        """Tag, and run the workflow as GitHub does when the tag arrives."""
        self.tag(name)
        return self.tag_pushed(name)

    def tag_pushed(self, name: str) -> Run:
        """Run the workflow for the push of a tag."""
        return self.run("push", {"ref": f"refs/tags/{name}", "ref_type": "tag"})

    def run(self, event: str, payload: Mapping[str, Any]) -> Run:
        """Run the workflow for this event."""
        written = self.folder / "event.json"
        written.write_text(json.dumps(payload), encoding="utf-8")
        command = [
            *("act", event, "--eventpath", str(written), "--json", "--platform", "ubuntu-latest=-self-hosted", "--no-cache-server"),
            *(
                "--workflows",
                f".github/workflows/{self.workflow}",
                "--action-cache-path",
                str(self._cache()),
                "--env",
                f"ARTIFACTS={self._artifacts()}",
            ),
        ]
        for uses, place in self._actions().items():
            command += ["--local-repository", f"{uses}={place}"]
        for name, value in self.variables.items():
            command += ["--env", f"{name}={value}"]
        for name, value in self.settings.items():
            command += ["--var", f"{name}={value}"]
        for name in self.secrets:
            command += ["--secret", name]
        done = subprocess.run(
            command,
            cwd=self.top,
            env=self._environment() | dict(self.secrets),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
        )
        lines = [line for line in (done.stdout + "\n" + done.stderr).split("\n") if line.strip()]
        return Run(done.returncode, tuple(_entry(line) for line in lines))

    def _environment(self) -> dict[str, str]:
        """A runner's: no settings of whoever runs the tests but how to reach the network, and the caches of packages."""
        own = {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        return process.environment(keep=_NETWORK, added=own)

    def _cache(self) -> Path:
        """Where act works. Its tool cache has the suite's environments, as that of a runner has from the second job on."""
        folder = self.folder / "act"
        tools = folder / "tool_cache"
        if not tools.exists():
            tools.mkdir(parents=True)
            environments.cache_folder().mkdir(parents=True, exist_ok=True)
            tools.joinpath("release-actions").symlink_to(environments.cache_folder())
        return folder

    def _artifacts(self) -> Path:
        """A new run's artifacts, none of which are there yet."""
        folder = self.folder / "artifacts"
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    def _actions(self) -> dict[str, Path]:
        """Every `owner/repo@ref` that the workflow uses, and the folder that it comes from."""
        text = (self.top / ".github" / "workflows" / self.workflow).read_text(encoding="utf-8")
        places = {}
        for repository, ref in re.findall(r"uses: ([\w-]+/[\w-]+)[^@\s]*@(\S+)", text):
            if repository == "org/release-actions":
                places[f"{repository}@{ref}"] = self.suite
            else:
                places[f"{repository}@{ref}"] = _stub(self.folder / "stubs", repository)
        return places


def _entry(line: str) -> Mapping[str, Any]:
    try:
        entry: Mapping[str, Any] = json.loads(line)
    except ValueError:
        return {"msg": line}
    return entry


def copy_sample(target: Path) -> None:
    """Copy the tracked files of the sample repository."""
    source = EXAMPLES / "sample-sdk"
    for name in git(source, "ls-files", "-z").split("\0"):
        if name:
            target.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)


def _stub(folder: Path, repository: str) -> Path:
    """An action that stands in for `repository`."""
    inputs, script = _STUBS[repository]
    action = {
        "name": repository,
        "description": "A stand-in.",
        "inputs": {name: {"description": name, "default": ""} for name in inputs},
        "runs": {
            "using": "composite",
            "steps": [
                {"shell": "bash", "run": script, "env": {f"given_{name.replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in inputs}}
            ],
        },
    }
    place = folder / repository
    place.mkdir(parents=True, exist_ok=True)
    place.joinpath("action.yml").write_text(json.dumps(action), encoding="utf-8")
    return place
