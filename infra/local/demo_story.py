"""The people of the demo partnership, and what they thanked each other for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from chalicelib.domain.consent import Choice
from chalicelib.domain.invitation import PartStat
from chalicelib.domain.nomination import Appreciation
from chalicelib.domain.partnership import Contact, Controller, Partnership, Party, Settings
from chalicelib.domain.people import EmailAddress, Language, Person, Side

SLUG = "demo"
COORDINATOR = EmailAddress("cleo@example.org")
"""Whom to sign in as."""

_CITIZENS, _PROFESSIONALS = Side.CITIZENS, Side.PROFESSIONALS

PARTNERSHIP = Partnership(
    slug=SLUG,
    name="Samen Ons Dorp",
    contact=Contact("Cleo Jansen", "0123 45 67 89", EmailAddress("hallo@ons-dorp.example")),
    controller=Controller(
        name="Stichting Samen Ons Dorp",
        postal_address="Dorpsstraat 1, 1234 AB Ons Dorp",
        address=EmailAddress("privacy@ons-dorp.example"),
        protection_officer="fg@ons-dorp.example",
        legal_ground=(
            "We hebben er een gerechtvaardigd belang bij dat mensen hun waardering kunnen laten "
            "blijken (artikel 6, lid 1, onder f)."
        ),
        legal_ground_en=(
            "We have a legitimate interest in letting people show what they appreciate "
            "(GDPR, article 6(1)(f))."
        ),
    ),
    # Without time to undo, a decision's mail leaves at once, and a walk through it all never waits.
    settings=Settings(undo_minutes=0),
)

PARTIES = (
    Party("zorg", "Zorgcoöperatie Ons Dorp", _CITIZENS),
    Party("buurtstroom", "Energiecollectief Buurtstroom", _CITIZENS),
    Party("gemeente", "Gemeente Ons Dorp", _PROFESSIONALS),
    Party("politie", "Politie Ons Dorp", _PROFESSIONALS),
)


def _person(person_id: str, name: str, side: Side, party: str) -> Person:
    return Person(
        SLUG, person_id, name, EmailAddress(f"{person_id}@example.org"), side, party=party
    )


PEOPLE = (
    _person("ada", "Ada de Vries", _CITIZENS, "zorg"),
    _person("cleo", "Cleo Jansen", _CITIZENS, "zorg"),
    _person("fatima", "Fatima El Amrani", _CITIZENS, "zorg"),
    _person("joke", "Joke van Dam", _CITIZENS, "zorg"),
    _person("henk", "Henk Bakker", _CITIZENS, "buurtstroom"),
    _person("sule", "Şule Yıldız", _CITIZENS, "buurtstroom"),
    replace(_person("piet", "Piet Visser", _CITIZENS, "buurtstroom"), address=None),
    _person("bo", "Bo van den Berg", _PROFESSIONALS, "politie"),
    _person("thomas", "Thomas Smit", _PROFESSIONALS, "politie"),
    _person("mirjam", "Mirjam de Boer", _PROFESSIONALS, "gemeente"),
    _person("sander", "Sander Kok", _PROFESSIONALS, "gemeente"),
    replace(
        _person("ngozi", "Ngozi Okafor", _PROFESSIONALS, "gemeente"), language=Language.ENGLISH
    ),
)

COORDINATORS = ("cleo", "mirjam")
"""One on each side, so that nobody has to review their own."""


class Ending(StrEnum):
    """How far a thank-you of the demo has come."""

    UNVERIFIED = "unverified"
    SUSPICIOUS = "suspicious"
    TO_READ = "to_read"
    ASKED = "asked"
    ANSWERED = "answered"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    THANKED = "thanked"


@dataclass(frozen=True)
class Story:
    """One thank-you: who wrote what about whom, how long ago, and how it went on.

    `about` holds ids of people, or the name of a whole party. `remark` is the reviewer's question
    or reason, `reply` the nominator's answer or what the honouree says back.
    """

    ago: timedelta
    ending: Ending
    by: str
    about: tuple[str, ...]
    what: str
    why: str
    form: Appreciation = Appreciation.SHOUT_OUT
    shows_name: bool = True
    citation: str = ""
    choice: Choice | None = None
    remark: str = ""
    reply: str = ""


PAST = (
    Story(
        timedelta(days=26), Ending.THANKED, "ada", ("bo",),
        what="Bo kwam op zondagavond zelf langs toen de alarmknop van mijn buurvrouw afging.",
        why="Ze durft nu weer alleen thuis te zijn.",
        citation="Op zondagavond stond hij er gewoon.",
        choice=Choice.NAMED, reply="Dank je wel, Ada. Dit doet me echt goed.",
    ),
    Story(
        timedelta(days=21), Ending.THANKED, "sander", ("Zorgcoöperatie Ons Dorp",),
        what="Jullie regelden in één week vervoer voor alle mensen boven de tachtig.",
        why="Niemand hoefde de prik te missen.",
        citation="In één week vervoer voor iedereen.", choice=Choice.NAMED,
    ),
    Story(
        timedelta(days=17), Ending.THANKED, "henk", ("mirjam",),
        what="Mirjam las ons plan voor zonnepanelen op het dorpshuis en belde dezelfde dag terug.",
        why="Zonder haar lag het plan nog op een stapel.",
        choice=Choice.FIRST_NAME, shows_name=False,
    ),
    Story(
        timedelta(days=14), Ending.THANKED, "thomas", ("fatima",),
        what="Fatima regelde op zondag de sleutel van het buurthuis.",
        why="Zo konden dertig mensen toch binnen eten.",
        form=Appreciation.PAT_ON_THE_BACK, choice=Choice.PRIVATE,
    ),
    Story(
        timedelta(days=11), Ending.THANKED, "bo", ("henk", "sule"),
        what="Henk en Şule liepen elke avond een ronde door de nieuwe wijk.",
        why="Er is sindsdien niet meer ingebroken.",
        form=Appreciation.GATHERING, choice=Choice.NAMED,
    ),
    Story(
        timedelta(days=9), Ending.DECLINED, "henk", ("sander",),
        what="Hij heeft eindelijk mijn vergunning getekend.",
        why="Dat duurde veel te lang.",
        remark="Dit leest meer als een klacht dan als een bedankje. Schrijf het gerust anders.",
    ),
    Story(
        timedelta(days=6), Ending.WITHDRAWN, "joke", ("thomas",),
        what="Hij liep 's avonds mee door het park.",
        why="Daardoor voelden we ons veilig.",
    ),
    Story(
        timedelta(days=4), Ending.APPROVED, "sule", ("piet",),
        what="Piet repareerde de bank bij de vijver.",
        why="Nu kunnen de ouderen er weer zitten.",
        citation="Nu kunnen we er weer zitten.",
    ),
    Story(
        timedelta(days=2), Ending.ANSWERED, "fatima", ("ngozi",),
        what="Ngozi hielp ons met het formulier.",
        why="We kregen daardoor op tijd subsidie.",
        form=Appreciation.GIFT,
        remark="Om welk formulier ging het?",
        reply="De aanvraag voor de speeltuin. Ze bleef er een avond voor over.",
    ),
)  # fmt: skip
"""What happened before today, oldest first. Its mails count as sent long ago."""

TODAY = (
    Story(
        timedelta(minutes=50), Ending.TO_READ, "mirjam", ("joke", "Energiecollectief Buurtstroom"),
        what="Joke en de mensen van Buurtstroom gaven op de markt drie uur lang uitleg.",
        why="Zeventig huishoudens weten nu wat ze kunnen besparen.",
    ),
    Story(
        timedelta(minutes=40), Ending.ASKED, "joke", ("sander",),
        what="Sander heeft ons erg goed geholpen.",
        why="Dat was heel fijn.",
        remark="Wat heeft Sander precies gedaan? Dan weet hij waar je hem voor bedankt.",
    ),
    Story(
        timedelta(minutes=30), Ending.THANKED, "thomas", ("ada",),
        what="Ada zette op een regenachtige avond koffie voor de hele ploeg.",
        why="We konden daardoor doorgaan met zoeken.",
        citation="Koffie voor de hele ploeg.",
    ),
    Story(
        timedelta(minutes=20), Ending.SUSPICIOUS, "henk", ("thomas",),
        what="Thomas gaf uitleg over fietsverlichting op school.",
        why="De kinderen zijn nu veel beter te zien.",
    ),
    Story(
        timedelta(minutes=10), Ending.UNVERIFIED, "sule", ("mirjam",),
        what="Mirjam kwam op haar vrije dag naar onze vergadering.",
        why="We wisten daarna precies waar we aan toe waren.",
    ),
)  # fmt: skip
"""What happened in the last hour. Its mails leave when the pump starts."""


@dataclass(frozen=True)
class Reaction:
    """What a guest says to the invitation."""

    guest: str
    partstat: PartStat
    heads: int = 1
    remark: str = ""
    moves_up: bool = False


REACTIONS = (
    Reaction("bo", PartStat.ACCEPTED, heads=2, remark="Ik neem mijn vrouw mee."),
    Reaction("henk", PartStat.ACCEPTED),
    Reaction("mirjam", PartStat.TENTATIVE, remark="Ik hoor het pas een week van tevoren."),
    Reaction("thomas", PartStat.DECLINED, remark="Ik heb dan dienst. Veel plezier!"),
)
MEAL_REACTIONS = (
    Reaction("sander", PartStat.ACCEPTED, heads=2, remark="We eten geen vlees."),
    Reaction("joke", PartStat.ACCEPTED),
    Reaction("sule", PartStat.ACCEPTED),
    Reaction("ngozi", PartStat.ACCEPTED, moves_up=True),
    Reaction("henk", PartStat.DECLINED),
)
"""What is said to a meal with three places; Ngozi would take a place that comes free at once."""
SILENT = ("ada", "fatima", "ngozi")
"""Guests who have just been invited."""

TITLE = "Samen vieren in het dorpshuis"
PLACE = "Dorpshuis De Linde, Dorpsstraat 12, Ons Dorp"
TEXTS = {
    Language.DUTCH: (
        "We vieren wat we dit najaar samen voor elkaar kregen. Er is soep, muziek en taart. "
        "Neem gerust iemand mee."
    ),
    Language.ENGLISH: (
        "We celebrate what we achieved together this autumn. There will be soup, music and cake. "
        "Do bring somebody along."
    ),
}
MEAL_TITLE = "Aan tafel met de wijkagent"
MEAL_TEXTS = {
    Language.DUTCH: "We koken samen, en hebben plek voor drie gasten.",
    Language.ENGLISH: "We cook together, and have places for three guests.",
}
MEAL_SEATS = 3
SERIES_TITLE = "Koffie om elkaar te bedanken"
SERIES_TEXTS = {
    Language.DUTCH: "Kom langs voor koffie, en vertel wie je wilt bedanken.",
    Language.ENGLISH: "Come by for coffee, and tell us whom you want to thank.",
}
HOSTS = ("Cleo Jansen", "Mirjam de Boer")
