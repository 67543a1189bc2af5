"""Jobs: a walk past many guests that a second run can continue."""

from __future__ import annotations

from chalicelib.domain.job import STALLED_AFTER, Job, JobKind
from tests.domain.examples import MINUTE, NOW

INVITING = Job("ons-dorp", "j1", JobKind.INVITE, "g1", started_at=NOW, due_at=NOW)


def test_a_chunk_moves_the_cursor_and_counts_its_guests() -> None:
    later = INVITING.advanced(cursor="named-45", done=45, now=NOW + MINUTE)

    assert (later.cursor, later.done, later.finished) == ("named-45", 45, False)


def test_a_job_that_goes_on_is_looked_at_only_when_it_stalls() -> None:
    later = INVITING.advanced(cursor="named-45", done=45, now=NOW + MINUTE)

    assert later.due_at == NOW + MINUTE + STALLED_AFTER


def test_the_last_chunk_finishes_the_job() -> None:
    done = INVITING.advanced(cursor="named-45", done=45, now=NOW).completed(done=5)

    assert (done.done, done.finished, done.due_at) == (50, True, None)
