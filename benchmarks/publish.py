"""How long publishing takes, side by side with what others use: `python3 benchmarks/publish.py [--repeat N] [--sizes 20,100]`.

Everybody publishes packages that their registry has never seen, to Verdaccio and to pypiserver on loopback, straight or
through a proxy that adds 200 ms to every request. Others pack while they publish; ours are packed by `build` before.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))

from tests import environment

environment.enter()

from tests import packed
from tests.faults.rig import Rig, rig

from rehearsal import toolchains
from release_actions.domain.package import Ecosystem

NPM_PEERS = ("lerna@9", "@changesets/cli@2", "pnpm@10")
PYPI_PEERS = ("twine",)
OURS = (sys.executable, "-I", "-S", "-X", "utf8", str(TOP / "scripts" / "launch.py"), "publish")
_PATIENCE = 900


@dataclass(frozen=True)
class Sample:
    """How long it took: by the clock, and of the processors; in seconds."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Site:
    """Where to publish: the registry, the address that leads to it, and the environment in which everybody runs.

    `tools` is the runner's tool cache, which jobs share.
    """

    rig: Rig
    url: str
    tools: Path
    environment: Mapping[str, str]

    def run(self, command: Sequence[str | Path], folder: Path, **more: str) -> None:
        """Run to the end; a failure ends the benchmark."""
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
        if done.returncode != 0:
            raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def main(arguments: Sequence[str]) -> None:
    """Measure, and print the tables as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sizes", default="20,100")
    parser.add_argument("--latencies", default="0,200", help="milliseconds per request")
    parser.add_argument("--only", default="", help="npm or pypi")
    wanted = parser.parse_args(arguments)
    latencies = [int(one) for one in wanted.latencies.split(",")]
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ.update(toolchains.provide([Ecosystem.NPM, Ecosystem.PYPI], say))
        if wanted.only in {"", "npm"}:
            tools = npm_peers(home / "peers")
            for size in map(int, wanted.sizes.split(",")):
                table(f"{size} npm packages", NPM, Ecosystem.NPM, home, size, latencies, wanted.repeat, tools)
        if wanted.only in {"", "pypi"}:
            tools = pypi_peers(home / "twine")
            table("20 wheels", PYPI, Ecosystem.PYPI, home, 20, latencies, wanted.repeat, tools)


def say(line: str) -> None:
    """Tell whoever waits, not whoever keeps the tables."""
    print(line, file=sys.stderr, flush=True)


def npm_peers(folder: Path) -> Path:
    """A folder with the others' commands."""
    say(f"Fetching {', '.join(NPM_PEERS)} (from npm)")
    folder.mkdir()
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", *NPM_PEERS]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "node_modules" / ".bin"


def pypi_peers(folder: Path) -> Path:
    """A folder with the others' commands."""
    say(f"Fetching {', '.join(PYPI_PEERS)} (from PyPI)")
    subprocess.run(["uv", "venv", "--quiet", folder], check=True)
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", folder, *PYPI_PEERS], check=True)
    return folder / "bin"


Publisher = Callable[[Site, Path, int, str, Path], None]


def table(
    title: str,
    publishers: Mapping[str, Publisher],
    ecosystem: Ecosystem,
    home: Path,
    size: int,
    latencies: Sequence[int],
    repeat: int,
    tools: Path,
) -> None:
    """Measure everybody in turn, again and again, and print the medians."""
    taken: dict[tuple[str, int], list[Sample]] = {}
    for latency, turn, (name, publisher) in product(latencies, range(repeat), publishers.items()):
        folder = home / f"{ecosystem}-{size}-{latency}-{turn}-{list(publishers).index(name)}"
        folder.mkdir()
        # An empty one for each, since pypiserver lists all that it has at every request.
        with site(folder / "site", ecosystem, latency, home / "tools") as where:
            sample = measured(publisher, where, folder, size, tools)
        taken.setdefault((name, latency), []).append(sample)
        say(f"{title}, {latency} ms, {name}: {sample.wall:.2f} s, {sample.cpu:.2f} s of CPU")
    print(f"\n| {title} | {' | '.join(f'{latency} ms: median s (range), CPU s' for latency in latencies)} |")
    print(f"| --- | {' | '.join('--:' for _ in latencies)} |")
    for name in publishers:
        print(f"| {name} | {' | '.join(shown(taken[name, latency]) for latency in latencies)} |", flush=True)


def shown(samples: Sequence[Sample]) -> str:
    """The median and the range of the wall time, and the median of the CPU time."""
    walls = [sample.wall for sample in samples]
    cpu = statistics.median(sample.cpu for sample in samples)
    return f"{statistics.median(walls):.2f} ({min(walls):.2f}–{max(walls):.2f}), {cpu:.2f}"


def measured(publisher: Publisher, where: Site, folder: Path, size: int, tools: Path) -> Sample:
    """How long one publisher takes; what it publishes is made before, and looked for after."""
    mark = f"{os.getpid()}{time.monotonic_ns()}"
    publisher(where, folder, size, mark, Path())  # an empty folder of commands means: prepare
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    publisher(where, folder, size, mark, tools)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    held = len(list((where.rig.storage).rglob(f"*{mark}*-1.2.3*")))
    if held < size:
        raise SystemExit(f"{publisher.__name__}: {held} of {size} packages are there")
    return Sample(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


@contextmanager
def site(home: Path, ecosystem: Ecosystem, latency: int, tools: Path) -> Iterator[Site]:
    """A registry that holds nothing, `latency` milliseconds away."""
    ambient = ("npm_config", "NPM_CONFIG", "UV_", "TWINE_", "GITHUB_", "INPUTS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ambient)}
    with rig(home / "storage", os.environ, [ecosystem], latency / 1000) as made:
        url = f"{made.proxies[ecosystem].url if latency else made.addresses[ecosystem]}".rstrip("/")
        (home / "home").mkdir()
        environment |= {"HOME": str(home / "home"), "CI": "true"}
        if ecosystem is Ecosystem.NPM:
            npmrc = home / "npmrc"
            npmrc.write_text(f"registry={url}/\n{url.partition(':')[2]}/:_authToken={made.tokens[ecosystem]}\n")
            environment |= {"npm_config_userconfig": str(npmrc), "npm_config_registry": f"{url}/", "npm_config_update_notifier": "false"}
        yield Site(made, url, tools, environment)


def ours(where: Site, folder: Path, size: int, mark: str, tools: Path) -> None:
    """The whole action, from its step's command to its end."""
    (ecosystem,) = where.rig.proxies
    built, caches = folder / "built", {"RUNNER_TOOL_CACHE": str(where.tools), "GITHUB_ACTIONS": "true"}
    if not tools.name:
        built.mkdir()
        name = "bench-{}-{}"
        packages = [packed.package(built, ecosystem, name.format(mark, index), "1.2.3") for index in range(size)]
        if ecosystem is Ecosystem.PYPI:
            packages = [packed.only_wheel(package) for package in packages]
        packed.release(built, "1.2.3", *packages)
        subprocess.run(OURS, env={**where.environment, **caches, "INPUTS": "{}"}, capture_output=True)  # makes its environment
        return
    inputs = where.rig.inputs() | {"folder": str(built), "only": str(ecosystem), "dry-run": "false", "wait": "300"}
    inputs |= {"symbols": "auto", "npm-latest": "last", "trusted-publishing": "never", "provenance": "auto"}
    inputs |= {"strict": "false", "timeout": "60", "upload-timeout": "900", "retries": "3"}
    inputs |= {"npm-registry": f"{where.url}/", "pypi-index": f"{where.url}/simple/", "pypi-upload": f"{where.url}/"}
    where.run(OURS, folder, INPUTS=json.dumps(inputs), **caches)


def workspace(folder: Path, size: int, mark: str, url: str, *, pnpm: bool) -> None:
    """A repository of npm packages as all of the others like it; each package names its registry, so that none goes elsewhere."""
    names = [f"bench-{mark}-{index}" for index in range(size)]
    files: dict[str, object] = {
        "package.json": {"name": "bench", "version": "0.0.0", "private": True, "workspaces": ["packages/*"]},
        "lerna.json": {"version": "1.2.3", "npmClient": "npm", "packages": ["packages/*"]},
        ".changeset/config.json": {"access": "public", "baseBranch": "main"},
    }
    for name in names:
        manifest = {"name": name, "version": "1.2.3", "main": "index.js", "files": ["index.js"]}
        files[f"packages/{name}/package.json"] = {**manifest, "publishConfig": {"registry": f"{url}/"}}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(content))
    for name in names:
        (folder / "packages" / name / "index.js").write_text("module.exports = 1\n")
    if pnpm:  # others take its file for theirs
        (folder / "pnpm-workspace.yaml").write_text("packages: ['packages/*']\n")
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    for command in (("init", "-q", "-b", "main"), ("add", "."), (*identity, "commit", "-qm", "bench")):
        subprocess.run(["git", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def peer(*command: str, each: bool = False) -> Publisher:
    """Another's command on a workspace, once, or in every package's folder."""

    def publish(where: Site, folder: Path, size: int, mark: str, tools: Path) -> None:
        if not tools.name:
            workspace(folder, size, mark, where.url, pnpm=command[0] == "pnpm")
            return
        path = os.pathsep.join((str(tools), where.environment["PATH"]))
        program = next(
            (str(place / command[0]) for place in map(Path, path.split(os.pathsep)) if (place / command[0]).exists()), command[0]
        )
        for place in sorted((folder / "packages").iterdir()) if each else [folder]:
            where.run([program, *command[1:]], place, PATH=path)

    return publish


def wheels(*command: str) -> Publisher:
    """Another's command on a folder of wheels."""

    def publish(where: Site, folder: Path, size: int, mark: str, tools: Path) -> None:
        if not tools.name:
            for index in range(size):
                packed.only_wheel(packed.package(folder, Ecosystem.PYPI, f"bench-{mark}-{index}", "1.2.3"))
            return
        token = where.rig.tokens[Ecosystem.PYPI]
        program = str(tools / command[0]) if (tools / command[0]).exists() else command[0]
        more = {"TWINE_USERNAME": "__token__", "TWINE_PASSWORD": token, "TWINE_REPOSITORY_URL": f"{where.url}/"}
        more |= {"UV_PUBLISH_URL": f"{where.url}/", "UV_PUBLISH_TOKEN": token, "UV_PUBLISH_CHECK_URL": f"{where.url}/simple/"}
        where.run([program, *command[1:], *sorted(map(str, folder.glob("*.whl")))], folder, **more)

    return publish


NPM: Mapping[str, Publisher] = {
    "release-actions `publish`": ours,
    "`pnpm -r publish`": peer("pnpm", "-r", "publish", "--no-git-checks"),
    "`lerna publish from-package`": peer("lerna", "publish", "from-package", "--yes", "--no-git-reset", "--no-verify-access"),
    "`npm publish --workspaces`": peer("npm", "publish", "--workspaces"),
    "`npm publish`, one by one": peer("npm", "publish", each=True),
    "`changeset publish`": peer("changeset", "publish", "--no-git-tag"),
}
PYPI: Mapping[str, Publisher] = {
    "release-actions `publish`": ours,
    "`uv publish`, which compares digests": wheels("uv", "publish", "--trusted-publishing", "never"),
    "`twine upload`": wheels("twine", "upload", "--non-interactive", "--disable-progress-bar"),
}

if __name__ == "__main__":
    main(sys.argv[1:])
