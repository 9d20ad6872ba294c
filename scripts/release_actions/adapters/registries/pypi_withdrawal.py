"""What a Python index says of withdrawn files, and where a person can withdraw one: PyPI has no API to yank.

https://packaging.python.org/en/latest/specifications/file-yanking/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote

from release_actions.adapters.http import Answer, Http, credentials, reading, split, text, unusable
from release_actions.adapters.registries import simple_index
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.domain.distributions import version_of
from release_actions.domain.names import canonical
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.domain.standing import Standing
from release_actions.errors import Finding


class PypiWithdrawals:
    """Projects on the index of `registry`."""

    ecosystem = Ecosystem.PYPI

    def __init__(self, http: Http, registry: PypiRegistry) -> None:
        self._http = http
        self._registry = registry

    @property
    def address(self) -> str:
        """The index that is read."""
        return self._registry.address

    def check(self, packages: Sequence[BuiltPackage]) -> Sequence[Finding]:  # noqa: ARG002 - nothing is written
        """Nothing is needed to say where a person can yank."""
        return []

    def standing(self, package: BuiltPackage) -> Standing:
        """Ask for the project's page. A version is withdrawn when all of its files are yanked."""
        url = f"{self._registry.index.rstrip('/')}/{canonical('pypi', package.name)}/"
        answer = self._http.get(url, accept=simple_index.ACCEPTED)
        if answer.status == 404:
            return Standing()
        if answer.status != 200:
            raise unusable(answer.url, f"the index answered {answer.status}")
        marks: dict[str, list[str | None]] = {}
        for name, yanked in _files(answer):
            version = version_of(name, package.name)
            if version is not None:
                marks.setdefault(version, []).append(yanked)
        withdrawn = {version: next(filter(None, found), "") for version, found in marks.items() if None not in found}
        return Standing(tuple(marks), {version: words or "" for version, words in withdrawn.items()})

    def withdraw(self, package: BuiltPackage, words: str) -> None:
        """Only a person can."""
        raise NotImplementedError

    def restore(self, package: BuiltPackage) -> None:
        """Only a person can."""
        raise NotImplementedError

    def point(self, package: BuiltPackage, tag: str, version: str) -> None:
        """An index has no pointers: the latest version is the highest final one that is not yanked."""
        raise NotImplementedError

    def page(self, package: BuiltPackage) -> str:
        """Where whoever owns the project can yank the release: the page that the index's own web application has for it."""
        parts = split(credentials(self._registry.index)[0])
        return f"{parts.scheme}://{parts.netloc}/manage/project/{quote(canonical('pypi', package.name))}/release/{quote(package.version)}/"


def _files(answer: Answer) -> Iterator[tuple[str, str | None]]:
    """Each file's name, and the words with which it was yanked, or None (PEP 592, PEP 691)."""
    if not simple_index.is_json(answer):
        for values in map(dict, simple_index.links(answer)):
            if values.get("href"):
                name = unquote(split(str(values["href"])).path.rpartition("/")[2])
                yield name, values["data-yanked"] or "" if "data-yanked" in values else None
        return
    with reading(answer.url, "project page"):
        for file in answer.json()["files"]:
            yanked = file.get("yanked", False)
            yield text(file["filename"]), (yanked if isinstance(yanked, str) else "") if yanked is not False else None
