"""When two names mean the same package."""

from __future__ import annotations

import re
from functools import lru_cache

_SEPARATORS = re.compile(r"[-_.]+")


@lru_cache(maxsize=10_000)  # thousands of references name the same
def canonical(family: str, name: str) -> str:
    """`name` in the one form by which its registry compares names.

    PyPI compares by PEP 503, "Normalized Names"; NuGet ignores case; npm compares exactly.
    """
    match family:
        case "pypi":
            return _SEPARATORS.sub("-", name).lower()
        case "nuget":
            return name.lower()
        case _:
            return name
