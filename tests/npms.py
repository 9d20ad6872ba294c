"""Other major versions of npm than the one that tests run with, fetched into the cache from npm itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from rehearsal import toolchains
from release_actions.adapters import environments, process

#: The last of each major version, with the SHA-512 of its tarball. npm 11 is what Node.js brings along.
VERSIONS = {
    "10.9.9": "1g+6jLQvaIuB4zwvHL7yrXuXcWZwDsCtBX8bbWDqbvJSSr9nPiDDWTHNgwXR27iIcTTW7v3A57hDW9RYv2W4Yg==",
    "12.2.2": "KglgbZyacf7jH+FHuNRqVuCzQi8VhI2a7J87Ix43FsPTuZoGWmIXXGdZtBUOA79vwL+IJREqURVzupA7PsQTcA==",
}
#: npm 12 runs on no older Node.js than 22.22, which a machine may not have.
_OWN_NODE = frozenset({"12.2.2"})


def provide(version: str, variables: Mapping[str, str]) -> dict[str, str]:
    """`variables`, of the usual tools, with a PATH that finds this npm first, and the Node.js that it needs."""
    home = environments.cache_folder() / f"npm-{version}"
    if not home.is_dir():
        environments.place_whole(home, lambda folder: _fetch(version, folder, variables))
    found = shutil.which("node", path=variables["PATH"])
    assert found, "the usual tools have a Node.js"
    node = toolchains.fetch_node(print) / "node" if version in _OWN_NODE else Path(found)
    commands = toolchains.links(home, {"node": node.resolve(), "npm": home / "bin" / "npm-cli.js", "npx": home / "bin" / "npx-cli.js"})
    return dict(variables) | {"PATH": os.pathsep.join((str(commands), variables["PATH"]))}


def _fetch(version: str, folder: Path, variables: Mapping[str, str]) -> None:
    aside = folder / ".download"
    aside.mkdir()
    command = ["npm", "pack", f"npm@{version}", "--pack-destination", str(aside), "--loglevel=error"]
    process.run(command, folder=aside, keep=("npm_config_*", "NPM_CONFIG_*"), added=variables, timeout=300)
    [tarball] = aside.glob("*.tgz")
    toolchains.check_integrity(tarball, VERSIONS[version], f"npm@{version}")
    process.run(["tar", "-xzf", tarball, "--strip-components", "1", "-C", folder], timeout=300)
    shutil.rmtree(aside)
