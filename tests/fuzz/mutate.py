"""Inputs made from others: cut, spliced, doubled, and with bytes in them that readers trip over."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

#: No input needs to be larger to show a fault, and what is small is quick.
LARGEST = 8192

_NASTY = [
    *(b"", b"\0", b"\r", b"\n", b"\r\n", b"\t", b" ", b"\x1b[2K", b"\x7f", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3"),
    *(
        text.encode()
        for text in ("\x85", "\u2028", "\u202e", "\u2066", "\u200b", "\u00a0", "\ufeff", "ß", "İ", "٣", "\U0001f4a5", "e\u0301")
    ),
    *(b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\\x00", b"\\", b"\\\n", b"%00", b"%", b"&#0;", b"&lt;", b"&a;"),
    *(
        b'"',
        b"'",
        b"`",
        b'"""',
        b"'''",
        b"{",
        b"}",
        b"[",
        b"]",
        b"(",
        b")",
        b"<",
        b">",
        b"</",
        b"/>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
    ),
    *(
        b"#",
        b"#{",
        b"${",
        b"$(",
        b"//",
        b"/*",
        b"*/",
        b"--",
        b"---\n",
        b"|",
        b"&x",
        b"*x",
        b"<<: ",
        b"!!",
        b":",
        b": ",
        b",",
        b";",
        b"=",
        b"@",
    ),
    *(
        b"..",
        b"../",
        b"./",
        b"/",
        b"C:",
        b"://",
        b"http://[",
        b"https://a:b@c",
        b"::error::",
        b"##[error]",
        b"NaN",
        b"1e999",
        b"-0",
        b"null",
    ),
    *(b"true", b"{}", b"[]", b'""', b"0", b"-1", b"2147483647", b"2147483648", b"9" * 40, b"9" * 5000, b"0.0.0", b"01.2.3", b"1.2.3-rc.1"),
    *(
        b"[" * 1500,
        b"{" * 1500,
        b'{"a":' * 1500,
        b"(" * 500,
        b"<a>" * 500,
        b"a: " * 300,
        b"a.b." * 300,
        b" " * 2000,
        b"\n" * 2000,
        b"-" * 2000,
    ),
]


def mutated(data: bytes, others: Sequence[bytes], seed: int) -> bytes:
    """`data` after some changes, which `seed` decides; `others` are what parts are borrowed from."""
    random = Random(seed)  # noqa: S311 - nothing is kept secret by it
    for _ in range(random.choice((1, 1, 1, 2, 3, 5))):
        data = random.choice(_CHANGES)(data, others, random)
    return data[:LARGEST]


def _stretch(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.choice((0, 1, 2, 8, 40, 400)))


def _insert(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, end = _stretch(data, random)
    return data[:start] + random.choice(_NASTY) + data[random.choice((start, end)) :]


def _remove(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, end = _stretch(data, random)
    return data[:start] + data[end:]


def _truncate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _double(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, end = _stretch(data, random)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 50)) + data[end:]


def _move(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    start, end = _stretch(data, random)
    rest = data[:start] + data[end:]
    at = random.randint(0, len(rest))
    return rest[:at] + data[start:end] + rest[at:]


def _splice(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    other = random.choice(others) if others else data
    start, end = _stretch(other, random)
    at, after = _stretch(data, random)
    return data[:at] + other[start:end] + data[random.choice((at, after)) :]


def _flip(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 4)) if changed else 0):
        changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _lines(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    lines = data.split(b"\n")
    if random.random() < 0.5:
        random.shuffle(lines)
    else:
        lines.insert(random.randint(0, len(lines)), random.choice(lines))
    return random.choice((b"\n", b"\n", b"\r\n", b"\r")).join(lines)


_CHANGES = (_insert, _insert, _insert, _remove, _truncate, _double, _move, _splice, _splice, _flip, _lines)
