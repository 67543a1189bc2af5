"""The local web server, over a tiny app, through real sockets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from chalice.app import Chalice, Response

from infra.local.mailbox import Mailbox
from infra.local.maildrop import Maildrop
from infra.local.web import Answer, Site, serving_pages

TINY = Chalice(app_name="tiny")


@TINY.route("/hello", methods=["GET", "HEAD"])
def hello() -> Response:
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Set-Cookie": ["a=1", "b=2"],
    }
    return Response("<p>Hallo</p>", headers=headers)


@TINY.route("/unchanged", methods=["GET"])
def unchanged() -> Response:
    return Response("", status_code=304, headers={"ETag": '"1"'})


@TINY.route("/echo", methods=["POST"], content_types=["application/x-www-form-urlencoded"])
def echo() -> Response:
    request = TINY.current_request
    assert request is not None
    body = request.raw_body
    assert isinstance(body, bytes)
    return Response(body.decode(), headers={"Content-Type": "text/plain"})


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The tiny app, served. Once, because Chalice makes one server in each process."""
    free = _free_port()
    mailbox = Mailbox(Maildrop(Path(tmp_path_factory.mktemp("mail"))), send=lambda mail: None)
    site = Site(
        base_url=f"http://127.0.0.1:{free}",
        app=TINY,
        mailbox=mailbox,
        front_page="/hello",
        error_page=lambda status, target: Answer(status, {"X-Target": target}, b"human page"),
    )
    with serving_pages(site, port=free):
        yield free


@pytest.fixture
def connection(port: int) -> Iterator[HTTPConnection]:
    opened = HTTPConnection("127.0.0.1", port, timeout=60)
    yield opened
    opened.close()


def ask(connection: HTTPConnection, method: str, path: str, **headers: str) -> HTTPResponse:
    connection.request(method, path, headers=headers)
    return connection.getresponse()


def test_a_page_of_the_app_arrives_with_all_its_cookies(connection: HTTPConnection) -> None:
    reply = ask(connection, "GET", "/hello")

    assert (reply.status, reply.read()) == (200, b"<p>Hallo</p>")
    assert reply.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert reply.headers.get_all("Content-Type") == ["text/html; charset=utf-8"]


def test_head_has_the_headers_and_no_body(connection: HTTPConnection) -> None:
    ask(connection, "HEAD", "/hello").read()

    # A body would be taken for the beginning of the next answer.
    assert ask(connection, "GET", "/hello").read() == b"<p>Hallo</p>"


def test_nothing_follows_an_unchanged_page(connection: HTTPConnection) -> None:
    reply = ask(connection, "GET", "/unchanged")

    assert (reply.status, reply.read()) == (304, b"")
    assert ask(connection, "GET", "/hello").read() == b"<p>Hallo</p>"


@pytest.mark.parametrize("path", ["/nowhere", "/en/a/b/c/d", "/hello/there"])
def test_an_unknown_path_gets_the_human_page(connection: HTTPConnection, path: str) -> None:
    reply = ask(connection, "GET", path)

    assert (reply.status, reply.read()) == (404, b"human page")
    assert reply.headers["X-Target"] == path


def test_credentials_do_not_change_that(connection: HTTPConnection) -> None:
    assert ask(connection, "GET", "/nowhere", Authorization="Basic eDp5").status == 404


def test_a_form_arrives_as_it_was_sent(connection: HTTPConnection) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/echo", body="naam=%C5%9Eule&x=", headers=form)

    assert connection.getresponse().read() == b"naam=%C5%9Eule&x="


def test_the_mailbox_is_served_beside_the_app(connection: HTTPConnection) -> None:
    reply = ask(connection, "GET", "/_local/mail.json")

    assert (reply.status, reply.read()) == (200, b"[]")


def test_only_a_page_of_ours_presses_the_buttons_of_the_mailbox(connection: HTTPConnection) -> None:
    assert ask(connection, "POST", "/_local/mail", Origin="https://elsewhere.example").status == 403


def test_whoever_says_localhost_is_sent_to_the_address_of_all_links(
    connection: HTTPConnection, port: int
) -> None:
    reply = ask(connection, "GET", "/hello?x=1", Host=f"localhost:{port}")

    assert reply.status == 307
    assert reply.headers["Location"] == f"http://127.0.0.1:{port}/hello?x=1"


def test_a_body_beyond_what_the_gateway_takes_is_refused_unread(connection: HTTPConnection) -> None:
    connection.putrequest("POST", "/echo")
    connection.putheader("Content-Length", str(11 * 1024 * 1024))
    connection.endheaders()

    assert connection.getresponse().status == 413


@pytest.mark.parametrize("length", ["-1", "many", "１"])
def test_a_length_that_is_none_is_a_bad_request(port: int, length: str) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(f"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())

        assert line.recv(100).startswith(b"HTTP/1.1 400 ")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def test_the_bare_address_leads_to_the_front_page(connection: HTTPConnection, port: int) -> None:
    reply = ask(connection, "GET", "/")
    reply.read()

    assert reply.status == 307
    assert reply.headers["Location"] == f"http://127.0.0.1:{port}/hello"
