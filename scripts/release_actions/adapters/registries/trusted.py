"""Trusted publishing: short-lived tokens that a registry mints for a job which it was told to trust.

All three are minted here rather than by the clients, and handed to them: the check before the first upload proves that
every registry will take this release, `uv` and `npm` can't reuse or renew a token, and `npm` says nothing when it gets
none (npm docs and PyPI docs, "Trusted publishers";
https://learn.microsoft.com/nuget/nuget-org/trusted-publishing).
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from release_actions.adapters.http import Answer, Http, bearer, shown, split, unusable
from release_actions.adapters.identity import JobIdentity, claims
from release_actions.adapters.registries.client import on_loopback, without_secrets
from release_actions.commands.ports.waiting import Clock
from release_actions.domain import strict_json
from release_actions.domain.patience import pause as pause_after
from release_actions.errors import RegistryError

#: A token that lasts for less than this many seconds is replaced before it is used.
_SHORT = 300.0
#: How long a token is believed to last when the registry doesn't say, which only npm may do.
_UNSAID = 600.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_REUSED = re.compile(r"reuse|already been used", re.IGNORECASE)
#: An index names its own audience; one that is somebody else's would let it speak for this job there.
_PLAIN_AUDIENCE = re.compile(r"(?!sigstore$)[A-Za-z0-9_-]{1,64}")


class Trust(StrEnum):
    """When trusted publishing is used."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, repr=False)
class Minted:
    """A token, and until when it lasts, in seconds since 1970; `job` is what GitHub said of the job that it is for."""

    token: str
    until: float
    job: Mapping[str, Any]


class Tokens:
    """The tokens of one registry by what they are for, minted when needed and replaced when short."""

    def __init__(self, mint: Callable[[str], Minted], now: Callable[[], float] = time.time) -> None:
        self._mint = mint
        self._now = now
        self._kept: dict[str, Minted] = {}
        self._locks: dict[str, threading.Lock] = {}

    def get(self, subject: str = "") -> Minted:
        """A token for `subject` that lasts a while. Raises RegistryError or InputError when none is to be had."""
        with self._locks.setdefault(subject, threading.Lock()):
            kept = self._kept.get(subject)
            if kept is None or kept.until - self._now() < _SHORT:
                kept = self._kept[subject] = self._mint(subject)
            return kept

    def forget(self, subject: str = "") -> None:
        """Mint anew the next time: the registry no longer takes the token."""
        self._kept.pop(subject, None)


class TrustedPublishing:
    """How this job comes to tokens: whether it shall, who it is, and the exchange of the one for the other."""

    def __init__(self, trust: Trust, identity: JobIdentity, http: Http, clock: Clock, now: Callable[[], float] = time.time) -> None:
        self._trust = trust
        self.identity = identity
        self._http = http
        self._clock = clock
        self._now = now

    def is_for(self, token: str) -> bool:
        """Whether tokens are minted for a registry for which the user gave `token`, or none."""
        return self._trust is Trust.ALWAYS or (self._trust is Trust.AUTO and not token and self.identity.is_offered)

    @property
    def is_required(self) -> bool:
        """Whether the user wants no other way."""
        return self._trust is Trust.ALWAYS

    def tokens(self, mint: Callable[[str], Minted]) -> Tokens:
        """A registry's tokens, by its own way of minting them."""
        return Tokens(mint, self._now)

    def pypi(self, upload: str) -> Minted:
        """By an index's mint, which stands beside its upload address; the index says for which audience.

        Raises RegistryError, with rule `trusted-publishing-absent` when there is no mint.
        """
        origin = "{0.scheme}://{0.netloc}".format(split(_safe(upload)))
        answer = self._http.get(f"{origin}/_/oidc/audience")
        if answer.status != 200:
            raise RegistryError(
                "trusted-publishing-absent",
                f"{shown(origin)} mints no tokens: it answered {answer.status} when asked for its audience.",
                "Set the input `pypi-token`; a private index may offer no trusted publishing.",
            )
        audience = _text(_object(answer), "audience")
        if not _PLAIN_AUDIENCE.fullmatch(audience):
            raise unusable(answer.url, f"the index wants a proof for `{audience[:100]}`, which is no audience of its own")

        def exchange(proof: str) -> Answer:
            body = json.dumps({"token": proof}).encode()
            return self._http.post(f"{origin}/_/oidc/mint-token", body, {"Content-Type": "application/json"})

        return self._minted(audience, exchange, "token", "PyPI: the project's page, Publishing")

    def npm(self, registry: str, package: str) -> Minted:
        """By npm's exchange, which makes a token for one package."""
        name = quote(package, safe="@")
        url = f"{_safe(registry).rstrip('/')}/-/npm/v1/oidc/token/exchange/package/{name}"
        audience = f"npm:{split(registry).hostname}"
        return self._minted(audience, lambda proof: self._http.post(url, b"", bearer(proof)), "token", f"npm: the settings of {package}")

    def nuget(self, publish: str, user: str) -> Minted:
        """By the exchange that stands beside the feed's address for pushing, `…/package`; `user` made the policy."""
        url = f"{_safe(publish).rstrip('/').rpartition('/')[0]}/token"
        body = json.dumps({"username": user, "tokenType": "ApiKey"}).encode()
        audience = "{0.scheme}://{0.netloc}".format(split(publish))

        def exchange(proof: str) -> Answer:
            return self._http.post(url, body, {"Content-Type": "application/json", **bearer(proof)})

        return self._minted(audience, exchange, "apiKey", "NuGet: your account, Trusted Publishing")

    def _minted(self, audience: str, exchange: Callable[[str], Answer], field: str, where: str) -> Minted:
        """A token, for a fresh proof each time that it is asked for: a proof is taken only once."""
        for attempt in range(1, self._http.patience.tries + 1):
            proof = self.identity.prove(audience)
            try:
                answer = exchange(proof)
                passing = answer.status in _PASSING or (answer.status >= 400 and _REUSED.search(_words(answer)) is not None)
                if not passing or attempt == self._http.patience.tries:
                    return self._read(answer, field, proof, where)
            except RegistryError as error:
                if attempt == self._http.patience.tries or error.findings[0].rule != "registry-unreachable":
                    raise
            self._clock.sleep(pause_after(attempt))
        raise AssertionError  # the last try returns or raises

    def _read(self, answer: Answer, field: str, proof: str, where: str) -> Minted:
        job = claims(proof)
        if not 200 <= answer.status < 300:
            words = without_secrets(_words(answer), [proof])
            raise RegistryError(
                "trusted-publishing",
                f"{shown(answer.url)} does not mint a token for this job; it answered {answer.status}: {words}",
                f"{where}: add a trusted publisher with exactly what GitHub says of this job: {_described(job)}.",
            )
        document = _object(answer)
        token = _text(document, field)
        self.identity.mask(token)
        if not token:
            raise unusable(answer.url, "the answer holds no token")
        return Minted(token, self._until(document.get("expires")), job)

    def _until(self, expires: object) -> float:
        """Seconds since 1970 (PyPI) or ISO 8601 (NuGet, npm)."""
        if isinstance(expires, int | float) and not isinstance(expires, bool):
            return float(expires)
        try:
            # NuGet writes seven digits of a second, of which Python before 3.11 would read six.
            return datetime.fromisoformat(str(expires)).timestamp()
        except ValueError:
            return self._now() + _UNSAID


def _safe(url: str) -> str:
    """`url`, to which a proof of who this job is may be said."""
    if split(url).scheme != "https" and not on_loopback(url):
        raise RegistryError(
            "trusted-publishing-insecure",
            f"{shown(url)} is not https, and who listens there could publish in this job's place.",
            "Use the registry's https address, or set a token with `trusted-publishing: never`.",
        )
    return url


def _object(answer: Answer) -> Mapping[str, Any]:
    document = answer.json()
    if not isinstance(document, dict):
        raise unusable(answer.url, "the answer is no JSON object")
    return document


def _text(document: Mapping[str, Any], field: str) -> str:
    value = document.get(field)
    return value if isinstance(value, str) else ""


def _words(answer: Answer) -> str:
    """What the registry says, shortened: PyPI's `errors`, npm's `message`, NuGet's `error`, or the body as it is."""
    try:
        document = strict_json.loads(answer.body)
    except ValueError:
        return answer.body[:300].decode(errors="replace")
    if not isinstance(document, dict):
        return answer.body[:300].decode(errors="replace")
    errors = document.get("errors")
    if isinstance(errors, list) and errors:
        return "; ".join(f"{one.get('code')}: {one.get('description')}" for one in errors if isinstance(one, dict))[:600]
    return str(document.get("message") or document.get("error") or "it gives no reason")[:600]


def _described(job: Mapping[str, Any]) -> str:
    """What registries compare of the job."""
    reference = str(job.get("workflow_ref") or "")
    workflow = reference.partition("@")[0].rpartition("/")[2]
    known = {"repository": job.get("repository"), "workflow file": workflow, "environment": job.get("environment") or "none"}
    return ", ".join(f"{name} `{value}`" for name, value in known.items() if value)
