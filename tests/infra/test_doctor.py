"""What the doctor sees in DNS and SES, and what it says to do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import dns.resolver
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.doctor import names, sending
from infra.doctor.__main__ import examine, main
from infra.doctor.finding import Finding, Verdict
from infra.doctor.installation import Installation, of_stack
from infra.doctor.names import Names
from tests.infra.nameserver import Records, resolving
from tests.town import NOON

SENDER, RSVP = "pluim.ons-dorp.example", "rsvp.pluim.ons-dorp.example"
INSTALLATION = Installation(
    SENDER, RSVP, "pluim", "eu-west-1", base_url="https://pluim.ons-dorp.example"
)
TOKENS = ("een", "twee", "drie")
INBOUND = "inbound-smtp.eu-west-1.amazonaws.com"
HEALTHY: Records = {
    **{
        (f"{token}._domainkey.{SENDER}", "CNAME"): (f"{token}.dkim.amazonses.com.",)
        for token in TOKENS
    },
    (f"bounce.{SENDER}", "MX"): ("10 feedback-smtp.eu-west-1.amazonses.com.",),
    (f"bounce.{SENDER}", "TXT"): ('"v=spf1 include:amazonses.com ~all"',),
    (f"_dmarc.{SENDER}", "TXT"): ('"v=DMARC1; p=reject; rua=mailto:dmarc@ons-dorp.example"',),
    (f"_dmarc.{RSVP}", "TXT"): ('"v=DMARC1; p=reject; rua=mailto:dmarc@ons-dorp.example"',),
    (RSVP, "MX"): (f"10 {INBOUND}.",),
    (f"_mta-sts.{RSVP}", "TXT"): ('"v=STSv1; id=20261101"',),
    (f"_smtp._tls.{RSVP}", "TXT"): ('"v=TLSRPTv1; rua=mailto:tls@ons-dorp.example"',),
    (SENDER, "NS"): ("ns.ons-dorp.example.",),
    (RSVP, "NS"): ("ns.ons-dorp.example.",),
    (".", "NS"): ("a.root-servers.example.",),
}
POLICY = f"""version: STSv1
mode: enforce
mx: {INBOUND}
max_age: 604800
"""
ACCOUNT = "/v2/email/account"
IDENTITY = f"/v2/email/identities/{SENDER}"
SET = "/v2/email/configuration-sets/pluim"
ANSWERS: Mapping[str, dict[str, Any]] = {
    ACCOUNT: {
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 100.0},
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    },
    IDENTITY: {
        "VerifiedForSendingStatus": True,
        "DkimAttributes": {
            "Status": "SUCCESS",
            "CurrentSigningKeyLength": "RSA_2048_BIT",
            "Tokens": list(TOKENS),
        },
        "MailFromAttributes": {
            "MailFromDomain": f"bounce.{SENDER}",
            "MailFromDomainStatus": "SUCCESS",
        },
    },
    SET: {"DeliveryOptions": {"TlsPolicy": "REQUIRE"}},
    f"{SET}/event-destinations": {
        "EventDestinations": [
            {
                "Name": "events",
                "Enabled": True,
                "MatchingEventTypes": sorted(sending.WANTED_EVENTS),
                "SnsDestination": {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:events"},
            }
        ]
    },
}


@contextmanager
def ses_that_answers(answers: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """SES as its SDK sees it: these answers by path, and "not found" for all else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path in answers
            body = json.dumps(answers.get(self.path, {"message": "not here"})).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            if not known:
                self.send_header("x-amzn-ErrorType", "NotFoundException")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@contextmanager
def account(
    region: str = "eu-west-1", *, receives: bool = True, scans: bool = True
) -> Iterator[sending.Ses]:
    """A region of an account, which takes in mail as the template says unless told otherwise."""
    with mock_aws():
        clients: Any = boto3.Session("testing", "testing", region_name=region).client
        if receives:
            receive(clients, region, scans=scans)
        ses, cloudwatch = clients("ses"), clients("cloudwatch")
        yield sending.Ses(
            v2=None, v1=ses, cloudwatch=cloudwatch, s3=clients("s3"), sns=clients("sns")
        )


@pytest.fixture(scope="module")
def aws() -> Iterator[sending.Ses]:
    """One healthy account for all tests that change nothing in it."""
    with account() as healthy:
        yield healthy


def receive(clients: Any, region: str, *, scans: bool) -> None:
    allowed = {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}}
    topic = clients("sns").create_topic(Name="inbound")["TopicArn"]
    publishes = json.dumps({"Statement": [{**allowed, "Action": "sns:Publish"}]})
    clients("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=publishes
    )
    clients("s3").create_bucket(
        Bucket=f"inbound-{region}", CreateBucketConfiguration={"LocationConstraint": region}
    )
    keeps = json.dumps({"Statement": [{**allowed, "Action": "s3:PutObject"}]})
    clients("s3").put_bucket_policy(Bucket=f"inbound-{region}", Policy=keeps)
    ses = clients("ses")
    ses.create_receipt_rule_set(RuleSetName="pluim")
    ses.create_receipt_rule(
        RuleSetName="pluim",
        Rule={
            "Name": "answers",
            "Enabled": True,
            "ScanEnabled": scans,
            "Recipients": [RSVP],
            "Actions": [{"S3Action": {"BucketName": f"inbound-{region}", "TopicArn": topic}}],
        },
    )
    ses.set_active_receipt_rule_set(RuleSetName="pluim")


@cache
def _session() -> boto3.Session:
    """One for all tests: it reads what it knows of SES from disk once."""
    return boto3.Session("testing", "testing", region_name="eu-west-1")


def look(
    aws: sending.Ses,
    *,
    records: Records = HEALTHY,
    answers: Mapping[str, dict[str, Any]] = ANSWERS,
    signed: tuple[str, ...] = (".", SENDER, RSVP),
    policy: str = POLICY,
    installation: Installation = INSTALLATION,
) -> list[Finding]:
    session: Any = _session()
    with ses_that_answers(answers) as address, resolving(records, signed=signed) as resolver:
        ses = replace(aws, v2=session.client("sesv2", endpoint_url=address))
        return examine(installation, ses=ses, dns=Names(resolver, lambda _: policy), now=NOON)


def verdicts(findings: list[Finding]) -> dict[str, Verdict]:
    return {finding.subject.english: finding.verdict for finding in findings}


def to_mend(findings: list[Finding]) -> set[str]:
    return {name for name, verdict in verdicts(findings).items() if verdict is Verdict.MEND}


def without(records: Records, *gone: tuple[str, str]) -> Records:
    return {key: value for key, value in records.items() if key not in gone}


def test_a_healthy_installation_needs_nothing(aws: sending.Ses) -> None:
    findings = look(aws)

    assert to_mend(findings) == set()
    assert len(findings) == 33
    told = {name for name, verdict in verdicts(findings).items() if verdict is not Verdict.OK}
    assert told == {"DANE", "Dutch public bodies"}, "only AWS can add that record"


@pytest.mark.parametrize(
    ("gone", "subject"),
    [
        ((f"twee._domainkey.{SENDER}", "CNAME"), "DKIM in the DNS"),
        ((f"bounce.{SENDER}", "MX"), "MAIL FROM and SPF in the DNS"),
        ((f"bounce.{SENDER}", "TXT"), "MAIL FROM and SPF in the DNS"),
        ((f"_dmarc.{SENDER}", "TXT"), "DMARC"),
        ((RSVP, "MX"), "MX of the reply domain"),
        ((f"_mta-sts.{RSVP}", "TXT"), "MTA-STS"),
        ((f"_smtp._tls.{RSVP}", "TXT"), "TLS reports"),
    ],
)
def test_a_missing_record_is_named(aws: sending.Ses, gone: tuple[str, str], subject: str) -> None:
    assert to_mend(look(aws, records=without(HEALTHY, gone))) == {subject}


def test_the_advice_names_the_record_to_add(aws: sending.Ses) -> None:
    findings = look(aws, records=without(HEALTHY, (RSVP, "MX")))

    (mx,) = (finding for finding in findings if finding.verdict is Verdict.MEND)
    assert mx.advice
    assert f'"10 {INBOUND}"' in mx.advice.dutch
    assert f'"10 {INBOUND}"' in mx.advice.english


def test_a_policy_of_the_domain_above_counts_for_its_subdomains(aws: sending.Ses) -> None:
    above = without(HEALTHY, (f"_dmarc.{SENDER}", "TXT"))
    strict = ('"v=DMARC1; p=none; sp=reject; rua=mailto:dmarc@ons-dorp.example"',)

    records = {**above, ("_dmarc.ons-dorp.example", "TXT"): strict}

    assert to_mend(look(aws, records=records)) == set()


def test_a_policy_that_only_watches_is_not_enough(aws: sending.Ses) -> None:
    for weak in ("p=none", "p=reject; pct=20"):
        policy = (f'"v=DMARC1; {weak}; rua=mailto:dmarc@ons-dorp.example"',)

        findings = look(aws, records={**HEALTHY, (f"_dmarc.{SENDER}", "TXT"): policy})

        assert to_mend(findings) == {"DMARC"}


@pytest.mark.parametrize(
    ("signed", "verdict"),
    [
        ((".", SENDER, RSVP), Verdict.OK),
        ((".", SENDER), Verdict.MEND),
        ((".",), Verdict.MEND),
        ((), Verdict.UNSEEN),
    ],
)
def test_a_resolver_that_proves_nothing_proves_no_absence(
    aws: sending.Ses, signed: tuple[str, ...], verdict: Verdict
) -> None:
    assert verdicts(look(aws, signed=signed))["DNSSEC"] is verdict


def test_the_main_domain_is_not_for_sending(aws: sending.Ses) -> None:
    main_domain = replace(INSTALLATION, sender_domain="ons-dorp.example")

    assert "A subdomain of its own to send from" in to_mend(look(aws, installation=main_domain))


@pytest.mark.parametrize(
    ("path", "changes", "subject"),
    [
        (ACCOUNT, {"ProductionAccessEnabled": False}, "Out of the SES sandbox"),
        (ACCOUNT, {"SendingEnabled": False}, "Sending is switched on"),
        (ACCOUNT, {"EnforcementStatus": "PROBATION"}, "SES trusts the account"),
        (
            ACCOUNT,
            {"VdmAttributes": {"DashboardAttributes": {"EngagementMetrics": "ENABLED"}}},
            "Nobody is tracked",
        ),
        (
            ACCOUNT,
            {"SendQuota": {"Max24HourSend": 200.0, "SentLast24Hours": 190.0}},
            "Room in the day's quota",
        ),
        (ACCOUNT, {"SuppressionAttributes": {}}, "SES itself stops at a dead address"),
        (
            IDENTITY,
            {"MailFromAttributes": {"MailFromDomain": f"bounce.{SENDER}"}},
            "A MAIL FROM domain of its own",
        ),
        (SET, {"DeliveryOptions": {"TlsPolicy": "OPTIONAL"}}, "Mail leaves encrypted only"),
        (SET, {"SendingOptions": {"SendingEnabled": False}}, "The configuration set sends"),
        (
            f"{SET}/event-destinations",
            {"EventDestinations": []},
            "SES tells what becomes of mail",
        ),
    ],
)
def test_what_ses_lacks_is_named(
    aws: sending.Ses, path: str, changes: dict[str, Any], subject: str
) -> None:
    answers = {**ANSWERS, path: {**ANSWERS[path], **changes}}

    assert to_mend(look(aws, answers=answers)) == {subject}


def test_tracking_who_opens_a_mail_is_refused(aws: sending.Ses) -> None:
    path = f"{SET}/event-destinations"
    (told,) = ANSWERS[path]["EventDestinations"]
    here = {**told, "MatchingEventTypes": [*told["MatchingEventTypes"], "OPEN"]}
    elsewhere = {"Name": "numbers", "Enabled": True, "MatchingEventTypes": ["CLICK"]}

    for destinations in ([here], [told, elsewhere]):
        findings = look(aws, answers={**ANSWERS, path: {"EventDestinations": destinations}})

        assert to_mend(findings) == {"Nobody is tracked"}


@pytest.mark.parametrize(
    "policy", ["", POLICY.replace("enforce", "testing"), POLICY.replace(INBOUND, "mx.elsewhere")]
)
def test_a_policy_that_does_not_hold_for_our_receiver_is_none(
    aws: sending.Ses, policy: str
) -> None:
    assert to_mend(look(aws, policy=policy)) == {"MTA-STS"}


def test_invitations_come_from_a_domain_that_ses_must_know_too(aws: sending.Ses) -> None:
    elsewhere = replace(INSTALLATION, rsvp_domain="antwoord.example")
    known = f"{IDENTITY.rpartition('/')[0]}/antwoord.example"
    answers = {**ANSWERS, known: ANSWERS[IDENTITY]}

    assert "Invitations may leave" in to_mend(look(aws, installation=elsewhere))
    itself = look(aws, installation=elsewhere, answers=answers)
    assert verdicts(itself)["Invitations may leave"] is Verdict.OK
    assert verdicts(itself)["DKIM of the reply domain"] is Verdict.MEND


def test_whose_rules_are_not_met_is_told_with_the_rule(aws: sending.Ses) -> None:
    findings = look(aws, records=without(HEALTHY, (f"_dmarc.{SENDER}", "TXT")))

    (gmail,) = (one for one in findings if one.subject.english == "Gmail and Yahoo")
    assert gmail.verdict is Verdict.NOTE
    assert gmail.advice is not None
    assert gmail.advice.english.endswith("ok yet above: DMARC.")


def test_without_https_no_mailbox_shows_its_button(aws: sending.Ses) -> None:
    bare = replace(INSTALLATION, base_url="http://pluim.ons-dorp.example")

    assert to_mend(look(aws, installation=bare)) == {"Unsubscribing with one button"}


def test_a_domain_that_ses_does_not_know_has_no_keys_to_look_for(aws: sending.Ses) -> None:
    unknown = {path: answer for path, answer in ANSWERS.items() if path != IDENTITY}

    findings = look(aws, answers=unknown)

    assert "The sender's domain is verified" in to_mend(findings)
    assert verdicts(findings)["DKIM in the DNS"] is Verdict.UNSEEN


def test_a_rule_that_does_not_scan_lets_no_answer_through() -> None:
    with account("eu-west-2", scans=False) as careless:
        assert to_mend(look(careless)) == {"Incoming mail is scanned"}


def test_without_an_active_rule_nothing_comes_in() -> None:
    with account("eu-west-3", receives=False) as deaf:
        assert "An active rule for answers" in to_mend(look(deaf))


def test_a_right_that_was_taken_from_ses_is_named() -> None:
    with account("eu-central-1") as shut:
        shut.s3.put_bucket_policy(Bucket="inbound-eu-central-1", Policy='{"Statement": []}')

        assert to_mend(look(shut)) == {"SES may keep answers"}


def test_too_many_complaints_are_told() -> None:
    an_hour_ago = NOON - timedelta(hours=1)
    rate = {"MetricName": "Reputation.ComplaintRate", "Value": 0.004, "Timestamp": an_hour_ago}
    with account("eu-north-1") as disliked:
        disliked.cloudwatch.put_metric_data(Namespace="AWS/SES", MetricData=[rate])

        assert to_mend(look(disliked)) == {"Complaints and bounces"}


def test_a_resolver_that_is_silent_hides_things_but_breaks_nothing() -> None:
    nobody = dns.resolver.Resolver(configure=False)
    nobody.nameservers, nobody.port, nobody.lifetime = ["127.0.0.1"], 9, 0.05

    findings = names.look(Names(nobody, str), INSTALLATION, dkim_tokens=TOKENS)

    seen = verdicts(findings)
    assert seen.pop("A subdomain of its own to send from") is Verdict.OK
    assert set(seen.values()) == {Verdict.UNSEEN}


def test_a_stack_says_what_to_look_at() -> None:
    client: Any = boto3.Session("testing", "testing", region_name="eu-west-1").client(
        "cloudformation"
    )
    given = {"Sender": f"hallo@{SENDER}", "RsvpDomain": RSVP, "BaseUrl": INSTALLATION.base_url}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    described = {"Parameters": parameters, "StackStatus": "CREATE_COMPLETE"}
    made = {
        "LogicalResourceId": "ConfigurationSet",
        "PhysicalResourceId": "pluim",
        "ResourceType": "AWS::SES::ConfigurationSet",
        "LastUpdatedTimestamp": NOON,
        "ResourceStatus": "CREATE_COMPLETE",
    }
    with Stubber(client) as cloudformation:
        cloudformation.add_response(
            "describe_stacks",
            {"Stacks": [{"StackName": "pluim", "CreationTime": NOON, **described}]},
        )
        cloudformation.add_response("describe_stack_resource", {"StackResourceDetail": made})

        assert of_stack(client, name="pluim", region="eu-west-1") == INSTALLATION


def test_on_a_laptop_it_says_what_it_cannot_see(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([]) == 0

    said = capsys.readouterr().out
    assert "Hier vertrekt geen mail" in said
    assert "STACK=name" in said
    assert "mend" not in said
