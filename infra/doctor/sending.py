"""What SES says of the account, the sender, the configuration set and the mail that comes in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.doctor.finding import Finding, Said, found, unseen
from infra.doctor.installation import Installation

WANTED_EVENTS = frozenset({"SEND", "DELIVERY", "DELIVERY_DELAY", "BOUNCE", "COMPLAINT", "REJECT"})
QUOTA_MARGIN = 0.8
"""Above this part of the day's quota there is no room for a large gathering."""
MOST_COMPLAINTS, MOST_BOUNCES = 0.001, 0.05
"""Above these rates Gmail and Yahoo turn mail away, and SES looks into the account."""


@dataclass(frozen=True)
class Ses:
    """The clients that the doctor asks: SES in both its versions, and what works beside it.

    CloudWatch knows the rates, S3 and SNS who may keep and announce incoming mail.
    """

    v2: Any
    v1: Any
    cloudwatch: Any
    s3: Any
    sns: Any


@dataclass(frozen=True)
class Identity:
    """What SES knows of the sender's domain; all empty when it does not know it."""

    verified: bool = False
    dkim: str = ""
    key_length: str = ""
    tokens: tuple[str, ...] = ()
    mail_from: str = ""
    mail_from_status: str = ""

    @property
    def signs(self) -> bool:
        """Whether mail from it is sent, and signed with a key that is long enough."""
        return self.verified and self.dkim == "SUCCESS" and self.key_length == "RSA_2048_BIT"


def identity(ses: Ses, domain: str) -> Identity:
    """What SES knows of this domain. Raises what SES raises, but for "not found"."""
    try:
        answer = ses.v2.get_email_identity(EmailIdentity=domain)
    except ClientError as problem:
        if problem.response["Error"]["Code"] == "NotFoundException":
            return Identity()
        raise
    dkim, mail_from = answer.get("DkimAttributes", {}), answer.get("MailFromAttributes", {})
    return Identity(
        verified=bool(answer.get("VerifiedForSendingStatus")),
        dkim=dkim.get("Status", ""),
        key_length=dkim.get("CurrentSigningKeyLength", ""),
        tokens=tuple(dkim.get("Tokens", ())),
        mail_from=mail_from.get("MailFromDomain", ""),
        mail_from_status=mail_from.get("MailFromDomainStatus", ""),
    )


def look(
    ses: Ses,
    installation: Installation,
    known: Identity,
    *,
    for_answers: Identity,
    now: datetime,
) -> list[Finding]:
    """Everything that SES must say; `for_answers` is what it knows of the reply domain."""
    return [
        *_asking(_ACCOUNT, lambda: _account(ses.v2.get_account())),
        *_of_sender(known, installation.sender_domain),
        _of_invitations(installation, known, for_answers),
        *_asking(_SET, lambda: _configuration_set(ses, installation.configuration_set)),
        *_asking(_RECEIVING, lambda: _receiving(ses, installation.rsvp_domain)),
        *_asking(REPUTATION, lambda: _reputation(ses, now=now)),
    ]


_ACCOUNT = Said("Het account bij SES", "The account at SES")
_SET = Said("De configuratieset", "The configuration set")
_RECEIVING = Said("Antwoorden ontvangen", "Receiving answers")
REPUTATION = Said("Klachten en teruggestuurde mail", "Complaints and bounces")


def _asking(subject: Said, check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except (BotoCoreError, ClientError) as problem:
        reason = type(problem).__name__
        if isinstance(problem, ClientError):
            reason = problem.response["Error"]["Code"]
        return [
            unseen(
                subject,
                Said(f"AWS gaf geen antwoord: {reason}.", f"AWS gave no answer: {reason}."),
            )
        ]


def _account(account: dict[str, Any]) -> list[Finding]:
    quota, standing = account.get("SendQuota", {}), account.get("EnforcementStatus", "?")
    used, allowed = quota.get("SentLast24Hours", 0.0), quota.get("Max24HourSend", 0.0)
    suppressed = set(account.get("SuppressionAttributes", {}).get("SuppressedReasons", ()))
    return [
        found(
            Said("Uit de zandbak van SES", "Out of the SES sandbox"),
            fine=bool(account.get("ProductionAccessEnabled")),
            otherwise=Said(
                "Vraag in SES productietoegang aan. Tot dan kan Pluim alleen naar eigen adressen "
                "mailen, 200 keer per dag.",
                "Ask for production access in SES. Until then Pluim can only mail addresses of "
                "your own, 200 times a day.",
            ),
        ),
        found(
            Said("Verzenden staat aan", "Sending is switched on"),
            fine=bool(account.get("SendingEnabled")) and standing != "SHUTDOWN",
            otherwise=Said(
                "SES verstuurt nu niets. Lees in SES waarom, en beantwoord de vraag daar.",
                "SES sends nothing now. Read in SES why, and answer the question there.",
            ),
        ),
        found(
            Said("SES vertrouwt het account", "SES trusts the account"),
            fine=standing == "HEALTHY",
            otherwise=Said(
                f"SES kijkt het account na ({standing}) en kan het stilzetten. Lees in SES waarom, "
                "en antwoord daar wat je eraan doet.",
                f"SES looks into the account ({standing}) and may stop it. Read in SES why, and "
                "answer there what you do about it.",
            ),
        ),
        found(
            Said("Ruimte in de daglimiet", "Room in the day's quota"),
            fine=allowed < 0 or used < allowed * QUOTA_MARGIN,
            otherwise=Said(
                f"Er zijn {used:.0f} van {allowed:.0f} mails gebruikt. Vraag in SES een hogere "
                "limiet aan.",
                f"{used:.0f} of {allowed:.0f} mails are used. Ask SES for a higher quota.",
            ),
        ),
        found(
            Said("SES stopt zelf bij een dood adres", "SES itself stops at a dead address"),
            fine=suppressed >= {"BOUNCE", "COMPLAINT"},
            otherwise=Said(
                "Zet in SES de suppressielijst van het account aan, voor BOUNCE en COMPLAINT.",
                "Switch on the account's suppression list in SES, for BOUNCE and COMPLAINT.",
            ),
        ),
    ]


def _of_sender(known: Identity, domain: str) -> list[Finding]:
    return [
        found(
            Said("Het afzenderdomein is bevestigd", "The sender's domain is verified"),
            fine=known.verified,
            otherwise=Said(
                f"Voeg {domain} toe in SES en bevestig het.",
                f"Add {domain} to SES and verify it.",
            ),
        ),
        found(
            Said("DKIM met 2048 bits", "DKIM with 2048 bits"),
            fine=known.dkim == "SUCCESS" and known.key_length == "RSA_2048_BIT",
            otherwise=Said(
                f"Zet Easy DKIM voor {domain} aan in SES, met een sleutel van 2048 bits.",
                f"Switch on Easy DKIM for {domain} in SES, with a key of 2048 bits.",
            ),
        ),
        found(
            Said("Een eigen MAIL FROM-domein", "A MAIL FROM domain of its own"),
            fine=known.mail_from.endswith(f".{domain}") and known.mail_from_status == "SUCCESS",
            otherwise=Said(
                f"Stel in SES een MAIL FROM-domein in, zoals bounce.{domain}, en wacht tot SES het "
                "in de DNS ziet. Anders klopt SPF nooit met de afzender.",
                f"Set a MAIL FROM domain in SES, such as bounce.{domain}, and wait until SES sees "
                "it in the DNS. Otherwise SPF never aligns with the sender.",
            ),
        ),
    ]


def _of_invitations(installation: Installation, known: Identity, for_answers: Identity) -> Finding:
    """Whether SES sends and signs invitations, which come from the domain that takes answers."""
    domain = installation.rsvp_domain
    own = for_answers != Identity()
    signs = for_answers.signs if own else installation.rsvp_is_below and known.signs
    return found(
        Said("Uitnodigingen mogen vertrekken", "Invitations may leave"),
        fine=signs,
        otherwise=Said(
            f"Uitnodigingen komen van {domain}: voeg dat toe in SES en bevestig het, met Easy DKIM "
            "van 2048 bits.",
            f"Invitations come from {domain}: add it to SES and verify it, with Easy DKIM of 2048 "
            "bits.",
        ),
    )


def _configuration_set(ses: Ses, name: str) -> list[Finding]:
    account = ses.v2.get_account()
    options = ses.v2.get_configuration_set(ConfigurationSetName=name)
    answer = ses.v2.get_configuration_set_event_destinations(ConfigurationSetName=name)
    destinations = [one for one in answer.get("EventDestinations", ()) if one.get("Enabled")]
    told = _events(one for one in destinations if one.get("SnsDestination"))
    return [
        found(
            Said("De configuratieset verstuurt", "The configuration set sends"),
            fine=options.get("SendingOptions", {}).get("SendingEnabled", True),
            otherwise=Said(
                f"Zet verzenden aan voor de configuratieset {name}.",
                f"Switch on sending for configuration set {name}.",
            ),
        ),
        found(
            Said("Mail vertrekt alleen versleuteld", "Mail leaves encrypted only"),
            fine=options.get("DeliveryOptions", {}).get("TlsPolicy") == "REQUIRE",
            otherwise=Said(
                f"Zet TlsPolicy van de configuratieset {name} op REQUIRE.",
                f"Set the TlsPolicy of configuration set {name} to REQUIRE.",
            ),
        ),
        found(
            Said("SES vertelt wat er met mail gebeurt", "SES tells what becomes of mail"),
            fine=told >= WANTED_EVENTS,
            otherwise=Said(
                f"Geef de configuratieset {name} een bestemming voor: "
                f"{', '.join(sorted(WANTED_EVENTS - told))}.",
                f"Give configuration set {name} a destination for: "
                f"{', '.join(sorted(WANTED_EVENTS - told))}.",
            ),
        ),
        found(
            Said("Niemand wordt gevolgd", "Nobody is tracked"),
            fine=not _events(destinations) & {"OPEN", "CLICK"} and not _engages(options, account),
            otherwise=Said(
                "Haal OPEN en CLICK weg uit elke bestemming, en zet engagement tracking van de "
                "Virtual Deliverability Manager uit: wie wat opent, gaat niemand aan.",
                "Take OPEN and CLICK out of every destination, and switch off engagement tracking "
                "of the Virtual Deliverability Manager: who opens what is nobody's business.",
            ),
        ),
    ]


def _events(destinations: Iterable[dict[str, Any]]) -> set[str]:
    """Which events any of these destinations hears of."""
    return {event for one in destinations for event in one.get("MatchingEventTypes", ())}


def _engages(options: dict[str, Any], account: dict[str, Any]) -> bool:
    """Whether SES puts pixels and its own links into mail: a set decides, else its account."""
    own = options.get("VdmOptions", {}).get("DashboardOptions", {}).get("EngagementMetrics")
    shared = account.get("VdmAttributes", {}).get("DashboardAttributes", {})
    return bool((own or shared.get("EngagementMetrics")) == "ENABLED")


def _receiving(ses: Ses, domain: str) -> list[Finding]:
    active = ses.v1.describe_active_receipt_rule_set()
    rules = [
        rule
        for rule in active.get("Rules", ())
        if rule.get("Enabled") and domain in rule.get("Recipients", ())
    ]
    kept = [
        action["S3Action"]
        for rule in rules
        for action in rule["Actions"]
        if action.get("S3Action", {}).get("TopicArn")
    ]
    return [
        found(
            Said("Een actieve regel voor antwoorden", "An active rule for answers"),
            fine=bool(rules),
            otherwise=Said(
                f"Maak de regelset van Pluim actief in SES. Nu geldt er geen regel voor {domain}.",
                f"Make Pluim's rule set the active one in SES. No rule for {domain} applies now.",
            ),
        ),
        found(
            Said("Binnenkomende mail wordt gescand", "Incoming mail is scanned"),
            fine=bool(rules) and all(rule.get("ScanEnabled") for rule in rules),
            otherwise=Said(
                "Zet scannen aan in de regel: zonder oordeel van SES wordt geen antwoord verwerkt.",
                "Switch on scanning in the rule: without SES's verdict no answer is applied.",
            ),
        ),
        found(
            Said("Antwoorden worden bewaard en gemeld", "Answers are kept and announced"),
            fine=bool(kept),
            otherwise=Said(
                "Geef de regel een S3-actie met een onderwerp (topic) van SNS.",
                "Give the rule an S3 action with an SNS topic.",
            ),
        ),
        *(finding for action in kept for finding in _rights(ses, action)),
    ]


def _rights(ses: Ses, action: dict[str, Any]) -> list[Finding]:
    """Whether SES may write to the bucket of an S3 action, and publish to its topic."""
    bucket, topic = action["BucketName"], action["TopicArn"]
    kept = ses.s3.get_bucket_policy(Bucket=bucket)["Policy"]
    told = ses.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    return [
        found(
            Said("SES mag antwoorden bewaren", "SES may keep answers"),
            fine=_ses_may(kept, "s3:PutObject"),
            otherwise=Said(
                f"Geef ses.amazonaws.com in het beleid van bucket {bucket} het recht s3:PutObject.",
                f"Allow ses.amazonaws.com s3:PutObject in the policy of bucket {bucket}.",
            ),
        ),
        found(
            Said("SES mag antwoorden melden", "SES may announce answers"),
            fine=_ses_may(told, "sns:Publish"),
            otherwise=Said(
                f"Geef ses.amazonaws.com in het beleid van {topic} het recht sns:Publish.",
                f"Allow ses.amazonaws.com sns:Publish in the policy of {topic}.",
            ),
        ),
    ]


def _ses_may(policy: str, action: str) -> bool:
    statements = json.loads(policy)["Statement"]
    return any(
        statement["Effect"] == "Allow"
        and "ses.amazonaws.com" in str(statement["Principal"])
        and action in str(statement["Action"])
        for statement in statements
    )


def _reputation(ses: Ses, *, now: datetime) -> list[Finding]:
    complaints = _rate(ses, "Reputation.ComplaintRate", now=now)
    bounces = _rate(ses, "Reputation.BounceRate", now=now)
    return [
        found(
            REPUTATION,
            fine=complaints < MOST_COMPLAINTS and bounces < MOST_BOUNCES,
            otherwise=Said(
                f"{complaints:.2%} klaagt en {bounces:.2%} komt terug. Lees bij de mislukte e-mail "
                "welke adressen dat zijn, en mail ze niet meer.",
                f"{complaints:.2%} complains and {bounces:.2%} bounces. Read under failed mail "
                "which addresses those are, and mail them no more.",
            ),
        )
    ]


def _rate(ses: Ses, metric: str, *, now: datetime) -> float:
    """The newest value of one of the account's rates; 0 when SES measured none yet."""
    answer = ses.cloudwatch.get_metric_statistics(
        Namespace="AWS/SES",
        MetricName=metric,
        StartTime=now - timedelta(days=2),
        EndTime=now,
        Period=3600,
        Statistics=["Average"],
    )
    points = sorted(answer.get("Datapoints", ()), key=lambda point: point["Timestamp"])
    return float(points[-1]["Average"]) if points else 0.0
