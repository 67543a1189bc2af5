"""The doors that queues and clocks come through; `app.py` declares each of them in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import partial
from typing import Any

from chalice.app import CloudWatchEvent, SQSEvent, SQSRecord

from chalicelib import bootstrap
from chalicelib.domain.job import JobKind
from chalicelib.domain.message import Message
from chalicelib.entrypoints.logs import alarm, log_failure, tell
from chalicelib.ports import DueRow, NotFound, World, WrittenByNewerCode
from chalicelib.use_cases import (
    accessing,
    delivering,
    erasing,
    fanning_out,
    hearing,
    keeping_time,
    receiving,
    sweeping,
)
from chalicelib.use_cases.delivering import Delivery

ENOUGH_FOR_ONE_MAIL_MS = 20_000
"""With less time left, a delivery function starts on no further record."""
FAILED_COMES_BACK_SECONDS = 20
"""Ten receives then take under five minutes, after which somebody is told."""
RECEIVES_UNTIL_SET_ASIDE = 5
"""What comes as often as this goes to the coordinators unopened: opening it may be what kills us.

They see it within five minutes, also when each run before ended without a word.
"""
ENOUGH_FOR_ONE_PAGE_MS = 20_000
"""With less time left, the hourly function looks at no further page of partnerships."""
ENOUGH_TO_END_A_SWEEP_MS = 10_000
"""With less time left, the sweep leaves what is due to the next minute, and sends its hints."""
ENOUGH_FOR_ONE_CHUNK_MS = 275_000
"""The work function (300 s) does chunks for 25 s at most, and lets a next run continue."""


def deliver(event: SQSEvent) -> dict[str, Any]:
    """Deliver the messages that these hints name. What is not done goes back to the queue."""
    pluim = _running()

    def one(row: DueRow) -> None:
        ended = delivering.deliver(
            pluim.world,
            letterhead=pluim.letterhead,
            partnership=row.partnership,
            message_id=row.id,
            clock=pluim.clock,
            turn=lambda urgency: pluim.pacing.turn(pluim.world, urgency, clock=pluim.clock),
            warn=_warn_of_text,
        )
        tell("deliver", message=row.id, ended=ended.value)
        _raise_alarm(pluim.world, row, ended)

    return _each(event, lambda record: one(pluim.read_hint(record.body)), _time_left(event))


def _warn_of_text(mail: Message) -> None:
    """Tell the operator that an organisation's own text failed, and which one."""
    alarm(
        "text_failed",
        message=mail.id,
        partnership=mail.partnership,
        kind=mail.kind.value,
        text=mail.text_number,
    )


def _raise_alarm(world: World, row: DueRow, ended: Delivery) -> None:
    """Tell the operator, once, that no mail can leave any more, and for later that it does again.

    And of each mail to a stranger that waits for a coordinator, because there are so many, and of
    each that was not sent because we could not make it, or not in time.
    """
    if ended is Delivery.STOPPED:
        brake = world.store.brake()
        alarm("sending_stopped", reason=brake.reason if brake else "")
    if ended is Delivery.RESUMED:
        tell("sending_resumed")
    if ended is Delivery.UNAPPROVED:
        alarm("too_many_strangers", partnership=row.partnership)
    if ended in {Delivery.UNMADE, Delivery.TOO_LATE}:
        alarm(f"mail_{ended}", message=row.id, partnership=row.partnership)


def work(event: SQSEvent) -> dict[str, Any]:
    """Continue the jobs that these hints name."""
    pluim = _running()

    def one(row: DueRow) -> None:
        job = fanning_out.continue_job(
            pluim.world,
            partnership=row.partnership,
            job_id=row.id,
            others={
                JobKind.ERASE: partial(erasing.erase_next, inbox=pluim.inbox),
                JobKind.COLLECT: accessing.collect_next,
            },
            clock=pluim.clock,
            may_go_on=lambda: _milliseconds_left(event) > ENOUGH_FOR_ONE_CHUNK_MS,
        )
        tell("work", job=row.id, done=job.done, finished=job.finished)

    return _each(event, lambda record: one(pluim.read_hint(record.body)), lambda: True)


def events(event: SQSEvent) -> dict[str, Any]:
    """Write down what SES tells about mails it took."""
    pluim = _running()

    def one(body: str) -> None:
        heard = pluim.read_event(body)
        known = hearing.hear(pluim.world, event=heard, now=pluim.clock())
        tell("event", message=heard.message, kind=heard.kind.value, known=known)

    return _each(event, lambda record: one(record.body), lambda: True, newer_waits=True)


def receive(event: SQSEvent) -> dict[str, Any]:
    """Let mails that came in have their effect. What fails time after time waits for a person."""
    pluim = _running()
    domain = pluim.letterhead.rsvp_domain

    def one(record: SQSRecord) -> None:
        notice = pluim.read_notice(record.body)
        if _receives(record) < RECEIVES_UNTIL_SET_ASIDE:
            became = receiving.receive(
                pluim.world, inbox=pluim.inbox, notice=notice, rsvp_domain=domain, now=pluim.clock()
            )
        else:
            became = receiving.set_aside(
                pluim.world, notice=notice, rsvp_domain=domain, now=pluim.clock()
            )
        tell("receive", mail=notice.ses_id, became=became.value)

    return _each(event, one, lambda: True)


def sweep(event: CloudWatchEvent) -> None:
    """Look after everything that is due, stale or stalled."""
    pluim = _running()
    swept = sweeping.sweep(
        pluim.world,
        now=pluim.clock(),
        may_go_on=lambda: _milliseconds_left(event) > ENOUGH_TO_END_A_SWEEP_MS,
        report=_report,
    )
    tell("sweep", **asdict(swept))
    if swept.stopped:
        alarm("sending_stopped", reason=swept.stopped)


def _report(row: str) -> None:
    log_failure("sweep", row=row)


def hourly(event: CloudWatchEvent) -> None:
    """Begin what has come due by each partnership's own clock."""
    pluim = _running()
    struck = keeping_time.strike(
        pluim.world,
        now=pluim.clock(),
        may_go_on=lambda: _milliseconds_left(event) > ENOUGH_FOR_ONE_PAGE_MS,
        report=_report_partnership,
    )
    tell("hourly", **asdict(struck))


def _report_partnership(slug: str) -> None:
    log_failure("hourly", partnership=slug)


def _running() -> bootstrap.Pluim:
    """The running Pluim. That it could not be built is logged, for an alarm to read, and raised."""
    try:
        return bootstrap.pluim()
    except Exception:
        log_failure("start")
        raise


def _each(
    event: Iterable[SQSRecord],
    handle: Callable[[SQSRecord], None],
    may_start: Callable[[], bool],
    *,
    newer_waits: bool = False,
) -> dict[str, Any]:
    """Handle each record by itself, and name those that must come back.

    A hint at a row that is gone is done with, and one at a row of newer code is left to the sweep.
    An event about such a row comes again (`newer_waits`), because nothing else tells it. Anything
    unreadable or unexpected fails alone, and is set aside after its last receive.
    """
    failed: list[dict[str, str]] = []
    for record in event:
        if not may_start():
            failed.append(_again(record, after_seconds=0))
            continue
        try:
            handle(record)
        except NotFound:
            tell("gone")
        except WrittenByNewerCode:
            tell("left_to_newer_code")
            if newer_waits:
                failed.append(_again(record, after_seconds=FAILED_COMES_BACK_SECONDS))
        except Exception:
            log_failure("queue")
            failed.append(_again(record, after_seconds=FAILED_COMES_BACK_SECONDS))
    return {"batchItemFailures": failed}


def _again(record: SQSRecord, *, after_seconds: int) -> dict[str, str]:
    """Hand a record back, so that it does not wait until its visibility ends."""
    received = record.to_dict()
    bootstrap.pluim().give_back(
        queue_arn=received["eventSourceARN"],
        receipt_handle=received["receiptHandle"],
        after_seconds=after_seconds,
    )
    return {"itemIdentifier": received["messageId"]}


def _receives(record: SQSRecord) -> int:
    return int(record.to_dict()["attributes"]["ApproximateReceiveCount"])


def _time_left(event: SQSEvent) -> Callable[[], bool]:
    return lambda: _milliseconds_left(event) > ENOUGH_FOR_ONE_MAIL_MS


def _milliseconds_left(event: SQSEvent | CloudWatchEvent) -> float:
    context: Any = event.context
    return float(context.get_remaining_time_in_millis())
