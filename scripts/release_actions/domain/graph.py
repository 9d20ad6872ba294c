"""The order among a repository's own packages."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from typing import Protocol, TypeVar

from release_actions.domain.package import Ecosystem
from release_actions.errors import RefusedError


class _Dependent(Protocol):
    @property
    def ecosystem(self) -> Ecosystem: ...
    @property
    def name(self) -> str: ...
    @property
    def depends_on(self) -> tuple[str, ...]: ...


_P = TypeVar("_P", bound=_Dependent)


def waves(packages: Iterable[_P]) -> tuple[tuple[_P, ...], ...]:
    """`packages` in waves: each depends only on earlier waves. Within one they are sorted by ecosystem and name.

    Dependencies on packages that are not given are ignored.

    Raises:
        RefusedError: packages depend on each other in a circle (rule `dependency-cycle`).
    """
    by_key = {(package.ecosystem, package.name): package for package in packages}
    sorter = TopologicalSorter(
        {key: [(key[0], name) for name in package.depends_on if (key[0], name) in by_key] for key, package in by_key.items()}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " → ".join(name for _, name in error.args[1])
        raise RefusedError(
            "dependency-cycle", f"Packages depend on each other in a circle: {circle}.", "Remove one of these dependencies."
        ) from None
    order = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=lambda key: (list(Ecosystem).index(key[0]), key[1]))
        order.append(tuple(by_key[key] for key in ready))
        sorter.done(*ready)
    return tuple(order)
