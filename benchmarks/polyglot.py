"""A repository of npm, Python and .NET packages that depend on each other, and what is wrong in it after a bump.

What is wrong is found with the standard library's parsers alone, and so independently of what is measured.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

#: The packages of others bear the old version too, so that a blind replacement shows.
OLD, NEW = "1.3.0", "1.4.0"
_INTEGRITY = "sha512-XI5MPzVNApjAyhQzphX8BkmKsKUxD4LdyK24iZeQGinBN9yTQT3bFlCBy/aVx2HrNcqQGsdot8ghrjyrvMCoEA=="


@dataclass(frozen=True)
class Said:
    """What a place says of a version: it is in `file`, a `kind` of place, and `ours` tells whether it has to follow."""

    file: str
    kind: str
    text: str
    ours: bool


def write(top: Path, count: int) -> None:
    """Write the repository's files below `top`: `count` packages of each ecosystem, and their lock files."""
    for path, content in (*_npm(count), *_python(count), *_dotnet(count)):
        target = top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="\n")


def name(index: int) -> str:
    """The short name of a package."""
    return f"part{index:04}"


def _needed(index: int) -> list[int]:
    """The packages that this one depends on: the one before it, and one of the first."""
    return sorted({index - 1, index // 2} - {index}) if index else []


def _npm(count: int) -> Iterator[tuple[str, str]]:
    lock: dict[str, object] = {"": {"name": "@acme/all", "version": OLD, "license": "MIT", "workspaces": ["npm/*"]}}
    links: dict[str, object] = {}
    for index in range(count):
        needs = {f"@acme/{name(other)}": f"^{OLD}" for other in _needed(index)} | {"left-pad": OLD}
        package = {"name": f"@acme/{name(index)}", "version": OLD, "license": "MIT", "dependencies": needs}
        yield f"npm/{name(index)}/package.json", _json({**package, "engines": {"node": f">={OLD}"}})
        lock[f"npm/{name(index)}"] = {**package, "engines": {"node": f">={OLD}"}}
        links[f"node_modules/@acme/{name(index)}"] = {"resolved": f"npm/{name(index)}", "link": True}
    links["node_modules/left-pad"] = {"version": OLD, "integrity": _INTEGRITY, "license": "WTFPL"}
    root = {"name": "@acme/all", "version": OLD, "license": "MIT", "private": True, "workspaces": ["npm/*"]}
    yield "package.json", _json(root)
    everything = {**{key: lock[key] for key in [""]}, **links, **{key: lock[key] for key in lock if key}}
    yield "package-lock.json", _json({"name": "@acme/all", "version": OLD, "lockfileVersion": 3, "requires": True, "packages": everything})


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


def _python(count: int) -> Iterator[tuple[str, str]]:
    entries = []
    for index in range(count):
        ranges = [f'    "acme-{name(other)}>={OLD},<2",\n' for other in _needed(index)[:1]]
        pins = [f'    "acme-{name(other)}=={OLD}",\n' for other in _needed(index)[1:]]
        requirements = "".join((*ranges, *pins, f'    "six=={OLD}",\n'))
        content = (
            f'[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[project]\nname = "acme-{name(index)}"\n'
            f'version = "{OLD}"  # the only one\nrequires-python = ">=3.11"\ndependencies = [\n{requirements}]\n'
        )
        yield f"python/{name(index)}/pyproject.toml", content
        needs = "".join(f'    {{ name = "acme-{name(other)}" }},\n' for other in _needed(index))
        entries.append(
            f'[[package]]\nname = "acme-{name(index)}"\nversion = "{OLD}"\nsource = {{ editable = "{name(index)}" }}\n'
            f'dependencies = [\n{needs}    {{ name = "six" }},\n]\n'
        )
    entries.append(f'[[package]]\nname = "six"\nversion = "{OLD}"\nsource = {{ registry = "https://registry.invalid/simple" }}\n')
    yield "python/uv.lock", 'version = 1\nrevision = 2\nrequires-python = ">=3.11"\n\n' + "\n".join(entries)


def _dotnet(count: int) -> Iterator[tuple[str, str]]:
    for index in range(count):
        forms = [OLD, f"[{OLD}]"]
        needs = "".join(
            f'    <PackageReference Include="Acme.{name(other)}" Version="{form}" />\n'
            for other, form in zip(_needed(index), forms, strict=False)
        )
        content = (
            '<Project Sdk="Microsoft.NET.Sdk">\n\n  <PropertyGroup>\n    <TargetFramework>net8.0</TargetFramework>\n'
            f"    <Version>{OLD}</Version>\n    <LangVersion>latest</LangVersion>\n  </PropertyGroup>\n\n  <ItemGroup>\n{needs}"
            f'    <PackageReference Include="Serilog" Version="{OLD}" />\n  </ItemGroup>\n\n</Project>\n'
        )
        yield f"dotnet/{name(index)}/Acme.{name(index)}.csproj", content


def wrong(top: Path) -> Counter[str]:
    """How many places of each kind, such as `npm ranges`, say something else than they should after a bump to NEW.

    The versions of others' packages have to be as they were; what they say instead is counted as `others' versions`.
    """
    found: Counter[str] = Counter()
    for said in (*_said_by_npm(top), *_said_by_python(top), *_said_by_dotnet(top)):
        if (NEW if said.ours else OLD) not in said.text:
            found[said.kind if said.ours else "others' versions"] += 1
    return found


def _said_by_npm(top: Path) -> Iterator[Said]:
    for file in [top / "package.json", *sorted(top.glob("npm/*/package.json"))]:
        yield from _package(str(file), json.loads(file.read_text(encoding="utf-8")), "npm versions", "npm ranges")
    lock = json.loads(top.joinpath("package-lock.json").read_text(encoding="utf-8"))
    yield Said("package-lock.json", "npm lock", lock["version"], ours=True)
    for key, entry in lock["packages"].items():
        if not entry.get("link"):
            yield from _package("package-lock.json", entry, "npm lock", "npm lock", ours="node_modules" not in key)


def _package(file: str, values: dict[str, dict[str, str]], version: str, ranges: str, *, ours: bool = True) -> Iterator[Said]:
    yield Said(file, version, str(values["version"]), ours)
    for package, text in values.get("dependencies", {}).items():
        yield Said(file, ranges, text, package.startswith("@acme/"))
    if "engines" in values:
        yield Said(file, "npm versions", values["engines"]["node"], ours=False)


def _said_by_python(top: Path) -> Iterator[Said]:
    for file in sorted(top.glob("python/*/pyproject.toml")):
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        yield Said(str(file), "Python versions", project["version"], ours=True)
        for requirement in project["dependencies"]:
            yield Said(str(file), "Python pins" if "==" in requirement else "Python ranges", requirement, requirement.startswith("acme-"))
    for package in tomllib.loads(top.joinpath("python/uv.lock").read_text(encoding="utf-8"))["package"]:
        yield Said("python/uv.lock", "Python lock", package["version"], "editable" in package["source"])


def _said_by_dotnet(top: Path) -> Iterator[Said]:
    for file in sorted(top.glob("dotnet/*/*.csproj")):
        root = ElementTree.parse(file).getroot()  # noqa: S314 - written by this module
        yield Said(str(file), ".NET versions", root.findtext("PropertyGroup/Version") or "", ours=True)
        for item in root.iterfind("ItemGroup/PackageReference"):
            text = item.attrib["Version"]
            yield Said(str(file), ".NET pins" if re.match(r"\[[^,]*\]", text) else ".NET ranges", text, item.attrib["Include"] != "Serilog")
