"""Catalogues: what each sentence is in a language, and what stands for one that it lacks.

The build refuses a catalogue that lacks one. Should it happen all the same, whoever reads gets the
sentence in Dutch or else in English, and whoever runs Pluim hears of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

from chalicelib.domain.people import Language

_LOCALES = Path(__file__).parents[2] / "locales"
_SOURCE_LANGUAGE = Language.ENGLISH
_DEFAULT_LANGUAGE = Language.DUTCH
_log = logging.getLogger("pluim")


@cache
def translate(language: Language) -> NullTranslations:
    """The catalogue of a language, with its `gettext`, `ngettext` and `pgettext`.

    English is what the source says, so it needs no catalogue. Raises `FileNotFoundError` when
    another language was not compiled.
    """
    if language is _SOURCE_LANGUAGE:
        return NullTranslations()
    spoken = dict.fromkeys((language, _DEFAULT_LANGUAGE))
    return chained([(one, _catalogue(one)) for one in spoken])


def chained(catalogues: Sequence[tuple[Language, NullTranslations]]) -> NullTranslations:
    """The first catalogue; a sentence that it lacks is told once, and said by the next that has it.

    What none has is said as the source says it.
    """
    _, first = catalogues[0]
    for language, catalogue in catalogues:
        if catalogue is not first:
            first.add_fallback(catalogue)
        first.add_fallback(_Lacking(language))
    return first


def sentence_id(sentence: str, context: str = "") -> str:
    """What a sentence is called in the log; `python -m infra.translations` tells which it is."""
    return hashlib.sha256(f"{context}\x04{sentence}".encode()).hexdigest()[:8]


def _catalogue(language: Language) -> NullTranslations:
    return translation("messages", localedir=str(_LOCALES), languages=[language.value])


class _Lacking(NullTranslations):
    """Is asked for each sentence that a catalogue lacks, and never for one that it has."""

    def __init__(self, language: Language) -> None:
        super().__init__()
        self._language = language
        self._told: set[str] = set()

    def gettext(self, message: str) -> str:
        self._tell(sentence_id(message))
        return super().gettext(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self._tell(sentence_id(msgid1))
        return super().ngettext(msgid1, msgid2, n)

    def pgettext(self, context: str, message: str) -> str:
        self._tell(sentence_id(message, context))
        return super().pgettext(context, message)

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        self._tell(sentence_id(msgid1, context))
        return super().npgettext(context, msgid1, msgid2, n)

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            told = {"event": "untranslated", "language": self._language, "sentence": sentence}
            _log.error(json.dumps(told))
