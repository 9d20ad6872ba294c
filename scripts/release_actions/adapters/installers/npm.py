"""npm: `npm install` into an empty project with an empty cache, then node."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from release_actions.adapters import process
from release_actions.adapters.installers import clean
from release_actions.domain import strict_json
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage

#: What npm may be told by the user's environment about how to reach others' packages.
_KEPT = ("npm_config_*", "NPM_CONFIG_*", "NODE_AUTH_TOKEN", "NPM_TOKEN", "NODE_*")
_ABSENT = re.compile(r"\b(ETARGET|E404)\b|No matching version found", re.IGNORECASE)


class NpmInstaller:
    """Installs from the registry that `registry_of` says, with npm's settings in `environment`, which may hold a token."""

    ecosystem = Ecosystem.NPM

    def __init__(self, registry_of: Callable[[BuiltPackage], str], environment: Callable[[BuiltPackage], Mapping[str, str]]) -> None:
        self._registry_of = registry_of
        self._environment = environment

    def install(self, package: BuiltPackage, folder: Path) -> None:
        """Install this version, and what it depends on."""
        registry = self._registry_of(package)
        project = folder / "project"
        project.mkdir()
        (project / "package.json").write_text('{"private": true}\n', encoding="utf-8")
        scope = [f"--{package.name.partition('/')[0]}:registry={registry}"] if package.name.startswith("@") else []
        options = ["--no-audit", "--no-fund", "--prefer-online", f"--registry={registry}", *scope]
        added = {"npm_config_cache": str(folder / "cache"), "npm_config_update_notifier": "false"}
        command = [_tool("npm"), "install", *options, f"{package.name}@{package.version}"]
        clean.install(command, package, project, _ABSENT, keep=_KEPT, added=added, secrets=self._environment(package))

    def run(self, package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        """Run the smoke program, else import the package."""
        project = folder / "project"
        if smoke:
            program = [shutil.copy(smoke, project / f"smoke{smoke.suffix}")]
        elif _can_be_imported(project / "node_modules" / package.name):
            program = ["--input-type=module", "--eval", f"await import({json.dumps(package.name)}); console.log('imported')"]
        else:
            return clean.NOTHING
        return clean.run([_tool("node"), *program], package, project)


def _can_be_imported(folder: Path) -> bool:
    """Whether node finds a module in the package: one of types or of commands alone has none."""
    manifest = strict_json.loads((folder / "package.json").read_bytes())
    return any(manifest.get(key) for key in ("exports", "main", "module")) or (folder / "index.js").exists()


def _tool(name: str) -> str:
    return process.find(name, "Install Node.js, which brings npm, or add a step with actions/setup-node before this one.")
