"""Collecting: what each row tells about one person, and nothing about anybody else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.calendar_rules import local_time
from chalicelib.domain.data_request import DataRequest
from chalicelib.domain.export import Entry
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Invitation
from chalicelib.domain.nomination import Honouree, Nomination, NominationState
from chalicelib.domain.people import same_address
from chalicelib.ports import AboutRow, Holds, NotFound, World

TIMES = {
    "answered",
    "at",
    "finished",
    "first_thanked",
    "queued",
    "received",
    "starts",
    "submitted",
    "thanked",
}
"""The facts that are a local time, or a day, as ISO 8601 writes it."""

_TOLD = {NominationState.APPROVED, NominationState.THANKED}


@dataclass(frozen=True)
class Collector:
    """Collects for one request; times are local to its partnership."""

    world: World
    request: DataRequest
    time_zone: str

    def entries(self, rows: Iterable[AboutRow]) -> tuple[Entry, ...]:
        """What these rows tell; a row that went meanwhile tells nothing."""
        return tuple(entry for row in rows for entry in self._of(row))

    def rest(self) -> tuple[Entry, ...]:
        """What does not stand under the address: earlier addresses, and what was stopped."""
        return (*self._places(), *self._choices())

    def _of(self, row: AboutRow) -> Iterator[Entry]:
        with suppress(NotFound):
            match row.what:
                case Holds.PERSON:
                    yield self._person(row.id)
                case Holds.NOMINATION:
                    yield from self._thanks(row.id)
                case Holds.INVITATION:
                    yield self._place(
                        self.world.store.gathering(row.partnership, row.id),
                        self.world.store.invitation(row.partnership, row.id, row.guest),
                    )
                case Holds.MESSAGE:
                    yield self._mail(row.id)
                case Holds.HELD_REPLY:
                    yield self._reply(row.id)

    def _person(self, person_id: str) -> Entry:
        person = self.world.store.person(self.request.partnership, person_id)
        return _entry(
            "person",
            name=person.name,
            address=person.address,
            side=person.side,
            party=person.party,
            language=person.language,
            roles=", ".join(sorted(person.roles)),
            first_thanked=self._at(person.first_thanked_at),
        )

    def _thanks(self, nomination_id: str) -> Iterator[Entry]:
        nomination = self.world.store.nomination(self.request.partnership, nomination_id)
        if same_address(nomination.nominator.address, self.request.address):
            yield self._given(nomination)
        for honouree in nomination.honourees:
            if same_address(honouree.address, self.request.address):
                yield self._got(nomination, honouree)
                yield from self._consents(nomination, honouree)

    def _given(self, nomination: Nomination) -> Entry:
        nominator, words = nomination.nominator, nomination.words
        return _entry(
            "thanks_given",
            reference=nomination.reference,
            name=nominator.name,
            address=nominator.address,
            side=nominator.side,
            language=nominator.language,
            show_name="yes" if nominator.show_name else "no",
            for_whom=", ".join(one.name for one in nomination.honourees if one.name),
            what=words.what,
            why=words.why,
            organisation=words.organisation,
            question=nomination.question,
            answer=nomination.answer,
            reason=nomination.reason,
            led_to=nomination.led_to,
            state=nomination.state,
            submitted=self._at(nomination.submitted_at),
        )

    def _got(self, nomination: Nomination, honouree: Honouree) -> Entry:
        """What somebody was thanked for. From whom is theirs to know once it was passed on."""
        told = nomination.state in _TOLD
        return _entry(
            "thanks_got",
            reference=nomination.reference,
            name=honouree.name,
            address=honouree.address,
            side=honouree.side,
            language=honouree.language,
            from_whom=nomination.nominator.name if told else "",
            what=nomination.words.what,
            why=nomination.words.why,
            organisation=nomination.words.organisation,
            citation=nomination.citation,
            choice=honouree.choice,
            thanks_back=honouree.thanks_back,
            led_to=honouree.led_to,
            state=nomination.state,
            submitted=self._at(nomination.submitted_at),
            thanked=self._at(honouree.thanked_at),
        )

    def _consents(self, nomination: Nomination, honouree: Honouree) -> Iterator[Entry]:
        for line in self.world.store.consent_lines(nomination.partnership, nomination.id):
            if line.honouree == honouree.id:
                yield _entry(
                    "choice",
                    reference=nomination.reference,
                    choice=line.choice,
                    text_version=line.text_version,
                    at=self._at(line.at),
                )

    def _place(self, gathering: Gathering, place: Invitation) -> Entry:
        answer, plan = place.answer, gathering.plan
        day, moment = plan.starts.date().isoformat(), plan.starts.isoformat(" ", "minutes")
        return _entry(
            "invitation",
            gathering=plan.title,
            starts=day if plan.all_day else moment,
            name=place.name,
            address=place.address,
            language=place.language,
            partstat=place.partstat,
            heads=str(answer.heads) if answer else "",
            remark=answer.remark if answer else "",
            remarks=" / ".join(one.remark for one in place.answers.values() if one.remark),
            answered=self._at(answer.at if answer else None),
            removed="yes" if place.removed else "no",
        )

    def _mail(self, mail_id: str) -> Entry:
        mail = self.world.store.message(self.request.partnership, mail_id)
        return _entry(
            "mail",
            kind=mail.kind,
            address=mail.recipient,
            mail_state=mail.state,
            outcome=mail.outcome,
            queued=self._at(mail.queued_at),
            finished=self._at(mail.finished_at),
        )

    def _reply(self, held_id: str) -> Entry:
        held = self.world.store.held_reply(self.request.partnership, held_id)
        return _entry(
            "reply",
            name=held.writer_name,
            address=held.writer,
            gathering=held.title,
            subject=held.subject,
            text=held.text,
            remark=held.comment,
            sent=held.sent,
            received=self._at(held.received_at),
        )

    def _places(self) -> Iterator[Entry]:
        """Places of who has this address on the people list, that were mailed to another one."""
        if not self.request.person:
            return
        places = self.world.store.calendar(self.request.partnership, self.request.person)
        for gathering, place in places:
            if not same_address(place.address, self.request.address):
                yield self._place(gathering, place)

    def _choices(self) -> Iterator[Entry]:
        key = self.world.secrets.address_key(self.request.address)
        chosen = self.world.store.preferences(self.request.partnership, key)
        for kind in sorted(chosen.stopped):
            yield _entry("stopped", kind=kind)
        if chosen.language is not None:
            yield _entry("mail_language", language=chosen.language)
        suppression = self.world.store.suppression(key)
        if suppression is not None:
            yield _entry(
                "suppressed", why_suppressed=suppression.reason, at=self._at(suppression.at)
            )
        for guest in filter(None, (key, self.request.person)):
            if self.world.store.feed(self.request.partnership, guest).digest:
                yield _entry("feed", has_feed="yes")

    def _at(self, at: datetime | None) -> str:
        if at is None:
            return ""
        return local_time(at, time_zone=self.time_zone).strftime("%Y-%m-%d %H:%M")


def _entry(what: str, /, **facts: str | None) -> Entry:
    """An entry without the facts that are not there."""
    return Entry(what, {name: str(fact) for name, fact in facts.items() if fact})
