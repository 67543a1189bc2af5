"""What may be chosen at the start, and what is said when it will not do."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.options import (
    Account,
    CannotStart,
    LocalAws,
    check_python,
    check_start,
    holding,
    read_options,
)


def test_a_clock_that_starts_at_another_time_is_local_to_the_village() -> None:
    assert read_options({}).starts_at is None
    assert read_options({"AT": "2026-11-30T09:00"}).starts_at == datetime(
        2026, 11, 30, 8, tzinfo=UTC
    )
    with pytest.raises(CannotStart, match="AT=2026-11-30T09:00"):
        read_options({"AT": "monday"})


def test_the_account_that_mail_leaves_from_may_be_in_trouble() -> None:
    assert read_options({}).account is Account.USUAL
    assert read_options({"SES": "sandbox"}).account is Account.SANDBOX
    with pytest.raises(CannotStart, match="usual, sandbox, nearly-used, paused"):
        read_options({"SES": "poor"})


def test_settings_of_the_village_are_given_with_their_values() -> None:
    asked = read_options({"SET": "review=trusted link_hosts= puzzle=5"}).settings

    assert asked == (("review", "trusted"), ("link_hosts", ""), ("puzzle", "5"))
    with pytest.raises(CannotStart, match="puzzle=100000"):
        read_options({"SET": "puzzle"})


def test_there_are_defaults() -> None:
    options = read_options({})

    assert (options.port, options.data, options.reset) == (8000, Path(".local"), False)
    assert options.aws is LocalAws.MOTO
    assert options.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eight", "８０００"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(CannotStart, match="PORT=8001"):
        read_options({"PORT": port})


def test_an_unknown_aws_is_refused() -> None:
    with pytest.raises(CannotStart, match="ministack"):
        read_options({"LOCAL_AWS": "azure"})


@pytest.mark.parametrize(("text", "reset"), [("", False), ("0", False), ("1", True)])
def test_reset_is_asked_for_with_one(text: str, reset: bool) -> None:
    assert read_options({"RESET": text}).reset is reset


def test_a_port_in_use_is_said_with_another_one(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        options = read_options({"PORT": str(port), "DATA": str(tmp_path)})

        with pytest.raises(CannotStart, match="another port with PORT="):
            check_start(options)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = read_options({"DATA": str(tmp_path / "file" / "data")})

    with pytest.raises(CannotStart, match="DATA="):
        check_start(options)


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_said_with_the_remedy(version: tuple[int, int]) -> None:
    with pytest.raises(CannotStart, match="remove the folder"):
        check_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_these_pythons_will_do(version: tuple[int, int]) -> None:
    check_python(version)


def test_a_folder_is_for_one_run_at_a_time(tmp_path: Path) -> None:
    with holding(tmp_path), pytest.raises(CannotStart, match="runs already"), holding(tmp_path):
        pass

    with holding(tmp_path):
        pass
