"""Edits: what a site is to say. They change the bytes of their sites and no others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from release_actions.errors import ManifestError, Place
from release_actions.manifests.manifest import Manifest, Site


class Edit(NamedTuple):
    """A site, and the text that it is to bear."""

    site: Site
    text: str


def apply(manifest: Manifest, data: bytes, edits: Iterable[Edit]) -> bytes:
    """`data`, the bytes that `manifest` was read from, with `edits` made.

    Raises:
        ManifestError: a site no longer says what it said, so that the file was changed meanwhile (rule `file-changed`).
    """
    parts, position = [], 0
    for edit in sorted(edits, key=lambda edit: edit.site.token.start):
        token = edit.site.token
        if token.start < position:
            raise ValueError(f"{manifest.path}: two edits overlap at byte {token.start}")
        if data[token.start : token.end] != token.text.encode(manifest.encoding):
            raise ManifestError("file-changed", "The file changed while it was edited.", "Run it again.", Place(manifest.path, token.line))
        parts += [data[position : token.start], edit.text.encode(manifest.encoding)]
        position = token.end
    return b"".join((*parts, data[position:]))
