"""Run one entry script in the suite's own locked environment: `launch.py NAME [FLAG ...]`.

The standard library alone, in words that Python 3.6 can still read, so that an old interpreter can find a newer one.
"""

import os
import sys

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
#: Nothing of the user's settings and packages; and none of the interpreter's packages either, since those come from the locks.
ISOLATED = ["-I", "-X", "utf8"]
ALONE = ["-S"] + ISOLATED


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--inside"]:
        return run_inside(arguments[1], arguments[2:])
    if sys.version_info < OLDEST:
        return hand_over([newer_python()] + ALONE + [os.path.abspath(__file__)] + arguments)
    names = entry_scripts()
    if not arguments or arguments[0] not in names:
        sys.exit("usage: launch.py NAME [FLAG ...], where NAME is one of: {}".format(", ".join(names)))
    if not (sys.flags.isolated and sys.flags.no_site and sys.flags.utf8_mode):
        return hand_over([sys.executable] + ALONE + [os.path.abspath(__file__)] + arguments)
    keep_bytecode_apart()
    from pathlib import Path

    from release_actions.adapters import environments

    lock = Path(HERE, "requirements-{}.txt".format(arguments[0]))
    try:
        python = environments.ensure(lock if lock.exists() else Path(HERE, "requirements.txt"), say=say)
    except Exception as error:  # the errors are imported only when there is one, since each start would wait for them
        from release_actions.errors import ReleaseError

        if not isinstance(error, ReleaseError):
            raise
        sys.exit("error: {}".format(error))
    packages = environments.packages_beside(python)
    if not packages:
        return hand_over([str(python)] + ISOLATED + [os.path.abspath(__file__), "--inside"] + arguments)
    sys.path.append(packages)
    return become(arguments[0], arguments[1:])


def entry_scripts() -> "list[str]":
    """The names that can be launched: the scripts beside this one."""
    return sorted(name[:-3] for name in os.listdir(HERE) if name.endswith(".py") and name != "launch.py")


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def run_inside(name: str, arguments: "list[str]") -> int:
    """Become the entry script, in an interpreter whose own packages are those of the environment."""
    keep_bytecode_apart()
    return become(name, arguments)


def become(name: str, arguments: "list[str]") -> int:
    """Run the entry script as if it had been started by itself. It ends the process."""
    from importlib.machinery import PathFinder, SourceFileLoader

    sys.argv = [name] + arguments
    spec = PathFinder.find_spec(name, [HERE])
    code = spec.loader.get_code(name) if spec and isinstance(spec.loader, SourceFileLoader) else None
    assert code  # noqa: S101 - `main` has seen the file
    module = type(sys)("__main__")
    module.__file__ = os.path.join(HERE, name + ".py")
    sys.modules["__main__"] = module
    exec(code, module.__dict__)  # noqa: S102 - the entry script, compiled
    return 0


def keep_bytecode_apart() -> None:
    """Let our own modules be found, and only these be compiled into the cache, since the action's folder has to stay as it is.

    For all others it would hide the bytecode that Python and the environment have, and a first start would take twice as long.
    """
    from importlib.machinery import FileFinder, SourceFileLoader
    from types import CodeType

    prefix = None

    class Loader(SourceFileLoader):
        def get_code(self, fullname: str) -> "CodeType | None":
            sys.pycache_prefix, sys.dont_write_bytecode = prefix, prefix is None
            try:
                return super().get_code(fullname)
            finally:
                sys.pycache_prefix, sys.dont_write_bytecode = None, False

    def ours(path: str) -> FileFinder:
        if not (path.startswith(HERE) and os.path.isdir(path)):
            raise ImportError(path)
        return FileFinder(path, (Loader, [".py"]))

    sys.path_hooks.insert(0, ours)
    sys.path.insert(0, HERE)  # an isolated interpreter leaves it off
    from release_actions.adapters.cache import cache_folder

    prefix = str(cache_folder() / "bytecode")


def newer_python() -> str:
    """A Python that is new enough, found by running it: a name on the PATH may be a stub."""
    import subprocess

    tools = os.environ.get("RUNNER_TOOL_CACHE", "")
    candidates = ["python3.{}".format(minor) for minor in range(20, OLDEST[1] - 1, -1)]
    for version in sorted(os.listdir(os.path.join(tools, "Python")), reverse=True) if os.path.isdir(os.path.join(tools, "Python")) else []:
        for place in ("x64/bin/python3", "arm64/bin/python3", "x64/python.exe", "arm64/python.exe"):
            candidates.append(os.path.join(tools, "Python", version, place))
    probe = "import sys; sys.exit(sys.version_info < {!r})".format(OLDEST)
    for candidate in candidates:
        try:
            if subprocess.call([candidate, "-I", "-c", probe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
                return candidate
        except OSError:
            continue
    sys.exit("error: Python {}.{} or newer is needed; add a step with actions/setup-python before this one.".format(*OLDEST))


def hand_over(command: "list[str]") -> int:
    """Let `command` take this process's place. Windows can't, so there it is a child."""
    if os.name == "nt":
        import subprocess

        return subprocess.call(command)
    sys.stdout.flush()
    os.execvp(command[0], command)


if __name__ == "__main__":
    sys.exit(main())
