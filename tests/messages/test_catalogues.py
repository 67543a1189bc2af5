"""Catalogues: a sentence that a language lacks is said in another one, and told once."""

from __future__ import annotations

from gettext import GNUTranslations
from io import BytesIO, StringIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from chalicelib.domain.people import Language
from chalicelib.messages.catalogues import chained, sentence_id, translate
from tests.use_cases.steps import alarms


def catalogue(entries: str) -> GNUTranslations:
    """A catalogue as the build makes it of these entries."""
    compiled = BytesIO()
    write_mo(compiled, read_po(StringIO(entries), locale="nl"))
    compiled.seek(0)
    return GNUTranslations(compiled)


def test_english_needs_no_catalogue_and_dutch_has_one() -> None:
    assert translate(Language.ENGLISH).gettext("Hello,") == "Hello,"
    assert translate(Language.DUTCH).gettext("Hello,") == "Hallo,"


def test_a_sentence_that_a_catalogue_lacks_is_said_by_the_next_one_and_told_once() -> None:
    own = catalogue('msgid "Yes"\nmsgstr "Jawohl"')
    dutch = catalogue('msgid "Yes"\nmsgstr "Ja"\n\nmsgid "No"\nmsgstr "Nee"\n\n')
    # Which language it is does not matter, as long as the two differ.
    spoken = chained([(Language.ENGLISH, own), (Language.DUTCH, dutch)])

    with alarms() as heard:
        said = [spoken.gettext(sentence) for sentence in ("Yes", "No", "No", "Maybe", "Maybe")]

    assert said == ["Jawohl", "Nee", "Nee", "Maybe", "Maybe"]
    lacking = [("en", "No"), ("en", "Maybe"), ("nl", "Maybe")]
    assert heard == [
        {"event": "untranslated", "language": language, "sentence": sentence_id(sentence)}
        for language, sentence in lacking
    ]


def test_what_has_a_context_or_a_plural_is_told_as_well() -> None:
    spoken = chained([(Language.DUTCH, catalogue('msgid "Yes"\nmsgstr "Ja"'))])

    with alarms() as heard:
        assert spoken.pgettext("answer", "Yes") == "Yes"
        assert spoken.ngettext("One guest", "Guests", 2) == "Guests"
        assert spoken.npgettext("table", "One guest", "Guests", 1) == "One guest"

    assert len({str(line) for line in heard}) == 3
