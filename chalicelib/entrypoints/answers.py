"""The answer form of an invitation, on the guest's own page and at the desk."""

from __future__ import annotations

from chalicelib.domain.invitation import MAX_HEADS, MAX_REMARK_LENGTH, Answer, PartStat, Via
from chalicelib.entrypoints.http import Visit


def read_answer(visit: Visit, *, via: Via) -> tuple[Answer | None, dict[str, str]]:
    """An answer from the fields `komt`, `aantal` and `opmerking`, or what is wrong with them."""
    _ = visit.gettext
    problems: dict[str, str] = {}
    partstat = visit.form.value("komt")
    if partstat not in {PartStat.ACCEPTED, PartStat.DECLINED, PartStat.TENTATIVE}:
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
    remark = visit.form.value("opmerking")
    return Answer(PartStat(partstat), at=visit.now, via=via, heads=int(heads), remark=remark), {}
