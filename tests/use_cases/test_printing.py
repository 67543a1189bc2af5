"""Sheets for the day: who is expected, who thanks whom, and nothing that its people keep back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalicelib.domain.consent import Choice
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.nomination import Honouree, Nomination, Nominator
from chalicelib.domain.people import EmailAddress, Person, Side
from chalicelib.domain.plan import Celebrated
from chalicelib.domain.recurrence import Pattern, Recurrence
from chalicelib.use_cases import founding, printing
from tests.domain.examples import ADA, BO_AND_DAN, invitation, thanked
from tests.town import SLUG, Town
from tests.use_cases.steps import answer, planned


def thanks_for(town: Town, name: str, side: Side, *, id: str = "", **changes: Any) -> Nomination:
    """Somebody is thanked, and agrees to be named; kept under the first letter of their name."""
    facts: dict[str, Any] = {"honourees": (Honouree("1", name, side, ADA),), **changes}
    nomination = thanked(id=id or name[0], **facts)
    chosen = nomination.chosen(honouree_id="1", choice=Choice.NAMED)
    town.world.save(chosen)
    return chosen


def celebrates(*nominations: Nomination) -> tuple[Celebrated, ...]:
    """All honourees of these nominations, as a plan picks them."""
    return tuple(
        Celebrated(nomination.id, honouree.id, honouree.name)
        for nomination in nominations
        for honouree in nomination.honourees
    )


def run_sheet(town: Town, **asked: Any) -> printing.RunSheet:
    return printing.run_sheet(
        town.world, partnership=town.partnership, gathering_id="g1", now=town.clock.now, **asked
    )


def guest_list(town: Town, **asked: Any) -> printing.GuestList:
    return printing.guest_list(
        town.world, partnership=town.partnership, gathering_id="g1", now=town.clock.now, **asked
    )


def comes(town: Town, name: str, partstat: PartStat = PartStat.ACCEPTED, **said: Any) -> None:
    """A guest who has answered."""
    place = invitation(guest=name.encode().hex(), name=name)
    said_so = None if partstat is PartStat.NEEDS_ACTION else answer(town, partstat, **said)
    town.world.save(replace(place, answer=said_so))


def test_the_guest_list_is_by_name_and_leaves_out_who_does_not_come(ons_dorp: Town) -> None:
    planned(ons_dorp)
    comes(ons_dorp, "Zoe", heads=3, remark="Een rolstoel.")
    comes(ons_dorp, "Éva")
    comes(ons_dorp, "Dan", PartStat.DECLINED)
    comes(ons_dorp, "Bo", PartStat.TENTATIVE)
    comes(ons_dorp, "Cas", PartStat.NEEDS_ACTION)

    sheets = guest_list(ons_dorp).sheets

    assert [(sheet.partstat, [guest.name for guest in sheet.guests]) for sheet in sheets] == [
        ("ACCEPTED", ["Éva", "Zoe"]),
        ("TENTATIVE", ["Bo"]),
        ("NEEDS-ACTION", ["Cas"]),
    ]
    assert sheets[0].guests[1] == printing.ListedGuest("Zoe", 3, "Een rolstoel.")


def test_a_full_sheet_goes_on_where_it_stopped(ons_dorp: Town) -> None:
    planned(ons_dorp)
    for number in range(printing.PER_SHEET + 2):
        comes(ons_dorp, f"Guest {number:03}")

    first = guest_list(ons_dorp).sheets[0]
    second = guest_list(ons_dorp, group=PartStat.ACCEPTED, after=first.next)

    assert len(first.guests) == printing.PER_SHEET
    assert [guest.name for guest in second.sheets[0].guests] == ["Guest 100", "Guest 101"]
    assert (len(second.sheets), second.continued) == (1, True)


def test_each_date_of_a_series_has_its_own_list(ons_dorp: Town) -> None:
    party = planned(ons_dorp, repeats=Recurrence(Pattern.WEEKLY, count=3))
    first, second, third = (one.day for one in party.dates)
    comes(ons_dorp, "Zoe", heads=3, remark="Een rolstoel.")
    comes(ons_dorp, "Cas", PartStat.NEEDS_ACTION)
    zoe, cas = (
        ons_dorp.world.store.invitation(SLUG, "g1", name.encode().hex()) for name in ("Zoe", "Cas")
    )
    cannot = answer(ons_dorp, PartStat.DECLINED)
    ons_dorp.world.save(replace(zoe, answers={second: cannot}, dropped=(third,)))
    ons_dorp.world.save(replace(cas, answers={second: answer(ons_dorp, heads=2)}))

    lists = {day: guest_list(ons_dorp, day=day) for day in (first, second, third)}

    assert {day: [len(sheet.guests) for sheet in of.sheets] for day, of in lists.items()} == {
        first: [1, 0, 1],
        second: [1, 0, 0],
        third: [0, 0, 1],
    }
    assert [of.heads for of in lists.values()] == [3, 2, 0]
    assert guest_list(ons_dorp) == lists[first]
    assert [guest.name for guest in run_sheet(ons_dorp).remarks] == ["Zoe"]
    assert run_sheet(ons_dorp, day=second).heads == 2


def test_a_long_list_of_one_date_goes_on_and_counts_nothing_it_does_not_show(
    ons_dorp: Town,
) -> None:
    planned(ons_dorp, repeats=Recurrence(Pattern.WEEKLY, count=3))
    for number in range(printing.PER_SHEET + 2):
        comes(ons_dorp, f"Guest {number:03}")

    first = guest_list(ons_dorp)
    second = guest_list(ons_dorp, after=first.next)

    assert [len(of.sheets[0].guests) for of in (first, second)] == [printing.PER_SHEET, 2]
    assert [(of.heads, of.continued) for of in (first, second)] == [(0, False), (0, True)]


def test_nobody_prints_a_list_of_those_who_said_no(ons_dorp: Town) -> None:
    planned(ons_dorp)
    comes(ons_dorp, "Dan", PartStat.DECLINED)

    asked = guest_list(ons_dorp, group=PartStat.DECLINED)

    assert not [guest for sheet in asked.sheets for guest in sheet.guests]


def test_the_sides_take_turns_and_nobody_leads_but_by_name(ons_dorp: Town) -> None:
    thanks = [
        thanks_for(ons_dorp, "Zeynep", Side.CITIZENS),
        thanks_for(ons_dorp, "Ben", Side.CITIZENS),
        thanks_for(ons_dorp, "Xander", Side.PROFESSIONALS),
        thanks_for(ons_dorp, "Ali", Side.CITIZENS),
    ]
    planned(ons_dorp, honourees=celebrates(*thanks))

    turns = run_sheet(ons_dorp).turns

    assert [turn.honourees for turn in turns] == [("Ali",), ("Xander",), ("Ben",), ("Zeynep",)]
    assert {turn.nominator for turn in turns} == {"Ada"}


def test_a_nominator_who_would_rather_not_be_named_is_not(ons_dorp: Town) -> None:
    shy = Nominator("Ada", ADA, Side.CITIZENS, show_name=False)
    thanks = thanks_for(ons_dorp, "Ben", Side.CITIZENS, nominator=shy)
    planned(ons_dorp, honourees=celebrates(thanks))

    (turn,) = run_sheet(ons_dorp).turns

    assert (turn.nominator, turn.honourees) == ("", ("Ben",))
    assert turn.words == "Kept the square safe."


def test_who_withdrew_their_name_is_on_no_sheet(ons_dorp: Town) -> None:
    thanks = thanks_for(ons_dorp, "Ben", Side.CITIZENS)
    planned(ons_dorp, honourees=celebrates(thanks))
    kept = ons_dorp.world.store.nomination(SLUG, "B")

    ons_dorp.world.save(kept.chosen(honouree_id="1", choice=Choice.PRIVATE))

    sheet = run_sheet(ons_dorp)
    assert (sheet.turns, sheet.certificates) == ((), ())


def test_words_about_two_are_not_read_aloud_while_one_of_them_keeps_them_private(
    ons_dorp: Town,
) -> None:
    both = thanked(honourees=BO_AND_DAN).chosen(honouree_id="1", choice=Choice.FIRST_NAME)
    ons_dorp.world.save(both)
    planned(ons_dorp, honourees=celebrates(both))

    sheet = run_sheet(ons_dorp)

    (turn,) = sheet.turns
    assert (turn.honourees, turn.words) == (("Bo",), "")
    assert sheet.certificates == ("Bo",)


def test_hosts_are_shown_where_the_people_list_says_they_belong(ons_dorp: Town) -> None:
    planned(ons_dorp, hosts=("cleo  jansen", "Cas de Boer", "Somebody Else"))

    sheet = run_sheet(ons_dorp)

    assert [(host.side, host.party) for host in sheet.hosts] == [
        ("professionals", "Gemeente Ons Dorp"),
        ("citizens", "Buurthuis De Brug"),
        ("unknown", ""),
    ]
    assert not sheet.one_side_hosts


def test_a_host_of_whose_name_there_are_two_is_nobody_in_particular(ons_dorp: Town) -> None:
    founding.add_person(
        ons_dorp.world,
        person=Person(SLUG, "c2", "Cleo Jansen", EmailAddress("c2@x.example"), Side.CITIZENS),
    )
    planned(ons_dorp, hosts=("Cleo Jansen",))

    assert run_sheet(ons_dorp).hosts == (printing.Host("Cleo Jansen", "unknown", ""),)


def test_it_is_said_when_all_hosts_are_on_one_side(ons_dorp: Town) -> None:
    planned(ons_dorp, hosts=("Cleo Jansen",))

    assert run_sheet(ons_dorp).one_side_hosts


def test_what_those_who_come_said_is_on_the_run_sheet(ons_dorp: Town) -> None:
    planned(ons_dorp)
    comes(ons_dorp, "Zoe", heads=3, remark="Een rolstoel.")
    comes(ons_dorp, "Bo")
    comes(ons_dorp, "Dan", PartStat.DECLINED, remark="Ik ben ziek.")

    assert run_sheet(ons_dorp).remarks == (printing.ListedGuest("Zoe", 3, "Een rolstoel."),)
