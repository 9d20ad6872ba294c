"""Hypothesis strategies shared by the property tests."""

from hypothesis import strategies as st

from release_actions.domain.version import LARGEST_NUMBER, Channel, Version

# Small numbers collide and neighbour each other; the others are where implementations change their ways.
numbers = st.one_of(st.integers(0, 12), st.sampled_from([99, 100, 20261121, 2**31 - 2, LARGEST_NUMBER]))


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """Any version of the grammar that is no longer than registries allow."""
    channel = draw(st.sampled_from(Channel))
    number = 0 if channel is Channel.STABLE else draw(numbers)
    return Version(draw(numbers), draw(numbers), draw(numbers), channel, number)
