"""The pages of the preview: what the app's own doors show in the demo village, in every state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from typing import Any

import boto3

from chalicelib import bootstrap
from chalicelib.domain.access import Purpose, SignIn, token_digest
from chalicelib.domain.brake import Brake
from chalicelib.domain.consent import Choice
from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.delivery_event import Bounce, EventKind, SesEvent
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.held_reply import HeldReply
from chalicelib.domain.inbound import Says, Why
from chalicelib.domain.invitation import Answer, PartStat, Via
from chalicelib.domain.job import Job, JobKind
from chalicelib.domain.mail_account import MailAccount
from chalicelib.domain.message import PARKED_AFTER, STOPPED, Kind, Message
from chalicelib.domain.nomination import Nomination
from chalicelib.domain.partnership import ReviewSetting
from chalicelib.domain.people import EmailAddress, Language, Role
from chalicelib.domain.recurrence import Occurrence, Pattern, Recurrence
from chalicelib.entrypoints import http
from chalicelib.entrypoints.cookies import cookie_name, fresh_key
from chalicelib.messages.mail_texts import shipped_text
from chalicelib.ports import BULK_SHARDS, SHARDS, Due, Listing, Move, TallyChange
from chalicelib.use_cases import (
    accessing,
    celebrating,
    consenting,
    delivering,
    fanning_out,
    following_up,
    founding,
    hearing,
    nominating,
    own_data,
    promising_thanks,
    publishing,
    responding,
)
from chalicelib.use_cases.reviewing import Review
from infra.local.demo_story import PARTNERSHIP, PEOPLE, SLUG
from infra.village import ELSEWHERE, LINKS, REGION, Page, Village, Visitor, village

_NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
_NEWCOMER = "pas-begonnen"
"""A partnership in which nothing has happened yet."""

_LINK = re.compile(r'(href|action|formaction)="([^"]*)"')
_MAIL = re.compile(r'src="[^"]*/soort/(\w+)/opmaak\?taal=(\w+)&amp;geval=(\w+)[^"]*"')

_THANKS = {
    "wie": "Bo van den Berg",
    "email_ander": "bo@example.org",
    "kant": "professionals",
    "organisatie": "Politie Ons Dorp",
    "wat": "Bo hield het plein veilig tijdens de intocht.",
    "waarom": "We durfden weer met de kinderen naar buiten.",
    "vorm": "shout_out",
    "naam": "Ada de Vries",
    "kant_zelf": "citizens",
    "email": "ada@example.org",
    "naam_tonen": "ja",
}
_PLAN = {
    "titel": "Samen soep eten",
    "plaats": "Dorpshuis De Linde",
    "datum": "2026-12-18",
    "begin": "18:00",
    "eind": "20:00",
    "tekst_nl": "Er is soep voor iedereen.",
    "tekst_en": "There is soup for everybody.",
    "gastheren": "Cleo Jansen\nMirjam de Boer",
}


class UnexpectedPage(Exception):
    """A door showed something else than the preview came for."""


def pages() -> Iterator[tuple[str, str]]:
    """Every page in every state that matters, in every language.

    Gives file names (`<page>__<language>[__<state>]`, without `.html`) and HTML. Links lead to
    other pages of the preview where they can, and to `../static/` for styles and pictures.
    """
    with village(boto3.Session("preview", "preview", region_name=REGION), now=_NOW) as place:
        album, cast = _Album(), _gather(place)
        _everybodys(album, place)
        _nominators(album, place, cast)
        _honourees(album, place, cast)
        _guests(album, place, cast)
        _readers(album, place, cast)
        _desk(album, place, cast)
        _reviewers(album, place, cast)
        _planners(album, place, cast)
        _mailed(album, place, cast)
        _refusals(album)
        _busy(album, place)
        _overtaken(album, place, cast)
        _undelivered(album, place)
        _kinds_of_mail(album, place)
        _trusting(album, place)
        _afterwards(album, place, cast)
        _nothing_yet(album, place)
        _ran_short(album, place)
        _stood_still(album, place)
    yield from album.pages()


@dataclass
class _Album:
    """Pages as they were shown, and where each was found, so that links can lead to others."""

    shown: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def get(
        self, visitor: Visitor, page: str, path: str, state: str = "", *, status: int = 200
    ) -> None:
        """Keep what this visitor sees at a path, in every language."""
        for language in Language:
            reader = visitor.reading(language)
            self.places.setdefault(reader.path(path), _name(page, state, language))
            self.keep_answer(page, state, language, reader.get(path), status=status)

    def post(
        self,
        visitor: Visitor,
        page: str,
        path: str,
        fields: Mapping[str, str],
        state: str = "",
        *,
        status: int = 422,
    ) -> None:
        """Keep what this visitor sees after sending a form that changes nothing."""
        for language in Language:
            seen = visitor.reading(language).post(path, fields)
            self.keep_answer(page, state, language, seen, status=status)

    def keep(self, page: str, state: str, language: Language, html: str) -> None:
        """Keep a page that no visit leads to."""
        self.shown[_name(page, state, language)] = html

    def pages(self) -> Iterator[tuple[str, str]]:
        """Everything that was kept, with links that work from a folder."""
        for name, html in sorted(self.shown.items()):
            linked = _MAIL.sub(r'src="../mail/\1__\2__\3.html"', _LINK.sub(self._linked, html))
            yield name, linked.replace('"/static/', '"../static/')

    def keep_answer(
        self, page: str, state: str, language: Language, seen: Page, *, status: int
    ) -> None:
        """Keep a page that is seen only once, or by one visitor alone."""
        if seen.status != status:
            raise UnexpectedPage(f"{page} {state}: status {seen.status} instead of {status}")
        self.keep(page, state, language, seen.html)

    def _linked(self, link: re.Match[str]) -> str:
        name = self.places.get(unescape(link[2]))
        return f'{link[1]}="{escape(name)}.html"' if name else link[0]


def _name(page: str, state: str, language: Language) -> str:
    return f"{page}__{language}__{state}" if state else f"{page}__{language}"


@dataclass(frozen=True)
class _Cast:
    """Who and what is shown: thank-yous and gatherings, by how far they have come."""

    to_confirm: Nomination
    to_read: Nomination
    by_mirjam: Nomination
    asked: Nomination
    answered: Nomination
    suspicious: Nomination
    declined: Nomination
    withdrawn: Nomination
    letter: Nomination
    thanked: Nomination
    thanked_back: Nomination
    several: Nomination
    private: Nomination
    party: Gathering
    draft: Gathering
    cancelled: Gathering


def _gather(place: Village) -> _Cast:
    """Find them in the demo village, and let happen what has not happened there."""
    to_review, wall = _listed(place, Listing.TO_REVIEW), _listed(place, Listing.WALL)
    to_read = _verified(place)
    return _Cast(
        to_confirm=_nominated(place)[1],
        to_read=to_read,
        by_mirjam=next(n for n in to_review if n.nominator.address == "mirjam@example.org"),
        asked=_listed(place, Listing.ASKED)[0],
        answered=next(n for n in to_review if n.answer),
        suspicious=_listed(place, Listing.SUSPICIOUS)[0],
        declined=_review(place, _verified(place)).decline(reason="Wie van de twee bedoel je?"),
        withdrawn=_withdrawn(place),
        letter=_listed(place, Listing.LETTERS)[0],
        thanked=wall[0],
        thanked_back=next(n for n in wall if n.honourees[0].thanks_back),
        several=next(n for n in wall if len(n.honourees) > 1),
        private=_listed(place, Listing.THANKED)[0],
        party=place.world.store.gatherings(SLUG).items[0],
        draft=_planned(place, title="Samen zingen"),
        cancelled=_cancelled(place),
    )


def _everybodys(album: _Album, place: Village) -> None:
    anybody = Visitor()
    newest = place.world.store.nominations(SLUG, Listing.WALL, newest_first=True).items[0]
    album.get(anybody, "home", "")
    album.get(anybody, "wall", "/muur")
    album.get(anybody, "wall", "/muur?zoek=zeppelin", "nothing_found")
    album.get(anybody, "wall_item", f"/muur/{newest.id}")
    album.get(anybody, "help", "/hulp")
    album.get(anybody, "feeds", "/feeds")
    album.get(anybody, "privacy", "/privacy")
    album.get(anybody, "accessibility", "/toegankelijkheid")
    album.get(anybody, "nominate", "/bedank")
    album.post(
        anybody, "nominate", "/bedank/controle", {"wie": "Bo", "email": "ada(at)home"}, "refused"
    )
    more = {**_THANKS, "meer": "1"}
    album.post(anybody, "nominate", "/bedank/controle", more, "several", status=200)
    album.post(anybody, "nominate_check", "/bedank/controle", _THANKS, status=200)
    founding.change_settings(place.world, slug=SLUG, puzzle=100_000)
    album.post(anybody, "nominate_check", "/bedank/controle", _THANKS, "puzzle", status=200)
    founding.change_settings(place.world, slug=SLUG, puzzle=0)
    key, _ = _nominated(place)
    changed = {**_THANKS, "sleutel": key, "waarom": "Iedereen kwam weer buiten."}
    album.post(anybody, "nominate_conflict", "/bedank", changed, status=409)


def _nominators(album: _Album, place: Village, cast: _Cast) -> None:
    anybody = Visitor()
    for state, nomination in {
        "": cast.to_read,
        "question": cast.asked,
        "declined": cast.declined,
        "withdrawn": cast.withdrawn,
        "approved": cast.letter,
        "thanked": cast.thanked_back,
        "private": cast.private,
    }.items():
        key = place.key(Purpose.STATUS, nomination.id)
        album.get(anybody, "status", f"/status/{key}", state)
        if state in {"", "withdrawn", "thanked"}:
            album.get(anybody, "withdraw", f"/status/{key}/intrekken", state)
    for state, nomination in {"": cast.to_confirm, "confirmed": cast.to_read}.items():
        album.get(anybody, "sent", f"/verstuurd/{place.key(Purpose.SENT, nomination.id)}", state)
    for state, nomination in {
        "": cast.to_confirm,
        "confirmed": cast.to_read,
        "declined": cast.declined,
        "withdrawn": cast.withdrawn,
    }.items():
        key = place.key(Purpose.VERIFY, nomination.id)
        album.get(anybody, "verify", f"/bevestig/{key}", state)
    key = place.key(Purpose.QUESTION, cast.asked.id)
    album.get(anybody, "question", f"/vraag/{key}")
    album.post(anybody, "question", f"/vraag/{key}", {}, "refused")
    key = place.key(Purpose.QUESTION, cast.answered.id)
    album.get(anybody, "question", f"/vraag/{key}", "answered")


def _honourees(album: _Album, place: Village, cast: _Cast) -> None:
    anybody = Visitor()
    waiting = _thanked(place, wie_2="Henk Bakker", email_ander_2="henk@example.org")
    consenting.decide(place.world, **_first_of(place, waiting), choice=Choice.NAMED)
    undecided = _thanked(place)
    key = _key_of(place, undecided)
    album.get(anybody, "honouree", f"/voor-jou/{key}")
    for state, nomination in {
        "shown": cast.thanked_back,
        "several": cast.several,
        "waits_for_others": waiting,
        "pat_on_the_back": cast.private,
    }.items():
        album.get(anybody, "honouree", f"/voor-jou/{_key_of(place, nomination)}", state)
    album.post(anybody, "honouree", f"/voor-jou/{key}", {}, "refused")
    _follow_up(album, place, cast.several)
    album.get(anybody, "remove", f"/voor-jou/{key}/weg")
    consenting.remove(place.world, **_first_of(place, undecided))
    album.get(anybody, "removed", f"/voor-jou/{key}")
    status = place.key(Purpose.STATUS, undecided.id)
    album.get(anybody, "status", f"/status/{status}", "removed")


def _follow_up(album: _Album, place: Village, nomination: Nomination) -> None:
    """What both sides are asked six weeks later; what the nominator told, others see."""
    anybody = Visitor()
    honouree, other = (one.id for one in nomination.honourees[:2])
    given = place.key(Purpose.FOLLOW_UP, nomination.id)
    got = place.key(Purpose.FOLLOW_UP, f"{nomination.id}/{honouree}")
    album.get(anybody, "follow_up", f"/vervolg/{given}")
    album.post(anybody, "follow_up", f"/vervolg/{given}", {}, "refused")
    for teller, text in (
        ("", "De hele straat doet nu mee. In mei is er weer een schoonmaakdag."),
        (other, "We komen elke maand bij elkaar."),
    ):
        following_up.tell(
            place.world,
            partnership=place.partnership,
            nomination_id=nomination.id,
            honouree_id=teller,
            text=text,
        )
    album.get(anybody, "follow_up", f"/vervolg/{got}", "told")
    album.get(anybody, "follow_up", f"/vervolg/{given}?bewaard=vervolg", "saved")


def _guests(album: _Album, place: Village, cast: _Cast) -> None:
    anybody = Visitor()
    elsewhere = _planned(place, title="Samen wandelen")
    _invite(place, elsewhere, "fatima")
    celebrating.remove_guest(
        place.world,
        partnership=place.partnership,
        gathering_id=elsewhere.id,
        guest="fatima",
        now=place.clock(),
    )
    key = place.key(Purpose.RSVP, f"{cast.party.id}/ada")
    album.get(anybody, "rsvp", f"/uitnodiging/{key}")
    album.post(anybody, "rsvp", f"/uitnodiging/{key}", {"aantal": "9"}, "refused")
    for state, subject in {
        "accepted": f"{cast.party.id}/bo",
        "tentative": f"{cast.party.id}/mirjam",
        "declined": f"{cast.party.id}/thomas",
        "cancelled": f"{cast.cancelled.id}/fatima",
        "removed": f"{elsewhere.id}/fatima",
    }.items():
        album.get(anybody, "rsvp", f"/uitnodiging/{place.key(Purpose.RSVP, subject)}", state)
    _full(album, place)
    _feeds(album, place, key)


def _full(album: _Album, place: Village) -> None:
    """A gathering for two, where one is offered a place, one waits, and one has not answered."""
    anybody, cleo = Visitor(), place.coordinator("cleo")
    full = _planned(place, title="Samen koken", seats=2)
    _invite(place, full, "ada", "bo", "mirjam", "thomas", "fatima")
    for guest, says in (
        ("ada", PartStat.ACCEPTED),
        ("bo", PartStat.ACCEPTED),
        ("mirjam", PartStat.ACCEPTED),
        ("thomas", PartStat.ACCEPTED),
        ("bo", PartStat.DECLINED),
    ):
        place.clock.wait(timedelta(minutes=1))
        responding.record_rsvp(
            place.world,
            partnership=place.partnership,
            gathering_id=full.id,
            guest=guest,
            answer=Answer(says, place.clock(), Via.PAGE),
            now=place.clock(),
        )
    for state, guest in {"full": "fatima", "waiting": "thomas", "offered": "mirjam"}.items():
        key = place.key(Purpose.RSVP, f"{full.id}/{guest}")
        album.get(anybody, "rsvp", f"/uitnodiging/{key}", state)
    album.get(cleo, "gathering", f"/beheer/bijeenkomsten/{full.id}", "full")
    album.get(cleo, "gathering_guest", f"/beheer/bijeenkomsten/{full.id}/gasten/thomas", "waiting")
    album.get(cleo, "gathering_plan", f"/beheer/bijeenkomsten/{full.id}/wijzig", "full")


def _readers(album: _Album, place: Village, cast: _Cast) -> None:
    """The pages behind the link at the foot of a mail, for somebody on the list and on none."""
    anybody = Visitor()
    zone = PARTNERSHIP.settings.time_zone
    mails = promising_thanks.thanks(
        cast.thanked, time_zone=zone, now=place.clock(), undo=timedelta()
    )
    thanks = mails[0]
    ada = next(person for person in PEOPLE if person.id == "ada")
    key = place.stop_key(thanks)
    album.get(anybody, "unsubscribe", f"/afmelden/{key}")
    album.get(anybody, "preferences", f"/afmelden/{key}/voorkeuren")
    to_ada = place.stop_key(replace(thanks, recipient=ada.address or thanks.recipient))
    anybody.post(f"/afmelden/{to_ada}", {})
    album.get(anybody, "unsubscribe", f"/afmelden/{to_ada}", "stopped")
    album.get(anybody, "preferences", f"/afmelden/{to_ada}/voorkeuren?bewaard=1", "saved")
    wrong = {"taal": "de"}
    album.post(anybody, "preferences", f"/afmelden/{to_ada}/voorkeuren", wrong, "refused")


def _feeds(album: _Album, place: Village, key: str) -> None:
    """A guest makes a feed of their own, and stops it."""
    asked = Visitor()
    for language in Language:
        token = publishing.start_feed(
            place.world, partnership=place.partnership, guest="ada", now=place.clock()
        )
        reader = asked.reading(language)
        album.keep("own_feed", "", language, reader.get(f"/agenda/{token}").html)
        stopped = reader.post(f"/agenda/{token}/weg", {})
        album.keep("own_feed_stopped", "", language, stopped.html)
    album.get(asked, "rsvp", f"/uitnodiging/{key}?bewaard=agenda", "feed_stopped")


def _desk(album: _Album, place: Village, cast: _Cast) -> None:
    anybody, cleo = Visitor(), place.coordinator("cleo")
    letter = f"{cast.letter.id}/{cast.letter.honourees[0].id}"
    album.get(anybody, "signin", "/beheer/aanmelden")
    album.post(anybody, "signin", "/beheer/aanmelden", {"email": "cleo"}, "refused")
    album.get(anybody, "signin_code", "/beheer/code")
    album.post(anybody, "signin_code", "/beheer/code", {"code": "123456"}, "refused")
    typed = {"reden": "Dit leest meer als een klacht dan als een bedankje."}
    album.post(anybody, "signed_out", "/beheer/lezen/1/afwijzen", typed, status=403)
    album.get(cleo, "desk", "/beheer")
    album.get(cleo, "review_list", "/beheer/lezen")
    album.get(cleo, "review_asked", "/beheer/lezen/gevraagd")
    album.get(cleo, "review_suspicious", "/beheer/lezen/verdacht")
    album.get(cleo, "letters", "/beheer/brieven")
    album.get(cleo, "letter", f"/beheer/brieven/{letter}")
    _requests(album, cleo)
    _own_data(album, place)


def _requests(album: _Album, cleo: Visitor) -> None:
    asked = {
        "sleutel": fresh_key(),
        "email": "bo@example.org",
        "wens": "erasure",
        "nooit_meer": "ja",
    }
    check = "/beheer/verzoeken/controle"
    album.get(cleo, "data_requests", "/beheer/verzoeken", "empty")
    album.get(cleo, "data_request", "/beheer/verzoeken/nieuw")
    album.post(cleo, "data_request", check, {**asked, "email": "bo", "wens": ""}, "refused")
    album.post(cleo, "data_request_check", check, asked, status=200)
    album.post(cleo, "data_request_check", check, {**asked, "wens": "access"}, "access", status=200)
    cleo.post("/beheer/verzoeken", {**asked, "email": "niemand@example.org"})
    album.get(cleo, "data_requests", "/beheer/verzoeken")


def _own_data(album: _Album, place: Village) -> None:
    """Bo reads what is kept about them, which works once in each language."""
    for language in Language:
        request = _collected(place)
        link, code = f"/gegevens/{place.key(Purpose.EXPORT, request.id)}", "204815"
        bo = Visitor(language, cookies={cookie_name("gegevens", LINKS): "browser"})
        sign_in = token_digest(f"browser/{request.id}")
        digest = place.world.secrets.code_digest(sign_in=sign_in, code=code)
        place.world.save(SignIn(SLUG, sign_in, "", place.clock() + timedelta(minutes=5), digest))
        for page, state, seen in (
            ("own_data", "", bo.get(link)),
            ("own_data_code", "", bo.get(f"{link}/code")),
            ("own_data_shown", "", bo.post(f"{link}/code", {"code": code})),
            ("own_data", "read", bo.get(link)),
        ):
            album.keep_answer(page, state, language, seen, status=200)


def _collected(place: Village) -> DataRequest:
    request = accessing.ask(
        place.world,
        partnership=place.partnership,
        address=EmailAddress("bo@example.org"),
        coordinator=place.world.store.person(SLUG, "cleo"),
        send_key=fresh_key(),
        now=place.clock(),
    )
    job = own_data.job_for(request, JobKind.COLLECT)
    while not (known := place.world.store.job(SLUG, job.id)).finished:
        accessing.collect_next(place.world, known, now=place.clock())
    return request


def _reviewers(album: _Album, place: Village, cast: _Cast) -> None:
    cleo, mirjam = place.coordinator("cleo"), place.coordinator("mirjam")
    for state, nomination in {
        "": cast.by_mirjam,
        "asked": cast.asked,
        "answered": cast.answered,
        "suspicious": cast.suspicious,
        "to_confirm": cast.to_confirm,
        "declined": cast.declined,
        "letter": cast.letter,
        "thanked": cast.thanked,
        "may_undo": _just_approved(place),
    }.items():
        album.get(cleo, "review", f"/beheer/lezen/{nomination.id}", state)
    path = f"/beheer/lezen/{cast.by_mirjam.id}"
    typed = {"versie": "99", "citaat": "Drie uur lang uitleg."}
    album.get(mirjam, "review", path, "own")
    album.post(cleo, "review", f"{path}/afwijzen", {}, "refused")
    album.post(cleo, "review", f"{path}/goedkeuren", typed, "changed_meanwhile", status=409)
    newest = place.world.store.nomination(SLUG, cast.by_mirjam.id)
    other_text = {**typed, "versie": str(newest.version), "tekst": "9"}
    album.post(cleo, "review", f"{path}/goedkeuren", other_text, "text_changed", status=409)


def _planners(album: _Album, place: Village, cast: _Cast) -> None:
    cleo = place.coordinator("cleo")
    path = f"/beheer/bijeenkomsten/{cast.party.id}"
    skipped_hour = {**_PLAN, "datum": "2027-03-28", "begin": "02:30", "sleutel": "preview"}
    wrong = {"sleutel": "preview", "adressen": "bo@"}
    stale = {**_PLAN, "versie": str(cast.party.version - 1)}
    album.get(cleo, "gatherings", "/beheer/bijeenkomsten")
    album.get(cleo, "gathering_plan", "/beheer/bijeenkomsten/nieuw")
    album.post(cleo, "gathering_plan", "/beheer/bijeenkomsten/nieuw", skipped_hour, "refused")
    album.get(cleo, "gathering_plan", f"{path}/wijzig", "change")
    album.post(cleo, "gathering_conflict", f"{path}/wijzig", stale, status=409)
    album.get(cleo, "gathering", path)
    album.get(cleo, "gathering", f"{path}?bezig={_reminding(place, cast.party).id}", "inviting")
    album.get(cleo, "gathering", f"/beheer/bijeenkomsten/{cast.draft.id}", "draft")
    album.get(cleo, "gathering", f"/beheer/bijeenkomsten/{cast.cancelled.id}", "cancelled")
    album.get(cleo, "gathering_guests", f"{path}/gasten")
    album.post(cleo, "gathering_guests", f"{path}/gasten", wrong, "refused")
    album.get(cleo, "gathering_guest", f"{path}/gasten/ada")
    album.get(cleo, "gathering_guest", f"{path}/gasten/bo", "answered")
    album.get(cleo, "gathering_cancel", f"{path}/afgelasten")
    album.get(cleo, "gathering_guest_list", f"{path}/gastenlijst")
    album.get(cleo, "gathering_run_sheet", f"{path}/draaiboek")
    draft = f"/beheer/bijeenkomsten/{cast.draft.id}"
    album.get(cleo, "gathering_guest_list", f"{draft}/gastenlijst", "empty")
    album.get(cleo, "gathering_run_sheet", f"{draft}/draaiboek", "empty")
    _series(album, place, cast)


def _series(album: _Album, place: Village, cast: _Cast) -> None:
    """A gathering on six dates: one dropped, one moved, and a guest who cannot come on one."""
    cleo, now = place.coordinator("cleo"), place.clock()
    weekly = Recurrence(Pattern.WEEKLY, every=2, count=6)
    plan = replace(cast.party.plan, repeats=weekly, seats=0)
    second, third, fourth = plan.dates[1:4]
    later = timedelta(days=1)
    moved = Occurrence(third.day, third.starts + later, third.ends + later)
    series = replace(cast.party, id=fresh_key(), plan=plan, history=(), version=0)
    series = series.with_date_dropped(second.day, now=now).with_date_moved(moved, now=now)
    silent = place.world.store.invitation(SLUG, cast.party.id, "ada")
    guest = replace(silent, gathering=series.id, told=series.revision, version=0)
    guest = replace(guest, reply_token=place.world.secrets.token())
    no = Answer(PartStat.DECLINED, at=now, via=Via.PAGE)
    guest = guest.answered_on(fourth.day, no, gathering=series, now=now)
    place.world.save(series, guest, TallyChange(SLUG, series.id, guest.tally))
    path = f"/beheer/bijeenkomsten/{series.id}"
    album.get(cleo, "gathering", path, "series")
    album.get(cleo, "gathering_plan", f"{path}/wijzig", "series")
    album.get(cleo, "gathering_guest", f"{path}/gasten/ada", "series")
    album.get(cleo, "gathering_date", f"{path}/datums/{fourth.day}")
    album.get(cleo, "gathering_date", f"{path}/datums/{second.day}", "dropped")
    album.get(cleo, "gathering_date", f"{path}/datums/{third.day}", "moved")
    album.get(cleo, "gathering_guest_list", f"{path}/gastenlijst?datum={fourth.day}", "date")
    crossing = {"versie": "1", "datum": str(plan.dates[5].day)}
    crossing |= {"begin": "19:30", "eind": "21:30"}
    album.post(cleo, "gathering_date", f"{path}/datums/{fourth.day}", crossing, "refused")
    key = place.key(Purpose.RSVP, f"{series.id}/ada")
    album.get(Visitor(), "rsvp", f"/uitnodiging/{key}", "series")


def _mailed(album: _Album, place: Village, cast: _Cast) -> None:
    """Emails about a gathering that wait, and one that was settled."""
    cleo = place.coordinator("cleo")
    starts = cast.party.plan.starts_at
    words = HeldReply(
        partnership=SLUG,
        gathering=cast.party.id,
        title=cast.party.plan.title,
        id="words",
        received_at=place.clock(),
        guest="ada",
        guest_name="Ada de Vries",
        says=Says.WORDS,
        why=Why.WORDS,
        writer="ada@example.org",
        writer_name="Ada de Vries",
        subject="Re: Samen vieren",
        text="Mag mijn zus ook mee? Zij hielp bij de soep.",
    )
    later = timedelta(minutes=5)
    held = {
        "": words,
        "proposes": replace(
            words,
            id="proposes",
            received_at=words.received_at + later,
            says=Says.COUNTER,
            why=Why.PROPOSES,
            text="",
            comment="Een uur later kan ik wel.",
            proposes_start=starts + timedelta(hours=1),
        ),
        "unknown": replace(
            words,
            id="unknown",
            received_at=words.received_at + 2 * later,
            guest="",
            guest_name="",
            why=Why.UNKNOWN_GUEST,
            writer="iemand@example.net",
            writer_name="",
            partstat=PartStat.ACCEPTED,
        ),
    }
    for one in held.values():
        place.world.save(one)
    home = "/beheer/antwoorden"
    album.get(cleo, "replies", home)
    for state, one in held.items():
        album.get(cleo, "reply", f"{home}/{one.id}", state)
    album.post(cleo, "reply", f"{home}/words/toepassen", {}, "refused")
    typed = {"bericht": "Natuurlijk, je zus is welkom. Vul op je pagina twee mensen in."}
    album.post(cleo, "reply_check", f"{home}/words/controle", typed, status=200)
    cleo.post(f"{home}/words/schrijven", typed)
    album.get(cleo, "reply", f"{home}/words", "settled")
    late = {"bericht": "Dat mag."}
    album.post(cleo, "reply", f"{home}/words/schrijven", late, "settled_meanwhile", status=409)


def _kinds_of_mail(album: _Album, place: Village) -> None:
    """The mails that are sent, and a text of the village's own: one in use, and a newer one."""
    cleo, mirjam = place.coordinator("cleo"), place.coordinator("mirjam")
    path = "/beheer/mails/soort/thanks"
    album.get(cleo, "mails", "/beheer/mails")
    album.get(cleo, "mail", path)
    album.get(cleo, "mail", f"{path}?kijk=telefoon&geval=private", "phone")
    album.get(cleo, "mail", f"{path}?kijk=tekst", "text")
    album.get(cleo, "mail", "/beheer/mails/soort/signin_code", "not_to_change")
    album.get(cleo, "mail_text", f"{path}/tekst")
    shipped = {language: shipped_text(Kind.THANKS, language) for language in Language}
    typed = {f"onderwerp_{language}": text[0] for language, text in shipped.items()}
    typed |= {f"tekst_{language}": text[1] for language, text in shipped.items()}
    typed |= {"versie": "0", "onderwerp_nl": "Iemand heeft iets moois over je geschreven"}
    wrong = {**typed, "tekst_nl": "Dag ((naam)), lees {{dit}}.\n\n((woorden))"}
    album.post(cleo, "mail_text_check", f"{path}/controle", typed, status=200)
    dark = {**typed, "kijk": "telefoon-donker"}
    album.post(cleo, "mail_text_check", f"{path}/controle", dark, "dark", status=200)
    album.post(cleo, "mail_text", f"{path}/controle", wrong, "refused")
    cleo.post(f"{path}/tekst", typed)
    album.get(cleo, "mail", f"{path}?versie=1&bewaard=tekst", "kept")
    album.get(mirjam, "mail", f"{path}?versie=1", "to_publish")
    mirjam.post(f"{path}/publiceer", {"versie": "1", "nu": "0"})
    album.get(cleo, "mail", f"{path}?bewaard=gepubliceerd", "published")
    other = {**typed, "onderwerp_nl": "Er is een bedankje voor je"}
    album.post(mirjam, "mail_text", f"{path}/tekst", other, "kept_meanwhile", status=409)
    founding.change_settings(place.world, slug=SLUG, link_hosts="oud.example")
    led = f"{typed['tekst_nl']}\n\nKijk ook op [onze oude pagina](https://oud.example/)."
    cleo.post(f"{path}/tekst", {**typed, "versie": "1", "tekst_nl": led})
    founding.change_settings(place.world, slug=SLUG, link_hosts="")
    album.get(mirjam, "mail_text", f"{path}/tekst?van=2", "unfit")


def _refusals(album: _Album) -> None:
    anybody = Visitor()
    album.get(anybody, "error", "/muur/onbekend", "404", status=404)
    album.get(anybody, "error", "/status/onbekend", "410", status=410)
    album.post(anybody, "error", "/muur", {}, "405", status=405)
    album.post(anybody, "error", "/bedank", {"wat": "x" * 70_000}, "413", status=413)
    for language in Language:
        for status in (403, 409, 500, 503):
            reply = http.error_page(http.ErrorView(status, reference="4f1c09ab"), language=language)
            album.keep("error", str(status), language, reply.body)


def _busy(album: _Album, place: Village) -> None:
    """Somebody thanks a neighbour from a network that just sent its last form."""
    founding.change_settings(place.world, slug=SLUG, forms_per_network=1)
    guest = Visitor(address=ELSEWHERE)
    guest.post("/bedank/controle", {})
    typed = {"wie": "Fatima El Amrani", "wat": "Ze belde iedereen op die alleen was."}
    album.post(guest, "busy", "/bedank/controle", typed, status=429)


def _overtaken(album: _Album, place: Village, cast: _Cast) -> None:
    """Somebody typed an answer while a coordinator decided."""
    link = f"/vraag/{place.key(Purpose.QUESTION, cast.thanked.id)}"
    album.get(Visitor(), "question", link, "closed")
    typed = {"antwoord": "Dat was op zaterdag.\n\nFatima belde iedereen zelf op."}
    album.post(Visitor(), "error", link, typed, "overtaken", status=409)


def _undelivered(album: _Album, place: Village) -> None:
    failed, bounced, complained, parked, stopped, waiting = _waiting_mails(place)[:6]
    now, claim = place.clock(), place.world.secrets.token()
    place.world.save(
        moves=[
            Move(failed, failed.failed(reason="deadline", now=now)),
            Move(parked, parked.claimed(token=claim, now=now)),
            Move(stopped, stopped.suppressed(reason=STOPPED, now=now)),
            Move(waiting, waiting.waits(until=now + timedelta(hours=13))),
        ]
    )
    _hear(place, bounced, EventKind.BOUNCE)
    _hear(place, complained, EventKind.COMPLAINT)
    place.clock.wait(PARKED_AFTER)
    album.get(place.coordinator("cleo"), "mails_undelivered", "/beheer/mails/mislukt")


def _trusting(album: _Album, place: Village) -> None:
    """What people on the list write goes on unread, as long as this lasts."""
    cleo, anybody = place.coordinator("cleo"), Visitor()
    founding.change_settings(
        place.world, slug=SLUG, review=ReviewSetting.TRUSTED, undo_minutes=10, nominations_a_day=0
    )
    confirmed = _verified(place)
    _verified(place, vorm="gathering", wat="Bo sleutelde elke zaterdag aan fietsen.")
    waiting = _verified(place, vorm="gift", wat="Bo is te bellen op 06 12 34 56 78.")
    album.get(cleo, "desk", "/beheer", "trusting")
    album.get(cleo, "review_list", "/beheer/lezen", "trusting")
    album.get(cleo, "review_unread", "/beheer/lezen/ongelezen")
    album.get(cleo, "review", f"/beheer/lezen/{confirmed.id}", "unread")
    album.get(cleo, "review", f"/beheer/lezen/{waiting.id}", "must_be_read")
    status = place.key(Purpose.STATUS, confirmed.id)
    album.get(anybody, "status", f"/status/{status}", "unread")
    place.clock.wait(timedelta(minutes=11))
    album.get(cleo, "review", f"/beheer/lezen/{confirmed.id}", "unread_and_left")
    founding.change_settings(place.world, slug=SLUG, review=ReviewSetting.ALWAYS)


def _afterwards(album: _Album, place: Village, cast: _Cast) -> None:
    key = place.key(Purpose.RSVP, f"{cast.party.id}/bo")
    place.clock.now = cast.party.plan.ends_at + timedelta(hours=12)
    cleo = place.coordinator("cleo")
    album.get(Visitor(), "rsvp", f"/uitnodiging/{key}", "past")
    album.get(cleo, "gathering", f"/beheer/bijeenkomsten/{cast.party.id}", "held")


def _nothing_yet(album: _Album, place: Village) -> None:
    anybody, desk = Visitor(slug=_NEWCOMER), _found_newcomer(place)
    album.get(anybody, "home", "", "empty")
    album.get(anybody, "wall", "/muur", "empty")
    album.get(desk, "desk", "/beheer", "empty")
    album.get(desk, "review_list", "/beheer/lezen", "empty")
    album.get(desk, "review_asked", "/beheer/lezen/gevraagd", "empty")
    album.get(desk, "review_suspicious", "/beheer/lezen/verdacht", "empty")
    album.get(desk, "review_unread", "/beheer/lezen/ongelezen", "empty")
    album.get(desk, "letters", "/beheer/brieven", "empty")
    album.get(desk, "gatherings", "/beheer/bijeenkomsten", "empty")
    album.get(desk, "replies", "/beheer/antwoorden", "empty")
    album.get(desk, "mails_undelivered", "/beheer/mails/mislukt", "empty")


def _stood_still(album: _Album, place: Village) -> None:
    place.world.save(Brake.put_on(reason="SendingPausedException", now=place.clock()))
    cleo = place.coordinator("cleo")
    album.get(cleo, "desk", "/beheer", "stands_still")
    album.get(cleo, "mails_undelivered", "/beheer/mails/mislukt", "stands_still")


def _ran_short(album: _Album, place: Village) -> None:
    """SES lets us send little, because it only tries us out, and because much left today."""
    account = MailAccount(
        in_sandbox=True, sends=True, per_minute=60, per_day=200, sent=172, read_at=place.clock()
    )
    place.world.save(account)
    album.get(place.coordinator("cleo"), "desk", "/beheer", "runs_short")
    kept = place.world.store.mail_account()
    if kept is not None:
        place.world.save(replace(kept, in_sandbox=False, sent=40, distrusted=True))
    album.get(place.coordinator("cleo"), "desk", "/beheer", "distrusted")


def _found_newcomer(place: Village) -> Visitor:
    """Found a partnership in which nothing has happened; gives its coordinator's browser."""
    partnership = replace(PARTNERSHIP, slug=_NEWCOMER, name="Pas begonnen")
    cleo = next(person for person in PEOPLE if person.id == "cleo").with_role(Role.COORDINATOR)
    founding.found_partnership(place.world, partnership=partnership)
    founding.add_person(place.world, person=replace(cleo, partnership=_NEWCOMER))
    return place.coordinator("cleo", slug=_NEWCOMER)


def _listed(place: Village, listing: Listing) -> Sequence[Nomination]:
    return place.world.store.nominations(SLUG, listing, limit=25).items


def _nominated(place: Village, **changed: str) -> tuple[str, Nomination]:
    """Ada thanks Bo by the form; gives its send key and what was kept."""
    key = fresh_key()
    Visitor().post("/bedank", {**_THANKS, **changed, "sleutel": key})
    subject = place.world.store.token(SLUG, token_digest(key)).subject
    return key, place.world.store.nomination(SLUG, subject)


def _verified(place: Village, **changed: str) -> Nomination:
    _, nomination = _nominated(place, **changed)
    return nominating.verify_nomination(
        place.world,
        partnership=place.partnership,
        nomination_id=nomination.id,
        now=place.clock(),
    )


def _withdrawn(place: Village) -> Nomination:
    return nominating.withdraw_nomination(
        place.world,
        partnership=place.partnership,
        nomination_id=_verified(place).id,
        now=place.clock(),
    )


def _review(place: Village, nomination: Nomination) -> Review:
    seen = place.world.store.nomination(SLUG, nomination.id)
    return Review(
        place.world,
        partnership=place.partnership,
        nomination_id=nomination.id,
        seen_version=seen.version,
        reviewer=place.world.store.person(SLUG, "cleo"),
        now=place.clock(),
    )


def _reminding(place: Village, gathering: Gathering) -> Job:
    """Its guests are being reminded, and nobody has finished that yet."""
    return celebrating.remind_silent(
        place.world,
        partnership=place.partnership,
        gathering_id=gathering.id,
        send_key="preview",
        now=place.clock(),
    )


def _just_approved(place: Village) -> Nomination:
    """Approved where a decision can be taken back for a while."""
    founding.change_settings(place.world, slug=SLUG, undo_minutes=10)
    return _review(place, _verified(place)).approve()


def _thanked(place: Village, **changed: str) -> Nomination:
    """Approved, and every mail of it has left."""
    approved = _review(place, _verified(place, **changed)).approve()
    for honouree in approved.honourees:
        delivering.deliver(
            place.world,
            letterhead=bootstrap.pluim().letterhead,
            partnership=SLUG,
            message_id=promising_thanks.thanks_id(approved, honouree),
            clock=place.clock,
        )
    return approved


def _first_of(place: Village, nomination: Nomination) -> dict[str, Any]:
    """A nomination's first honouree, as the use cases want to be told."""
    return {
        "partnership": place.partnership,
        "nomination_id": nomination.id,
        "honouree_id": nomination.honourees[0].id,
        "now": place.clock(),
    }


def _key_of(place: Village, nomination: Nomination) -> str:
    """The key to the first honouree's page."""
    return place.key(Purpose.HONOUREE, f"{nomination.id}/{nomination.honourees[0].id}")


def _planned(place: Village, *, title: str, seats: int = 0) -> Gathering:
    known = place.world.store.gatherings(SLUG).items[0].plan
    return celebrating.plan(
        place.world,
        partnership=place.partnership,
        plan=replace(known, title=title, honourees=(), seats=seats),
        organiser="cleo",
        gathering_id=fresh_key(),
        now=place.clock(),
    )


def _invite(place: Village, gathering: Gathering, *people: str) -> None:
    guests = celebrating.guests_from_people(place.world, partnership=place.partnership, ids=people)
    job = celebrating.invite(
        place.world,
        partnership=place.partnership,
        gathering_id=gathering.id,
        guests=guests,
        everybody=False,
        send_key=fresh_key(),
        now=place.clock(),
    )
    fanning_out.continue_job(
        place.world,
        partnership=SLUG,
        job_id=job.id,
        clock=place.clock,
        may_go_on=lambda: True,
    )


def _cancelled(place: Village) -> Gathering:
    """A gathering that was called off after Fatima had been invited."""
    gathering = _planned(place, title="Samen schaatsen")
    _invite(place, gathering, "fatima")
    seen = place.world.store.gathering(SLUG, gathering.id)
    return celebrating.cancel(
        place.world,
        partnership=place.partnership,
        gathering_id=gathering.id,
        seen_version=seen.version,
        now=place.clock(),
    )


def _waiting_mails(place: Village) -> list[Message]:
    """Mails that are due, so that something can go wrong with them."""
    due = [
        place.world.store.message(SLUG, row.id)
        for shard in (*SHARDS, *BULK_SHARDS)
        for row in place.world.store.due(shard=shard, now=place.clock()).items
        if row.what is Due.MESSAGE
    ]
    return sorted(due, key=lambda message: (message.kind, message.recipient))


def _hear(place: Village, message: Message, kind: EventKind) -> None:
    event = SesEvent(
        kind=kind,
        message=message.id,
        attempt="1",
        partnership=SLUG,
        ses_id=message.id,
        recipients=(message.recipient,),
        occurred_at=place.clock(),
        bounce=Bounce.GONE if kind is EventKind.BOUNCE else Bounce.NONE,
    )
    hearing.hear(place.world, event=event, now=place.clock())
