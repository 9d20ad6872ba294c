"""Measure the bump of N npm, N Python and N .NET packages, ours and the peers': `python3 benchmarks/bump.py [N] [--runs N]`.

Python 3.11 or newer, git, npm and `uv` are needed. The peers are installed into a temporary folder first. Each sample is
a whole process on a fresh copy of one generated repository; what it leaves wrong is counted afterwards, by parsers that
know nothing of any tool, and by our own check. A peer gets a configuration that names every file it can handle.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polyglot
import start
from polyglot import NEW, OLD

#: Nx is of the version that lerna takes.
NPM = ("lerna", "@changesets/cli", "nx@22", "@nx/js@22")
PYPI = ("bump-my-version", "python-semantic-release", "tbump")
LAUNCH = [*start.LAUNCH[:-1], "bump"]
#: A tool whose first run takes longer is run once.
LONG = 10.0
GIT_NAMES = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "Ada"), ("EMAIL", "ada@x.invalid"))}


@dataclass(frozen=True)
class Tool:
    """What is measured: `files` are added to the repository for it, and `variables` to its environment."""

    name: str
    command: Sequence[str]
    files: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One run: seconds by the clock and of the processors, the largest process's memory in MiB, and how it ended."""

    wall: float
    cpu: float
    memory: float
    code: int


def tools(bench: Path, count: int) -> Iterator[Tool]:
    """Ours and all peers."""
    npm, pypi = bench / "npm/node_modules/.bin", bench / "pypi/bin"
    yield Tool("ours", LAUNCH, variables=ours())
    yield Tool("ours, commit and tag pushed", LAUNCH, variables=ours({"hand-over": "commit-and-tag"}))
    yield Tool("blind replacement in place (a floor)", [start.PYTHON, "-I", "-c", BLIND])
    yield Tool(
        "lerna version",
        [str(npm / "lerna"), "version", NEW, "--yes", "--force-publish", "--no-push", "--no-git-tag-version"],
        {"lerna.json": json.dumps({"version": OLD, "packages": ["npm/*"]})},
    )
    yield Tool(
        "changeset version",
        [str(npm / "changeset"), "version"],
        {
            ".changeset/config.json": json.dumps({"changelog": False, "commit": False, "fixed": [["@acme/*"]], "baseBranch": "main"}),
            ".changeset/one.md": f'---\n"@acme/{polyglot.name(0)}": minor\n---\n\nA change.\n',
        },
    )
    release = {"projects": ["npm/*"], "projectsRelationship": "fixed", "version": {"currentVersionResolver": "disk"}}
    yield Tool(
        "nx release version",
        [str(npm / "nx"), "release", "version", NEW],
        {"nx.json": json.dumps({"release": release})},
        {"NX_DAEMON": "false", "NX_NO_CLOUD": "true"},
    )
    words = ["version", NEW, "--workspaces", "--include-workspace-root", "--no-git-tag-version", "--ignore-scripts", "--no-audit"]
    yield Tool("npm version --workspaces", [shutil.which("npm") or "npm", *words])
    yield from python_tools(pypi, count)


#: What no tool can beat that reads and writes every file; it does not know what it replaces.
BLIND = f"""
import os, subprocess
for path in subprocess.check_output(["git", "ls-files", "-z"], text=True).split("\\0")[:-1]:
    with open(path, "r+b", buffering=0) as file:
        data = file.read()
        file.seek(0)
        file.write(data.replace(b"{OLD}", b"{NEW}"))
"""


def python_tools(pypi: Path, count: int) -> Iterator[Tool]:
    """The peers that Python's users have. Each is told of every version by a pattern, in every language it can handle."""
    names = [polyglot.name(index) for index in range(count)]
    forms = [
        ("npm/{}/package.json", '"version": "{}"'),
        ("python/{}/pyproject.toml", 'version = "{}"'),
        ("dotnet/{0}/Acme.{0}.csproj", "<Version>{}</Version>"),
    ]
    places = [(path.format(name), form) for path, form in forms for name in names]
    files = "".join(
        f"[[tool.bumpversion.files]]\nfilename = '{path}'\nsearch = '{form.format('{current_version}')}'\n"
        f"replace = '{form.format('{new_version}')}'\n"
        for path, form in places
    )
    yield Tool(
        "bump-my-version",
        [str(pypi / "bump-my-version"), "bump", "--new-version", NEW, "--allow-dirty"],
        {".bumpversion.toml": f'[tool.bumpversion]\ncurrent_version = "{OLD}"\n{files}'},
    )
    sources = [f"python/{name}/pyproject.toml:project.version" for name in names]
    variables = [f"npm/{name}/package.json:version" for name in names]
    settings = f"[semantic_release]\nversion_toml = {json.dumps(sources)}\nversion_variables = {json.dumps(variables)}\n"
    without = ("--no-commit", "--no-tag", "--no-push", "--no-changelog", "--no-vcs-release")
    yield Tool(
        "python-semantic-release",
        [str(pypi / "semantic-release"), "-c", "releaserc.toml", "version", "--minor", *without],
        {"releaserc.toml": settings + '[semantic_release.remote]\nname = "origin"\nignore_token_for_push = true\n'},
    )
    listed = "".join(f"[[file]]\nsrc = '{path}'\nsearch = '{form.format('{current_version}')}'\n" for path, form in places)
    version = f"[version]\ncurrent = \"{OLD}\"\nregex = '''(?P<major>\\d+)\\.(?P<minor>\\d+)\\.(?P<patch>\\d+)'''\n"
    git = '[git]\nmessage_template = "Version {new_version}"\ntag_template = "v{new_version}"\n'
    yield Tool("tbump", [str(pypi / "tbump"), NEW, "--only-patch", "--non-interactive"], {"tbump.toml": version + git + listed})


def ours(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """INPUTS as the runner sets it: the defaults of action.yml, and these."""
    text = start.TOP.joinpath("actions/bump/action.yml").read_text(encoding="utf-8").partition("\noutputs:")[0]
    found = re.findall(r"^  ([a-z-]+):\n(?:    .*\n|      .*\n)*?    default: '?([^'\n]*)'?$", text, re.MULTILINE)
    defaults = {name: "" if "${{" in default else default for name, default in found}
    return {"INPUTS": json.dumps({**defaults, "version": NEW, **(given or {})}), "GITHUB_ACTIONS": "true"}


def install(bench: Path) -> None:
    """The peers, as their users install them."""
    npm = bench / "npm"
    npm.mkdir()
    npm.joinpath("package.json").write_text('{"private": true}', encoding="utf-8")
    uv = shutil.which("uv") or sys.exit("uv is not on the PATH")
    for command in (
        [shutil.which("npm") or "npm", "install", "--no-audit", "--no-fund", *NPM],
        [uv, "venv", "--quiet", str(bench / "pypi")],
        [uv, "pip", "install", "--quiet", "--python", str(bench / "pypi"), *PYPI],
    ):
        subprocess.run(command, cwd=npm, check=True, stdout=sys.stderr)


def repository(folder: Path, count: int, tool: Tool, bench: Path) -> Path:
    """A fresh copy, committed and pushed, its tag that of the old version."""
    top, origin = folder / "repository", folder / "origin.git"
    polyglot.write(top, count)
    for path, content in {".gitignore": "node_modules\n.nx\n", **tool.files}.items():
        top.joinpath(path).parent.mkdir(exist_ok=True)
        top.joinpath(path).write_text(content, encoding="utf-8")
    if tool.files:
        top.joinpath("node_modules").symlink_to(bench / "npm/node_modules")
    variables = {**os.environ, **GIT_NAMES}
    subprocess.run([start.GIT, "init", "--quiet", "--bare", "--initial-branch=main", str(origin)], check=True)
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["remote", "add", "origin", str(origin)],
        ["add", "--all"],
        ["commit", "--quiet", "--message=feat: a start"],
        ["tag", f"v{OLD}"],
        ["push", "--quiet", "origin", "main", f"v{OLD}"],
    ):
        subprocess.run([start.GIT, *words], cwd=top, env=variables, check=True)
    return top


def measured(tool: Tool, top: Path) -> tuple[Sample, str]:
    """Run the tool once; the sample, and what it printed."""
    if hasattr(os, "sync"):
        os.sync()  # what the making of the repository left to write is not the tool's
    log = top.parent / "log"
    begin = time.perf_counter()
    with log.open("wb") as out:
        child = subprocess.Popen(
            tool.command, cwd=top, env={**os.environ, **tool.variables}, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    return Sample(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, child.returncode), log.read_text(errors="replace")


def row(work: Path, bench: Path, tool: Tool, count: int, runs: int) -> str:
    """Measure one tool."""
    samples: list[Sample] = []
    left = ""
    while len(samples) < (1 if samples and samples[0].wall > LONG else runs):
        with tempfile.TemporaryDirectory(dir=work) as folder:
            top = repository(Path(folder), count, tool, bench)
            sample, printed = measured(tool, top)
            samples.append(sample)
            left = left or wrong(top)
            if sample.code != 0:
                left = f"failed: {' '.join(printed.split())[-200:]}".replace("|", "/")
                break

    def median(of: Callable[[Sample], float]) -> float:
        return statistics.median(map(of, samples))

    figures = f"{median(lambda one: one.wall):.2f} | {median(lambda one: one.cpu):.2f} | {median(lambda one: one.memory):.0f}"
    return f"| {tool.name} | {figures} | {len(samples)} | {left} |"


def wrong(top: Path) -> str:
    """What is wrong, in words; and what our check says of it."""
    found = ", ".join(f"{number} {kind}" for kind, number in sorted(polyglot.wrong(top).items())) or "nothing"
    checked = subprocess.run(
        LAUNCH, cwd=top, env={**os.environ, **ours({"check": "true"})}, capture_output=True, text=True, check=False
    ).stdout
    return f"{found} | {checked.partition(chr(10))[0].removeprefix('bump: ')}"


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("count", nargs="?", type=int, default=100, help="how many packages of each ecosystem")
    parser.add_argument("--runs", type=int, default=5, help="how often each tool is measured")
    parser.add_argument("--only", default="", help="measure only tools whose name holds this")
    parser.add_argument("--peers", type=Path, help="a folder where the peers are installed already, or are to be kept")
    parser.add_argument("--folder", type=Path, help="where to make the repositories, for a disk of choice")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=options.folder) as work:
        bench = (options.peers or Path(work, "peers")).resolve()
        if not bench.exists():
            bench.mkdir(parents=True)
            install(bench)
        print(
            f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, N = {options.count}\n"
        )
        print("| tool | s | CPU s | MiB | runs | left wrong | our check says |\n| --- | --: | --: | --: | --: | --- | --- |", flush=True)
        for tool in tools(bench, options.count):
            if options.only in tool.name:
                print(row(Path(work), bench, tool, options.count, options.runs), flush=True)


if __name__ == "__main__":
    main()
