"""What survives a restart, and what is refused at the start."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.moto_aws import moto_aws
from infra.local.state import State, UnreadableState
from tests.local.parts import client, table_with_an_index

ROW = {
    "pk": {"S": "demo"},
    "sk": {"S": "ada"},
    "digest": {"B": b"\x00\xff"},
    "m": {"M": {"n": {"N": "1"}}},
}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The file that an earlier run with one row and one secret left behind."""
    file = tmp_path / "state.jsonl"
    with moto_aws():
        state = fresh_state(file)
        state.dynamodb.put_item(TableName="pluim", Item=ROW)
        state.secretsmanager.put_secret_value(SecretId="pepper", SecretString="the first pepper")
        state.save()
    return file


@pytest.fixture
def aws() -> Iterator[None]:
    with moto_aws():
        yield


def fresh_state(file: Path, *, index: str = "due") -> State:
    dynamodb: Any = client("dynamodb")
    secretsmanager: Any = client("secretsmanager")
    table_with_an_index(dynamodb, "pluim", index=index)
    secretsmanager.create_secret(Name="pepper", SecretString="a new pepper")
    return State(file, dynamodb, secretsmanager)


def test_rows_and_secrets_survive_a_restart(kept: Path, aws: None) -> None:
    state = fresh_state(kept)

    state.restore()

    assert state.dynamodb.scan(TableName="pluim")["Items"] == [ROW]
    pepper = state.secretsmanager.get_secret_value(SecretId="pepper")
    assert pepper["SecretString"] == "the first pepper"


def test_many_rows_survive_a_restart(tmp_path: Path) -> None:
    with moto_aws():
        before = fresh_state(tmp_path / "state.jsonl")
        for number in range(60):
            before.dynamodb.put_item(
                TableName="pluim", Item={"pk": {"S": "demo"}, "sk": {"S": str(number)}}
            )
        before.save()

    with moto_aws():
        after = fresh_state(tmp_path / "state.jsonl")
        after.restore()
        assert after.dynamodb.scan(TableName="pluim", Select="COUNT")["Count"] == 60


def test_only_its_owner_may_read_the_kept_secrets(kept: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0


def test_a_state_cut_short_is_refused(kept: Path, aws: None) -> None:
    lines = kept.read_text().splitlines()
    kept.write_text("\n".join(lines[:-2] + lines[-1:]))

    with pytest.raises(UnreadableState):
        fresh_state(kept).restore()


@pytest.mark.parametrize("content", ["", "no json", '{"format": 1}', "[]\n[]", "\x00"])
def test_a_broken_state_is_refused(tmp_path: Path, aws: None, content: str) -> None:
    file = tmp_path / "state.jsonl"
    file.write_text(content)

    with pytest.raises(UnreadableState):
        fresh_state(file).restore()


def test_a_state_of_another_version_is_refused(kept: Path, aws: None) -> None:
    head, *rest = kept.read_text().splitlines(keepends=True)
    kept.write_text(json.dumps({**json.loads(head), "format": 0}) + "\n" + "".join(rest))

    with pytest.raises(UnreadableState):
        fresh_state(kept).restore()


def test_a_state_for_other_tables_is_refused(kept: Path, aws: None) -> None:
    with pytest.raises(UnreadableState):
        fresh_state(kept, index="overdue").restore()


def test_forgetting_twice_is_fine(kept: Path, aws: None) -> None:
    state = fresh_state(kept)

    state.forget()
    state.forget()

    assert not state.exists
