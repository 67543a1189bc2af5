"""`python -m infra.admin`: an operator sets up partnerships, parties, people and settings.

It writes to the DynamoDB table named by PLUIM_TABLE, with whatever AWS credentials and region the
SDK finds. For example, for a deployed table:

    AWS_PROFILE=pluim PLUIM_TABLE=pluim-prod python -m infra.admin create-partnership ons-dorp \\
        --name "Samen Ons Dorp" --contact "Cleo Jansen" --contact-email hallo@ons-dorp.example \\
        --controller "Gemeente Ons Dorp" --controller-address "Dorpsstraat 1, 1234 AB Ons Dorp"
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.domain.partnership import (
    Contact,
    Controller,
    NotASlug,
    Partnership,
    Party,
    UnknownParty,
)
from chalicelib.domain.partnership import Settings as PartnershipSettings
from chalicelib.domain.people import EmailAddress, Language, Person, Side
from chalicelib.domain.text import NotText, clean_line
from chalicelib.messages.addresses import NotAnAddress, parse_address
from chalicelib.messages.invites import ZONES
from chalicelib.ports import Conflict, NotFound, World
from chalicelib.use_cases import founding

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_SIDES = (Side.CITIZENS, Side.PROFESSIONALS)
_HOST = re.compile(r"|(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_RANGES = {
    "digest_weekday": (1, 5),
    "digest_hour": (0, 23),
    "quiet_from": (0, 23),
    "quiet_until": (0, 23),
    "consent_reminder_days": (1, 365),
    "codes_a_quarter": (1, 100),
    "codes_a_day": (1, 100),
    "forms_per_network": (0, 10_000),
    "puzzle": (0, 1_000_000),
}
SETTINGS = tuple(field.name for field in dataclasses.fields(PartnershipSettings))
"""The names of the settings of a partnership."""

Command = Callable[[World, argparse.Namespace], str]
"""Does what was asked and says so in one sentence."""


class CannotDo(Exception):
    """What was asked cannot be done; the message is one sentence that says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command against the table of this environment; the exit status says if it worked."""
    asked = parse(arguments)
    try:
        print(run(_world(), asked))
    except CannotDo as problem:
        print(problem, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError) as problem:
        print(f"The table could not be reached. {problem}", file=sys.stderr)
        return 1
    return 0


def run(world: World, asked: argparse.Namespace) -> str:
    """Do what was asked, and say so. Raises `CannotDo`."""
    command: Command = asked.command
    try:
        return command(world, asked)
    except NotASlug:
        raise CannotDo(
            f'"{asked.partnership}" cannot be a short name: use up to 40 of a-z, 0-9 and -, '
            "and not en or static."
        ) from None
    except NotFound:
        raise CannotDo(
            f"There is no partnership {asked.partnership}, or no such person in it."
        ) from None
    except UnknownParty as unknown:
        raise CannotDo(f"{asked.partnership} has no party {unknown}: add it first.") from None
    except founding.AlreadyThere:
        raise CannotDo("That exists already: a short name, id or address is used once.") from None
    except Conflict:
        raise CannotDo("Somebody else changed it at the same moment: try again.") from None


def change_setting(world: World, *, slug: str, name: str, value: str) -> None:
    """Change a setting to a value as it is typed. Raises `CannotDo`."""
    founding.change_settings(world, slug=slug, **{name: _setting(name, value)})


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What a command line asks for; exits with a usage message when it makes no sense."""
    return _parser().parse_args(arguments)


def _world() -> World:
    """The outside world, of which an operator's commands only touch the table."""
    table = os.environ.get("PLUIM_TABLE")
    if not table:
        raise CannotDo("Say which table to write to: set PLUIM_TABLE.")
    # Imported here, because it reaches for boto3, which help and mistakes can do without.
    from chalicelib import bootstrap
    from chalicelib.settings import Settings

    other: dict[str, Any] = {
        f.name: "-" for f in dataclasses.fields(Settings) if f.default is dataclasses.MISSING
    }
    return bootstrap.build(Settings(**{**other, "table": table})).world


def _create_partnership(world: World, asked: argparse.Namespace) -> str:
    partnership = Partnership(
        slug=asked.partnership,
        name=asked.name,
        contact=Contact(asked.contact, asked.contact_telephone, asked.contact_email),
        controller=Controller(
            name=asked.controller,
            postal_address=asked.controller_address,
            address=asked.controller_email,
            protection_officer=asked.protection_officer,
            legal_ground=asked.legal_ground,
            legal_ground_en=asked.legal_ground_en,
        ),
    )
    founding.found_partnership(world, partnership=partnership)
    return f"{asked.name} is there, with its form at /{asked.partnership}/bedank."


def _add_party(world: World, asked: argparse.Namespace) -> str:
    party = Party(asked.id, asked.name, asked.side)
    founding.add_party(world, slug=asked.partnership, party=party)
    return f"{asked.name} belongs to {asked.partnership}."


def _add_person(world: World, asked: argparse.Namespace) -> str:
    founding.add_person(world, person=_person(world, asked))
    return f"{asked.name} is on the people list of {asked.partnership}."


def _add_coordinator(world: World, asked: argparse.Namespace) -> str:
    if asked.email is None:
        raise CannotDo("A coordinator signs in by mail: give an --email.")
    founding.add_person(world, person=_person(world, asked))
    founding.make_coordinator(world, slug=asked.partnership, person_id=asked.id)
    return f"{asked.name} can sign in at /{asked.partnership}/beheer as {asked.email}."


def _make_coordinator(world: World, asked: argparse.Namespace) -> str:
    if world.store.person(asked.partnership, asked.id).address is None:
        raise CannotDo(f"{asked.id} has no address to sign in with.")
    person = founding.make_coordinator(world, slug=asked.partnership, person_id=asked.id)
    return f"{person.name} can sign in at /{asked.partnership}/beheer as {person.address}."


def _enlist(world: World, asked: argparse.Namespace) -> str:
    count = founding.enlist(world, slug=asked.partnership)
    return f"The hourly clock finds {asked.partnership} and its coordinators ({count})."


def _set(world: World, asked: argparse.Namespace) -> str:
    change_setting(world, slug=asked.partnership, name=asked.setting, value=asked.value)
    return f"{asked.setting} of {asked.partnership} is now {asked.value}."


def _person(world: World, asked: argparse.Namespace) -> Person:
    party = world.store.partnership(asked.partnership).party(asked.party) if asked.party else None
    return Person(
        partnership=asked.partnership,
        id=asked.id,
        name=asked.name,
        address=asked.email,
        side=party.side if party else asked.side,
        party=asked.party,
        language=asked.language,
    )


def _setting(name: str, value: str) -> object:
    """The value of a setting, of the type that its default has; raises `CannotDo`."""
    default = getattr(PartnershipSettings(), name)
    if isinstance(default, int):
        least, most = _RANGES.get(name, (0, 365))
        if not (value.isascii() and value.isdecimal() and least <= int(value) <= most):
            raise CannotDo(f"{name} is a whole number from {least} to {most}.")
        return int(value)
    if isinstance(default, StrEnum):
        choices = type(default)
        if value not in set(choices):
            raise CannotDo(f"{name} is one of {', '.join(choices)}.")
        return choices(value)
    if name == "since" and not _is_date(value):
        raise CannotDo("since is a date such as 2019-05-17.")
    if name == "time_zone" and value not in ZONES:
        raise CannotDo(f"{name} is one of {', '.join(ZONES)}.")
    if name == "link_hosts" and not all(map(_HOST.fullmatch, re.split(r"[, ]+", value.lower()))):
        raise CannotDo("link_hosts are hosts with commas between them, such as onsdorp.nl.")
    return value


def _is_date(value: str) -> bool:
    with suppress(ValueError):
        return date.fromisoformat(value).isoformat() == value
    return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.admin",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _describe_create_partnership(
        _command(commands, "create-partnership", _create_partnership, "set up a partnership")
    )
    _describe_add_party(
        _command(commands, "add-party", _add_party, "add a collective or public organisation")
    )
    _describe_add_person(
        _command(commands, "add-person", _add_person, "put somebody on the people list")
    )
    _describe_add_person(
        _command(
            commands,
            "add-coordinator",
            _add_coordinator,
            "put somebody on the people list who may sign in",
        )
    )
    promoted = _command(
        commands, "make-coordinator", _make_coordinator, "let somebody on the people list sign in"
    )
    promoted.add_argument("id", type=_id, help="the person's id")
    _command(
        commands,
        "enlist",
        _enlist,
        "let the hourly clock find a partnership that was set up before there was one",
    )
    setting = _command(commands, "set", _set, "change a setting of a partnership")
    setting.add_argument("setting", choices=SETTINGS)
    setting.add_argument("value")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    command: Command,
    what: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=what, description=what.capitalize() + ".")
    parser.set_defaults(command=command)
    parser.add_argument("partnership", help="the partnership's short name, as in its addresses")
    return parser


def _describe_create_partnership(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", type=_words, required=True, help="its name on pages and mails")
    parser.add_argument("--contact", type=_words, required=True, help="whom people can ask")
    parser.add_argument("--contact-telephone", default="")
    parser.add_argument("--contact-email", type=_address, help="where answers to mails go")
    parser.add_argument(
        "--controller", type=_words, required=True, help="who answers for the personal data"
    )
    parser.add_argument(
        "--controller-address", type=_words, required=True, help="the controller's postal address"
    )
    parser.add_argument("--controller-email", type=_address)
    parser.add_argument(
        "--protection-officer", default="", help="how to reach the data protection officer"
    )
    parser.add_argument(
        "--legal-ground", default="", help="the legal ground, as a sentence for mails"
    )
    parser.add_argument("--legal-ground-en", default="", help="the same sentence in English")


def _describe_add_party(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=_id, help="a short id of your choice; a known one is changed")
    parser.add_argument("--name", type=_words, required=True)
    parser.add_argument("--side", required=True, type=Side, choices=_SIDES)


def _describe_add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=_id, help="a short id of your choice")
    parser.add_argument("--name", type=_words, required=True)
    parser.add_argument("--email", type=_address)
    parser.add_argument("--party", default="", help="the id of their party, whose side they are on")
    parser.add_argument(
        "--side", type=Side, choices=_SIDES, default=Side.UNKNOWN, help="when they have no party"
    )
    parser.add_argument("--language", type=Language, choices=list(Language), default=Language.DUTCH)


def _words(text: str) -> str:
    try:
        words = clean_line(text)
    except NotText:
        words = ""
    if not words:
        raise argparse.ArgumentTypeError("it needs at least one word")
    return words


def _address(text: str) -> EmailAddress:
    try:
        return parse_address(text)
    except NotAnAddress:
        raise argparse.ArgumentTypeError(f'"{text}" is not one plain email address') from None


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f'"{text}" is no id: use up to 40 of a-z, 0-9 and -')
    return text


if __name__ == "__main__":
    sys.exit(main())
