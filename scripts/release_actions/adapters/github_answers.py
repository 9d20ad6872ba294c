"""What GitHub's refusals and failures mean: whether to try again, and what a person can do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from release_actions.errors import RegistryError

if TYPE_CHECKING:
    from github.GithubException import GithubException

TRIES = 5
WRITE_PERMISSION = (
    "Give the job `permissions: contents: write`; a personal token needs write access to the repository's contents."
    " Then run again: what is already published will be left alone."
)

_LONGEST_PAUSE = 60.0
_LONGEST_WORDS = 500


def pause(error: GithubException, attempt: int) -> float | None:
    """The seconds after which to try again, or None when that is of no use.

    GitHub says when in Retry-After, or in X-RateLimit-Reset (GitHub docs, "Rate limits for the REST API").
    """
    from github import RateLimitExceededException

    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if isinstance(error, RateLimitExceededException) or error.status == 429 or "retry-after" in headers:
        told = _told_pause(headers)
        return told if told <= _LONGEST_PAUSE else None
    if error.status >= 500 or _has_code(error, "already_exists"):
        return 2.0**attempt
    return None


def _told_pause(headers: Mapping[str, str]) -> float:
    if headers.get("retry-after", "").isdecimal():
        return float(headers["retry-after"])
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdecimal():
        return max(0.0, float(headers["x-ratelimit-reset"]) - time.time()) + 1
    return _LONGEST_PAUSE


def _has_code(error: GithubException, code: str) -> bool:
    """Whether a validation error says so of a field; an asset that is there after all got there meanwhile."""
    found = error.data.get("errors") if isinstance(error.data, dict) else None
    return isinstance(found, list) and any(isinstance(entry, dict) and entry.get("code") == code for entry in found)


def refusal(error: GithubException, repository: str) -> RegistryError:
    """What GitHub's answer means to the person who runs this."""
    from github import RateLimitExceededException

    said = _words(error)
    if isinstance(error, RateLimitExceededException) or error.status == 429:
        return RegistryError("github-busy", f"GitHub limits the rate of requests ({said}).", "Run again later; nothing will be repeated.")
    match error.status:
        case 401:
            remedy = "Set `github-token` to a token that is valid; in a workflow leave it at its default."
            return RegistryError("github-token-refused", f"GitHub does not accept the token ({said}).", remedy)
        case 403:
            return RegistryError("github-permission", f"The token may not write releases of {repository} ({said}).", WRITE_PERMISSION)
        case 404:
            what = f"GitHub shows the token no repository {repository} that it may write to ({said})."
            return RegistryError("github-permission", what, WRITE_PERMISSION)
        case 422:
            remedy = "Correct what GitHub names, in the release of this tag or in the repository's rules, and run again."
            return RegistryError("github-refused", f"GitHub refused the release ({said}).", remedy)
        case status if status >= 500:
            return RegistryError("github-busy", f"GitHub failed, {TRIES} times ({said}).", "Run again later; nothing will be repeated.")
    return RegistryError("github-answer", f"GitHub answered unexpectedly ({said}).", "Check the address of the API, then run again.")


def _words(error: GithubException) -> str:
    """The status, and what GitHub says of it."""
    data: Any = error.data if isinstance(error.data, dict) else {}
    entries = data.get("errors") if isinstance(data.get("errors"), list) else []
    details = [_detail(entry) for entry in entries]
    return ": ".join([str(error.status), *[str(part) for part in (data.get("message"), "; ".join(details)) if part]])[:_LONGEST_WORDS]


def _detail(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    return str(entry.get("message") or " ".join(str(entry[key]) for key in ("resource", "field", "code") if key in entry))


def unreachable(api: str, error: OSError) -> RegistryError:
    """The error for no answer at all."""
    return RegistryError(
        "github-unreachable",
        f"{api} can't be reached: {type(error).__name__}: {str(error)[:_LONGEST_WORDS]}.",
        "Check GITHUB_API_URL and the network, then run again; nothing will be repeated.",
    )


def unusable(api: str, error: Exception) -> RegistryError:
    """The error for an answer that is not GitHub's."""
    return RegistryError(
        "github-answer",
        f"{api} does not answer as GitHub does ({type(error).__name__}: {str(error)[:_LONGEST_WORDS]}).",
        "Check GITHUB_API_URL: it must be the address that GitHub itself uses in its answers.",
    )
