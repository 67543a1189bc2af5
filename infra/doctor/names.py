"""What the DNS, and one page that it announces, say of the domains of our mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import dns.exception
import dns.flags
import dns.rdatatype
import dns.resolver

from infra.doctor.finding import Finding, Said, Verdict, found, unseen
from infra.doctor.installation import Installation

_SILENT = Said(
    "De DNS geeft geen antwoord. Probeer het later nog eens.",
    "The DNS does not answer. Try again later.",
)


class Silent(Exception):
    """The resolver gave no answer, which is something else than the answer "nothing"."""


@dataclass(frozen=True)
class Names:
    """Questions to the DNS, through one resolver, and to the web.

    `page` gives what stands at an address, empty when nothing does; it raises `Silent`.
    """

    resolver: dns.resolver.Resolver
    page: Callable[[str], str]

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name; raises `Silent`."""
        return [
            b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT")
        ]

    def hosts(self, name: str, kind: str) -> list[str]:
        """The hosts that MX or CNAME records of a name point to, in lower case; raises `Silent`."""
        field = {"MX": "exchange", "CNAME": "target"}[kind]
        answer = self._ask(name, kind)
        return [str(getattr(record, field)).rstrip(".").lower() for record in answer]

    def has(self, name: str, kind: str) -> bool:
        """Whether a name has records of this kind; raises `Silent`."""
        return bool(self._ask(name, kind))

    def is_signed(self, name: str) -> bool | None:
        """Whether the resolver proved the name by DNSSEC; None when it proves nothing at all."""
        if self._proves(name):
            return True
        return False if self._proves(".") else None

    def _proves(self, name: str) -> bool:
        try:
            answer = self.resolver.resolve(name, "NS", raise_on_no_answer=False)
        except dns.exception.DNSException as silence:
            raise Silent(name) from silence
        return bool(answer.response.flags & dns.flags.AD)

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(self.resolver.resolve(name, kind))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as silence:
            raise Silent(name) from silence


def of_this_machine() -> Names:
    """The DNS as this machine asks it, with proof by DNSSEC where the resolver gives it."""
    resolver = dns.resolver.Resolver()
    resolver.use_edns(0, dns.flags.DO, 1232)
    resolver.lifetime = 5
    return Names(resolver, _page)


def _page(address: str) -> str:
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - an https address of ours
            return str(answer.read(_LONGEST_POLICY).decode("utf-8", "replace"))
    except HTTPError:
        return ""
    except OSError as silence:
        raise Silent(address) from silence


def look(
    names: Names,
    installation: Installation,
    *,
    dkim_tokens: Sequence[str],
    rsvp_dkim_tokens: Sequence[str] = (),
) -> list[Finding]:
    """Everything that the DNS must say.

    `dkim_tokens` are the three that SES made for the sender's domain, and `rsvp_dkim_tokens` those
    for the reply domain, if that stands in SES by itself.
    """
    sender, rsvp = installation.sender_domain, installation.rsvp_domain
    signed = ((DKIM, sender, dkim_tokens), (_DKIM_RSVP, rsvp, rsvp_dkim_tokens))
    checks: list[tuple[Said, Callable[[], Finding]]] = [
        (_OWN, lambda: _own_subdomain(sender)),
        *(
            (subject, partial(_dkim, names, subject, domain, tokens))
            for subject, domain, tokens in signed
            if tokens or subject is DKIM
        ),
        (DMARC, lambda: _dmarc(names, DMARC, sender)),
        (_DMARC_RSVP, lambda: _dmarc(names, _DMARC_RSVP, rsvp)),
        (_MX, lambda: _receiving(names, installation)),
        (_STS, lambda: _mta_sts(names, installation)),
        (_RPT, lambda: _tls_reports(names, rsvp)),
        (DNSSEC, lambda: _dnssec(names, (sender, rsvp))),
        (DANE, lambda: _dane(names, installation)),
    ]
    return [_careful(subject, check) for subject, check in checks]


def mail_from(names: Names, domain: str, *, region: str) -> Finding:
    """Whether the MAIL FROM domain takes SES's bounces and allows SES to send (RFC 7208)."""

    def check() -> Finding:
        takes = f"feedback-smtp.{region}.amazonses.com" in names.hosts(domain, "MX")
        allows = any(
            text.startswith("v=spf1") and "include:amazonses.com" in text.split()
            for text in names.texts(domain)
        )
        return found(
            SPF,
            fine=takes and allows,
            otherwise=Said(
                f'Zet bij {domain} het MX-record "10 feedback-smtp.{region}.amazonses.com" en het '
                'TXT-record "v=spf1 include:amazonses.com ~all".',
                f'Give {domain} the MX record "10 feedback-smtp.{region}.amazonses.com" and the '
                'TXT record "v=spf1 include:amazonses.com ~all".',
            ),
        )

    return _careful(SPF, check)


_OWN = Said("Een eigen subdomein om te mailen", "A subdomain of its own to send from")
DKIM = Said("DKIM in de DNS", "DKIM in the DNS")
_DKIM_RSVP = Said("DKIM van het antwoorddomein", "DKIM of the reply domain")
SPF = Said("MAIL FROM en SPF in de DNS", "MAIL FROM and SPF in the DNS")
DMARC = Said("DMARC", "DMARC")
_DMARC_RSVP = Said("DMARC van het antwoorddomein", "DMARC of the reply domain")
_MX = Said("MX van het antwoorddomein", "MX of the reply domain")
_STS = Said("MTA-STS", "MTA-STS")
_RPT = Said("TLS-rapporten", "TLS reports")
DNSSEC = Said("DNSSEC", "DNSSEC")
DANE = Said("DANE", "DANE")
_LONGEST_POLICY = 64_000


def _careful(subject: Said, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Silent:
        return unseen(subject, _SILENT)


def _own_subdomain(domain: str) -> Finding:
    return found(
        _OWN,
        fine=domain.count(".") >= 2,
        otherwise=Said(
            f"Mail vanaf een eigen subdomein, zoals pluim.{domain}. Dan raakt een klacht nooit de "
            "gewone post van je organisatie.",
            f"Send from a subdomain of its own, such as pluim.{domain}. Then no complaint touches "
            "your organisation's ordinary mail.",
        ),
    )


def _dkim(names: Names, subject: Said, domain: str, tokens: Sequence[str]) -> Finding:
    if not tokens:
        return unseen(
            subject,
            Said(
                "SES noemt geen sleutels voor dit domein. Voeg het domein eerst toe in SES.",
                "SES names no keys for this domain. Add the domain to SES first.",
            ),
        )
    missing = [
        token
        for token in tokens
        if f"{token}.dkim.amazonses.com" not in names.hosts(f"{token}._domainkey.{domain}", "CNAME")
    ]
    records = ", ".join(f"{token}._domainkey.{domain}" for token in missing)
    return found(
        subject,
        fine=not missing,
        otherwise=Said(
            f"Zet CNAME-records die eindigen op dkim.amazonses.com bij: {records}.",
            f"Add the CNAME records that end in dkim.amazonses.com at: {records}.",
        ),
    )


def _dmarc(names: Names, subject: Said, domain: str) -> Finding:
    """The domain's policy, or that of the nearest domain above it (RFC 7489 section 6.6)."""
    name, tags = domain, _dmarc_tags(names, domain)
    while not tags and name.count(".") >= 2:
        name = name.partition(".")[2]
        tags = _dmarc_tags(names, name)
    policy = tags.get("p", "") if name == domain else tags.get("sp", tags.get("p", ""))
    for_all = tags.get("pct", "100") == "100"
    return found(
        subject,
        fine=policy == "reject" and for_all and tags.get("rua", "").startswith("mailto:"),
        otherwise=Said(
            f'Zet bij _dmarc.{domain} het TXT-record "v=DMARC1; p=reject; rua=mailto:…", met een '
            "adres waar iemand de rapporten leest.",
            f'Add at _dmarc.{domain} the TXT record "v=DMARC1; p=reject; rua=mailto:…", with an '
            "address where somebody reads the reports.",
        ),
    )


def _dmarc_tags(names: Names, domain: str) -> dict[str, str]:
    for text in names.texts(f"_dmarc.{domain}"):
        pairs = [part.partition("=") for part in text.split(";")]
        tags = {name.strip().lower(): value.strip() for name, _, value in pairs}
        if tags.get("v") == "DMARC1":
            return tags
    return {}


def _receiving(names: Names, installation: Installation) -> Finding:
    domain, receiver = installation.rsvp_domain, installation.receiver
    return found(
        _MX,
        fine=names.hosts(domain, "MX") == [receiver],
        otherwise=Said(
            f'Zet bij {domain} één MX-record: "10 {receiver}". Zonder komen antwoorden uit '
            "agenda's niet aan.",
            f'Give {domain} one MX record: "10 {receiver}". Without it no calendar program can '
            "answer.",
        ),
    )


def _mta_sts(names: Names, installation: Installation) -> Finding:
    """Whether a policy is announced, and says that answers come in encrypted (RFC 8461)."""
    domain = installation.rsvp_domain
    page = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
    texts = names.texts(f"_mta-sts.{domain}")
    announced = any(text.replace(" ", "").startswith("v=STSv1;id=") for text in texts)
    return found(
        _STS,
        fine=announced and _enforces(names.page(page), installation.receiver),
        otherwise=Said(
            f'Zet bij _mta-sts.{domain} het TXT-record "v=STSv1; id=…", en op {page} het beleid '
            f'"version: STSv1", "mode: enforce", "mx: {installation.receiver}", "max_age: 604800", '
            "elk op een eigen regel. Dan komen antwoorden alleen versleuteld binnen.",
            f'Add at _mta-sts.{domain} the TXT record "v=STSv1; id=…", and at {page} the policy '
            f'"version: STSv1", "mode: enforce", "mx: {installation.receiver}", "max_age: 604800", '
            "each on a line of its own. Then answers come in encrypted only.",
        ),
    )


def _enforces(policy: str, receiver: str) -> bool:
    lines = [line.partition(":") for line in policy.splitlines()]
    said = {(name.strip(), value.strip().lower()) for name, _, value in lines}
    any_below = f"*.{receiver.partition('.')[2]}"
    return ("mode", "enforce") in said and not said.isdisjoint(
        {("mx", receiver), ("mx", any_below)}
    )


def _tls_reports(names: Names, domain: str) -> Finding:
    texts = names.texts(f"_smtp._tls.{domain}")
    return found(
        _RPT,
        fine=any("v=TLSRPTv1" in text and "rua=" in text for text in texts),
        otherwise=Said(
            f'Zet bij _smtp._tls.{domain} het TXT-record "v=TLSRPTv1; rua=mailto:…" (RFC 8460).',
            f'Add at _smtp._tls.{domain} the TXT record "v=TLSRPTv1; rua=mailto:…" (RFC 8460).',
        ),
    )


def _dnssec(names: Names, domains: Sequence[str]) -> Finding:
    signed = {domain: names.is_signed(domain) for domain in domains}
    if None in signed.values():
        return unseen(
            DNSSEC,
            Said(
                "De DNS-server van deze computer controleert geen handtekeningen. Kijk op "
                "internet.nl.",
                "This machine's resolver checks no signatures. Look at internet.nl.",
            ),
        )
    unsigned = ", ".join(domain for domain, proven in signed.items() if not proven)
    return found(
        DNSSEC,
        fine=not unsigned,
        otherwise=Said(
            f"Zet DNSSEC aan voor {unsigned}. Nederlandse overheden moeten dat.",
            f"Switch on DNSSEC for {unsigned}. Dutch public bodies must.",
        ),
    )


def _dane(names: Names, installation: Installation) -> Finding:
    if names.has(f"_25._tcp.{installation.receiver}", "TLSA"):
        return Finding(DANE, Verdict.OK)
    return Finding(
        DANE,
        Verdict.NOTE,
        Said(
            "De server van AWS die antwoorden ontvangt, heeft geen DANE-record. Alleen AWS kan dat "
            "toevoegen. Vraag je beveiligingsadviseur of MTA-STS genoeg is.",
            "AWS's server that receives answers has no DANE record. Only AWS can add it. Ask your "
            "security officer whether MTA-STS is enough.",
        ),
    )
