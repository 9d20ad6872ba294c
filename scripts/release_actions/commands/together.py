"""Several packages in one call of a client, for registries whose client takes them, which spares a process for each.

What became of each is nothing that such a call can tell: the registry is asked, as after every upload. What a failed
call left is uploaded by itself afterwards, so that whoever is refused is named, and only that one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from release_actions.commands.ports.registries import Batches, Parcel
from release_actions.commands.site import Site, in_parallel
from release_actions.domain.plan import Key, Upload
from release_actions.errors import ReleaseError

#: A call of its own costs about as much as waiting once for a registry that is far away.
_LEAST = 2
#: One that fails late, or takes too long, has much to be asked about.
_MOST, _LARGEST = 20, 50 * 1024 * 1024


def send(wave: Sequence[Upload], site: Site, at_once: int) -> Mapping[Key, bool]:
    """Upload those of `wave` that can go together, by at most `at_once` clients; whether the call that each was in went well."""
    several = [share for share in shares(wave, at_once) if len(share) > 1]
    if not several or not isinstance(site.registry(several[0][0].package), Batches):
        return {}
    went = in_parallel(lambda share: _sent(share, site), several, at_once)
    return {upload.package.key: well for share, well in zip(several, went, strict=True) for upload in share}


def shares(wave: Sequence[Upload], at_once: int) -> list[list[Upload]]:
    """`wave` in shares for `at_once` clients; neither so many that they cost more than they spare, nor too large ones."""
    most = min(max(_LEAST, ceil(len(wave) / at_once)), _MOST)
    made: list[list[Upload]] = []
    for upload in wave:
        if not made or len(made[-1]) == most or _size(*made[-1], upload) > _LARGEST:
            made.append([])
        made[-1].append(upload)
    return made


def _size(*uploads: Upload) -> int:
    return sum(file.size for upload in uploads for file in upload.files)


def _sent(share: Sequence[Upload], site: Site) -> bool:
    registry = site.registry(share[0].package)
    assert isinstance(registry, Batches)  # noqa: S101 - asked before
    for upload in share:
        site.say(f"{upload.package.ecosystem.label}: uploading {upload.package.name} {upload.package.version}")
    try:
        registry.upload_together([Parcel(upload.package, site.paths(upload.files), upload.dist_tag) for upload in share])
    except ReleaseError:
        return False
    return True
