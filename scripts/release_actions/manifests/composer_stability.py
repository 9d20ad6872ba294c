"""The stability flags of a composer.lock: which of the packages that are required may be less stable than all others.

Source of the rules: Composer, `RootPackageLoader::extractStabilityFlags`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_LEVELS = {"stable": 0, "rc": 5, "beta": 10, "alpha": 15, "dev": 20}
_LABELS = {"a": "alpha", "b": "beta"}
_EXPLICIT = re.compile(rf"[^@]*@({'|'.join(_LEVELS)})", re.IGNORECASE)
_LABEL = re.compile(r"[._-]?(?:(?P<label>beta|b|rc|alpha|a)[.-]?[0-9.]*)?(?P<dev>[.-]?dev)?(?:\+.*)?", re.IGNORECASE)


def flags(manifest: bytes, lock: bytes) -> str:
    """They, as Composer writes them."""
    return _written(manifest, lock, "[]")


def flags_of_composer_2_8(manifest: bytes, lock: bytes) -> str:
    """They, as Composer 2.8 and later write them."""
    return _written(manifest, lock, "{}")


def _written(manifest: bytes, lock: bytes, empty: str) -> str:
    said, minimum = json.loads(manifest), _LEVELS.get(str(json.loads(lock).get("minimum-stability", "")).lower(), 0)
    found: dict[str, int] = {}
    for kind in ("require", "require-dev"):
        required = said.get(kind)
        for name, text in required.items() if isinstance(required, dict) else ():
            for level in _levels(text, minimum):
                found[name.lower()] = max(level, found.get(name.lower(), 0))
    return json.dumps(found, indent=4, ensure_ascii=False).replace("\n", "\n    ") if found else empty


def _levels(text: str, minimum: int) -> Iterator[int]:
    """What a constraint says of stability: by its flags, or else by the labels of its versions."""
    constraints = [part for part in re.split(r"[|,\s]+", text) if part]
    explicit = [match[1].lower() for part in constraints if (match := _EXPLICIT.fullmatch(part))]
    if explicit:
        yield from (_LEVELS[name] for name in explicit)
    else:
        yield from (level for part in constraints if (level := _LEVELS[_stability(part)]) and level >= minimum)


def _stability(version: str) -> str:
    if version.startswith("dev-") or version.endswith("-dev"):
        return "dev"
    match = re.search(r"(?<=[0-9])[._-]?(?=[a-z])", version, re.IGNORECASE)
    label = _LABEL.fullmatch(version, match.start()) if match else None
    if label is None or not (label["label"] or label["dev"]):
        return "stable"
    return "dev" if label["dev"] else _LABELS.get(label["label"].lower(), label["label"].lower())
