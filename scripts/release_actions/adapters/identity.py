"""Who a workflow's job is, as GitHub vouches for it: OpenID Connect tokens that last five minutes.

https://docs.github.com/actions/reference/security/oidc
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from release_actions.adapters.http import Http, bearer, unusable
from release_actions.domain import strict_json
from release_actions.errors import InputError, RegistryError

#: What the runner sets for jobs with `permissions: id-token: write`.
ADDRESS, TOKEN = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
PERMISSION = "Give the job that publishes `permissions: id-token: write`"


class JobIdentity:
    """The job that this runs in; `mask` hears every secret before anything else does."""

    def __init__(self, http: Http, mask: Callable[[str], None], variables: Mapping[str, str] = os.environ) -> None:
        self._http = http
        self.mask = mask
        self._variables = variables

    @property
    def is_offered(self) -> bool:
        """Whether GitHub lets this job prove who it is."""
        return bool(self._variables.get(ADDRESS) and self._variables.get(TOKEN))

    def prove(self, audience: str) -> str:
        """A fresh token for `audience`; registries take each only once.

        Raises:
            InputError: the job may not ask (rule `id-token-permission`).
            RegistryError: GitHub gives none (rules `id-token`, `registry-…`).
        """
        if not self.is_offered:
            raise InputError(
                "id-token-permission",
                f"Nothing vouches for this job: {ADDRESS} is not set, as it is in a job of GitHub Actions with the permission.",
                f"{PERMISSION}, or set a token as an input.",
            )
        url, secret = self._variables[ADDRESS], self._variables[TOKEN]
        self.mask(secret)
        answer = self._http.get(f"{url}{'&' if '?' in url else '?'}audience={quote(audience, safe='')}", headers=bearer(secret))
        if answer.status != 200:
            raise RegistryError(
                "id-token", f"GitHub answered {answer.status} when asked who this job is.", f"{PERMISSION}; then run again."
            )
        token = _value(answer.json())
        if not token:
            raise unusable(url, "the answer holds no token")
        self.mask(token)
        return token


def _value(document: Any) -> str:
    value = document.get("value") if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def claims(token: str) -> Mapping[str, Any]:
    """What the token says of the job; who reads it to decide something must check its signature, which this doesn't."""
    try:
        payload = token.split(".")[1]
        found = strict_json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
