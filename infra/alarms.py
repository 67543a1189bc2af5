"""What wakes the operator: one alarm for each thing that somebody can act upon.

An alarm mails when it begins and not again while it lasts. So two causes never share one, and what
begins during another trouble is heard too. Merged into the package by `make package`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FUNCTIONS = (
    "APIHandler",
    "DeliverUrgent",
    "DeliverOrdinary",
    "Work",
    "Events",
    "Receive",
    "Sweep",
    "Hourly",
)
QUEUES = ("Urgent", "Ordinary", "Work", "SesEvents", "Inbound")
_SENDERS = ("DeliverUrgent", "DeliverOrdinary")

_OURS = {"Fn::Sub": "Pluim/${AWS::StackName}"}
_TOPIC = {"Ref": "Alarms"}
_GUIDE = 'See "When an alarm wakes you" in docs/how-to/run-an-installation.md.'

_NOT_SET_UP = (
    '{ ($.event = "failure") && (($.type = "MissingSettings") || ($.type = "KeysUnavailable")) }'
)
_UNFORESEEN = (
    '{ ($.event = "failure") && ($.type != "MissingSettings") && ($.type != "KeysUnavailable") }'
)


@dataclass(frozen=True)
class Alarm:
    """Mails `says` once a metric is above a number, or `below` it.

    `lasts` means that it follows how things stand, so its end is worth a mail too; what happens now
    and then is over five minutes later, whether somebody mended it or not.
    """

    says: str
    metric: str
    above: float = 0
    below: float | None = None
    namespace: object = None
    dimensions: tuple[tuple[str, object], ...] = ()
    statistic: str = "Sum"
    seconds: int = 300
    times: int = 1
    lasts: bool = False
    silence: str = "notBreaching"

    def resource(self) -> dict[str, Any]:
        """As CloudFormation writes it."""
        too_low = self.below is not None
        return {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "AlarmDescription": f"{self.says}. {_GUIDE}",
                "Namespace": self.namespace or _OURS,
                "MetricName": self.metric,
                "Dimensions": [{"Name": name, "Value": of} for name, of in self.dimensions],
                "Statistic": self.statistic,
                "Period": self.seconds,
                "EvaluationPeriods": self.times,
                "ComparisonOperator": f"{'Less' if too_low else 'Greater'}ThanThreshold",
                "Threshold": self.below if too_low else self.above,
                "TreatMissingData": self.silence,
                "AlarmActions": [_TOPIC],
                **({"OKActions": [_TOPIC]} if self.lasts else {}),
            },
        }


@dataclass(frozen=True)
class Filter:
    """Counts, in a metric of ours, the lines of some functions that a pattern fits.

    A line is one JSON object; `value` may name a number in it.
    """

    metric: str
    pattern: str
    functions: tuple[str, ...]
    value: str = "1"

    def resources(self) -> dict[str, Any]:
        """As CloudFormation writes them: one for the log of each function."""
        return {f"{function}{self.metric}": self._of(function) for function in self.functions}

    def _of(self, function: str) -> dict[str, Any]:
        metric = {
            "MetricNamespace": _OURS,
            "MetricName": self.metric,
            "MetricValue": self.value,
        }
        return {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": {"Ref": _log_group(function)},
                "FilterPattern": self.pattern,
                "MetricTransformations": [metric],
            },
        }


def resources() -> dict[str, Any]:
    """Every alarm, and every filter that feeds one, by the name that the operator reads."""
    filters = [each for one in FILTERS for each in one.resources().items()]
    return dict(filters) | {f"{name}Alarm": alarm.resource() for name, alarm in ALARMS.items()}


def _log_group(function: str) -> str:
    """What Chalice calls the log of a function."""
    return {"APIHandler": "ApiHandlerLogGroup"}.get(function, f"{function}LogGroup")


FILTERS = (
    Filter("SendingStopped", '{ ($.event = "sweep") && ($.braked IS TRUE) }', ("Sweep",)),
    Filter("QuotaNearlyUsed", '{ ($.event = "sweep") && ($.nearly_used IS TRUE) }', ("Sweep",)),
    Filter("Distrusted", '{ ($.event = "sweep") && ($.distrusted IS TRUE) }', ("Sweep",)),
    Filter("UrgentLate", '{ ($.event = "sweep") && ($.late > 0) }', ("Sweep",), "$.late"),
    Filter("MailInDoubt", '{ ($.event = "sweep") && ($.parked > 0) }', ("Sweep",), "$.parked"),
    Filter("TooManyStrangers", '{ $.event = "too_many_strangers" }', _SENDERS),
    Filter("MailUnmade", '{ $.event = "mail_unmade" }', _SENDERS),
    Filter("MailTooLate", '{ $.event = "mail_too_late" }', _SENDERS),
    Filter("TextFailed", '{ $.event = "text_failed" }', _SENDERS),
    Filter("Untranslated", '{ $.event = "untranslated" }', FUNCTIONS),
    Filter("NotSetUp", _NOT_SET_UP, FUNCTIONS),
    *(Filter(f"{name}Failures", _UNFORESEEN, (name,)) for name in FUNCTIONS),
)

ALARMS = {
    "SendingStopped": Alarm("No mail leaves at all", "SendingStopped", lasts=True),
    "QuotaNearlyUsed": Alarm(
        "80 % of what SES allows in a day is used", "QuotaNearlyUsed", lasts=True
    ),
    "Distrusted": Alarm(
        "Too much of the last day's mail came back or was unwelcome, so all that can wait does",
        "Distrusted",
        lasts=True,
    ),
    "UrgentLate": Alarm(
        "A code or a confirmation has been due for more than a minute",
        "UrgentLate",
        above=60,
        statistic="Maximum",
        lasts=True,
    ),
    "MailInDoubt": Alarm("SES did not answer whether it took a mail", "MailInDoubt"),
    "TooManyStrangers": Alarm(
        "So many mails to people whom nobody knows left this hour that others wait",
        "TooManyStrangers",
    ),
    "MailUnmade": Alarm("No mail could be made of what it was to say", "MailUnmade"),
    "MailTooLate": Alarm("A mail could not leave before it was too late", "MailTooLate"),
    "TextFailed": Alarm(
        "The own text of a partnership failed, and Pluim's left instead", "TextFailed"
    ),
    "Untranslated": Alarm("A sentence is not translated, and was said otherwise", "Untranslated"),
    "NotSetUp": Alarm("A setting or a key is missing or cannot be read", "NotSetUp"),
    **{
        f"{name}Failures": Alarm(f"{name} met what nobody foresaw", f"{name}Failures")
        for name in FUNCTIONS
    },
    **{
        f"{name}Ended": Alarm(
            f"{name} was ended: it ran out of time or memory, or could not begin",
            "Errors",
            namespace="AWS/Lambda",
            dimensions=(("FunctionName", {"Ref": name}),),
        )
        for name in FUNCTIONS
    },
    "Throttles": Alarm(
        "AWS lets no more functions run at the same time, so some wait or refuse",
        "Throttles",  # Of all functions of the account: they share one limit.
        namespace="AWS/Lambda",
        lasts=True,
    ),
    "ServerErrors": Alarm(
        "Somebody saw a page that says that we failed",
        "5XXError",
        namespace="AWS/ApiGateway",
        dimensions=(("ApiName", "pluim"), ("Stage", {"Ref": "RestAPI.Stage"})),
    ),
    **{
        f"{name}DeadLetters": Alarm(
            f"A message in the queue {name} failed ten times, and is kept for fourteen days",
            "ApproximateNumberOfMessagesVisible",
            namespace="AWS/SQS",
            dimensions=(("QueueName", {"Fn::GetAtt": [f"{name}DeadLetters", "QueueName"]}),),
            statistic="Maximum",
            seconds=60,
        )
        for name in QUEUES
    },
    "NoSweep": Alarm(
        "The sweep did not run for three minutes, so what waits stays waiting",
        "Invocations",
        below=1,
        namespace="AWS/Lambda",
        dimensions=(("FunctionName", {"Ref": "Sweep"}),),
        seconds=60,
        times=3,
        lasts=True,
        silence="breaching",
    ),
    # Half of what makes SES look into an account. It is measured while mail leaves.
    "Bounces": Alarm(
        "Of a hundred mails more than two come back for good",
        "Reputation.BounceRate",
        above=0.025,
        namespace="AWS/SES",
        statistic="Maximum",
        seconds=3600,
        lasts=True,
        silence="ignore",
    ),
    "Complaints": Alarm(
        "Of two thousand mails more than one is called unwanted by its reader",
        "Reputation.ComplaintRate",
        above=0.0005,
        namespace="AWS/SES",
        statistic="Maximum",
        seconds=3600,
        lasts=True,
        silence="ignore",
    ),
}
