"""When two names mean the same package."""

from __future__ import annotations

import re


def canonical(family: str, name: str) -> str:
    """`name` in the one form by which its registry compares names.

    PyPI compares by PEP 503, "Normalized Names"; NuGet ignores case; npm compares exactly.
    """
    match family:
        case "pypi":
            return re.sub(r"[-_.]+", "-", name).lower()
        case "nuget":
            return name.lower()
        case _:
            return name
