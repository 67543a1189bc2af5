"""What the doctor says of one thing: that it is fine, or what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How one thing stands.

    `NOTE` is worth knowing and nobody's to mend; `UNSEEN` could not be looked at from here.
    """

    OK = "ok"
    MEND = "mend"
    NOTE = "note"
    UNSEEN = "?"


@dataclass(frozen=True)
class Said:
    """One sentence, for readers of Dutch and of English."""

    dutch: str
    english: str


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report: the subject, how it stands, and what to do or know."""

    subject: Said
    verdict: Verdict
    advice: Said | None = None

    def lines(self) -> list[str]:
        """The report's lines, Dutch first."""
        subject = f"{self.verdict:<5} {self.subject.dutch} / {self.subject.english}"
        advice = [self.advice.dutch, self.advice.english] if self.advice else []
        return [subject, *(f"      {sentence}" for sentence in advice)]


def found(subject: Said, *, fine: bool, otherwise: Said) -> Finding:
    """Fine, or something to mend."""
    return Finding(subject, Verdict.OK) if fine else Finding(subject, Verdict.MEND, otherwise)


def unseen(subject: Said, because: Said) -> Finding:
    """Something that cannot be looked at from here."""
    return Finding(subject, Verdict.UNSEEN, because)
