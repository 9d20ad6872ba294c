"""What pyproject.toml says of requirements is what packaging's parser of PEP 508 says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement, Requirement

from release_actions.errors import ManifestError
from release_actions.manifests import pyproject

NAMES = st.text("aZ09._-", min_size=1, max_size=4)
CLAUSES = st.tuples(st.sampled_from(["==", ">=", "<=", "!=", "~=", "===", "<", ">", "=", ""]), st.text("01.*", max_size=5)).map("".join)
LIKE_REQUIREMENTS = st.builds(lambda name, clauses: name + ",".join(clauses), NAMES, st.lists(CLAUSES, max_size=3))


@given(st.one_of(LIKE_REQUIREMENTS, st.text("a0.-_=<>!~,[]; @*", min_size=1, max_size=8)))
@example("a")
@example("acme.Core>=1.2.3,<2")
@example("a==1.2.*")
@example("a-")
@example("a==1.")
def test_requirements_are_read_as_packaging_reads_them(text: str) -> None:
    try:
        read = pyproject.read("pyproject.toml", f"[project]\ndependencies = ['{text}']\n".encode()).requires
    except ManifestError:
        read = ()
    expected: tuple[str, ...]
    try:
        expected = (Requirement(text).name,)
    except InvalidRequirement:
        expected = ()
    assert read == expected
