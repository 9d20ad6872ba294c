"""Where the suite keeps what it fetches and compiles. Every start of an action passes here first."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where this suite keeps what it fetches: the runner's tool cache, else its temporary folder, else the user's cache."""
    for name in ("RUNNER_TOOL_CACHE", "RUNNER_TEMP"):
        if environ.get(name):
            return Path(environ[name], "release-actions")
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "release-actions")
