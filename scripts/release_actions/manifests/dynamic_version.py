"""Where a pyproject.toml that lists the version as `dynamic` says that its build backend finds it.

Sources of the rules: Hatch, "Versioning" and "Version sources"; Setuptools, "Dynamic Metadata"; Flit, "The pyproject.toml
config file"; maturin, "Metadata".
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from release_actions.manifests.manifest import LeftAlone, VersionSource
from release_actions.manifests.toml_document import TomlDocument

_HATCH = ("tool", "hatch", "version")
_SETUPTOOLS = ("tool", "setuptools", "dynamic", "version")
_CONSTANTS = ("__version__", "VERSION", "version")
_TAGS = "takes the version from git's tags"
_REPLACED = re.compile(r"[-.]")


def of(path: str, document: TomlDocument) -> VersionSource | LeftAlone | None:
    """The source of a dynamic version, or why it is left alone; None when the version is not dynamic."""
    listed = document.array("project", "dynamic")
    if "version" not in listed or document.value("tool", "poetry", "version"):
        return None
    line = document.place("project", "dynamic", listed.index("version")).line or 1
    reason = _filled_in(document)
    if reason:
        return LeftAlone(line, "project.dynamic", "", reason)
    found = _source(path, document, line)
    return found or LeftAlone(line, "project.dynamic", "", "the build backend fills the version in")


def _filled_in(document: TomlDocument) -> str | None:
    """What makes the version up when the package is built, where something is known to."""
    required = [item.lower().replace("_", "-") for item in document.array("build-system", "requires") if isinstance(item, str)]
    if document.value(*_HATCH, "source") == "vcs":
        return f"hatch-vcs {_TAGS}"
    if isinstance(document.value("tool", "versioneer"), dict):
        return f"versioneer {_TAGS}"
    if not document.value(*_SETUPTOOLS) and (
        isinstance(document.value("tool", "setuptools_scm"), dict) or any(item.startswith("setuptools-scm") for item in required)
    ):
        return f"setuptools-scm {_TAGS}"
    return "maturin takes the version from Cargo.toml" if document.value("build-system", "build-backend") == "maturin" else None


def _source(path: str, document: TomlDocument, line: int) -> VersionSource | None:
    folder = posixpath.dirname(path)

    def source(key: tuple[str, ...], paths: Iterator[str], names: tuple[str, ...] = ()) -> VersionSource:
        joined = (posixpath.normpath(posixpath.join(folder, one)) for one in paths)
        return VersionSource(document.place(*key).line or line, ".".join(key), tuple(dict.fromkeys(joined)), names)

    hatch = document.value(*_HATCH)
    if isinstance(hatch, dict):
        constants = _hatch_constants(hatch)
        return source((*_HATCH, "path"), iter([hatch["path"]]), constants) if constants else None
    declared = document.value(*_SETUPTOOLS)
    if isinstance(declared, dict):
        files = declared.get("file")
        files = [files] if isinstance(files, str) else files
        if isinstance(files, list) and len(files) == 1 and isinstance(files[0], str):
            return source((*_SETUPTOOLS, "file"), iter(files))
        if isinstance(declared.get("attr"), str):
            module, _, name = declared["attr"].strip().rpartition(".")
            return source((*_SETUPTOOLS, "attr"), _setuptools_modules(document, module or "__init__"), (name,))
        return None
    if str(document.value("build-system", "build-backend")).startswith("flit"):
        return source(("project", "dynamic"), _flit_modules(document), ("__version__",))
    return None


def _hatch_constants(table: dict[str, object]) -> tuple[str, ...]:
    """The constants that Hatch looks for in the file; none when it is told to look for something else, or runs code."""
    if not isinstance(table.get("path"), str):
        return ()
    if table.get("source", "regex") == "regex":
        return _CONSTANTS if table.get("pattern", True) is True else ()
    expression = table.get("expression", "__version__")
    plain = table["source"] == "code" and isinstance(expression, str) and expression.isidentifier()
    return (str(expression),) if plain else ()


def _setuptools_modules(document: TomlDocument, module: str) -> Iterator[str]:
    """The files that could be the module, in the folders that Setuptools would find packages in."""
    parts = module.split(".")
    folders = document.table("tool", "setuptools", "package-dir")
    for length in range(len(parts), -1, -1):
        folder = folders.get(".".join(parts[:length]))
        if isinstance(folder, str):
            yield from _files(folder, parts[length:])
    found = (one for one in document.array("tool", "setuptools", "packages", "find", "where") if isinstance(one, str))
    for folder in (*found, "src", "."):
        yield from _files(folder, parts)


def _flit_modules(document: TomlDocument) -> Iterator[str]:
    name = document.value("tool", "flit", "module", "name")
    if not isinstance(name, str):
        name = _REPLACED.sub("_", str(document.value("project", "name")))
    for folder in (".", "src"):
        yield from _files(folder, name.split("."))


def _files(folder: str, parts: list[str]) -> Iterator[str]:
    whole = posixpath.join(folder, *parts)
    yield f"{whole}/__init__.py"
    if parts:
        yield f"{whole}.py"
