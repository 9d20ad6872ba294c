"""A token for git, given by variables: it is in no argument and in no file."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Credential:
    """A token for the server at `address`, such as `https://github.com`; it is sent to no other."""

    address: str
    token: str

    def variables(self) -> Mapping[str, str]:
        """Configuration of git; the empty header drops one that actions/checkout configured for the same server."""
        basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        added = {"GIT_CONFIG_COUNT": str(first + 2)}
        for index, value in enumerate(("", f"AUTHORIZATION: basic {basic}"), first):
            added |= {f"GIT_CONFIG_KEY_{index}": f"http.{self.address.rstrip('/')}/.extraheader", f"GIT_CONFIG_VALUE_{index}": value}
        return added
