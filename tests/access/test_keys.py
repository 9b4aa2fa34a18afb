"""API keys: made once, known from memory, ended at once, and gone without trace of the secret."""

import asyncio
import json
import threading
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.utils import timezone

from orderstream.access import keys, listener, notices
from orderstream.access.rights import SCOPES, Right
from orderstream.models import ApiKey
from orderstream.streams.codec import short_actor
from tests.access import people
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def issued(*scopes: str, **given: Any) -> str:
    return await sync_to_async(keys.issue)("till", scopes, **given)


async def test_a_key_names_its_holder_and_carries_its_scopes() -> None:
    caller = await keys.caller_for(await issued("orders:read", "orders:place"))
    assert caller is not None
    assert (caller.actor, caller.scope) == ("key:till", "key:till")
    assert caller.rights == {Right.READ_ORDERS, Right.PLACE_ORDERS}


def test_the_key_itself_is_stored_nowhere() -> None:
    token = keys.issue("till", SCOPES)
    assert len(token) == len("os_") + 43
    row = ApiKey.objects.values().get()
    assert token not in json.dumps(row, default=str)
    assert token.removeprefix("os_") not in json.dumps(row, default=str)


async def test_what_sql_said_of_a_key_is_not_asked_again() -> None:
    token, unknown = await issued("orders:read"), "os_" + "x" * 43
    assert await keys.caller_for(token)
    assert await keys.caller_for(unknown) is None
    await ApiKey.objects.all().aupdate(digest=keys.digest_of(unknown))  # behind our back, without a notice
    assert await keys.caller_for(token)
    assert await keys.caller_for(unknown) is None
    keys.forget()
    assert await keys.caller_for(token) is None
    assert await keys.caller_for(unknown)


async def test_a_revoked_key_is_nobody_in_the_process_that_revoked_it() -> None:
    token = await issued("orders:read")
    assert await keys.caller_for(token)
    assert await sync_to_async(keys.revoke)("till")
    assert await keys.caller_for(token) is None


async def test_a_key_revoked_in_another_process_is_nobody_here_within_two_seconds() -> None:
    listener.ensure_listening()
    await wait_until(listener.is_listening)
    token = await issued("orders:read")
    assert await keys.caller_for(token)
    # What the other process does; our own memory is not touched by it.
    await ApiKey.objects.all().aupdate(revoked_at=timezone.now())
    assert await keys.caller_for(token)
    notice = notices.KeyRevoked(type="key.revoked", digest=keys.digest_of(token))
    await sync_to_async(notices.send)(notice)
    await wait_until(lambda: not keys._known, timeout=2)
    assert await keys.caller_for(token) is None


async def test_an_expired_key_is_nobody_also_when_it_expires_while_known() -> None:
    token = await issued("orders:read")
    assert await keys.caller_for(token)
    [known] = keys._known.values()
    known.expires_at = datetime(2020, 1, 1, tzinfo=UTC)
    assert await keys.caller_for(token) is None
    assert await keys.caller_for(await sync_to_async(expired)()) is None


def expired() -> str:
    keys.revoke("till")
    return people.expired_key("orders:read")


async def test_what_was_asked_before_a_revocation_is_not_remembered_after_it() -> None:
    """SQL answers "good", the key is revoked, and only then the answer would be put into memory."""
    token = await issued("orders:read")
    gate = threading.Event()
    waiting = asyncio.create_task(sync_to_async(gate.wait)())  # SQL is asked in this one thread
    asked = asyncio.create_task(keys.caller_for(token))
    await asyncio.wait({asked}, timeout=0.05)
    keys.forget(keys.digest_of(token))
    gate.set()
    await asyncio.gather(waiting, asked)
    assert keys.digest_of(token) not in keys._known


async def test_the_last_use_is_written_after_the_answer_and_once_a_minute() -> None:
    token = await issued("orders:read")
    await keys.caller_for(token)
    first = await wait_until(last_use)
    await keys.caller_for(token)
    assert not keys._noting
    assert await last_use() == first


async def last_use() -> Any:
    return (await ApiKey.objects.aget(name="till")).last_used_at


async def test_a_key_is_remembered_under_a_bound() -> None:
    keys._known.update({str(number): None for number in range(keys.REMEMBERED_AT_MOST)})  # type: ignore[misc]
    await keys.caller_for("os_" + "x" * 43)
    assert len(keys._known) == 1


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("", ["orders:read"]),
        ("a:b", ["orders:read"]),
        ("x" * 57, ["orders:read"]),
        ("ü" * 29, ["orders:read"]),
        ("a\n", ["orders:read"]),
        ("till", []),
        ("till", ["orders:all"]),
    ],
)
def test_a_key_that_cannot_be_is_refused_with_the_reason(name: str, scopes: list[str]) -> None:
    with pytest.raises(keys.KeyNotIssued, match=r"\.$"):
        keys.issue(name, scopes)


@pytest.mark.parametrize("name", ["x" * 56, "ü" * 28])
async def test_the_longest_name_stands_in_events_as_it_is(name: str) -> None:
    caller = await keys.caller_for(await sync_to_async(keys.issue)(name, ["orders:read"]))
    assert caller is not None
    assert short_actor(caller.actor) == f"key:{name}"


def test_two_living_keys_never_share_a_name() -> None:
    keys.issue("till", ["orders:read"])
    with pytest.raises(keys.KeyNotIssued):
        keys.issue("till", ["orders:read"])
    keys.issue("till", ["orders:read"], replace=True)
    assert [key.state() for key in ApiKey.objects.order_by("pk")] == ["revoked", "living"]


def told(*args: str) -> str:
    out = StringIO()
    call_command("create_api_key", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_prints_the_key_alone_for_scripts() -> None:
    assert keys.TOKEN.fullmatch(told("till", "--scope", "orders:read").strip())
    answer = json.loads(told("till", "--scope", "orders:read", "--replace", "--days", "7", "--json"))
    assert keys.TOKEN.fullmatch(answer["key"])
    newest = ApiKey.objects.latest("pk")
    assert (newest.expires_at - newest.created_at).days in {6, 7}


def test_the_command_lists_and_revokes_without_showing_keys() -> None:
    token = told("till", "--scope", "orders:read").strip()
    told("till", "--revoke")
    listed = told("--list", "--json")
    assert token not in listed
    assert [(key["name"], key["state"]) for key in json.loads(listed)] == [("till", "revoked")]
    assert told("--list").startswith("till\trevoked\torders:read\t")


@pytest.mark.parametrize(
    "args", [(), ("till", "--revoke"), ("till",), ("till", "--scope", "orders:read", "--days", "0")]
)
def test_the_command_refuses_in_a_sentence(args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"\.$"):
        told(*args)
