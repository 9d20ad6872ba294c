"""The files of a Python index: which release of which project each belongs to, by its name alone.

`packaging` is imported where it is needed: it would take a quarter of the start of an action that reads no such name.
"""

from __future__ import annotations


def version_of(file_name: str, project: str) -> str | None:
    """The normalised version (PEP 440) that `file_name` belongs to, or None when it is no file of `project`.

    Wheels and source distributions count; PyPI takes nothing else (PEP 527, PEP 715).
    """
    from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

    try:
        if file_name.endswith(".whl"):
            name, version, *_ = parse_wheel_filename(file_name)
        else:
            name, version = parse_sdist_filename(file_name)
    except ValueError:  # what `packaging` says of the name; Python itself says it of a number of thousands of digits
        return None
    return str(version) if name == canonicalize_name(project) else None


def same_version(first: str, second: str) -> bool:
    """Whether two spellings mean one version. Text that is no version equals only itself."""
    from packaging.version import Version

    try:
        return Version(first) == Version(second)
    except ValueError:
        return first == second
