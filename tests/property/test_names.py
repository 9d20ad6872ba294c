"""Names of Python projects compare as `packaging`, the reference implementation, compares them."""

from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from release_actions.domain.names import canonical


@given(st.text("aZ09-_.", max_size=12))
def test_python_names_compare_as_the_reference_does(name: str) -> None:
    assert canonical("pypi", name) == canonicalize_name(name)
