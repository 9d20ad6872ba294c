"""Whatever is done to a packed file, it is read as one or refused; nothing else is ever raised."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import packed

from release_actions.adapters.archives import PackedFiles
from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem
from release_actions.errors import RefusedError

FOLDER = tempfile.TemporaryDirectory()
PACKED = {
    file.name: Path(FOLDER.name, file.name).read_bytes()
    for ecosystem in Ecosystem
    for file in packed.package(Path(FOLDER.name), ecosystem, "acme", "1.2.3", symbols=True).files
}
edits = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=8)), min_size=1, max_size=8)


def edited(content: bytes, changes: list[tuple[float, bytes]]) -> bytes:
    for place, words in changes:
        at = int(place * len(content))
        content = content[:at] + words + content[at + max(1, len(words)) :]
    return content


def read(path: Path) -> Identity | str:
    try:
        return PackedFiles().identify(path)
    except RefusedError as error:
        return error.findings[0].rule


@pytest.mark.parametrize("name", PACKED)
@settings(deadline=None)
@given(changes=edits, inside=st.booleans())
def test_a_damaged_package_is_read_or_refused(name: str, changes: list[tuple[float, bytes]], inside: bool) -> None:
    whole = PACKED[name]
    damaged = gzip.compress(edited(gzip.decompress(whole), changes)) if inside and name.endswith("gz") else edited(whole, changes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(damaged)
        assert isinstance(read(path), Identity) or str(read(path)).startswith("artifact-")
