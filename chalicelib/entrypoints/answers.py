"""The answer form of an invitation, on the guest's own page and at the desk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chalicelib.domain.invitation import (
    MAX_HEADS,
    MAX_REMARK_LENGTH,
    Answer,
    NotEnoughSeats,
    PartStat,
    Via,
)
from chalicelib.entrypoints.http import Visit

_ANSWERS = frozenset({PartStat.ACCEPTED, PartStat.DECLINED, PartStat.TENTATIVE})


def read_answer(visit: Visit, *, via: Via) -> tuple[Answer | None, dict[str, str]]:
    """An answer from the fields `komt`, `aantal`, `opmerking` and `meteen`, or what is wrong."""
    _ = visit.gettext
    problems: dict[str, str] = {}
    partstat = visit.form.value("komt")
    if partstat not in _ANSWERS:
        problems["komt"] = (
            _("Select whether you are coming.")
            if via is Via.PAGE
            else _("Select whether this guest is coming.")
        )
    heads = visit.form.value("aantal") or "1"
    if heads not in {str(number) for number in range(1, MAX_HEADS + 1)}:
        problems["aantal"] = _("Enter a number from 1 to 5.")
    too_many = len(visit.form.value("opmerking")) - MAX_REMARK_LENGTH
    if too_many > 0:
        problems["opmerking"] = _("Your text is %(n)s characters too long.") % {"n": too_many}
    if problems:
        return None, problems
    answer = Answer(
        PartStat(partstat),
        at=visit.now,
        via=via,
        heads=int(heads),
        remark=visit.form.value("opmerking"),
        moves_up=bool(visit.form.value("meteen")),
    )
    return answer, {}


def read_dates(
    visit: Visit, days: Iterable[date]
) -> tuple[dict[date, PartStat | None], dict[str, str]]:
    """An answer to each day from the fields `dag_<day>`, None for as the rest, or what is wrong."""
    fields = {day: f"dag_{day.isoformat()}" for day in days}
    said = {day: visit.form.value(field) for day, field in fields.items()}
    sentence = visit.gettext("Select whether you are coming.")
    problems = {fields[day]: sentence for day, one in said.items() if one not in {"", *_ANSWERS}}
    if problems:
        return {}, problems
    return {day: PartStat(one) if one else None for day, one in said.items()}, {}


def too_few_seats(visit: Visit, wrong: NotEnoughSeats) -> dict[str, str]:
    """What to say when more people would come than there are places for."""
    sentence = visit.gettext(
        "There are not enough places: at most %(n)s people can come. Your answer is not changed."
    )
    return {"aantal": sentence % {"n": wrong.most}}
