"""What every page shares: who may come in, what a request holds, how a reply leaves."""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

from chalice.app import Blueprint, Request, Response

from chalicelib import bootstrap
from chalicelib.domain.access import Purpose, Token, token_digest
from chalicelib.domain.nomination import NoSuchHonouree
from chalicelib.domain.partnership import NotASlug, Partnership
from chalicelib.domain.people import Language, Person
from chalicelib.entrypoints.cookies import (
    KNOWN_BROWSER,
    SESSION,
    cookie_name,
    csrf_token,
    read_cookies,
    session_cookie,
)
from chalicelib.entrypoints.forms import (
    Form,
    FormTooLarge,
    UnreadableForm,
    read_form,
    read_one_click,
    typed_texts,
)
from chalicelib.entrypoints.logs import log_failure
from chalicelib.messages.catalogues import translate
from chalicelib.messages.links import Links, page_path
from chalicelib.messages.rendering import render_page
from chalicelib.ports import Conflict, KeysUnavailable, NotFound, World
from chalicelib.use_cases import admitting, signing_in, stopping

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
HTML = "text/html; charset=utf-8"
CALENDAR = "text/calendar; charset=utf-8"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
FRAMES = SECURITY_HEADERS["Content-Security-Policy"] + "; frame-src 'self'"
"""The policy of a page that shows a page of ours in a frame."""
STYLED_FRAMES = FRAMES.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""That of a page with a mail inside itself: the mail has its styles inline, and obeys this too."""
# What somebody typed on a page for anybody: the back button must show it to them again.
_TYPED_HEADERS = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
PRIVATE_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


class Access(StrEnum):
    """Who may come in through a route."""

    ANYBODY = "anybody"
    LINK = "link"
    COORDINATOR = "coordinator"


@dataclass(frozen=True)
class Route:
    """One way in: a path below a partnership, its methods, and who may come in.

    `one_click` lets a mailbox stop mail for its owner (RFC 8058): the one form that is taken from
    anywhere, and as often as it comes. It comes without cookies or an origin, and its link is all
    that it needs.
    """

    path: str
    methods: tuple[str, ...]
    access: Access
    purpose: Purpose | None = None
    one_click: bool = False


class Refused(Exception):
    """A request that gets an error page; `status` says which.

    `happened` tells in the reader's language what a door knows beyond that, and `look` is the page
    that shows how it stands now. Whatever was typed is on the error page too.
    """

    def __init__(self, status: int, happened: str = "", *, look: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.happened = happened
        self.look = look


@dataclass(frozen=True)
class Reply:
    """What goes back to the browser."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()

    def with_cookie(self, cookie: str) -> Reply:
        """The same reply, which also sets a cookie."""
        return replace(self, cookies=(*self.cookies, cookie))

    def with_headers(self, **headers: str) -> Reply:
        """The same reply, with these headers set."""
        return replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True)
class PartnershipView:
    """What every page may tell about the partnership it belongs to.

    `trusts` is whether thank-yous of people on the people list go on unread.
    """

    slug: str
    name: str
    contact_name: str
    contact_phone: str
    contact_email: str
    trusts: bool


@dataclass(frozen=True)
class PageView:
    """What the frame of a page needs to know.

    `saved` names what the form before it kept. `reloads` is whether the address, opened again,
    shows this page; where only a form leads to it, a link to its other language leads nowhere.
    """

    lang: str
    base: str
    here: str
    switch_url: str
    switch_lang: str
    product: str
    partnership: PartnershipView | None
    coordinator: Person | None
    private: bool
    csrf: str
    reloads: bool = True
    saved: str = ""


@dataclass(frozen=True)
class Visit:
    """One request, understood: who comes, where to, with what, and when.

    `one_click` tells that a mailbox stops mail for its owner: it follows no redirect.
    """

    pluim: bootstrap.Pluim
    route: Route
    method: str
    path: str
    language: Language
    now: datetime
    partnership: Partnership
    params: Mapping[str, str]
    query: Mapping[str, str]
    cookies: Mapping[str, str]
    form: Form
    session_token: str = ""
    coordinator: Person | None = None
    token: Token | None = None
    one_click: bool = False

    @property
    def world(self) -> World:
        """The outside world."""
        return self.pluim.world

    @property
    def links(self) -> Links:
        """Where links point."""
        return self.pluim.links

    @property
    def subject(self) -> str:
        """What the private link opens."""
        return self.token.subject if self.token else ""

    @property
    def signed_in(self) -> Person:
        """The coordinator at this desk; only for routes that ask for one."""
        if self.coordinator is None:
            raise Refused(403)
        return self.coordinator

    def gettext(self, text: str) -> str:
        """A sentence of ours in the reader's language."""
        return translate(self.language).gettext(text)

    def asked_number(self, name: str) -> int | None:
        """A whole number in the page's address; None when there is none. Raises `NotFound`."""
        asked = self.query.get(name, "")
        if asked and not (asked.isascii() and asked.isdigit() and len(asked) <= 6):
            raise NotFound(asked)
        return int(asked) if asked else None

    def link(self, path: str = "", **query: str) -> str:
        """A page's path on this host, in the reader's language."""
        url = self.links.prefix + page_path(self.partnership.slug, self.language, path)
        return f"{url}?{urlencode(query)}" if query else url

    def page(
        self, name: str, data: object = None, *, form: Form | None = None, status: int = 200
    ) -> Reply:
        """A page; one behind a private link or the desk is never kept by anybody."""
        private = (
            self.route.access is not Access.ANYBODY
            or self.method == "POST"
            or self.coordinator is not None
            or self.route.path.startswith("/beheer")
        )
        view = _frame(self, private=private)
        context = _context(
            view, self.links.prefix, data=data, form=form or self.form, link=self.link
        )
        body = render_page(name, language=self.language, context=context)
        headers = PRIVATE_HEADERS if private else {}
        if self.method == "POST" and self.route.access is Access.ANYBODY:
            headers = _TYPED_HEADERS
        return Reply(body, status, {"Content-Type": HTML, **headers})

    def redirect(self, path: str, **query: str) -> Reply:
        """Send the browser on to another page of ours with a GET (RFC 9110 section 15.4.4)."""
        return Reply("", 303, {"Location": self.link(path, **query), "Cache-Control": "no-store"})


Handler = Callable[[Visit], Reply]
ROUTES: list[Route] = []
"""Every route of every door, for the tests that ask each of them who may come in."""


class Pages(Blueprint):
    """A group of pages. Each is served in Dutch at `/{p}/…` and in English at `/en/{p}/…`."""

    def shows(
        self, path: str, *, access: Access, purpose: Purpose | None = None
    ) -> Callable[[Handler], Handler]:
        """A page that is looked at: GET and HEAD, and nothing changes."""
        return self._serves(Route(path, ("GET", "HEAD"), access, purpose), content_types=None)

    def acts(
        self, path: str, *, access: Access, purpose: Purpose | None = None, one_click: bool = False
    ) -> Callable[[Handler], Handler]:
        """A form that is sent: POST, from a page of ours only; or with `one_click`, a mailbox."""
        route = Route(path, ("POST",), access, purpose, one_click)
        return self._serves(route, content_types=[FORM, MULTIPART] if one_click else [FORM])

    def _serves(
        self, route: Route, *, content_types: list[str] | None
    ) -> Callable[[Handler], Handler]:
        ROUTES.append(route)
        options: dict[str, Any] = {"methods": list(route.methods)}
        if content_types:
            options["content_types"] = content_types

        def register(handler: Handler) -> Handler:
            for language, start in ((Language.DUTCH, ""), (Language.ENGLISH, "/en")):
                self.route(f"{start}/{{p}}{route.path}", **options)(
                    self._view(route, handler, language)
                )
            return handler

        return register

    def _view(self, route: Route, handler: Handler, language: Language) -> Callable[..., Response]:
        def view(**params: str) -> Response:
            request = self.current_request
            return answer(
                request,
                language,
                lambda: _admit(request, route, language, params, handler),
                slug=params["p"],
            )

        return view


def answer(
    request: Request, language: Language, serve: Callable[[], Reply], *, slug: str = ""
) -> Response:
    """Serve one request: every refusal becomes a page, the unexpected is logged once.

    Nobody loses what they typed to a refusal: its page shows it again.
    """

    def refused(status: int, *, happened: str = "", look: str = "") -> Reply:
        view = ErrorView(status, happened=happened, look=look, texts=_texts_of(request))
        return error_page(view, language=language, slug=slug)

    def failed(status: int) -> Reply:
        view = ErrorView(status, reference=log_failure("page"), texts=_texts_of(request))
        return error_page(view, language=language)

    try:
        reply = serve()
    except Refused as refusal:
        reply = refused(refusal.status, happened=refusal.happened, look=refusal.look)
    except NotFound:
        reply = refused(404)
    except FormTooLarge:
        reply = refused(413)
    except UnreadableForm:
        reply = refused(400)
    except Conflict:
        reply = refused(409)
    except KeysUnavailable:
        reply = failed(503)
    except Exception:
        reply = failed(500)
    return respond(request, reply)


def calendar_reply(content: str, *, filename: str) -> Reply:
    """A calendar file of somebody's own: asked for again each time, and kept by nobody between."""
    headers = {
        "Content-Type": CALENDAR,
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "private, no-cache",
        "X-Robots-Tag": "noindex",
    }
    return Reply(content, headers=headers)


def respond(request: Request, reply: Reply) -> Response:
    """A reply on the wire: with our headers on every status, and no body where none belongs."""
    headers: dict[str, str | list[str]] = {**SECURITY_HEADERS, **reply.headers}
    if reply.cookies:
        headers["Set-Cookie"] = list(reply.cookies)
    cached = headers.setdefault("Cache-Control", "no-cache") if _may_be_kept(request, reply) else ""
    if "no-cache" in cached:
        tag = f'"{hashlib.sha256(reply.body.encode()).hexdigest()[:20]}"'
        headers["ETag"] = tag
        if _is_known(tag, request.headers.get("if-none-match", "")):
            return Response(body="", status_code=304, headers=headers)
    body = "" if request.method == "HEAD" else reply.body
    return Response(body=body, status_code=reply.status, headers=headers)


def _may_be_kept(request: Request, reply: Reply) -> bool:
    return request.method in {"GET", "HEAD"} and reply.status == 200


def _is_known(tag: str, known: str) -> bool:
    """Whether an If-None-Match header names this version, weakly or not (RFC 9110, 13.1.2)."""
    return tag in {version.strip().removeprefix("W/") for version in known.split(",")}


@dataclass(frozen=True)
class ErrorView:
    """What the error page shows.

    `happened` and `look` are those of `Refused`; `reference` is only for faults of ours, to find
    them in the log; `texts` is what was typed, to be copied.
    """

    status: int
    happened: str = ""
    look: str = ""
    reference: str = ""
    texts: tuple[str, ...] = ()


def error_page(view: ErrorView, *, language: Language, slug: str = "") -> Reply:
    """The one page for everything that goes wrong, in the reader's language.

    With the `slug` of a partnership it also tells whom to ask, and leads to the front page.
    """
    pluim = bootstrap.pluim()
    prefix = pluim.links.prefix
    partnership = _known_partnership(pluim.world, slug)
    frame = PageView(
        lang=language.value,
        base=prefix,
        here="",
        switch_url="",
        switch_lang="",
        product=partnership.settings.product if partnership else "Pluim",
        partnership=_partnership_view(partnership) if partnership else None,
        coordinator=None,
        private=True,
        csrf="",
    )

    def link(path: str = "") -> str:
        return prefix + page_path(slug, language, path)

    context = _context(frame, prefix, data=view, form=Form(), link=link)
    body = render_page("error", language=language, context=context)
    return Reply(body, view.status, {"Content-Type": HTML, **PRIVATE_HEADERS})


def humane(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: what Chalice itself refuses (405, 415, 500) becomes a page too."""
    response = get_response(request)
    if response.status_code < 400 or isinstance(response.body, str):
        return response
    language = Language.ENGLISH if request.path.startswith("/en/") else Language.DUTCH
    reply = error_page(ErrorView(response.status_code), language=language)
    allow = {"Allow": str(response.headers["Allow"])} if "Allow" in response.headers else {}
    return respond(request, Reply(reply.body, reply.status, {**reply.headers, **allow}))


def _admit(
    request: Request, route: Route, language: Language, params: Mapping[str, str], handler: Handler
) -> Reply:
    pluim = bootstrap.pluim()
    clicked = read_one_click(_body(request)) if route.one_click else None
    if request.method == "POST" and clicked is None:
        _check_origin(request, pluim.links)
    visit = _visit(pluim, request, route, language, params, clicked)
    if route.access is Access.COORDINATOR:
        return _at_the_desk(visit, handler)
    unless_busy = _unless_busy(handler, address=_address(request))
    if route.access is Access.LINK:
        return _behind_link(visit, unless_busy)
    return unless_busy(visit)


def _visit(
    pluim: bootstrap.Pluim,
    request: Request,
    route: Route,
    language: Language,
    params: Mapping[str, str],
    clicked: Form | None,
) -> Visit:
    cookies = read_cookies(request.headers.get("cookie", ""))
    session_token = cookies.get(cookie_name(SESSION, pluim.links), "")
    partnership = _partnership(pluim.world, params["p"])
    now = pluim.clock()
    return Visit(
        pluim=pluim,
        route=route,
        method=request.method,
        path=page_path(partnership.slug, language, route.path.format(**params)),
        language=language,
        now=now,
        partnership=partnership,
        params=params,
        query=dict(request.query_params or {}),
        cookies=cookies,
        form=clicked or (read_form(_body(request)) if request.method == "POST" else Form()),
        one_click=clicked is not None,
        session_token=session_token,
        coordinator=_coordinator(pluim.world, partnership, session_token, now=now),
    )


def _texts_of(request: Request) -> tuple[str, ...]:
    """What was typed in a form that is refused; nothing from elsewhere is repeated."""
    try:
        if request.method != "POST":
            return ()
        _check_origin(request, bootstrap.pluim().links)
        return typed_texts(read_form(_body(request)))
    except (Refused, FormTooLarge, UnreadableForm):
        return ()


def _body(request: Request) -> bytes:
    body = request.raw_body
    return body.encode() if isinstance(body, str) else body


def _coordinator(
    world: World, partnership: Partnership, session_token: str, *, now: datetime
) -> Person | None:
    if not session_token:
        return None
    return signing_in.coordinator_of(
        world, partnership=partnership, session_token=session_token, now=now
    )


def _partnership(world: World, slug: str) -> Partnership:
    try:
        return world.store.partnership(slug)
    except NotASlug as wrong:
        raise NotFound(slug) from wrong


def _known_partnership(world: World, slug: str) -> Partnership | None:
    try:
        return _partnership(world, slug) if slug else None
    except NotFound:
        return None


def _check_origin(request: Request, links: Links) -> None:
    """Only forms from our own pages: the Origin header, or what stands in for it, must be ours."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    if origin != links.origin and not (origin is None and site == "same-origin"):
        raise Refused(403)


def _address(request: Request) -> str:
    """Where a request comes from, as the gateway saw it; headers say what their sender likes."""
    return str(request.context.get("identity", {}).get("sourceIp", ""))


def _unless_busy(handler: Handler, *, address: str) -> Handler:
    """The same page; but a form from a network that sent too many is handed back, to send later.

    Only what a mailbox sends by itself is not counted: a large mail service asks for thousands of
    people from a few addresses, and a form that is handed back would be a wish that is not met.
    """

    def serve(visit: Visit) -> Reply:
        if visit.method != "POST" or visit.one_click or visit.coordinator is not None:
            return handler(visit)
        try:
            _count(visit, address)
        except admitting.TooManyForms as busy:
            return _busy(visit, wait=busy.wait)
        except KeysUnavailable:
            # What may mail strangers needs the key itself. The rest has a private link, and an
            # answer to an invitation must not wait for a counter.
            log_failure("counting")
        return handler(visit)

    return serve


def _count(visit: Visit, address: str) -> None:
    admitting.count_form(
        visit.world,
        partnership=visit.partnership,
        address=address,
        known_browser=visit.cookies.get(cookie_name(KNOWN_BROWSER, visit.links), ""),
        now=visit.now,
    )


@dataclass(frozen=True)
class BusyView:
    """A form that came when its network had sent too many: where it goes, and all that it holds."""

    minutes: int
    action: str
    fields: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]


def _busy(visit: Visit, *, wait: timedelta) -> Reply:
    seconds = math.ceil(wait.total_seconds())
    view = BusyView(
        minutes=math.ceil(seconds / 60),
        action=visit.link(visit.route.path.format(**visit.params), **visit.query),
        fields=visit.form.fields,
        texts=typed_texts(visit.form),
    )
    return visit.page("busy", view, status=429).with_headers(**{"Retry-After": str(seconds)})


def _behind_link(visit: Visit, handler: Handler) -> Reply:
    """Serve a private page; a link to something that was deleted does not work any more either."""
    try:
        return handler(_with_token(visit))
    except (NotFound, NoSuchHonouree):
        raise Refused(410) from None


def _with_token(visit: Visit) -> Visit:
    """Open a private link: unknown, expired, altered and foreign ones all get the same 410."""
    try:
        token = _token(visit)
    except NotFound:
        raise Refused(410) from None
    if visit.route.purpose is None or not token.opens(visit.route.purpose, now=visit.now):
        raise Refused(410)
    return replace(visit, token=token)


def _token(visit: Visit) -> Token:
    """What a private link stands for: by its row, or by our signature where it has none."""
    slug, text = visit.partnership.slug, visit.params["t"]
    if visit.route.purpose is Purpose.UNSUBSCRIBE:
        return stopping.open_link(visit.world, partnership=slug, text=text)
    return visit.world.store.token(slug, token_digest(text))


def _at_the_desk(visit: Visit, handler: Handler) -> Reply:
    """Let a coordinator in, and keep their cookie alive; anybody else is shown where to sign in."""
    if visit.coordinator is None and visit.method == "POST":
        return visit.page("signed_out", SignedOutView(typed_texts(visit.form)), status=403)
    if visit.coordinator is None:
        return visit.redirect("/beheer/aanmelden")
    if visit.method == "POST" and not _brings_back(visit, csrf_token(visit.session_token)):
        raise Refused(403)
    reply = handler(visit)
    if reply.cookies:
        return reply
    return reply.with_cookie(session_cookie(visit.session_token, visit.links))


@dataclass(frozen=True)
class SignedOutView:
    """What somebody typed at the desk while their session had ended, to be copied."""

    texts: tuple[str, ...]


def _brings_back(visit: Visit, token: str) -> bool:
    return hmac.compare_digest(visit.form.value("csrf").encode(), token.encode())


def _frame(visit: Visit, *, private: bool) -> PageView:
    other = Language.ENGLISH if visit.language is Language.DUTCH else Language.DUTCH
    tail = visit.route.path.format(**visit.params)
    query = f"?{urlencode(visit.query)}" if visit.query else ""
    return PageView(
        lang=visit.language.value,
        base=visit.links.prefix,
        here=visit.path,
        switch_url=visit.links.prefix
        + page_path(visit.partnership.slug, other, quote(tail, safe="/%"))
        + query,
        switch_lang=other.value,
        product=visit.partnership.settings.product,
        partnership=_partnership_view(visit.partnership),
        coordinator=visit.coordinator if visit.route.access is Access.COORDINATOR else None,
        private=private,
        csrf=csrf_token(visit.session_token),
        reloads=visit.method != "POST" or _is_shown(visit.route.path),
        saved=visit.query.get("bewaard", ""),
    )


def _partnership_view(partnership: Partnership) -> PartnershipView:
    contact = partnership.contact
    return PartnershipView(
        slug=partnership.slug,
        name=partnership.name,
        contact_name=contact.name,
        contact_phone=contact.telephone,
        contact_email=contact.address or "",
        trusts=partnership.settings.trusts,
    )


def _is_shown(path: str) -> bool:
    return any(route.path == path and "GET" in route.methods for route in ROUTES)


def _context(
    view: PageView, prefix: str, *, data: object, form: Form, link: Callable[..., str]
) -> dict[str, object]:
    def static(name: str) -> str:
        return f"{prefix}/static/{name}"

    return {"page": view, "data": data, "form": form, "link": link, "static": static}
