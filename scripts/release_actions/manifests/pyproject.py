"""pyproject.toml: the `[project]` table, Poetry's own, and dependency groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from release_actions.errors import ManifestError
from release_actions.manifests import dynamic_version, python_requirement
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token, VersionSource
from release_actions.manifests.python_requirement import PythonRequirement
from release_actions.manifests.toml_document import Path, TomlDocument

FAMILY = "pypi"
_NEVER_UPLOADED = "Private :: Do Not Upload"
_POETRY = ("tool", "poetry")


@dataclass(frozen=True)
class _Required:
    """A requirement, and the list that it is in."""

    path: Path
    requirement: PythonRequirement


FILES = ("pyproject.toml",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a pyproject.toml; one that describes no package has no name."""
    document = TomlDocument(path, data)
    tables = [table for table in (("project",), _POETRY) if document.table(*table)]
    names = [name for table in tables if (name := document.string(*table, "name"))]
    versions = [(table, token) for table in tables if (token := document.string(*table, "version"))]
    requirements = list(_requirements(document))
    poetry = list(_poetry_dependencies(document))
    dynamic = dynamic_version.of(path, document)
    return Manifest(
        path,
        FAMILY,
        name=names[0].text if names else None,
        private=_is_private(document, tables),
        versions=tuple(Site(token, ".".join((*table, "version")), Spelling.PEP440) for table, token in versions),
        dependencies=tuple(_sites(requirements, poetry)),
        requires=tuple(_required(requirements, poetry)),
        left_alone=(dynamic,) if isinstance(dynamic, LeftAlone) else (),
        source=dynamic if isinstance(dynamic, VersionSource) else None,
    )


def _is_private(document: TomlDocument, tables: Sequence[tuple[str, ...]]) -> bool:
    if document.value("tool", "poetry", "package-mode") is False or document.value("tool", "uv", "package") is False:
        return True
    return any(_NEVER_UPLOADED in document.array(*table, "classifiers") for table in tables)


def _requirements(document: TomlDocument) -> Iterator[_Required]:
    """Every PEP 508 requirement of the package and of the dependency groups (PEP 735)."""
    lists: list[Path] = [("project", "dependencies")]
    lists += [("project", "optional-dependencies", extra) for extra in document.table("project", "optional-dependencies")]
    lists += [("dependency-groups", group) for group in document.table("dependency-groups")]
    for path in lists:
        for index, item in enumerate(document.array(*path)):
            token = document.string(*path, index) if isinstance(item, str) or path[0] == "project" else None
            if token:
                yield _requirement(document, path, index, token)


def _requirement(document: TomlDocument, path: Path, index: int, token: Token) -> _Required:
    try:
        return _Required(path, python_requirement.parse(token))
    except ValueError as error:  # also of a number of thousands of digits
        raise ManifestError(
            "manifest-requirement",
            f"`{token.text[:100]}` is no requirement: {str(error).splitlines()[0]}.",
            "Write it as PEP 508 says.",
            document.place(*path, index),
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


def _sites(requirements: list[_Required], poetry: list[tuple[Path, str, Token | None]]) -> Iterator[Site]:
    for one in requirements:
        site = one.requirement.site(".".join(map(str, one.path)))
        if site:
            yield site
    for path, name, constraint in poetry:
        if constraint and name != "python":
            yield Site(constraint, f"{'.'.join(map(str, path))}.{name}", Spelling.POETRY_CONSTRAINT, name)


def _required(requirements: list[_Required], poetry: list[tuple[Path, str, Token | None]]) -> Iterator[str]:
    for one in requirements:
        if one.path[0] == "project":
            yield one.requirement.name
    for path, name, _ in poetry:
        if path == (*_POETRY, "dependencies"):
            yield name
