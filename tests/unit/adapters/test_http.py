import gzip
import hashlib
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests import scripted
from tests.fakes import FakeClock
from tests.scripted import Reply, Scripted

from release_actions.adapters import http
from release_actions.adapters.http import Http
from release_actions.domain.patience import Patience
from release_actions.errors import RegistryError


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted.serving() as server:
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def client(clock: FakeClock) -> Http:
    return Http(clock)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_status_is_asked_again(server: Scripted, client: Http, clock: FakeClock, status: int) -> None:
    server.replies["/a"] = [Reply(status), Reply(status), Reply(200, b"good")]
    assert client.get(f"{server.url}/a").body == b"good"
    assert (len(server.requests), clock.now()) == (3, 1 + 2)


@pytest.mark.parametrize("reply", [Reply(hang_up=True), Reply(200, b"cut", length=1000)])
def test_a_lost_or_cut_answer_is_asked_again(server: Scripted, client: Http, reply: Reply) -> None:
    server.replies["/a"] = [reply, Reply(200, b"good")]
    assert client.get(f"{server.url}/a").body == b"good"


@pytest.mark.parametrize("reply", [Reply(503), Reply(hang_up=True), Reply(200, b"cut", length=1000)])
def test_asking_again_ends(server: Scripted, client: Http, reply: Reply) -> None:
    server.replies["/a"] = [reply]
    with pytest.raises(RegistryError):
        client.get(f"{server.url}/a")
    assert len(server.requests) == Patience().tries


@pytest.mark.parametrize("retries", [0, 2])
def test_how_often_is_asked_again_is_for_the_user_to_say(server: Scripted, clock: FakeClock, retries: int) -> None:
    server.replies["/a"] = [Reply(503)]
    with pytest.raises(RegistryError, match="once" if retries == 0 else "3 times"):
        Http(clock, Patience(retries=retries)).get(f"{server.url}/a")
    assert (len(server.requests), clock.time) == (retries + 1, sum(2.0**attempt for attempt in range(retries)))


def test_a_registry_that_is_silent_is_given_up_when_the_user_says(clock: FakeClock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RegistryError, match="registry-unreachable"):
        Http(clock, Patience(timeout=0.1, retries=0)).get(f"http://127.0.0.1:{silent.getsockname()[1]}/")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_a_status_that_stays_is_handed_back_at_once(server: Scripted, client: Http, status: int) -> None:
    server.replies["/a"] = [Reply(status)]
    assert client.get(f"{server.url}/a").status == status
    assert len(server.requests) == 1


def test_retry_after_is_obeyed_in_seconds_and_as_a_date(server: Scripted, client: Http, clock: FakeClock) -> None:
    server.replies["/a"] = [Reply(429, headers={"Retry-After": "17"}), Reply(200)]
    client.get(f"{server.url}/a")
    assert clock.now() == 17
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    server.replies["/b"] = [Reply(503, headers={"Retry-After": soon}), Reply(200)]
    client.get(f"{server.url}/b")
    assert 17 + 20 < clock.now() <= 17 + 40


def test_a_long_retry_after_is_left_to_the_user(server: Scripted, client: Http, clock: FakeClock) -> None:
    server.replies["/a"] = [Reply(429, headers={"Retry-After": "1934"})]
    with pytest.raises(RegistryError, match="1934 seconds"):
        client.get(f"{server.url}/a")
    assert (len(server.requests), clock.now()) == (1, 0)


@pytest.mark.parametrize("value", ["soon", "-5", "", "1e9", "٣"])
def test_a_retry_after_that_cant_be_read_is_no_matter(server: Scripted, client: Http, clock: FakeClock, value: str) -> None:
    server.replies["/a"] = [Reply(503, headers={"Retry-After": value.encode().decode("latin-1")}), Reply(200)]
    assert client.get(f"{server.url}/a").status == 200
    assert clock.now() == 1


def test_an_answer_that_is_too_large_is_refused_also_when_it_is_packed(server: Scripted, client: Http) -> None:
    server.replies["/a"] = [Reply(200, b"x" * 2000)]
    server.replies["/b"] = [Reply(200, gzip.compress(b"x" * 1_000_000), {"Content-Encoding": "gzip"})]
    for path in ("a", "b"):
        with pytest.raises(RegistryError, match="more than 1000 bytes"):
            client.get(f"{server.url}/{path}", limit=1000)


def test_a_file_is_hashed_as_it_is_served(server: Scripted, client: Http) -> None:
    server.replies["/a"] = [Reply(200, b"abc")]
    assert client.digest(f"{server.url}/a", "sha256") == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(RegistryError, match="answers 404"):
        client.digest(f"{server.url}/missing", "sha256")


def test_user_and_password_of_an_address_are_sent_but_never_shown(server: Scripted, client: Http) -> None:
    url = server.url.replace("http://", "http://someone:canary-1@")
    server.replies["/a"] = [Reply(200)]
    client.get(f"{url}/a")
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    server.replies["/b?token=canary-2"] = [Reply(503)]
    with pytest.raises(RegistryError) as caught:
        client.get(f"{url}/b?token=canary-2")
    assert "canary" not in str(caught.value)
    with pytest.raises(RegistryError) as caught:
        client.get("http://someone:canary-1@127.0.0.1:9/c?token=canary-2")
    assert "canary" not in str(caught.value)


def test_a_token_does_not_follow_a_redirect_to_another_host(server: Scripted, client: Http) -> None:
    with scripted.serving() as other:
        other.replies["/b"] = [Reply(200, b"there")]
        server.replies["/a"] = [Reply(302, headers={"Location": f"{other.url}/b"})]
        assert client.get(f"{server.url}/a", headers=http.bearer("canary")).body == b"there"
        assert "authorization" in server.requests[0].headers
        assert "authorization" not in other.requests[0].headers


def test_a_file_is_put_once_as_multipart(server: Scripted, client: Http, tmp_path: Path) -> None:
    path = tmp_path / "a.nupkg"
    path.write_bytes(b"PK content")
    server.replies["/push"] = [Reply(503)]
    assert client.put_file(f"{server.url}/push", path, {"X-NuGet-ApiKey": "k"}).status == 503
    (request,) = server.requests
    assert b"PK content" in request.body
    assert request.headers["content-type"].startswith("multipart/form-data")
    server.replies["/push"] = [Reply(hang_up=True)]
    with pytest.raises(RegistryError, match="registry-unreachable"):
        client.put_file(f"{server.url}/push", path, {})
    assert len(server.requests) == 2


def test_a_proxy_of_the_environment_is_used_except_where_it_says_not_to(
    server: Scripted, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies["http://registry.example/a"] = [Reply(200, b"by proxy")]
    server.replies["/b"] = [Reply(200, b"direct")]
    monkeypatch.setenv("http_proxy", server.url.replace("http://", "http://user:pass@"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    client = Http(clock)
    assert client.get("http://registry.example/a").body == b"by proxy"
    assert server.requests[0].headers["proxy-authorization"].startswith("Basic ")
    assert client.get(f"{server.url}/b").body == b"direct"


@pytest.mark.parametrize("body", [b"<html>", b"[" * 100_000, b"9" * 5000, b"NaN", b"\xff", b""])
def test_what_is_no_json_is_an_error_of_the_registry(server: Scripted, client: Http, body: bytes) -> None:
    server.replies["/a"] = [Reply(200, body)]
    with pytest.raises(RegistryError, match="no JSON"):
        client.get(f"{server.url}/a").json()


@pytest.mark.parametrize("address", ["http://[", "http://a:b@[::1", "https://a:port/", "http://a:99999/b?token=secret"])
def test_what_is_no_address_is_told_without_its_secrets(client: Http, address: str) -> None:
    for ask in (lambda: client.get(address), lambda: http.resolved("https://a.example/", address), lambda: client.post(address, b"", {})):
        with pytest.raises(RegistryError, match="registry-address") as caught:
            ask()
        assert not re.search("a:b|secret", str(caught.value))


def test_an_address_is_shown_without_what_may_be_secret_and_not_at_any_length() -> None:
    assert http.shown("https://me:secret@a.example:8/b/c?d=e#f") == "https://a.example:8/b/c"
    assert http.shown("https://a.example/b@c") == "https://a.example/b@c"
    assert len(http.shown("https://a.example/" + "b" * 5000)) == 300


def test_whatever_goes_wrong_in_reading_an_answer_says_so() -> None:
    for error in (KeyError("a"), TypeError("b"), UnicodeDecodeError("utf-8", b"", 0, 1, "c"), ZeroDivisionError("d"), AssertionError("e")):
        with pytest.raises(RegistryError, match=r"https://a\.example: the answer is no page \("), http.reading("https://a.example", "page"):
            raise error
