"""Who is let in: tokens, hosts and web pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shelfaudit.serving.address import AddressError
from tests.serving.servers import RunningServer, StartServer, a_photo, running_server
from tests.serving.test_limits import error_of
from tests.unit.fakes import FakeDetector

TOKEN = "right-token-0123456789"


@pytest.fixture(scope="module")
def guarded() -> Iterator[RunningServer]:
    """A server that asks for a token."""
    with running_server(FakeDetector(), token=TOKEN) as running:
        yield running


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_right_token_is_let_in(guarded: RunningServer, scheme: str) -> None:
    assert guarded.detect(a_photo(), headers={"Authorization": f"{scheme} {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer ü€"],
)
def test_others_are_not(guarded: RunningServer, authorization: str | None) -> None:
    headers = {} if authorization is None else {b"Authorization": authorization.encode()}
    for answer in (
        guarded.client.post("/detect", content=a_photo(), headers=headers),
        guarded.client.get("/model", headers=headers),
        guarded.client.get("/openapi.json", headers=headers),
        guarded.client.get("/nothing", headers=headers),
    ):
        assert "token" in error_of(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_in_the_query_is_no_token(guarded: RunningServer) -> None:
    error_of(guarded.client.get("/model", params={"token": TOKEN, "access_token": TOKEN}), 401)


def test_health_needs_no_token(guarded: RunningServer) -> None:
    assert guarded.client.get("/health").status_code == 200
    for path in ("//health", "/health/", "/health/../model", "/%68ealth/x"):
        assert guarded.client.get(path).status_code == 401


def test_guessing_tokens_is_limited_by_the_rate(start_server: StartServer) -> None:
    server = start_server(FakeDetector(), token=TOKEN, requests_per_minute=2)
    guesses = [server.client.get("/model", headers={"Authorization": f"Bearer {n}"}) for n in range(4)]
    assert [guess.status_code for guess in guesses] == [401] * 2 + [429] * 2


@pytest.mark.parametrize("host", ["localhost", "LocalHost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]:80", "127.1.2.3"])
def test_names_of_this_machine(server: RunningServer, host: str) -> None:
    assert server.client.get("/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:8080",
        "localhost.attacker.example",
        "127.0.0.1.attacker.example",
        "localhost@attacker.example",
        "192.168.0.1",
        "0.0.0.0",
        "[::1",
        "::1",
        "",
        "localhost:port",
    ],
)
def test_other_names_could_be_a_page_that_rebinds_dns(server: RunningServer, host: str) -> None:
    answer = server.client.get("/health", headers={"Host": host})
    assert "localhost" in error_of(answer, 421)


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_pages_of_other_sites_may_not_post(server: RunningServer, origin: str) -> None:
    answer = server.client.post("/detect", files={"file": ("a.jpg", a_photo())}, headers={"Origin": origin})
    assert "Web pages" in error_of(answer, 403)
    asked_first = server.client.options("/detect", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    error_of(asked_first, 403)


def test_a_page_of_its_own_address_may(server: RunningServer) -> None:
    assert server.client.get("/health", headers={"Origin": server.url}).status_code == 200


def test_a_forwarded_address_does_not_make_another_client(start_server: StartServer) -> None:
    server = start_server(FakeDetector(), requests_per_minute=2)
    answers = [server.client.get("/health", headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 2 + [429] * 2


def test_on_ipv6_too(start_server: StartServer) -> None:
    try:
        server = start_server(FakeDetector(), host="::1")
    except AddressError as error:
        pytest.skip(f"no IPv6 here: {error}")
    assert server.url.startswith("http://[::1]:")
    assert server.detect(a_photo()).status_code == 200
