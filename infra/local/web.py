"""The local web server: Chalice's own, with what API Gateway does round it on AWS."""

from __future__ import annotations

import base64
import functools
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    ForbiddenError,
    LocalDevServer,
    LocalGateway,
    LocalGatewayException,
    create_local_server,
)

from chalicelib.domain.people import Language
from chalicelib.entrypoints import http
from infra.local.mailbox import Mailbox
from infra.local.options import HOST

MAX_BODY = 10 * 1024 * 1024
"""What API Gateway takes; a larger body never reaches the app."""

_WAITING_CONNECTIONS = 128
_POLL_SECONDS = 0.05
"""How soon the server notices that it should stop."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """An answer on its way to the browser."""

    status: int
    headers: Mapping[str, Any]
    body: bytes


@dataclass(frozen=True)
class Site:
    """Everything there is to see: the app's pages, the mailbox, and a page for what is not there.

    `error_page` gives the human page for a status at a path, as the gateway does on AWS.
    `before_page` is called before each page of the app.
    """

    base_url: str
    app: Chalice
    mailbox: Mailbox
    front_page: str
    error_page: Callable[[int, str], Answer]
    before_page: Callable[[], None] = lambda: None

    def answer(
        self,
        gateway: LocalGateway,
        *,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes,
    ) -> Answer:
        """Answer one request; `target` is its path and query."""
        if target.startswith("/_local"):
            return self._from_mailbox(method, target, headers, body)
        if target == "/" and method in {"GET", "HEAD"}:
            # Whoever types the bare address means the one partnership that is here.
            return Answer(307, {"Location": self.base_url + self.front_page}, b"")
        if headers.get("Host", "").startswith("localhost") and method in {"GET", "HEAD"}:
            # Forms are only taken from pages at the address that all links bear.
            return Answer(307, {"Location": self.base_url + target}, b"")
        self.before_page()
        try:
            response = gateway.handle_request(
                method=method, path=target, headers=headers, body=body or None
            )
        except ForbiddenError:
            return self.error_page(404, target)
        except LocalGatewayException as error:
            return self.error_page(error.CODE, target)
        except Exception:
            log.exception("%s %s went wrong outside the app", method, target.partition("?")[0])
            return self.error_page(500, target)
        return _from_app(response)

    def _from_mailbox(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        if method not in {"GET", "HEAD", "POST"}:
            return self.error_page(405, target)
        if method == "POST" and headers.get("Origin") != self.base_url:
            return self.error_page(403, target)
        acts = method == "POST"
        reply = self.mailbox.act(target, body) if acts else self.mailbox.answer(target)
        sent = {"Content-Type": reply.content_type, "Cache-Control": "no-store", **reply.headers}
        return Answer(reply.status, sent, reply.body)


def error_page(status: int, target: str) -> Answer:
    """The app's own page for everything that goes wrong, as API Gateway shows it on AWS."""
    language = Language.ENGLISH if target.startswith("/en/") else Language.DUTCH
    reply = http.error_page(http.ErrorView(status), language=language)
    return Answer(reply.status, {**http.SECURITY_HEADERS, **reply.headers}, reply.body.encode())


@contextmanager
def serving_pages(site: Site, *, port: int) -> Iterator[None]:
    """Serve the site until the end of the block."""
    server = local_server(site, port=port).server
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def local_server(site: Site, *, port: int) -> LocalDevServer:
    """The server, bound to its port and not yet serving. Make one for each process at most.

    Chalice changes the class of the app when it makes its server, so that requests in different
    threads keep apart; what follows goes by the changed app.
    """
    config = Config.create(chalice_app=site.app)
    server = create_local_server(site.app, config, HOST, port)
    gateway = LocalGateway(site.app, config)
    server.server.RequestHandlerClass = functools.partial(
        _Door, site=site, gateway=gateway, app_object=site.app, config=config
    )
    # The default of five makes a browser wait a second when it opens many connections at once.
    server.server.socket.listen(_WAITING_CONNECTIONS)
    return server


class _Door(ChaliceRequestHandler):
    """Chalice's request handler, with HEAD, unknown paths and prompt answers put right."""

    disable_nagle_algorithm = True
    server_version = "Pluim"
    sys_version = ""
    timeout = 120

    def __init__(self, *args: Any, site: Site, gateway: LocalGateway, **kwargs: Any) -> None:
        self._site = site
        self._gateway = gateway
        super().__init__(*args, **kwargs)

    def handle(self) -> None:
        """Serve a connection; a browser that hangs up half-way is no news."""
        with suppress(ConnectionError):
            super().handle()

    def do_ANY(self) -> None:
        """Answer a request of any method."""
        length = _length(self.headers)
        if length is None or length > MAX_BODY:
            # What follows cannot be told from a next request, so there is none.
            self.close_connection = True
            self._send(self._site.error_page(400 if length is None else 413, self.path))
            return
        answer = self._site.answer(
            self._gateway,
            method=self.command,
            target=self.path,
            headers={str(name): str(value) for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        self._send(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_ANY

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            for line in value if isinstance(value, list) else [value]:
                self.send_header(name, line)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing about each request: the addresses that we printed must stay in sight."""


def _length(headers: Message) -> int | None:
    """How many bytes the request's body has; None when that is not said in a way we can read."""
    length = headers.get("Content-Length", "0")
    if "Transfer-Encoding" in headers or not (length.isascii() and length.isdecimal()):
        return None
    return int(length)


def _from_app(response: Mapping[str, Any]) -> Answer:
    headers = {**response["headers"], **response["multiValueHeaders"]}
    headers.setdefault("Content-Type", "application/json")
    body = response["body"] or ""
    if response.get("isBase64Encoded"):
        return Answer(response["statusCode"], headers, base64.b64decode(body))
    return Answer(
        response["statusCode"], headers, body if isinstance(body, bytes) else body.encode()
    )
