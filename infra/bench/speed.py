"""How fast the parts are, each beside the obvious other way, measured in one run."""

from __future__ import annotations

import email
import subprocess
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from zoneinfo import ZoneInfo

import icalendar

from chalicelib.domain.invitation import PartStat
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.entrypoints.forms import Form
from chalicelib.entrypoints.http import PageView, PartnershipView
from chalicelib.entrypoints.nominate import NominateView
from chalicelib.messages.drafts import Email, Frame
from chalicelib.messages.emails import render
from chalicelib.messages.invites import Invite, Method, calendar_part
from chalicelib.messages.mime import Mail, Mailbox, assemble
from chalicelib.messages.rendering import render_page
from chalicelib.messages.samples import PARTNERSHIP, RSVP_DOMAIN, Sample, samples
from infra.bench.report import Table

_COLD_STARTS = 3
_OBVIOUS_WAY = "the same words, with EmailMessage and icalendar's own time zones"
_NO_CODE = "pass"
_OUR_APP = "import app"
_BARE_BOTO3 = "import boto3; boto3.client('dynamodb', region_name='eu-west-1')"


def speed_table() -> Table:
    """Each part's time as a multiple of another's."""
    sample = next(sample for sample in samples() if sample.message.kind is Kind.GATHERING_INVITE)
    mail = _mail(_rendered(sample))
    assembling = _seconds(lambda: assemble(mail))
    library = _seconds(lambda: _library_mail(mail))
    and_read = _seconds(lambda: email.message_from_bytes(_library_mail(mail), policy=SMTP))
    rendering = _seconds(lambda: _rendered(sample))
    page = _seconds(_form_page)
    ours = _seconds(lambda: calendar_part(_INVITE))
    theirs = _seconds(lambda: _library_calendar(_INVITE))
    whole, other_whole = rendering + assembling, rendering - ours + theirs + library
    nothing = _cold(_NO_CODE)
    app, boto3 = _cold(_OUR_APP) - nothing, _cold(_BARE_BOTO3) - nothing
    compared = (
        ("An invitation, from facts to bytes", _OBVIOUS_WAY, whole / other_whole),
        ("Assembling an invitation", "the standard library's EmailMessage", assembling / library),
        ("Assembling an invitation", "EmailMessage, parsed once more", assembling / and_read),
        ("Rendering an invitation", "the standard library's EmailMessage", rendering / library),
        ("Rendering the form's page", "the standard library's EmailMessage", page / library),
        ("Writing a calendar part", "icalendar with add_missing_timezones", ours / theirs),
        ("Importing app.py", "importing boto3 and making a client", app / boto3),
    )
    return Table(
        head=("Part", "Beside", "Times as long"),
        rows=tuple((part, other, f"{times:.2f}") for part, other, times in compared),
        below=(
            "Less than 1 is faster than what stands beside it. Assembling reads every mail back "
            "before it may leave, which EmailMessage does not. From facts to bytes is words in "
            "text and HTML, calendar and MIME together; the other way has the same templates.",
        ),
    )


def _seconds(action: Callable[[], object]) -> float:
    """The shortest time of several rounds: the one that was disturbed least."""
    timer = timeit.Timer(action)
    number, _ = timer.autorange()
    return min(timer.repeat(repeat=3, number=number)) / number


def _cold(code: str) -> float:
    """How long a new Python takes to run this."""
    return min(
        timeit.repeat(
            lambda: subprocess.run([sys.executable, "-c", code], check=True),
            repeat=_COLD_STARTS,
            number=1,
        )
    )


def _rendered(sample: Sample) -> Email:
    frame = Frame.of_partnership(PARTNERSHIP, rsvp_domain=RSVP_DOMAIN)
    return render(sample.message, frame=frame, links=sample.links)


def _mail(rendered: Email) -> Mail:
    return Mail(
        sender=Mailbox(rendered.organiser or "", PARTNERSHIP.name),
        recipient=Mailbox("bo@example.org", "Bo Jansen"),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        language="nl",
        calendar=rendered.calendar,
    )


def _library_mail(mail: Mail) -> bytes:
    """The same headers and parts, by the standard library's own hand."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(mail.sender.name, addr_spec=mail.sender.address)
    message["To"] = Address(mail.recipient.name, addr_spec=mail.recipient.address)
    message["Subject"] = mail.subject
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    if mail.calendar:
        part = mail.calendar
        message.add_alternative(
            part.content.decode(), subtype="calendar", params={"method": part.method}
        )
        message.add_attachment(
            part.content, maintype="application", subtype="ics", filename=part.filename
        )
    return bytes(message)


def _library_calendar(invite: Invite) -> bytes:
    """The same event, with the time zone block that the library would write."""
    zone = ZoneInfo(invite.time_zone)
    event = icalendar.Event()
    event.add("uid", invite.uid)
    event.add("dtstamp", invite.dtstamp)
    event.add("sequence", invite.sequence)
    event.add("dtstart", invite.starts.replace(tzinfo=zone))
    event.add("dtend", invite.ends.replace(tzinfo=zone))
    event.add("summary", invite.summary)
    event.add("location", invite.place)
    event.add("description", invite.description)
    event.add("url", invite.url)
    event.add("organizer", icalendar.vCalAddress(f"mailto:{invite.organiser_address}"))
    event.add("attendee", icalendar.vCalAddress(f"mailto:{invite.guest_address}"))
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Pluim//Bench//NL")
    calendar.add("version", "2.0")
    calendar.add("method", invite.method.value)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _form_page() -> str:
    context = {
        "page": PageView(
            lang="nl",
            base="",
            here="/ons-dorp/bedank",
            switch_url="/en/ons-dorp/bedank",
            switch_lang="en",
            product="Pluim",
            partnership=PartnershipView(
                slug=PARTNERSHIP.slug,
                name=PARTNERSHIP.name,
                contact_name=PARTNERSHIP.contact.name,
                contact_phone=PARTNERSHIP.contact.telephone,
                contact_email=PARTNERSHIP.contact.address or "",
                trusts=PARTNERSHIP.settings.trusts,
            ),
            coordinator=None,
            private=False,
            csrf="",
        ),
        "data": NominateView(honourees=1, may_add=True, asks_organisation=True),
        "form": Form(),
        "link": lambda path="", **_: f"/ons-dorp{path}",
        "static": lambda name: f"/static/{name}",
    }
    return render_page("nominate", language=Language.DUTCH, context=context)


_INVITE = Invite(
    method=Method.REQUEST,
    uid="winterfeest@rsvp.onsdorp.example",
    sequence=0,
    dtstamp=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
    starts=datetime(2026, 12, 18, 19, 30),  # noqa: DTZ001 (a wall-clock time)
    ends=datetime(2026, 12, 18, 21, 30),  # noqa: DTZ001
    time_zone="Europe/Amsterdam",
    summary="Winterfeest van Samen Ons Dorp",
    place="Buurthuis De Linde, Lindelaan 12, Ons Dorp",
    description="We vieren wat we dit jaar samen deden. Er is soep, en muziek van het buurtkoor.",
    url="https://pluim.example/ons-dorp/uitnodiging/k7w2mzq4x5tn3bpydr6ahcjf2e",
    organiser_name="Samen Ons Dorp",
    organiser_address="antwoord@rsvp.onsdorp.example",
    guest_name="Bo Jansen",
    guest_address="bo@example.org",
    partstat=PartStat.NEEDS_ACTION,
    language=Language.DUTCH,
)
