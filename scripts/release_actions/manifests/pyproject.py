"""pyproject.toml: the `[project]` table, Poetry's own, and dependency groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from packaging.requirements import InvalidRequirement, Requirement

from release_actions.errors import ManifestError
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token
from release_actions.manifests.toml_document import Path, TomlDocument

FAMILY = "pypi"
#: A requirement up to its specifiers, and these (PEP 508, "Names", "Extras").
_REQUIREMENT = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?\s*\(?\s*(?P<specifiers>[^;)]*?)\s*(?:[;)].*)?", re.DOTALL)
_NEVER_UPLOADED = "Private :: Do Not Upload"
_POETRY = ("tool", "poetry")


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] == "pyproject.toml"


def read(path: str, data: bytes) -> Manifest:
    """Read a pyproject.toml; one that describes no package has no name."""
    document = TomlDocument(path, data)
    tables = [table for table in (("project",), _POETRY) if document.table(*table)]
    names = [name for table in tables if (name := document.string(*table, "name"))]
    versions = [(table, token) for table in tables if (token := document.string(*table, "version"))]
    requirements = list(_requirements(document))
    poetry = list(_poetry_dependencies(document))
    return Manifest(
        path,
        FAMILY,
        name=names[0].text if names else None,
        private=_is_private(document, tables),
        versions=tuple(Site(token, ".".join((*table, "version")), Spelling.PEP440) for table, token in versions),
        dependencies=tuple(_sites(requirements, poetry)),
        requires=tuple(_required(requirements, poetry)),
        left_alone=tuple(_dynamic(document)),
    )


def _is_private(document: TomlDocument, tables: Sequence[tuple[str, ...]]) -> bool:
    if document.value("tool", "poetry", "package-mode") is False or document.value("tool", "uv", "package") is False:
        return True
    return any(_NEVER_UPLOADED in document.array(*table, "classifiers") for table in tables)


def _dynamic(document: TomlDocument) -> Iterator[LeftAlone]:
    for index, name in enumerate(document.array("project", "dynamic")):
        if name == "version" and not document.value("tool", "poetry", "version"):
            line = document.place("project", "dynamic", index).line or 1
            yield LeftAlone(line, "project.dynamic", "", "the build backend fills the version in")


def _requirements(document: TomlDocument) -> Iterator[tuple[Path, Token, Requirement]]:
    """Every PEP 508 requirement of the package and of the dependency groups (PEP 735)."""
    lists: list[Path] = [("project", "dependencies")]
    lists += [("project", "optional-dependencies", extra) for extra in document.table("project", "optional-dependencies")]
    lists += [("dependency-groups", group) for group in document.table("dependency-groups")]
    for path in lists:
        for index, item in enumerate(document.array(*path)):
            token = document.string(*path, index) if isinstance(item, str) or path[0] == "project" else None
            if token:
                yield path, token, _requirement(document, (*path, index), token)


def _requirement(document: TomlDocument, path: Path, token: Token) -> Requirement:
    try:
        return Requirement(token.text)
    except InvalidRequirement as error:
        raise ManifestError(
            "manifest-requirement",
            f"`{token.text[:100]}` is no requirement: {str(error).splitlines()[0]}.",
            "Write it as PEP 508 says.",
            document.place(*path),
        ) from None


def _poetry_dependencies(document: TomlDocument) -> Iterator[tuple[Path, str, Token | None]]:
    """Each dependency of Poetry's tables: where, on what, and its constraint."""
    tables: list[Path] = [(*_POETRY, "dependencies"), (*_POETRY, "dev-dependencies")]
    tables += [(*_POETRY, "group", group, "dependencies") for group in document.table(*_POETRY, "group")]
    for table in tables:
        for name, value in document.table(*table).items():
            choices: list[Path] = [(*table, name, index) for index in range(len(value))] if isinstance(value, list) else [(*table, name)]
            for choice in choices:
                detailed = isinstance(document.value(*choice), dict)
                yield table, name, document.string(*choice, "version") if detailed else document.string(*choice)


def _sites(requirements: list[tuple[Path, Token, Requirement]], poetry: list[tuple[Path, str, Token | None]]) -> Iterator[Site]:
    for path, token, requirement in requirements:
        match = _REQUIREMENT.fullmatch(token.text)
        if match and match["specifiers"] and requirement.url is None and token.text.isascii():
            specifiers = token.part(*match.span("specifiers"))
            yield Site(specifiers, f"{'.'.join(map(str, path))}: {requirement.name}", Spelling.PEP440_SPECIFIER, requirement.name)
    for path, name, constraint in poetry:
        if constraint and name != "python":
            yield Site(constraint, f"{'.'.join(map(str, path))}.{name}", Spelling.POETRY_CONSTRAINT, name)


def _required(requirements: list[tuple[Path, Token, Requirement]], poetry: list[tuple[Path, str, Token | None]]) -> Iterator[str]:
    for path, _, requirement in requirements:
        if path[0] == "project":
            yield requirement.name
    for path, name, _ in poetry:
        if path == (*_POETRY, "dependencies"):
            yield name
