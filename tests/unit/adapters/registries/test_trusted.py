"""Tokens that are minted: kept while they last, replaced when short, and asked for only where nobody listens in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from tests import scripted
from tests.fakes import FakeClock
from tests.scripted import Reply, Scripted

from release_actions.adapters.http import Http
from release_actions.adapters.identity import ADDRESS, TOKEN, JobIdentity, claims
from release_actions.adapters.registries.trusted import Minted, Tokens, Trust, TrustedPublishing
from release_actions.errors import InputError, RegistryError

PROOF = f"e30.{base64.urlsafe_b64encode(json.dumps({'repository': 'acme/sdk'}).encode()).decode().rstrip('=')}.signature"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted.serving() as server:
        server.replies["/token?audience=npm%3A127.0.0.1"] = [Reply(200, json.dumps({"value": PROOF}).encode())]
        yield server


def trusted(server: Scripted, masked: list[str] | None = None, trust: Trust = Trust.AUTO) -> TrustedPublishing:
    http = Http(FakeClock())
    variables = {ADDRESS: f"{server.url}/token", TOKEN: "canary-request"}
    return TrustedPublishing(
        trust, JobIdentity(http, (masked if masked is not None else []).append, variables), http, FakeClock(), lambda: 1000.0
    )


def test_tokens_are_minted_once_for_each_subject_and_again_when_short() -> None:
    time, minted = 0.0, []

    def mint(subject: str) -> Minted:
        minted.append(subject)
        return Minted(f"{subject}-{len(minted)}", time + 900, {})

    tokens = Tokens(mint, lambda: time)
    assert [tokens.get(subject).token for subject in ("a", "b", "a")] == ["a-1", "b-2", "a-1"]
    time = 600.0
    assert tokens.get("a").token == "a-1", "it lasts for 300 seconds more"
    time = 601.0
    assert tokens.get("a").token == "a-3"
    tokens.forget("a")
    tokens.forget("never minted")
    assert [tokens.get("a").token, tokens.get("b").token] == ["a-4", "b-5"]


@pytest.mark.parametrize("url", ["http://npm.example/", "http://127.0.0.1.example/", "ftp://npm.example/", "http://10.0.0.1/"])
def test_nobody_on_the_way_gets_to_see_who_this_job_is(server: Scripted, url: str) -> None:
    for mint in (trusted(server).pypi, lambda to: trusted(server).npm(to, "a"), lambda to: trusted(server).nuget(f"{to}package", "a")):
        with pytest.raises(RegistryError, match="trusted-publishing-insecure"):
            mint(url)
    assert server.requests == []


@pytest.mark.parametrize(
    ("expires", "until"),
    [(4600, 4600.0), ("1970-01-01T01:00:00.0000000+00:00", 3600.0), ("1970-01-01T01:00:00Z", 3600.0), (None, 1600.0), (True, 1600.0)],
)
def test_a_token_lasts_as_long_as_the_registry_says_or_ten_minutes(server: Scripted, expires: object, until: float) -> None:
    masked: list[str] = []
    server.replies["/-/npm/v1/oidc/token/exchange/package/@acme%2Fsdk"] = [
        Reply(201, json.dumps({"token": "npm_minted", "expires": expires}).encode())
    ]
    minted = trusted(server, masked).npm(f"{server.url}/", "@acme/sdk")
    assert (minted.token, minted.until, minted.job) == ("npm_minted", until, {"repository": "acme/sdk"})
    assert masked == ["canary-request", PROOF, "npm_minted"]
    assert "npm_minted" not in repr(minted)


@pytest.mark.parametrize("body", [b"{}", b'{"token": 5}', b"[]", b"<html>", b'{"token": ""}'])
def test_an_answer_without_a_token_is_told(server: Scripted, body: bytes) -> None:
    server.replies["/-/npm/v1/oidc/token/exchange/package/a"] = [Reply(200, body)]
    with pytest.raises(RegistryError, match="registry-answer"):
        trusted(server).npm(f"{server.url}/", "a")


def test_a_registry_that_repeats_the_proof_is_not_repeated(server: Scripted) -> None:
    server.replies["/-/npm/v1/oidc/token/exchange/package/a"] = [Reply(400, f"bad token {PROOF}".encode())]
    with pytest.raises(RegistryError, match="trusted-publishing") as caught:
        trusted(server).npm(f"{server.url}/", "a")
    assert PROOF not in str(caught.value)
    assert "repository `acme/sdk`" in str(caught.value)


def test_a_redirect_is_not_followed_with_the_proof(server: Scripted) -> None:
    server.replies["/-/npm/v1/oidc/token/exchange/package/a"] = [Reply(307, headers={"Location": f"{server.url}/elsewhere"})]
    with pytest.raises(RegistryError, match="307"):
        trusted(server).npm(f"{server.url}/", "a")
    assert "/elsewhere" not in [request.path for request in server.requests]


@pytest.mark.parametrize(
    ("trust", "token", "offered", "used"),
    [
        (Trust.AUTO, "", True, True),
        (Trust.AUTO, "", False, False),
        (Trust.AUTO, "given", True, False),
        (Trust.ALWAYS, "given", False, True),
        (Trust.NEVER, "", True, False),
    ],
)
def test_when_tokens_are_minted(trust: Trust, token: str, offered: bool, used: bool) -> None:
    http = Http(FakeClock())
    identity = JobIdentity(http, lambda _: None, {ADDRESS: "http://x/", TOKEN: "canary"} if offered else {ADDRESS: "http://x/"})
    assert TrustedPublishing(trust, identity, http, FakeClock()).is_for(token) is used
    if not offered:
        with pytest.raises(InputError, match="id-token: write"):
            identity.prove("pypi")


@pytest.mark.parametrize("token", ["", "a.b", "a.!!!.c", "a.W10.c", "a.bm8.c"])
def test_what_is_no_token_claims_nothing(token: str) -> None:
    assert claims(token) == {}


def test_an_index_that_mints_no_tokens_is_told_and_never_shown_who_this_job_is(server: Scripted) -> None:
    with pytest.raises(RegistryError, match=r"mints no tokens: it answered 404.*\[trusted-publishing-absent\]"):
        trusted(server).pypi(f"{server.url}/legacy/")
    assert [request.path for request in server.requests] == ["/_/oidc/audience"]
