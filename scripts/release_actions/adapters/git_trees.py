"""Trees of git with some files replaced, made aside: no index, work tree or ref is touched.

All new objects go into one pack. One by one, as git's index would have them, thousands take longer than all else of a bump.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from release_actions.adapters.git import GitRepository

_LINE_ENDS = ("text", "eol", "crlf")
_CHANGING = ("filter", "working-tree-encoding", "ident")
_OFF = {"unspecified", "unset"}
#: Known within one run of fast-import only, which forgets it before it would be written.
_REF = "refs/release-actions/aside"


def tree_with(git: GitRepository, parent: str, contents: Mapping[str, bytes]) -> str:
    """The tree of the commit `parent`, a full name, with these files replaced: their modes kept, their bytes through git's filters."""
    listed = git.run("ls-tree", "-r", "-z", "--full-tree", parent).stdout.split("\0")[:-1]
    modes = {path: state.partition(" ")[0] for state, _, path in (line.partition("\t") for line in listed)}
    filtered = _filtered(git, parent, contents)
    lines = [f"commit {_REF}\ncommitter nobody <> 0 +0000\ndata 0\nfrom {parent}\n".encode()]
    for path, content in contents.items():
        mode, blob = modes.get(path, "100644"), filtered.get(path)
        lines.append(f"M {mode} {blob or 'inline'} {_quoted(path)}\n".encode())
        lines += [] if blob else [b"data %d\n" % len(content), content, b"\n"]
    lines.append(f'ls ""\nreset {_REF}\nfrom {"0" * len(parent)}\n\ndone\n'.encode())
    printed = git.run("fast-import", "--quiet", "--done", "--depth=0", "--date-format=raw", text=b"".join(lines)).stdout
    return printed.partition("\t")[0].split(" ")[2]


def _quoted(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _filtered(git: GitRepository, parent: str, contents: Mapping[str, bytes]) -> Mapping[str, str]:
    """The blobs of those files whose bytes git's filters may change."""
    converts = git.run("config", "--get", "core.autocrlf", check=False).stdout.strip().lower() not in {"", "false"}
    paths = [path for path, given in _attributes(git, list(contents)) if _may_change(given, contents[path], converts=converts)]
    if not paths:
        return {}
    with tempfile.TemporaryDirectory(prefix="release-actions-") as folder:
        for path in paths:
            file = Path(folder, "files", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(contents[path])
        # An index of its own, for git takes attributes from there when the work tree holds none.
        index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        git.run("read-tree", parent, added=index)
        there = ("-C", str(Path(folder, "files")), f"--git-dir={_git_folder(git)}", "--work-tree=.")
        git.run(*there, "update-index", "-z", "--stdin", text="".join(f"{path}\0" for path in paths), added=index)
        entries = git.run("ls-files", "-z", "--stage", added=index).stdout.split("\0")[:-1]
    blobs = {path: state.split(" ")[1] for state, _, path in (entry.partition("\t") for entry in entries)}
    return {path: blobs[path] for path in paths}


def _git_folder(git: GitRepository) -> str:
    return git.run("rev-parse", "--absolute-git-dir").stdout.removesuffix("\n")


def _attributes(git: GitRepository, paths: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each path with those of its attributes by which git may change its bytes."""
    names = (*_LINE_ENDS, *_CHANGING)
    printed = git.run("check-attr", "-z", "--stdin", *names, text="".join(f"{path}\0" for path in paths)).stdout.split("\0")[:-1]
    size = 3 * len(names)
    for start in range(0, len(printed), size):
        yield printed[start], dict(zip(printed[start + 1 : start + size : 3], printed[start + 2 : start + size : 3], strict=True))


def _may_change(attributes: Mapping[str, str], content: bytes, *, converts: bool) -> bool:
    if any(attributes[name] not in _OFF for name in _CHANGING):
        return True
    return b"\r" in content and (converts or any(attributes[name] not in _OFF for name in _LINE_ENDS))
