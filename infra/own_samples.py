"""Invented mails in an organisation's own words: as one writes them, and at their worst."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, islice

from chalicelib.domain.compiling import (
    MAX_BODY_LENGTH,
    MAX_LINES,
    MAX_SUBJECT_LENGTH,
    MOST_TIMES,
    Vocabulary,
)
from chalicelib.domain.mail_text import Text
from chalicelib.domain.message import Kind
from chalicelib.domain.people import Language
from chalicelib.messages.mail_texts import EDITABLE, vocabulary
from chalicelib.use_cases.writing import Typed, understand

_HOST = "pluim.example"
_WALL = f"https://{_HOST}/ons-dorp/muur"


def own_texts(kind: Kind) -> Iterator[tuple[str, Mapping[str, Text]]]:
    """The texts of a kind, by language, each with what it shows: a letter, or one at its worst."""
    for variant, write in (("own", _letter), ("own_hostile", _hostile), ("own_longest", _longest)):
        typed = {language: write(kind, language) for language in Language}
        yield variant, understand(kind, typed, hosts=frozenset({_HOST}))


def _letter(kind: Kind, language: Language) -> Typed:
    return _LETTERS[kind][language]


def _hostile(kind: Kind, language: Language) -> Typed:
    """What somebody types who wants to break out of a mail, as far as it is not refused."""
    words = vocabulary(kind, language, hosts=frozenset())
    facts = " ".join(f"(({name}))" for name in words.facts)
    return Typed(
        "=?utf-8?q?=3D?= \"a' & \\ ; , %s שלום 🎉", f"{_BREAKING_OUT}\n\n{facts}{_must(words)}"
    )


def _longest(kind: Kind, language: Language) -> Typed:
    """As many lines, names and characters as a text may have."""
    words = vocabulary(kind, language, hosts=frozenset())
    needed = _must(words)
    named = [f"## (({name}))" for name in words.facts for _ in range(MOST_TIMES)]
    room = MAX_LINES - len(named) - len(EDITABLE[kind].needed)
    lines = [*named, *islice(cycle(("- Gemeenschapsgeld", "En & 'ook' \"dit\"")), room)]
    body = "\n\n".join(lines)
    left = MAX_BODY_LENGTH - len(body) - len(needed)
    return Typed(
        ("Gemeenschapsgeld " * 4)[:MAX_SUBJECT_LENGTH], f"{body}{' &' * (left // 2)}{needed}"
    )


def _must(words: Vocabulary) -> str:
    """The pieces that a text must have, below it."""
    return "".join(
        f"\n(({typed}))" for typed, piece in words.pieces.items() if piece in words.needed
    )


_BREAKING_OUT = f"""\
-- \n
# "a" 'b' \\ & &lt;b&gt; &amp;nbsp; < script > %s %(name)s ${{x}} 👩‍👩‍👧
From here on
.
=3D =20 > * | `code` *bold* _under_ [a] (b) ]]> --> #
שלום עולם, مرحبا
- Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft
- [& "words" < of 'it'](https://{_HOST}/?a=1&b="x"'y'&lt;%3Cb%3E)"""


_NL, _EN = Language.DUTCH, Language.ENGLISH
_LETTERS: Mapping[Kind, Mapping[Language, Typed]] = {
    Kind.NOMINATION_RECEIPT: {
        _NL: Typed(
            "Mooi dat je iemand bedankt (((kenmerk)))",
            """\
# Mooi dat je iemand bedankt

((aanhef))

We hebben je bedankje voor ((ontvangers)). We lezen het uiterlijk ((dag)).

((woorden))

((waarom))

## Wat er nu gebeurt
- Een coördinator van ((samenwerking)) leest het.
- Daarna krijgt de ander het te lezen.

((als meer ontvangers))
Ieder krijgt een eigen e-mail.
((einde))

((knop))""",
        ),
        _EN: Typed(
            "How good that you thank somebody (((reference)))",
            """\
# How good that you thank somebody

((greeting))

We have your thank-you for ((receivers)). We will read it by ((day)).

((words))

((why))

## What happens now
- A coordinator of ((partnership)) reads it.
- Then the other one gets to read it.

((if several receivers))
Each of them gets an email of their own.
((end))

((button))""",
        ),
    },
    Kind.THANKS: {
        _NL: Typed(
            "Iemand in de buurt denkt aan je",
            f"""\
# Iemand in de buurt denkt aan je

((aanhef))

((gever)) schreef op ((dag)) iets over je. Dat lees je hier:

((woorden))

((waarom))

((afzender))

((als organisatie))
Het gaat over wat je doet bij ((organisatie)).
((einde))

((als muur))
## Mogen anderen het lezen?
Jij beslist. Kijk eerst eens op [de muur van ons dorp]({_WALL}).
((citaat))
((einde))

((als niet muur))
Niemand anders leest dit.
((einde))

((knop))

((jouw gegevens))""",
        ),
        _EN: Typed(
            "Somebody around here thinks of you",
            f"""\
# Somebody around here thinks of you

((greeting))

((giver)) wrote something about you on ((day)). Here it is:

((words))

((why))

((signature))

((if organisation))
It is about what you do at ((organisation)).
((end))

((if wall))
## May others read it?
You decide. First have a look at [the wall of our village]({_WALL}).
((citation))
((end))

((if not wall))
Nobody else reads this.
((end))

((button))

((your data))""",
        ),
    },
    Kind.THANKS_BACK: {
        _NL: Typed(
            "Er is antwoord op je bedankje (((kenmerk)))",
            """\
((aanhef))

Je bedankje is gelezen. ((ontvanger)) schrijft je terug:

((woorden))

((afzender))

((knop))

Hartelijke groet van ((samenwerking))""",
        ),
        _EN: Typed(
            "An answer to your thank-you (((reference)))",
            """\
((greeting))

Your thank-you was read. ((receiver)) writes back to you:

((words))

((signature))

((button))

With kind regards of ((partnership))""",
        ),
    },
    Kind.CONSENT_REMINDER: {
        _NL: Typed(
            "Wil je je bedankje delen met de buurt?",
            f"""\
((aanhef))

Een tijd geleden schreef ((gever)) dit over je:

((woorden))

((afzender))

## Wat je kunt doen
- Niets. Dan blijft het van jou alleen.
- Het delen op [de muur van ons dorp]({_WALL}).

((knop))""",
        ),
        _EN: Typed(
            "Do you want to share it with the village?",
            f"""\
((greeting))

Some time ago ((giver)) wrote this about you:

((words))

((signature))

## What you can do
- Nothing. Then it stays yours alone.
- Share it on [the wall of our village]({_WALL}).

((button))""",
        ),
    },
    Kind.FOLLOW_UP: {
        _NL: Typed(
            "Hoe is het verder gegaan?",
            """\
# Hoe is het verder gegaan?

((aanhef))

((als bedankt))
Zes weken geleden bedankte ((gever)) je.
((einde))

((als niet bedankt))
Zes weken geleden bedankte je iemand.
((einde))

((woorden))

Kwam er iets uit voort? We horen het graag bij ((samenwerking)).

((knop))""",
        ),
        _EN: Typed(
            "How did it go from there?",
            """\
# How did it go from there?

((greeting))

((if thanked))
Six weeks ago ((giver)) thanked you.
((end))

((if not thanked))
Six weeks ago you thanked somebody.
((end))

((words))

Did anything come of it? We at ((partnership)) would love to hear it.

((button))""",
        ),
    },
    Kind.GATHERING_INVITE: {
        _NL: Typed(
            "Vier je mee op ((dag))?",
            f"""\
# Vier je mee? ((titel))

((aanhef))

((gastheren)) nodigen je uit.

((woorden))

((wanneer en waar))

((als reeks))
Je kunt voor elke keer apart antwoorden.
((einde))

((knop))

Lees vast wie er bedankt zijn, op [de muur van ons dorp]({_WALL}).""",
        ),
        _EN: Typed(
            "Celebrate with us on ((day))?",
            f"""\
# Will you celebrate with us? ((title))

((greeting))

((hosts)) invite you.

((words))

((when and where))

((if series))
You can answer for each date apart.
((end))

((button))

Read who was thanked, on [the wall of our village]({_WALL}).""",
        ),
    },
}
