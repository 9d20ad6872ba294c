"""HTTP for asking registries: bounded in time, size and tries, and with no secret in any message."""

from __future__ import annotations

import hashlib
import os
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]

import urllib3

from release_actions.commands.ports.waiting import Clock
from release_actions.domain import strict_json
from release_actions.domain.patience import LONGEST_PAUSE, Patience
from release_actions.domain.patience import pause as pause_after
from release_actions.errors import RegistryError

#: An answer that is read whole. npm describes thousands of versions in some tens of megabytes.
LARGEST_DOCUMENT = 128 * 1024 * 1024
#: A package that is fetched to be compared. PyPI and the NuGet gallery take 100 and 250 MB unless asked.
LARGEST_PACKAGE = 1024 * 1024 * 1024

_T = TypeVar("_T")

_AGENT = "release-actions"
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WORDS = 300
_CONNECT = 10.0
#: A registry that trickles may take this many times as long as one that is silent.
_TRICKLE = 10


@dataclass(frozen=True)
class Answer:
    """What a registry answered: the status with its words, the headers by lower-case name, the body, and where it came from."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    reason: str = ""

    def json(self) -> Any:
        """The body as JSON. Raises RegistryError (rule `registry-answer`) when it is none."""
        try:
            return strict_json.loads(self.body)
        except ValueError:
            raise unusable(self.url, "the answer is no JSON") from None


def unusable(url: str, why: str) -> RegistryError:
    """The error for an answer that can't be used."""
    return RegistryError(
        "registry-answer", f"{shown(url)}: {why}.", "Check that this is the address of a registry, then run again; nothing was changed."
    )


@contextmanager
def reading(url: str, what: str) -> Iterator[None]:
    """Let whatever goes wrong in the block, which reads the answer from `url`, say that the answer is no `what`."""
    try:
        yield
    # Python's parser of HTML asserts what only a well-meaning page holds.
    except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise unusable(url, f"the answer is no {what} ({type(error).__name__}: {str(error)[:_LONGEST_WORDS]})") from None


def text(value: object) -> str:
    """`value`, which an answer has to give as text; TypeError when it is something else."""
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:_LONGEST_WORDS]!r} is no text")
    return value


def split(url: str) -> SplitResult:
    """The parts of `url`. Raises RegistryError (rule `registry-address`) when it is no address."""
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        what = f"`{shown(url)}` is no address."
        raise RegistryError("registry-address", what, "Correct it where the registry is set, or ask those who run the registry.") from None
    return parts


def shown(url: str) -> str:
    """`url` for messages: without user, password, query and fragment, and no longer than a line or two."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, slashes, rest = bare.partition("//")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"[:_LONGEST_WORDS]


def credentials(url: str) -> tuple[str, Mapping[str, str]]:
    """`url` without its user and password, and the header that says them."""
    parts = split(url)
    login, _, host = parts.netloc.rpartition("@")
    if not login:
        return url, {}
    return urlunsplit(parts._replace(netloc=host)), urllib3.make_headers(basic_auth=login)


def bearer(token: str) -> Mapping[str, str]:
    """The header that says `token`, if there is one."""
    return {"Authorization": f"Bearer {token}"} if token else {}


class Http:
    """Requests to registries; safe to use from several threads."""

    def __init__(self, clock: Clock, patience: Patience | None = None) -> None:
        self._clock = clock
        self.patience = patience or Patience()
        self._timeout = _bound(self.patience.timeout)
        self._upload_timeout = _bound(self.patience.upload_timeout)
        self._proxies = getproxies_environment()
        self._pools: dict[str, urllib3.PoolManager] = {}

    def get(self, url: str, *, accept: str = "*/*", headers: Mapping[str, str] | None = None, limit: int = LARGEST_DOCUMENT) -> Answer:
        """GET `url`; any status that asking again can't change is handed back.

        A lost connection, a cut answer and a passing status are asked again, a few times, as Retry-After says.

        Raises:
            RegistryError: no usable answer (rules `registry-unreachable`, `registry-busy`, `registry-answer`).
        """
        answer, body = self._get(url, accept, headers or {}, lambda chunks: b"".join(_bounded(chunks, url, limit)))
        return Answer(url, answer.status, {name.lower(): value for name, value in answer.headers.items()}, body)

    def digest(self, url: str, algorithm: str, headers: Mapping[str, str] | None = None) -> str:
        """The digest of the file at `url`, in lower-case hexadecimal. Raises RegistryError, also for any status but 200."""

        def hashed(chunks: Iterator[bytes]) -> str:
            digest = hashlib.new(algorithm)
            for chunk in _bounded(chunks, url, LARGEST_PACKAGE):
                digest.update(chunk)
            return digest.hexdigest()

        answer, value = self._get(url, "*/*", headers or {}, hashed)
        if answer.status != 200:
            raise unusable(url, f"the registry lists this file, but answers {answer.status} for it")
        return value

    def put_file(self, url: str, path: Path, headers: Mapping[str, str]) -> Answer:
        """PUT the file as multipart/form-data, once: whether a lost answer took effect is for the caller to ask.

        Raises RegistryError (rule `registry-unreachable`) when there is no answer.
        """
        fields = {"package": (path.name, path.read_bytes(), "application/octet-stream")}
        try:
            answer = self._pool(url).request(
                "PUT",
                url,
                fields=fields,
                headers={"User-Agent": _AGENT, **headers},
                retries=False,
                timeout=self._upload_timeout,
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable(url, error) from None
        return Answer(url, answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data, answer.reason or "")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """POST `body`, once, and follow no redirect: what is said here is meant for nobody else.

        Raises RegistryError (rule `registry-unreachable`) when there is no answer.
        """
        headers = {"User-Agent": _AGENT, "Accept": "application/json", **headers}
        try:
            answer = self._pool(url).request("POST", url, body=body, headers=headers, retries=False, timeout=self._timeout, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable(url, error) from None
        return Answer(url, answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def send(self, method: str, url: str, headers: Mapping[str, str]) -> Answer:
        """Send a request without a body, once, and follow no redirect; what became of it is for the caller to ask.

        Raises RegistryError (rule `registry-unreachable`) when there is no answer.
        """
        try:
            answer = self._pool(url).request(
                method, url, headers={"User-Agent": _AGENT, **headers}, retries=False, timeout=self._timeout, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable(url, error) from None
        return Answer(url, answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.data)

    def _get(
        self, url: str, accept: str, headers: Mapping[str, str], read: Callable[[Iterator[bytes]], _T]
    ) -> tuple[urllib3.BaseHTTPResponse, _T]:
        url, login = credentials(url)
        headers = {"User-Agent": _AGENT, "Accept": accept, "Cache-Control": "no-cache", **login, **headers}
        tries = self.patience.tries
        for attempt in range(1, tries + 1):
            pause = pause_after(attempt)
            try:
                answer = self._open(url, headers)
                with closing(answer):
                    if answer.status not in _PASSING:
                        return answer, read(self._chunks(answer, url))
                    pause = _pause(answer, pause, url)
                    failure: RegistryError = _busy(url, answer.status, tries)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                failure = _unreachable(url, error)
            if attempt < tries:
                self._clock.sleep(pause)
        raise failure

    def _open(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        redirects = urllib3.Retry(total=5, connect=0, read=0, status=0, other=0, redirect=5, respect_retry_after_header=False)
        pool = self._pool(url)
        return pool.request("GET", url, headers=headers, retries=redirects, timeout=self._timeout, preload_content=False)

    def _chunks(self, answer: urllib3.BaseHTTPResponse, url: str) -> Iterator[bytes]:
        """The decoded body; a registry that trickles is cut off."""
        longest = _TRICKLE * self.patience.timeout
        deadline = self._clock.now() + longest
        for chunk in answer.stream(1 << 16, decode_content=True):
            if self._clock.now() > deadline:
                raise unusable(url, f"the answer took more than {longest:g} seconds")
            yield chunk

    def _pool(self, url: str) -> urllib3.PoolManager:
        parts = split(url)
        proxy = self._proxies.get(parts.scheme) or self._proxies.get("all") or ""
        if proxy and proxy_bypass_environment(parts.netloc.rpartition("@")[2], self._proxies):
            proxy = ""
        if proxy not in self._pools:
            self._pools[proxy] = self._new_pool(proxy)
        return self._pools[proxy]

    def _new_pool(self, proxy: str) -> urllib3.PoolManager:
        login = urlsplit(proxy).netloc.rpartition("@")[0]
        headers = urllib3.make_headers(proxy_basic_auth=login) if login else None
        pool = urllib3.ProxyManager(proxy, maxsize=32, proxy_headers=headers) if proxy else urllib3.PoolManager(maxsize=32)
        pool.pool_classes_by_scheme = {**pool.pool_classes_by_scheme, "https": self._tls}
        return pool

    @cached_property
    def _tls(self) -> type[urllib3.HTTPSConnectionPool]:
        """Connections that know whom to trust; that is read with the first of them, since it takes longer than most requests."""
        trust = cache(_trust)

        class Trusting(urllib3.HTTPSConnectionPool):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options, ssl_context=trust())

        return Trusting


def _bound(seconds: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=min(_CONNECT, seconds), read=seconds)


def same_origin(first: str, second: str) -> bool:
    """Whether both addresses are of one scheme, host and port, so that a credential for one may go to the other."""
    return split(first)[:2] == split(second)[:2]


def resolved(base: str, address: str) -> str:
    """`address` as a document at `base` means it, without its fragment. Raises RegistryError when it is no address."""
    return urljoin(base, split(address).geturl()).partition("#")[0]


def _bounded(chunks: Iterator[bytes], url: str, limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise unusable(url, f"the answer has more than {limit} bytes")
        yield chunk


def _pause(answer: urllib3.BaseHTTPResponse, usual: float, url: str) -> float:
    """How long to wait before asking again; more than a minute is a matter for the user."""
    said = answer.headers.get("Retry-After")
    if said is None:
        return usual
    seconds = _seconds(said)
    if seconds is None:
        return usual
    if seconds > LONGEST_PAUSE:
        raise RegistryError(
            "registry-busy",
            f"{shown(url)} answered {answer.status}, and wants to be left alone for {seconds:.0f} seconds.",
            "Run again after that time: what is already published will be found and left alone.",
        )
    return max(seconds, 0.0)


def _seconds(retry_after: str) -> float | None:
    """Retry-After (RFC 9110, section 10.2.3) as seconds from now."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        when = parsedate_to_datetime(retry_after)
        return (when - type(when).now(when.tzinfo)).total_seconds()
    except (TypeError, ValueError):
        return None


def _busy(url: str, status: int, tries: int) -> RegistryError:
    return RegistryError(
        "registry-busy",
        f"{shown(url)} answered {status}, {'once' if tries == 1 else f'{tries} times'}.",
        "Run again later: what is already published will be left alone.",
    )


def _unreachable(url: str, error: Exception) -> RegistryError:
    why = str(getattr(error, "reason", None) or error)
    host = split(url).hostname or ""
    return RegistryError(
        "registry-unreachable",
        f"{shown(url)} can't be reached: {type(error).__name__}: {why.replace(url, shown(url))[:_LONGEST_WORDS]}.",
        f"Check the address, and that this machine reaches {host}, through HTTPS_PROXY if need be; then run again.",
    )


def _trust() -> ssl.SSLContext:
    """The system's authorities (SSL_CERT_FILE and SSL_CERT_DIR are OpenSSL's own variables), and those that users name."""
    context = ssl.create_default_context()
    named = (os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS"))
    for file in dict.fromkeys(filter(None, named)):  # most who name one name it everywhere
        if file != os.environ.get("SSL_CERT_FILE"):
            with suppress(OSError):  # a file that can't be read adds no trust; the connection then says what it lacks
                context.load_verify_locations(cafile=file)
    return context
