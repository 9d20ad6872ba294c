"""A project's page in the simple repository API, as JSON or as HTML.

https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

from release_actions.adapters.http import Answer, reading, resolved, split, text

ACCEPTED = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

#: Names and values in the order of the page, which may say a name twice.
Attributes = Sequence[tuple[str, str | None]]


@dataclass(frozen=True)
class Listed:
    """A file on the page; the SHA-256 is empty, and the time of its upload None, where the page doesn't say."""

    name: str
    address: str
    sha256: str
    uploaded: datetime | None = None


def listed(answer: Answer) -> Iterator[Listed]:
    """The files of the page. Raises RegistryError (rule `registry-answer`) when it is none."""
    if not is_json(answer):
        yield from _anchors(answer)
        return
    with reading(answer.url, "project page"):
        for file in answer.json()["files"]:
            sha256 = _sha256(file.get("hashes", {}).get("sha256", ""))
            yield Listed(text(file["filename"]), resolved(answer.url, text(file["url"])), sha256, _time(file.get("upload-time")))


def is_json(answer: Answer) -> bool:
    """Whether the page came as JSON; else it is HTML."""
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower().endswith("json")


def links(answer: Answer) -> Sequence[Attributes]:
    """The attributes of each link of an HTML page. Raises RegistryError (rule `registry-answer`) when it is none."""
    page = _Page()
    with reading(answer.url, "project page"):
        page.feed(answer.body.decode(errors="replace"))
    return page.links


def _anchors(answer: Answer) -> Iterator[Listed]:
    for href in (value for link in links(answer) for name, value in link if name == "href" and value):
        path, _, fragment = href.partition("#")
        name = unquote(split(path).path.rpartition("/")[2])
        hashes = dict(part.partition("=")[::2] for part in fragment.split("&"))
        yield Listed(name, resolved(answer.url, path), _sha256(hashes.get("sha256", "")))


def _sha256(value: Any) -> str:
    """`value` if it is a SHA-256, in lower case."""
    return value.lower() if isinstance(value, str) and re.fullmatch(r"[0-9a-fA-F]{64}", value) else ""


def _time(value: Any) -> datetime | None:
    """`value` if it is a time as the API writes it, with its zone (PEP 700)."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


class _Page(HTMLParser):
    """The links of a page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Attributes] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """Collect a link."""
        if tag == "a":
            self.links.append(attrs)
