"""Every kind of file, damaged in every way: it is read, or refused with a place; what is read is where it is said to be."""

import contextlib
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.property.strategies import versions

from release_actions.domain.version import Version
from release_actions.errors import ManifestError
from release_actions.manifests import kinds, spelling
from release_actions.manifests.manifest import Derived, Manifest
from release_actions.manifests.ranges import ExcludedError

CASES = Path(__file__).parents[1] / "cases" / "bump"


def files() -> list[tuple[str, Path]]:
    """Every file of the cases, with its path in the case's repository."""
    tops = sorted(CASES.glob("*/before"))
    return [(path.relative_to(top).as_posix(), path) for top in tops for path in sorted(top.rglob("*")) if path.is_file()]


FILES = files()
SAMPLES = [(name, path.read_bytes()) for name, path in FILES if kinds.of(name)]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of one of the cases with some of its bytes gone, doubled or replaced."""
    path, data = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        inserted = draw(
            st.sampled_from(
                [b"", b'"', b"'", b"{", b"}", b"\n", b"\xff", b"\\", b"#{", b"${", b"<!--", b"\xef\xbb\xbf", b"[", data[start:end] * 2]
            )
        )
        data = data[:start] + inserted + data[end:]
    return path, data


def read(path: str, data: bytes) -> Manifest | None:
    kind = kinds.of(path)
    assert kind
    try:
        return kind.read(path, data)
    except ManifestError as error:
        places = [finding.place for finding in error.findings]
    assert all(place and place.path == path for place in places)
    return None


def test_no_file_is_of_two_kinds() -> None:
    """So it does not matter in which order kinds are asked."""
    assert [(path, fitting) for path, _ in SAMPLES if len(fitting := [kind for kind in kinds.KINDS if kind.matches(path)]) > 1] == []


def test_every_module_that_reads_a_kind_of_file_is_found() -> None:
    names = {str(vars(kind)["__name__"]).rpartition(".")[2] for kind in (*kinds.KINDS, *kinds.DECLARED)}
    written = {
        path.stem
        for path in Path(kinds.__file__).parent.glob("*.py")
        if re.search(r"^def matches\(path", path.read_text("utf-8"), re.MULTILINE)
    }
    assert names == written
    assert {kind.FAMILY for kind in kinds.DECLARED} == {"api"}  # type: ignore[attr-defined]


@given(st.sampled_from([name for name, _ in FILES]), st.data())
def test_a_kind_is_found_by_the_names_that_it_gives_whatever_their_case(path: str, data: st.DataObject) -> None:
    """The same as when every kind is asked about every file."""
    folder, _, name = path.rpartition("/")
    other = data.draw(st.sampled_from([name, name.lower(), name.upper(), name.title(), f"x{name}", f"{name}x", name[1:], name[:-1]]))
    path = f"{folder}/{other}" if folder else other
    for declared, asked in ((False, kinds.KINDS), (True, (*kinds.KINDS, *kinds.DECLARED))):
        assert kinds.of(path, declared=declared) == next((kind for kind in asked if kind.matches(path)), None)


def test_every_kind_has_a_sample() -> None:
    assert {kinds.of(path) for path, _ in SAMPLES} == set(kinds.KINDS)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(file=damaged(), version=versions())
def test_a_damaged_file_is_read_or_refused(file: tuple[str, bytes], version: Version) -> None:
    path, data = file
    manifest = read(path, data)
    if manifest is None:
        return
    for site in (*manifest.versions, *manifest.dependencies):
        token = site.token
        assert data[token.start : token.end] == token.text.encode(manifest.encoding)
        assert manifest.encoding != "utf-8" or token.line == data.count(b"\n", 0, token.start) + 1
        with contextlib.suppress(ExcludedError):
            spelling.spelt(site, version)


def derived() -> list[tuple[Derived, bytes, str, bytes]]:
    """Everything that a lock file of the cases derives, with that file, and the manifest that it is made of."""
    files = {path: path.read_bytes() for path in CASES.glob("*/before/**/*") if path.is_file()}
    found = []
    for lock, data in files.items():
        top = CASES / lock.relative_to(CASES).parts[0] / "before"
        name = lock.relative_to(top).as_posix()
        manifest = read(name, data) if kinds.of(name) else None
        found += [(one, data, one.of, files[top / one.of]) for one in (manifest.derived if manifest else ()) if top / one.of in files]
    return found


DERIVED = derived()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(DERIVED), st.data())
def test_what_is_derived_follows_any_manifest_that_can_be_read(given_: tuple[Derived, bytes, str, bytes], data: st.DataObject) -> None:
    one, lock, path, manifest = given_
    assert one.follow((manifest, lock), (manifest, lock)) == one.site.text
    start = data.draw(st.integers(0, len(manifest)))
    end = data.draw(st.integers(start, min(len(manifest), start + 40)))
    inserted = data.draw(st.sampled_from([b"", b"1", b"[]", b"{}", b"null", b"*a", b'"', b"\n"]))
    changed = manifest[:start] + inserted + manifest[end:]
    if read(path, changed):
        followed = one.follow((manifest, lock), (changed, lock))
        assert followed is not None
        assert one.follow((changed, lock), (manifest, lock)) in {None, one.site.text}
