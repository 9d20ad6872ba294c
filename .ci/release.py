"""Release the suite itself: the GitHub Release of a tag, with its section of the changelog, and the tag of its major version.

`python3 .ci/release.py VERSION COMMIT`, with PRERELEASE and LATEST as the action `tag` says them. It may run again: what is
there already is left, or moved to where it has to be. `gh` and git do the work.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
STABLE = re.compile(r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def notes(changelog: str, version: str) -> str:
    """The entries of `version`. Raises LookupError when it has no section, or an empty one."""
    section = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## |^\[[^\]]+\]: |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if section is None or not section[1].strip():
        raise LookupError(f"CHANGELOG.md has no entries for {version}. Close the section Unreleased before the tag.")
    return f"{section[1].strip()}\n"


def moved(version: str, tags: Iterable[str]) -> str | None:
    """The tag of the major version that `version` takes; None for a prerelease, and for what is not the highest of its major."""
    own = STABLE.fullmatch(f"v{version}")
    if own is None:
        return None
    numbers = [tuple(map(int, match.groups())) for tag in tags if (match := STABLE.fullmatch(tag)) and match[1] == own[1]]
    return f"v{own[1]}" if all(other <= tuple(map(int, own.groups())) for other in numbers) else None


def make_release(version: str, text: str) -> None:
    """Make the GitHub Release, unless it is there."""
    if _succeeds("gh", "release", "view", f"v{version}"):
        return
    flags = ["--prerelease"] if os.environ["PRERELEASE"] == "true" else [f"--latest={os.environ['LATEST']}"]
    command = ["gh", "release", "create", f"v{version}", "--verify-tag", "--title", f"v{version}", "--notes-file", "-", *flags]
    subprocess.run(command, cwd=TOP, input=text.encode(), check=True)


def move(tag: str, commit: str) -> None:
    """Bring the tag to the commit."""
    refs = f"repos/{os.environ['GITHUB_REPOSITORY']}/git/refs"
    if not _succeeds("gh", "api", "--method", "PATCH", f"{refs}/tags/{tag}", "-f", f"sha={commit}", "-F", "force=true"):
        subprocess.run(["gh", "api", "--method", "POST", refs, "-f", f"ref=refs/tags/{tag}", "-f", f"sha={commit}"], check=True)


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, cwd=TOP, stdout=subprocess.DEVNULL, check=False).returncode == 0


def main(version: str, commit: str) -> None:
    """Make the release, then move the tag."""
    text = notes((TOP / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    tags = subprocess.run(["git", "tag", "--list"], cwd=TOP, capture_output=True, text=True, check=True).stdout.split()
    make_release(version, text)
    major = moved(version, tags)
    if major:
        move(major, commit)
    print(f"v{version} is released; {f'{major} leads to it' if major else 'no other tag was moved'}.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except LookupError as error:
        sys.exit(f"error: {error}")
