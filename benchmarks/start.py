"""Measure how long the action `tag` takes from its launch to its exit: `python3 benchmarks/start.py [--runs N]`.

Python 3.11 or newer and git are needed; `uv` on the PATH for the row that measures it. Whole processes are timed, as
the step in `actions/tag/action.yml` runs them, in repositories that `git fast-import` makes in a temporary folder. Cold
rows start with empty caches each time, also those of uv and pip, so they depend on the network. The CPU time beside
the wall time tells a slow program from a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
PYTHON = getattr(sys, "_base_executable", None) or sys.executable
LAUNCH = [PYTHON, "-I", "-S", "-X", "utf8", str(TOP / "scripts/launch.py"), "tag"]
GIT = shutil.which("git") or "git"
WHEN = 1_767_614_400  # 2026-01-05 12:00 UTC


@dataclass(frozen=True)
class Sample:
    """How long one process and its children took: by the clock, and of the processors; in seconds."""

    wall: float
    cpu: float


def stream(commits: int, tags: int) -> Iterator[str]:
    """A history for `git fast-import`: `tags` annotated tags v1.X.Y on every so many commits, the manifests at the last one."""
    every = commits // tags
    for number in range(1, commits + 1):
        version = version_of(number // every - 1)
        yield from commit(number, manifests(version) if number == commits else {})
        if number % every == 0:
            yield f"tag v{version}\nfrom :{number}\ntagger Ada <ada@example.invalid> {WHEN + number} +0000\n{data('Release')}"


def version_of(index: int) -> str:
    """The version of the tag of this index; versions grow with it."""
    return f"1.{index // 100}.{index % 100}"


def commit(number: int, files: Mapping[str, str]) -> Iterator[str]:
    """One commit that changes a file, and adds `files`."""
    yield f"commit refs/heads/main\nmark :{number}\ncommitter Ada <ada@example.invalid> {WHEN + number} +0000\n{data(f'Change {number}')}"
    for path, content in {f"source/{number % 500}.txt": str(number), **files}.items():
        yield f"M 100644 inline {path}\n{data(content)}"


def manifests(version: str) -> dict[str, str]:
    """One manifest of each ecosystem."""
    return {
        "typescript/package.json": json.dumps({"name": "weather", "version": version}, indent=2),
        "python/pyproject.toml": f'[project]\nname = "weather"\nversion = "{version}"\n',
        "csharp/Weather.csproj": f'<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><Version>{version}</Version></PropertyGroup></Project>',
    }


def data(text: str) -> str:
    """`text` as fast-import takes it."""
    return f"data {len(text.encode())}\n{text}\n"


def repository(folder: Path, commits: int, tags: int) -> str:
    """Make a repository, with its refs packed as a clone has them; the newest tag."""
    git(folder, "init", "--quiet", "--initial-branch=main", str(folder))
    subprocess.run([GIT, "fast-import", "--quiet"], cwd=folder, input="".join(stream(commits, tags)).encode(), check=True)
    git(folder, "pack-refs", "--all")
    tag = f"v{version_of(tags - 1)}"
    git(folder, "-c", "advice.detachedHead=false", "checkout", "--quiet", tag)
    return tag


def git(folder: Path, *words: str) -> None:
    """Run git in `folder`, which it makes."""
    folder.mkdir(exist_ok=True)
    subprocess.run([GIT, *words], cwd=folder, check=True)


def inputs(tag: str) -> dict[str, str]:
    """INPUTS as the runner sets it: the defaults of action.yml, and the tag."""
    text = TOP.joinpath("actions/tag/action.yml").read_text(encoding="utf-8").partition("\noutputs:")[0]
    found = re.findall(r"^  ([a-z-]+):\n(?:    .*\n|      .*\n)*?    default: '?([^'\n]*)'?$", text, re.MULTILINE)
    return {"INPUTS": json.dumps(dict(found) | {"tag": tag})}


def measured(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Sample:
    """Run `command` once; it must succeed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return Sample(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def environment(tools: Path, cache: Path) -> dict[str, str]:
    """The variables of a step on a runner that finds its tools in `tools` alone and keeps everything in `cache`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"HOME", "LANG"} or name.endswith(("_INDEX_URL", "_PROXY", "_proxy", "CERT_FILE"))
    }
    caches = {name: str(cache / name) for name in ("RUNNER_TOOL_CACHE", "UV_CACHE_DIR", "PIP_CACHE_DIR")}
    return kept | caches | {"PATH": str(tools), "GITHUB_ACTIONS": "true", "UV_PYTHON_DOWNLOADS": "never"}


def tools(folder: Path, names: Sequence[str]) -> Path:
    """A folder that holds only these tools."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        if found is None:
            sys.exit(f"{name} is not on the PATH")
        folder.joinpath(name).symlink_to(found)
    return folder


def rows(work: Path, runs: int, cold_runs: int) -> Iterator[tuple[str, list[Sample]]]:
    """Every measurement: what it is, and its samples."""
    small, large = work / "small", work / "large"
    newest = {small: repository(small, 20, 5), large: repository(large, 20_000, 2_000)}
    plain, warm = tools(work / "plain", ["git"]), work / "warm"
    for folder, name in ((small, "small repository"), (large, "20,000 commits and 2,000 tags")):
        tag = newest[folder]
        step = environment(plain, warm) | inputs(tag)
        by_hand = {key: value for key, value in environment(plain, warm).items() if key != "GITHUB_ACTIONS"}
        measured(LAUNCH, folder, step)
        yield f"{name}, warm, as a step", [measured(LAUNCH, folder, step) for _ in range(runs)]
        yield f"{name}, warm, on the command line", [measured([*LAUNCH, "--tag", tag], folder, by_hand) for _ in range(runs)]
    for name, path in cold_tools(work, plain):
        yield f"small repository, cold, {name}", [cold(work, small, path, inputs(newest[small])) for _ in range(cold_runs)]
    yield "bare Python, for comparison", [measured([PYTHON, "-I", "-c", "pass"], work, environment(plain, warm)) for _ in range(runs)]


def cold_tools(work: Path, plain: Path) -> Iterator[tuple[str, Path]]:
    """The ways to make the environment that this machine has."""
    if shutil.which("uv"):
        yield "with uv", tools(work / "with-uv", ["git", "uv"])
    else:
        print("uv is not on the PATH; its row is left out", file=sys.stderr)
    yield "with pip", plain


def cold(work: Path, folder: Path, path: Path, variables: dict[str, str]) -> Sample:
    """One start with empty caches."""
    with tempfile.TemporaryDirectory(dir=work) as cache:
        return measured(LAUNCH, folder, environment(path, Path(cache)) | variables)


def line(name: str, samples: Sequence[Sample]) -> str:
    """A row of the table."""

    def median(of: Callable[[Sample], float]) -> str:
        return f"{statistics.median(map(of, samples)):.3f}"

    walls = [sample.wall for sample in samples]
    return (
        f"| {name} | {median(lambda one: one.wall)} | {min(walls):.3f} to {max(walls):.3f} | {median(lambda one: one.cpu)} | {len(walls)} |"
    )


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=15, help="how often each warm start is measured")
    parser.add_argument("--cold-runs", type=int, default=5, help="how often each cold start is measured")
    options = parser.parse_args()
    versions = f"Python {platform.python_version()}, {subprocess.check_output([GIT, '--version'], text=True).strip()}"
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; {versions}\n", flush=True)
    print("| `tag` | median s | range s | median CPU s | runs |\n| --- | --: | --: | --: | --: |", flush=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as work:
        for name, samples in rows(Path(work), options.runs, options.cold_runs):
            print(line(name, samples), flush=True)


if __name__ == "__main__":
    main()
