"""A village with a past: the partnership that a first `make run` starts with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.domain.delivery_event import EventKind, SesEvent
from chalicelib.domain.gathering import Gathering
from chalicelib.domain.invitation import Answer, Via
from chalicelib.domain.job import Job
from chalicelib.domain.message import Message
from chalicelib.domain.nomination import Nomination, Nominator, Words
from chalicelib.domain.partnership import Partnership
from chalicelib.domain.people import EmailAddress, Side
from chalicelib.domain.plan import Celebrated, Plan
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.domain.spam_guard import Filling
from chalicelib.ports import BULK_SHARDS, SHARDS, Due, Hint, Listing, Move, World
from chalicelib.use_cases import (
    celebrating,
    consenting,
    fanning_out,
    following_up,
    founding,
    hearing,
    nominating,
    responding,
)
from chalicelib.use_cases.reviewing import Review
from infra.local import demo_story as story
from infra.local.demo_story import SLUG, Ending, Story


def found_demo(world: World, *, now: datetime) -> None:
    """Build the demo partnership through the use cases, as if its last weeks had really happened.

    Mails of the past count as sent and leave no file. About ten of the last hour stay
    waiting; they leave at the first start, so that the mailbox is not empty.
    """
    unhurried = replace(world, hints=_NoHints())
    _settle(unhurried)
    past = _Village(unhurried, world.store.partnership(SLUG), now)
    for told in story.PAST:
        past.tell(told)
    gathering = past.celebrate()
    past.eat_together()
    past.come_back()
    past.let_mails_leave(now - timedelta(hours=1))
    for told in story.TODAY:
        past.tell(told)
    past.invite(gathering, story.SILENT, at=now - timedelta(minutes=5))


class _NoHints:
    """Hints that nobody gets: what is still open after the past, the first sweep finds."""

    def message(self, message: Message) -> None:
        """Say nothing."""

    def job(self, job: Job) -> None:
        """Say nothing."""

    def many(self, hints: Sequence[Hint]) -> None:
        """Say nothing."""


def _settle(world: World) -> None:
    """The partnership, its parties, its people, and who of them coordinates."""
    founding.found_partnership(world, partnership=story.PARTNERSHIP)
    for party in story.PARTIES:
        founding.add_party(world, slug=SLUG, party=party)
    for person in story.PEOPLE:
        founding.add_person(world, person=person)
    for person_id in story.COORDINATORS:
        founding.make_coordinator(world, slug=SLUG, person_id=person_id)


_UNVERIFIED = (Ending.UNVERIFIED, Ending.SUSPICIOUS)


@dataclass(frozen=True)
class _Village:
    """The demo partnership, while what happened in it is being told in order."""

    world: World
    partnership: Partnership
    now: datetime

    def tell(self, told: Story) -> None:
        """Let one thank-you happen, as far as it came."""
        at = self.now - told.ago
        nomination = self._submit(told, at=at)
        match told.ending:
            case Ending.WITHDRAWN:
                nominating.withdraw_nomination(
                    self.world, partnership=self.partnership, nomination_id=nomination.id, now=at
                )
            case Ending.DECLINED:
                self._review(nomination, at=at).decline(reason=told.remark)
            case Ending.ASKED | Ending.ANSWERED:
                self._ask(nomination, told, at=at)
            case Ending.APPROVED | Ending.THANKED:
                self._approve(nomination, told, at=at)

    def celebrate(self) -> Gathering:
        """Plan a gathering in about three weeks, to which half of the guests have answered."""
        return self._announce(self._plan(), story.REACTIONS, gathering_id=_id("gathering"))

    def eat_together(self) -> Gathering:
        """Plan a meal three days before that, for which more guests want to come than can."""
        celebration = self._plan()
        before = timedelta(days=3)
        meal = replace(
            celebration,
            title=story.MEAL_TITLE,
            starts=celebration.starts - before,
            ends=celebration.ends - before,
            text=story.MEAL_TEXTS,
            honourees=(),
            seats=story.MEAL_SEATS,
        )
        return self._announce(meal, story.MEAL_REACTIONS, gathering_id=_id("meal"))

    def come_back(self) -> Gathering:
        """Plan a series for the next two Tuesdays, to which nobody is invited yet."""
        today = self.now.astimezone(ZoneInfo(self.partnership.settings.time_zone)).date()
        tuesday = today + timedelta(days=1 + (1 - today.weekday() - 1) % 7)
        plan = Plan(
            title=story.SERIES_TITLE,
            place=story.PLACE,
            starts=datetime.combine(tuesday, time(10, 0)),
            ends=datetime.combine(tuesday, time(11, 30)),
            time_zone=self.partnership.settings.time_zone,
            text=story.SERIES_TEXTS,
            hosts=story.HOSTS,
            repeats=Recurrence(Pattern.WEEKLY, count=2),
        )
        return celebrating.plan(
            self.world,
            partnership=self.partnership,
            plan=plan,
            organiser="cleo",
            gathering_id=_id("series"),
            now=self.now,
        )

    def invite(self, gathering: Gathering, people: Sequence[str], *, at: datetime) -> None:
        """Invite these people to it."""
        guests = celebrating.guests_from_people(
            self.world, partnership=self.partnership, ids=people
        )
        job = celebrating.invite(
            self.world,
            partnership=self.partnership,
            gathering_id=gathering.id,
            guests=guests,
            everybody=False,
            send_key=_id(*people),
            now=at,
        )
        fanning_out.continue_job(
            self.world, partnership=SLUG, job_id=job.id, clock=lambda: at, may_go_on=lambda: True
        )

    def let_mails_leave(self, at: datetime) -> None:
        """Every mail that was due by then has left, as SES's own event would tell.

        What nobody wanted any more by then was held back, as delivery would have done.
        """
        for shard in (*SHARDS, *BULK_SHARDS):
            for row in self.world.store.due(shard=shard, now=at).items:
                if row.what is Due.MESSAGE and not self._held_back(row.id, at=at):
                    self._mail_leaves(row.id, at=at)

    def _announce(
        self, plan: Plan, reactions: Sequence[story.Reaction], *, gathering_id: str
    ) -> Gathering:
        """Plan it three days ago, invite these guests, and let them answer one after the other."""
        at = self.now - timedelta(days=3)
        gathering = celebrating.plan(
            self.world,
            partnership=self.partnership,
            plan=plan,
            organiser="cleo",
            gathering_id=gathering_id,
            now=at,
        )
        self.invite(gathering, [reaction.guest for reaction in reactions], at=at)
        self.let_mails_leave(at)
        for hours, reaction in enumerate(reactions, start=1):
            self._react(gathering, reaction, at=at + timedelta(hours=hours))
        return gathering

    def _held_back(self, message_id: str, *, at: datetime) -> bool:
        message = self.world.store.message(SLUG, message_id)
        reason = following_up.no_longer_wanted(self.world, message)
        if reason:
            self.world.save(moves=[Move(message, message.suppressed(reason=reason, now=at))])
        return bool(reason)

    def _mail_leaves(self, message_id: str, *, at: datetime) -> None:
        event = SesEvent(
            kind=EventKind.SEND,
            message=message_id,
            attempt="1",
            partnership=SLUG,
            ses_id=_id(message_id),
            recipients=(),
            occurred_at=at,
        )
        hearing.hear(self.world, event=event, now=at)

    def _submit(self, told: Story, *, at: datetime) -> Nomination:
        person = self.world.store.person(SLUG, told.by)
        nominator = Nominator(
            name=person.name,
            address=person.address or EmailAddress(""),
            side=person.side,
            show_name=told.shows_name,
            language=person.language,
        )
        draft = nominating.Draft(
            nominator=nominator,
            named=tuple(self._named(name) for name in told.about),
            side=_other_side(person.side),
            words=Words(what=told.what, why=told.why),
            appreciation=told.form,
        )
        return nominating.submit_nomination(
            self.world,
            partnership=self.partnership,
            draft=draft,
            send_key=_id(told.by, told.what),
            # A nomination of weeks ago that nobody had verified would be forgotten by now.
            signed_in=None if told.ending in _UNVERIFIED else person,
            filling=Filling(trap="x" if told.ending is Ending.SUSPICIOUS else ""),
            now=at,
        )

    def _named(self, who: str) -> nominating.Named:
        if self.partnership.party_named(who):
            return nominating.Named(who, EmailAddress("bestuur@example.org"))
        person = self.world.store.person(SLUG, who)
        return nominating.Named(person.name, person.address)

    def _ask(self, nomination: Nomination, told: Story, *, at: datetime) -> None:
        self._review(nomination, at=at).ask(question=told.remark)
        if told.ending is Ending.ANSWERED:
            nominating.answer_question(
                self.world,
                partnership=self.partnership,
                nomination_id=nomination.id,
                answer=told.reply,
            )

    def _approve(self, nomination: Nomination, told: Story, *, at: datetime) -> None:
        review = self._review(nomination, at=at)
        review.mend(citation=told.citation, addresses={})
        approved = review.approve()
        if told.choice is None:
            return
        self.let_mails_leave(at)
        for honouree in approved.honourees:
            consenting.decide(
                self.world,
                partnership=self.partnership,
                nomination_id=nomination.id,
                honouree_id=honouree.id,
                choice=told.choice,
                now=at + timedelta(hours=5),
            )
            if told.reply:
                consenting.thank_back(
                    self.world,
                    partnership=self.partnership,
                    nomination_id=nomination.id,
                    honouree_id=honouree.id,
                    line=told.reply,
                    now=at + timedelta(hours=5),
                )

    def _review(self, nomination: Nomination, *, at: datetime) -> Review:
        """The desk of whichever coordinator is free to decide on it."""
        involved = {nomination.nominator.name, *(person.name for person in nomination.honourees)}
        coordinators = (self.world.store.person(SLUG, one) for one in story.COORDINATORS)
        seen = self.world.store.nomination(SLUG, nomination.id)
        return Review(
            self.world,
            partnership=self.partnership,
            nomination_id=nomination.id,
            seen_version=seen.version,
            reviewer=next(person for person in coordinators if person.name not in involved),
            now=at,
        )

    def _plan(self) -> Plan:
        zone = self.partnership.settings.time_zone
        today = self.now.astimezone(ZoneInfo(zone)).date()
        saturday = today + timedelta(days=14 + (5 - today.weekday()) % 7)
        return Plan(
            title=story.TITLE,
            place=story.PLACE,
            starts=datetime.combine(saturday, time(19, 30)),
            ends=datetime.combine(saturday, time(21, 30)),
            time_zone=zone,
            text=story.TEXTS,
            hosts=story.HOSTS,
            honourees=self._celebrated(),
        )

    def _celebrated(self) -> tuple[Celebrated, ...]:
        """Everybody whose thanks are on the wall, as they chose to be named there."""
        page = self.world.store.nominations(SLUG, Listing.WALL)
        return tuple(
            Celebrated(nomination.id, honouree.id, name)
            for nomination in page.items
            if nomination.is_shown
            for honouree, name in zip(nomination.honourees, nomination.shown_names, strict=True)
        )

    def _react(self, gathering: Gathering, reaction: story.Reaction, *, at: datetime) -> None:
        answer = Answer(
            reaction.partstat,
            at,
            Via.PAGE,
            heads=reaction.heads,
            remark=reaction.remark,
            moves_up=reaction.moves_up,
        )
        responding.record_rsvp(
            self.world,
            partnership=self.partnership,
            gathering_id=gathering.id,
            guest=reaction.guest,
            answer=answer,
            now=at,
        )


def _other_side(side: Side) -> Side:
    return Side.PROFESSIONALS if side is Side.CITIZENS else Side.CITIZENS


def _id(*parts: str) -> str:
    """An id that is the same at every first start: 32 of `0-9a-f`."""
    return hashlib.sha256("/".join(("demo", *parts)).encode()).hexdigest()[:32]
