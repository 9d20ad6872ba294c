"""Look for inputs that readers fail on: `python3 tests/fuzz/run.py [--seconds N] [TARGET ...]`.

Each target is run for N seconds on what is made from its real inputs and from its corpus. Where atheris can be had, which is
on Linux, it goes on from inputs that reach further into the code than others; what is small among these is added to the
corpus, which every run of the tests replays. What fails is written to a file, and the command that shows the failure again
is printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from types import ModuleType

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "scripts"), str(TOP)]
sys.dont_write_bytecode = True

from release_actions.adapters import environments
from release_actions.errors import ToolError

CORPUS = Path(__file__).parent / "corpus"
WORK = Path(tempfile.gettempdir(), "release-actions-fuzz")
#: How many inputs, and how many bytes, the corpus holds of one target.
MOST_INPUTS, MOST_BYTES = 12, 5_000
_MEMORY = 3 << 30
_GUIDE = "FUZZ_GUIDE"


def main(arguments: list[str]) -> int:
    """Run the targets, each in a process of its own; the exit code is 1 when one has failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="how long each target is run")
    parser.add_argument("--show", metavar="FILE", type=Path, help="run this one input of the target")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    given = parser.parse_args(arguments)
    if given.show:
        return _show(given.targets[0], given.show)
    if given.alone:
        return _fuzz(given.targets[0], given.seconds)
    return max([_run(name, given.seconds) for name in given.targets or _names()])


def in_environment(arguments: list[str]) -> int:
    """Run this again in the tests' environment, and tell it where the guide is."""
    python = environments.ensure(TOP / "tests/requirements.txt", say=print)
    try:
        guide = environments.ensure(TOP / "tests/fuzz/requirements.txt", say=print)
        folder = str(guide.parents[1] / f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages")
    except ToolError as error:
        print(f"going on by chance alone: {error}")
        folder = ""
    variables = os.environ | {_GUIDE: folder, "PATH": os.pathsep.join((str(python.parent), os.environ["PATH"]))}
    return subprocess.call([str(python), "-X", "utf8", __file__, *arguments], env=variables)


def _names() -> list[str]:
    from tests.fuzz.targets import TARGETS

    return list(TARGETS)


def _show(name: str, path: Path) -> int:
    from tests.fuzz.judge import failure
    from tests.fuzz.targets import TARGETS

    found = failure(TARGETS[name], path.read_bytes())
    print(f"{found.place}\n{found.words}" if found else "no failure")
    return 1 if found else 0


def _run(name: str, seconds: int) -> int:
    """Fuzz one target in a process that may die; then keep what it found."""
    shutil.rmtree(WORK / name, ignore_errors=True)
    for folder in ("failed", "grown", "seeds"):
        (WORK / name / folder).mkdir(parents=True)
    command = [sys.executable, "-X", "utf8", __file__, "--alone", "--seconds", str(seconds), name]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True, errors="replace")
    failed = len(list((WORK / name / "failed").iterdir()))
    if done.returncode != 0:
        print(done.stderr[-3000:], flush=True)
    print(f"{name}: {failed} failures, {_adopted(name)} inputs added to the corpus{_executed(done.stderr)}", flush=True)
    return 1 if failed or done.returncode else 0


def _executed(log: str) -> str:
    counted = [line.rpartition(" ")[2] for line in log.splitlines() if line.startswith("stat::number_of_executed_units:")]
    return f", {counted[0]} inputs run" if counted else ""


def _fuzz(name: str, seconds: int) -> int:
    """Fuzz one target in this process, which atheris ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    os.nice(10)
    guide = _guide()
    with guide.instrument_imports(include=["release_actions"]) if guide else nullcontext():
        from tests.fuzz import judge, mutate
        from tests.fuzz.targets import TARGETS
    target, found = TARGETS[name], set[str]()
    inputs = [*target.seeds(), *(path.read_bytes() for path in sorted((CORPUS / name).glob("*")))]

    def attempt(data: bytes) -> None:
        failure = judge.failure(target, data)
        if failure and failure.place not in found:
            found.add(failure.place)
            path = _kept(WORK / name / "failed", data)
            print(f"{name}: {failure.place}\n    python3 tests/fuzz/run.py {name} --show {path}", flush=True)

    def mutation(data: bytes, size: int, seed: int) -> bytes:
        return bytes(guide.Mutate(data, size)) if guide and seed % 3 == 0 else mutate.mutated(data, inputs, seed)[:size]

    if guide:
        _guided(guide, name, inputs, attempt, mutation, seconds)
    end = time.monotonic() + seconds
    for data in inputs:
        attempt(data)
    while time.monotonic() < end:
        attempt(mutation(secrets.choice(inputs), mutate.LARGEST, secrets.randbits(32)))
    return 0


def _guide() -> ModuleType | None:
    sys.path.append(os.environ[_GUIDE])
    try:
        import atheris
    except ImportError:
        return None
    return atheris  # type: ignore[no-any-return]


def _guided(
    guide: ModuleType,
    name: str,
    inputs: list[bytes],
    attempt: Callable[[bytes], None],
    mutation: Callable[[bytes, int, int], bytes],
    seconds: int,
) -> None:
    """Let atheris do it; it does not return."""
    for data in inputs:
        _kept(WORK / name / "seeds", data)
    options = [f"-max_total_time={seconds}", "-max_len=8192", "-rss_limit_mb=0", "-timeout=60", "-print_final_stats=1"]
    guide.Setup([name, *options, str(WORK / name / "grown"), str(WORK / name / "seeds")], attempt, custom_mutator=mutation)
    guide.Fuzz()


def _kept(folder: Path, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path


def _adopted(name: str) -> int:
    """Add the latest of the inputs that reached further to the corpus, as far as there is room; they reach furthest."""
    held = list((CORPUS / name).glob("*"))
    inputs, room = MOST_INPUTS - len(held), MOST_BYTES - sum(path.stat().st_size for path in held)
    count = 0
    for path in sorted((WORK / name / "grown").iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True):
        if count < inputs and path.stat().st_size <= room // 3:
            room -= path.stat().st_size
            count += 1
            _kept(CORPUS / name, path.read_bytes())
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if _GUIDE in os.environ else in_environment(sys.argv[1:]))
