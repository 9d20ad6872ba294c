import io
import struct
import zipfile
from hashlib import sha512

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.nuget_storage import signed
from release_actions.adapters.registries.nupkg import SIGNATURE, content_hash, unsigned

entries = st.dictionaries(st.text("abcd/._ä", min_size=1, max_size=8), st.binary(max_size=200), max_size=5)


def zipped(content: dict[str, bytes], comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
        archive.comment = comment
    return buffer.getvalue()


@settings(deadline=None)
@given(entries, st.binary(max_size=40).filter(lambda comment: b"PK" not in comment))
def test_a_package_that_the_gallery_signed_is_the_package_that_was_pushed(content: dict[str, bytes], comment: bytes) -> None:
    pushed = zipped(content, comment)
    served = signed(pushed)
    assert served != pushed
    with zipfile.ZipFile(io.BytesIO(served)) as archive:
        assert SIGNATURE.decode() in archive.namelist()
    assert unsigned(served) == pushed
    assert content_hash(served) == sha512(pushed).hexdigest()


@settings(deadline=None)
@given(entries.filter(bool), st.data())
def test_one_changed_bit_outside_of_the_signature_is_another_content(content: dict[str, bytes], data: st.DataObject) -> None:
    pushed = zipped(content)
    start = struct.unpack_from("<L", pushed, pushed.rindex(b"PK\x05\x06") + 16)[0]
    served = bytearray(signed(pushed))
    position = data.draw(st.integers(0, start - 1))
    served[position] ^= 1 << data.draw(st.integers(0, 7))
    assert content_hash(bytes(served)) != sha512(pushed).hexdigest()


def test_a_signature_that_stands_between_other_entries_is_taken_out() -> None:
    with_signature = zipped({"a": b"1", SIGNATURE.decode(): b"signature", "b": b"2"})
    plain = unsigned(with_signature)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        assert (archive.namelist(), archive.read("a"), archive.read("b"), archive.testzip()) == (["a", "b"], b"1", b"2", None)


def test_a_comment_that_looks_like_the_end_of_the_archive_is_a_comment() -> None:
    comment = b"PK\x05\x06" + b"x" * 30
    ending = struct.pack("<H", len(comment)) + comment
    plain = zipped({"a": b"1"})
    assert unsigned(signed(plain)[:-2] + ending) == plain[:-2] + ending


@pytest.mark.parametrize(
    "archive",
    [
        b"",
        b"no zip",
        b"PK\x05\x06",
        zipped({"a": b"1"}),
        zipped({}),
        signed(zipped({"a": b"1"}))[:-1],
        signed(zipped({"a": b"1"}))[10:],
        zipped({"a": b"1", "dir/.signature.p7s": b"x"}),
    ],
)
def test_what_bears_no_signature_or_is_broken_stays_as_it_is(archive: bytes) -> None:
    assert unsigned(archive) == archive


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(data: bytes) -> None:
    unsigned(data)
    unsigned(zipped({"a": b"1"}) + data)
    unsigned(data + b"PK\x05\x06" + data)
