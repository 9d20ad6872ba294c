"""Which rules the suite's own code said to be broken while tests ran.

A rule counts only when the code of the suite made the finding; one that a test has written down itself is no proof.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

import pytest

from release_actions.errors import Finding
from tests import catalogue
from tests.imports import SCRIPTS

SEEN: set[str] = set()
_ERRORS = str(SCRIPTS / "release_actions/errors.py")


def record() -> None:
    """Note the rule of every finding from now on."""
    make = Finding.__init__
    scripts = f"{SCRIPTS}{os.sep}"

    def noting(self: Finding, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **named)
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename == _ERRORS:
            frame = frame.f_back
        if frame.f_code.co_filename.startswith(scripts):
            SEEN.add(self.rule)

    Finding.__init__ = noting  # type: ignore[method-assign]


def is_whole(session: pytest.Session) -> bool:
    """Whether these are all tests, and all have passed: only then does it mean something that a rule was not seen."""
    options = session.config.option
    chosen = (
        session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS or options.keyword or options.markexpr or options.collectonly
    )
    return not (chosen or session.testsfailed)


def missing(seen: Iterable[str] | None = None) -> list[str]:
    """The rules of the catalogue that are not among `seen`, which is by default what was noted."""
    return sorted(set(catalogue.rules()) - set(SEEN if seen is None else seen))
