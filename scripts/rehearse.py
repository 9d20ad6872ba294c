"""Release a repository to throw-away registries on this machine, then install and run what was published."""

import argparse
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from rehearsal import course, steps
from rehearsal.terminal import Terminal
from release_actions.adapters import process
from release_actions.domain.package import ecosystems
from release_actions.errors import ReleaseError
from release_actions.runner import DEFECT, DONE, REFUSED

_INTERRUPTED = 130


def parse(arguments: list[str]) -> course.Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="launch.py rehearse", description=__doc__, allow_abbrev=False)
    parser.add_argument("path", nargs="?", type=Path, default=steps.SAMPLE, help="your repository; by default the suite's own sample")
    parser.add_argument("--tag", default="", help="the tag to rehearse; by default that of the version which all manifests bear")
    parser.add_argument("--only", default="", help="the ecosystems to limit this to, for example npm,pypi")
    parser.add_argument("--keep", type=Path, help="a folder for the registries' storage, so that a later rehearsal finds them filled")
    given = parser.parse_args(arguments)
    only = ecosystems(name.strip() for name in given.only.split(",") if name.strip())
    return course.Options(given.path, given.tag.removeprefix("refs/tags/"), only, given.keep.resolve() if given.keep else None)


def main(arguments: list[str]) -> int:
    """Rehearse; the exit code, as in `runner.run`, or 130 when it was interrupted."""
    terminal = Terminal()
    for request in (signal.SIGINT, signal.SIGTERM):
        signal.signal(request, interrupt)
    try:
        return REFUSED if course.rehearse(parse(arguments), terminal) else DONE
    except ReleaseError as error:
        terminal.findings(error.findings)
        return REFUSED
    except KeyboardInterrupt:
        terminal.say("Interrupted; everything that ran was ended, and the throw-away folders are gone.")
        return _INTERRUPTED
    except Exception:  # noqa: BLE001 - the one place where a defect is told from a user's error
        terminal.defect(traceback.format_exc())
        return DEFECT


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """End all children, then unwind, so that registries stop and folders go."""
    for request in (signal.SIGINT, signal.SIGTERM):
        signal.signal(request, signal.SIG_IGN)
    process.end_all()
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
