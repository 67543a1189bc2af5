"""`python -m infra.doctor`: looks at DNS and SES, and says of each thing ok or what to do.

`--stack pluim` looks at a deployed stack, with your own AWS credentials; without it the `PLUIM_…`
variables say what to look at. It only reads.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.doctor import mailboxes, names, sending
from infra.doctor.finding import Finding, Said, Verdict, unseen
from infra.doctor.installation import (
    Installation,
    NoInstallation,
    of_environment,
    of_stack,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report; the exit status is 1 when there is something to mend."""
    parser = argparse.ArgumentParser(prog="python -m infra.doctor", description=__doc__)
    parser.add_argument("--stack", default="", help="the CloudFormation stack to look at")
    asked = parser.parse_args(arguments)
    try:
        findings = _examine(asked.stack)
    except NoInstallation:
        findings = on_a_laptop()
    except (BotoCoreError, ClientError) as problem:
        print(f"AWS kon niet worden gevraagd. / AWS could not be asked. {problem}", file=sys.stderr)
        return 2
    return report(findings)


def examine(
    installation: Installation, *, ses: sending.Ses, dns: names.Names, now: datetime
) -> list[Finding]:
    """Look at everything, the account first. Raises what SES raises about the two domains."""
    known = sending.identity(ses, installation.sender_domain)
    for_answers = sending.identity(ses, installation.rsvp_domain)
    findings = sending.look(ses, installation, known, for_answers=for_answers, now=now)
    findings += names.look(
        dns, installation, dkim_tokens=known.tokens, rsvp_dkim_tokens=for_answers.tokens
    )
    for domain in filter(None, (known.mail_from, for_answers.mail_from)):
        findings.append(names.mail_from(dns, domain, region=installation.region))
    findings.append(mailboxes.one_click(installation))
    return findings + mailboxes.look(findings)


def report(findings: Sequence[Finding]) -> int:
    """Print every finding; returns 1 when one of them asks for something."""
    for finding in findings:
        print("\n".join(finding.lines()))
    return 1 if any(finding.verdict is Verdict.MEND for finding in findings) else 0


def on_a_laptop() -> list[Finding]:
    """What cannot be seen where no mail leaves."""
    here = Said(
        "Hier vertrekt geen mail: `make run` bewaart alles in de mailbox op deze computer.",
        "No mail leaves from here: `make run` keeps it all in the mailbox on this machine.",
    )
    there = Said(
        "Geef na het uitrollen STACK=naam mee, of zet PLUIM_SENDER, PLUIM_RSVP_DOMAIN, "
        "PLUIM_BASE_URL en PLUIM_CONFIGURATION_SET.",
        "Once deployed, pass STACK=name, or set PLUIM_SENDER, PLUIM_RSVP_DOMAIN, "
        "PLUIM_BASE_URL and PLUIM_CONFIGURATION_SET.",
    )
    return [
        unseen(Said("DNS van het afzenderdomein", "DNS of the sender's domain"), here),
        unseen(
            Said("Account, limieten en domeinen bij SES", "Account, limits and domains at SES"),
            here,
        ),
        unseen(Said("Ontvangen van antwoorden", "Receiving answers"), here),
        unseen(
            Said("De regels van Gmail, Microsoft en overheden", "The rules of Gmail and others"),
            here,
        ),
        unseen(Said("Een geïnstalleerde Pluim", "A deployed Pluim"), there),
    ]


def _examine(stack: str) -> list[Finding]:
    session = boto3.Session()
    region = session.region_name or os.environ.get("AWS_REGION", "")
    client: Any = session.client
    if stack:
        installation = of_stack(client("cloudformation"), name=stack, region=region)
    else:
        installation = of_environment(os.environ, region=region)
    ses = sending.Ses(
        v2=client("sesv2"),
        v1=client("ses"),
        cloudwatch=client("cloudwatch"),
        s3=client("s3"),
        sns=client("sns"),
    )
    return examine(installation, ses=ses, dns=names.of_this_machine(), now=datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main())
