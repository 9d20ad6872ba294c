"""JSON as RFC 8259 has it, read so that nothing but ValueError is ever raised for what is none."""

from __future__ import annotations

import json
from typing import Any


def loads(text: str | bytes) -> Any:
    """What `text` means.

    Raises:
        ValueError: it is no JSON; or it is nested too deeply, or holds a number that is too long, to be read.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("the values are nested too deeply") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
