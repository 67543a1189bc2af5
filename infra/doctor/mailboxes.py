"""What the large mailboxes and Dutch public bodies ask of whoever mails their readers.

Each of their rules is a line of its own elsewhere in the report; here stands who asks for which.
"""

from __future__ import annotations

from collections.abc import Sequence

from infra.doctor import names, sending
from infra.doctor.finding import Finding, Said, Verdict, found
from infra.doctor.installation import Installation

ONE_CLICK = Said("Afmelden met één knop", "Unsubscribing with one button")
_ALIGNED = (names.DKIM, names.SPF, names.DMARC)
_RULES = (
    (
        Said("Gmail en Yahoo", "Gmail and Yahoo"),
        (*_ALIGNED, ONE_CLICK, sending.REPUTATION),
    ),
    (
        Said("Microsoft (boven 5.000 per dag)", "Microsoft (above 5,000 a day)"),
        _ALIGNED,
    ),
    (
        Said("Nederlandse overheden", "Dutch public bodies"),
        (*_ALIGNED, names.DNSSEC, names.DANE),
    ),
)


def one_click(installation: Installation) -> Finding:
    """Whether mailboxes can show their own button: RFC 8058 asks for HTTPS."""
    return found(
        ONE_CLICK,
        fine=installation.base_url.startswith("https://"),
        otherwise=Said(
            "Geef Pluim een adres dat met https:// begint. Pas dan tonen mailprogramma's hun knop "
            "om af te melden; Pluim verwerkt die meteen.",
            "Give Pluim an address that begins with https://. Only then do mailboxes show their "
            "button to unsubscribe; Pluim acts upon it at once.",
        ),
    )


def look(findings: Sequence[Finding]) -> list[Finding]:
    """Who gets what they ask for, by what was found before."""
    stands = {finding.subject: finding.verdict for finding in findings}
    return [_judged(who, asked, stands) for who, asked in _RULES]


def _judged(who: Said, asked: Sequence[Said], stands: dict[Said, Verdict]) -> Finding:
    lacking = [rule for rule in asked if stands.get(rule, Verdict.UNSEEN) is not Verdict.OK]
    if not lacking:
        return Finding(who, Verdict.OK)
    dutch = ", ".join(rule.dutch for rule in lacking)
    english = ", ".join(rule.english for rule in lacking)
    return Finding(
        who,
        Verdict.NOTE,
        Said(
            f"Zij vragen om wat hierboven nog niet ok is: {dutch}.",
            f"They ask for what is not ok yet above: {english}.",
        ),
    )
